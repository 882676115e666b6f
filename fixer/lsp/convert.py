"""From findings and new texts to what the protocol calls them: ranges, diagnostics, edits."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lsprotocol import types as lsp
from pygls import uris

from fixer.diff import changes
from fixer.findings import Applicability, Finding, Problem, Shown
from fixer.sources.lines import split_lines

SOURCE = "fixer"
Units = Callable[[str], int]
"""The length of a text in the units in which the editor counts columns (UTF-16 units unless agreed otherwise)."""


@dataclass(frozen=True, slots=True)
class Part:
    """A text document of the editor: a file, or one cell of a notebook."""

    uri: str
    text: str
    version: int | None


def position(lines: Sequence[str], line: int, column: int, units: Units) -> lsp.Position:
    """A place that counts from 1 as one that counts from 0; what lies outside of the text ends with it."""
    if line > len(lines):
        return end_of(lines, units)
    text = lines[line - 1].rstrip("\r\n")
    return lsp.Position(line - 1, units(text[: column - 1]))


def end_of(lines: Sequence[str], units: Units) -> lsp.Position:
    """Behind the last character."""
    if not lines or lines[-1].endswith(("\n", "\r")):
        return lsp.Position(len(lines), 0)
    return lsp.Position(len(lines) - 1, units(lines[-1]))


def range_of(finding: Finding, text: str, units: Units) -> lsp.Range:
    """The statement of a finding."""
    lines = split_lines(text)
    span = finding.span
    return lsp.Range(
        position(lines, span.line, span.column, units), position(lines, span.end_line, span.end_column, units)
    )


def diagnostic(finding: Finding, part: Part, parts: dict[int, Part], units: Units, related: bool) -> lsp.Diagnostic:
    """A finding as editors show it; ``related``: with the steps of its path, each a place to go to."""
    return lsp.Diagnostic(
        range=range_of(finding, part.text, units),
        severity=lsp.DiagnosticSeverity.Warning,
        code=finding.rule,
        source=SOURCE,
        message=f"{finding.message}\n{fix_in_words(finding)}",
        related_information=[step(one, part, parts) for one in finding.path_shown] if related else None,
    )


def fix_in_words(finding: Finding) -> str:
    """The repair in a sentence, and how sure it is."""
    fix = finding.fix
    kind = {Applicability.SAFE: "safe fix", Applicability.UNSAFE: "unsafe fix", Applicability.NONE: "no automatic fix"}
    return f"{kind[fix.applicability]}: {fix.summary}{f' ({fix.reason})' if fix.reason else ''}"


def step(shown: Shown, part: Part, parts: dict[int, Part]) -> lsp.DiagnosticRelatedInformation:
    """One step of the path: a line of this document, of another cell of its notebook, or of another file."""
    uri, note = part.uri, shown.note
    if shown.path is not None:
        uri = uris.from_fs_path(os.path.abspath(shown.path)) or part.uri
    elif note.startswith("[cell "):
        number, _, rest = note.removeprefix("[cell ").partition("] ")
        if number.isdigit() and int(number) in parts:
            uri, note = parts[int(number)].uri, rest
    start = lsp.Position(max(0, shown.line - 1), 0)
    where = lsp.Location(uri, lsp.Range(start, lsp.Position(start.line + 1, 0)))
    return lsp.DiagnosticRelatedInformation(where, f"{shown.event}: {note}")


def problem(found: Problem) -> lsp.Diagnostic:
    """What could not be checked, at the line that is to blame or at the first."""
    line = max(0, (found.line or 1) - 1)
    return lsp.Diagnostic(
        range=lsp.Range(lsp.Position(line, 0), lsp.Position(line + 1, 0)),
        severity=lsp.DiagnosticSeverity.Information,
        code="not-checked",
        source=SOURCE,
        message=f"not checked: {found.message}",
    )


def edits(old: str, new: str, units: Units) -> list[lsp.TextEdit]:
    """The edits of whole lines that turn ``old`` into ``new``."""
    a, b = split_lines(old), split_lines(new)

    def at(line: int) -> lsp.Position:
        return lsp.Position(line, 0) if line < len(a) else end_of(a, units)

    return [
        lsp.TextEdit(lsp.Range(at(first), at(last)), "".join(b[start:stop]))
        for first, last, start, stop in changes(a, b)
    ]


def workspace_edit(texts: dict[int, str], parts: dict[int, Part], units: Units, versioned: bool) -> lsp.WorkspaceEdit:
    """New texts as edits of the documents they belong to; ``versioned``: the editor may refuse outdated ones."""
    changed = {number: (parts[number], edits(parts[number].text, text, units)) for number, text in texts.items()}
    if not versioned:
        return lsp.WorkspaceEdit(changes={part.uri: found for part, found in changed.values()})
    return lsp.WorkspaceEdit(
        document_changes=[
            lsp.TextDocumentEdit(lsp.OptionalVersionedTextDocumentIdentifier(part.uri, part.version), list(found))
            for part, found in changed.values()
        ]
    )

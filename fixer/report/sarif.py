"""Findings as SARIF 2.1.0, the format of code-scanning services; the path that shows a bug becomes a code flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from fixer import __version__
from fixer.findings import Finding, Problem
from fixer.run import Result
from fixer.sources.lines import split_lines

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

Repair = Callable[[Result, str], str | None]
"""The text of a file after all findings of one rule in it are repaired (None: they are not)."""


def log(
    results: Sequence[Result], problems: Sequence[Problem], summaries: Mapping[str, str], repair: Repair
) -> dict[str, Any]:
    """The SARIF log of one run. ``summaries`` holds a line about each rule."""
    found = [(result, finding) for result in results for finding in result.findings]
    names = sorted({finding.rule for _, finding in found})
    rules = [{"id": name, "shortDescription": {"text": summaries.get(name, name)}} for name in names]
    driver = {"name": "training-fixer", "version": __version__, "rules": rules}
    invocation: dict[str, Any] = {"executionSuccessful": not problems}
    if problems:
        invocation["toolExecutionNotifications"] = [_notification(problem) for problem in problems]
    fixes: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for result, finding in found:
        key = (result.path, finding.rule)
        if key not in fixes and finding.cell is None:
            fixes[key] = _fixes(result, finding, repair)
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        # SARIF counts columns in UTF-16 units unless told otherwise; ours are characters.
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, names, fixes.get((result.path, finding.rule), [])) for result, finding in found],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(finding: Finding, names: list[str], fixes: list[dict[str, Any]]) -> dict[str, Any]:
    span = finding.span
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    place = {"artifactLocation": {"uri": _uri(finding.path)}} | ({} if finding.cell is not None else {"region": region})
    answer: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": names.index(finding.rule),
        "level": "warning",
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place}],
        "properties": {"applicability": finding.fix.applicability.value, "fix": finding.fix.summary},
    }
    if finding.cell is not None:
        answer["properties"] |= {"cell": finding.cell, "line": span.line}
    elif finding.path_shown:
        answer["codeFlows"] = [
            {
                "threadFlows": [
                    {"locations": [_step(finding, step.path, step.line, step.note) for step in finding.path_shown]}
                ]
            }
        ]
    if fixes:
        answer["fixes"] = fixes
    return answer


def _step(finding: Finding, path: str | None, line: int, note: str) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": _uri(path or finding.path)}, "region": {"startLine": line}}
    return {"location": {"physicalLocation": place, "message": {"text": note}}}


def _fixes(result: Result, finding: Finding, repair: Repair) -> list[dict[str, Any]]:
    new = repair(result, finding.rule)
    if new is None:
        return []
    from fixer.diff import changes

    a, b = split_lines(result.text), split_lines(new)
    replacements = []
    for first, last, start, stop in changes(a, b):
        region = {"startLine": first + 1, "startColumn": 1, "endLine": last + 1, "endColumn": 1}
        if last == len(a) and a:
            # The file's last line may have no end: then the region closes behind its last character.
            whole = a[-1].endswith(("\n", "\r"))
            region |= {} if whole else {"endLine": last, "endColumn": len(a[-1]) + 1}
        replacements.append({"deletedRegion": region, "insertedContent": {"text": "".join(b[start:stop])}})
    if not replacements:
        return []
    change = {"artifactLocation": {"uri": _uri(result.path)}, "replacements": replacements}
    text = f"Repair every {finding.rule} in this file: {finding.fix.summary}"
    return [{"description": {"text": text}, "artifactChanges": [change]}]


def _notification(problem: Problem) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(problem.path)}}
    if problem.line is not None:
        place["region"] = {"startLine": problem.line}
    return {"level": "error", "message": {"text": problem.message}, "locations": [{"physicalLocation": place}]}


def _uri(path: str) -> str:
    """A path as a URI reference: relative ones stay relative."""
    uri = quote(path.replace("\\", "/").encode("utf-8", "surrogateescape"))
    return f"file://{uri}" if path.startswith("/") else uri

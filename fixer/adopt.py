"""``fixer apply --add-ignore``: silence every finding of an old code base by a comment, so that only new ones are told.

The comment goes to the end of the finding's line, or of its last line, or alone above it: the first of these where it
changes nothing but comments and does silence the finding.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import replace

from fixer.findings import Finding
from fixer.run import Kept, Result
from fixer.silence import Silenced, comments
from fixer.sources.lines import split_lines
from fixer.sources.source import Source, placed

_OURS = re.compile(r"#\s*fixer:\s*ignore\s*\[([^\]#]*)\]")
_NOWHERE = "there is no place for a comment that would silence it"


def with_ignores(source: Source, result: Result, silenced: Silenced) -> Result:
    """The result with the file's bytes in which a comment silences each of its findings.

    ``applied`` are the findings that are silenced now, ``kept`` those that no comment can silence.
    """
    text = source.text
    done: list[Finding] = []
    kept = [Kept(placed(source, result.path, found), found.fix.reason) for found in silenced.unused]
    # From the last to the first: a line that is inserted moves none that is still to come.
    for finding in sorted(silenced.kept, key=lambda found: found.span, reverse=True):
        changed = None if finding.path != result.path else with_ignore(text, finding)
        if changed is None:
            kept.append(Kept(placed(source, result.path, finding), _NOWHERE))
        else:
            text = changed
            done.append(placed(source, result.path, finding))
    new = source.with_text(text) if text != source.text else None
    return replace(result, new=new, applied=tuple(reversed(done)), kept=tuple(kept))


def with_ignore(text: str, finding: Finding) -> str | None:
    """The text with a comment for one finding, whose lines count in it; None if there is no place for it."""
    code = _code(text)
    for changed, line, moved in _candidates(text, finding):
        span = replace(finding.span, line=finding.span.line + moved, end_line=finding.span.end_line + moved)
        here = replace(finding, span=span)
        mine = [comment for comment in comments(changed) if comment.span.line == line]
        if any(comment.covers(here) for comment in mine) and _code(changed) == code:
            return changed
    return None


def _candidates(text: str, finding: Finding) -> Iterator[tuple[str, int, int]]:
    """Texts with the comment added, the line it stands on, and by how many lines the finding moved."""
    lines = split_lines(text)
    for number in dict.fromkeys((finding.span.line, finding.span.end_line)):
        if number > len(lines):
            continue
        line = lines[number - 1]
        body = line.rstrip("\r\n")
        ours = _OURS.search(body)
        if ours:
            body = body[: ours.end() - 1].rstrip(", ") + f", {finding.rule}" + body[ours.end() - 1 :]
        else:
            body = f"{body.rstrip()}  # fixer: ignore[{finding.rule}]"
        changed = body + line[len(line.rstrip("\r\n")) :]
        yield "".join([*lines[: number - 1], changed, *lines[number:]]), number, 0
    at = finding.span.line - 1
    if at < len(lines):
        line = lines[at]
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        end = next((one[len(one.rstrip("\r\n")) :] for one in lines if one.rstrip("\r\n") != one), "\n")
        comment = f"{indent}# fixer: ignore[{finding.rule}]{end}"
        yield "".join([*lines[:at], comment, *lines[at:]]), at + 1, 1


def _code(text: str) -> str | None:
    """All that Python sees of a text; None if it does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.dump(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None

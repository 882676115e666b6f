"""What a repair did, told in terms of the findings that ``check`` reports.

The engine repairs one finding after the other and reads the text again each time, so the lines it names count in
the text as it was at that moment. People, and the verifier, compare with the file as they know it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fixer.diff import matches
from fixer.findings import Finding
from fixer.sources.lines import split_lines

if TYPE_CHECKING:
    from fixer.engine import Repaired

Told = tuple[tuple[Finding, ...], tuple[tuple[Finding, str], ...]]
"""The findings that were repaired, and those that were kept with the reason."""


def first_seen(found: Sequence[Finding], text: str, repaired: Repaired) -> Told:
    """The findings of ``found`` (those in ``text``) that ``repaired`` repaired, and those that it kept.

    A finding that came to light by another's repair is told as the engine tells it.
    """
    left = list(found)
    kept: list[tuple[Finding, str]] = []
    before = _lines_before(text, repaired.text)
    for other in repaired.kept:
        line = before.get(other.finding.line, other.finding.line)
        same = [finding for finding in left if finding.rule == other.finding.rule]
        first = min(same, key=lambda finding: abs(finding.line - line), default=None)
        if first is not None:
            left.remove(first)
        kept.append((first or other.finding, other.why))
    if repaired.text == text:
        left = []
    revealed: list[Finding] = []
    for rule in dict.fromkeys(finding.rule for finding in repaired.applied):
        applied = [finding for finding in repaired.applied if finding.rule == rule]
        revealed += applied[sum(finding.rule == rule for finding in left) :]
    return (*left, *revealed), tuple(kept)


def _lines_before(old: str, new: str) -> dict[int, int]:
    """For each line of ``new`` (from 1) that stood in ``old``, where."""
    runs = matches(split_lines(old), split_lines(new))
    return {j + step + 1: i + step + 1 for i, j, size in runs for step in range(size)}

"""Check one source: read, judge, rewrite, read again, until nothing changes.

Every front end (command line, hooks, bot) goes through the two functions here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fixer.findings import Finding, NotChecked


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer for one source: findings in source order, and what was not checked."""

    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding that was not rewritten, and why ("unsafe", or the reason its rewrite was dropped)."""

    finding: Finding
    why: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """The rewritten text, the findings repaired (as they were first seen), and those that were kept."""

    text: str
    applied: tuple[Finding, ...]
    kept: tuple[Kept, ...]


class SourceError(Exception):
    """The text cannot be read as Python 3: ``line`` counts from 1 (None if there is no line to name)."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def check(text: str, path: str, rules: Iterable[str] | None = None) -> Checked:
    """Find what violates the gradient protocol in ``text``.

    ``path`` names the source in findings and places it in its project (imports are resolved from there).
    ``rules`` limits the rules (None: all). Raises SourceError if the text is no Python 3.
    """
    return Checked(())


def repair(text: str, path: str, rules: Iterable[str] | None = None, unsafe: bool = False) -> Repaired:
    """Rewrite ``text`` one finding at a time, reading it again after each, until nothing changes.

    Only safe fixes are applied unless ``unsafe``. A rewrite that does not parse, that does not silence its own
    finding, or that makes a new one is dropped and listed in ``kept``. Raises SourceError as ``check`` does.
    """
    return Repaired(text, (), ())

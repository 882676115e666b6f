"""The repair of chosen findings of one file, each by itself: the rest of the file's findings are left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from fixer import engine
from fixer.diff import matches
from fixer.findings import Applicability, Finding
from fixer.limits import time_limit
from fixer.sources.lines import split_lines
from fixer.sources.source import Source
from fixer.sources.syntax import check_syntax

MAX_REVEALED = 20


def one_repair(source: Source, path: str, finding: Finding, importers: bool = False) -> bytes | None:
    """The file with one finding repaired and nothing else changed; None if it has no repair of its own."""
    new, done = repairs_of(source, path, [finding], unsafe=True, revealed=False, importers=importers)
    return new if done else None


def repairs_of(
    source: Source,
    path: str,
    findings: Sequence[Finding],
    unsafe: bool,
    revealed: bool = True,
    importers: bool = False,
) -> tuple[bytes | None, tuple[Finding, ...]]:
    """The file's bytes with ``findings`` (of its text) repaired, and those that were.

    ``revealed``: also what comes to light by these repairs; ``importers``: some findings show only together with the
    files that import this one. None: nothing changes.
    """
    try:
        with time_limit():
            text, done = _repaired(source.text, path, findings, unsafe, revealed, importers)
        if text == source.text:
            return None, ()
        check_syntax(text)
        return source.with_text(text), done
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # LibCST's parser raises its panics outside of Exception; no repair is better than no review
        return None, ()


def _repaired(
    text: str, path: str, findings: Sequence[Finding], unsafe: bool, revealed: bool, importers: bool
) -> tuple[str, tuple[Finding, ...]]:
    original, known = text, _loose(text, path)
    done: list[Finding] = []
    left = [found for found in findings if _allowed(found, unsafe)]
    # A repair may have to wait for another one, so go round until nothing moves.
    moved = True
    while moved and left:
        moved = False
        for found in list(left):
            line = _now(original, text).get(found.line)
            if line is None:
                continue
            repaired = engine.repair(
                text, path, [found.rule], unsafe=unsafe, accept=_once(path, found.rule, line), importers=importers
            )
            if repaired.applied:
                text, moved = repaired.text, True
                left.remove(found)
                done.append(found)
    for _ in range(MAX_REVEALED if revealed and done else 0):
        fresh = next((f for f in _fresh(text, path, known) if _allowed(f, unsafe)), None)
        if fresh is None:
            break
        repaired = engine.repair(text, path, [fresh.rule], unsafe=unsafe, accept=_once(path, fresh.rule, fresh.line))
        if not repaired.applied:
            break
        text = repaired.text
        done.append(fresh)
    return text, tuple(done)


def _allowed(found: Finding, unsafe: bool) -> bool:
    safety = found.fix.applicability
    return safety is Applicability.SAFE or (unsafe and safety is Applicability.UNSAFE)


def _once(path: str, rule: str, line: int) -> Callable[[Finding], bool]:
    """Accepts one finding of ``rule`` at ``line``, and afterwards none: later ones count other lines."""
    spent = False

    def accept(found: Finding) -> bool:
        nonlocal spent
        if spent or found.path != path or found.rule != rule or found.line != line:
            return False
        spent = True
        return True

    return accept


def _now(old: str, new: str) -> dict[int, int]:
    """For each line of ``old`` (from 1) that still stands in ``new``, where."""
    if old == new:
        return {n: n for n in range(1, old.count("\n") + old.count("\r") + 2)}
    runs = matches(split_lines(old), split_lines(new))
    return {i + step + 1: j + step + 1 for i, j, size in runs for step in range(size)}


def _loose(text: str, path: str) -> Counter[tuple[str, str]]:
    return Counter(_key(text, found) for found in engine.check(text, path).findings)


def _fresh(text: str, path: str, known: Counter[tuple[str, str]]) -> list[Finding]:
    """Findings that were not there before the repairs."""
    found = engine.check(text, path).findings
    counts = Counter(_key(text, one) for one in found)
    return [one for one in found if counts[_key(text, one)] > known[_key(text, one)]]


def _key(text: str, found: Finding) -> tuple[str, str]:
    lines = split_lines(text)
    return found.rule, " ".join(lines[found.line - 1].split()) if found.line <= len(lines) else ""

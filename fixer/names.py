"""The nearest known name to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name with the fewest edits from ``word``, or None if all are far (more than a third of it)."""
    best = min(((_edits(word.lower(), name.lower()), name) for name in known), default=None)
    if best is None or best[0] > max(2, len(word) // 3):
        return None
    return best[1]


def unknown(kind: str, word: str, known: Iterable[str]) -> str:
    """One sentence for a name that nobody knows, with the nearest one or, if none is near, all of them."""
    names = sorted(known)
    near = nearest(word, names)
    if near:
        return f"unknown {kind} '{word}'; did you mean '{near}'?"
    return f"unknown {kind} '{word}'; known: {', '.join(names)}" if names else f"unknown {kind} '{word}'"


def _edits(a: str, b: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours that turn ``a`` into ``b``."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i] + [0] * len(b)
        for j, y in enumerate(b, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                row[j] = min(row[j], older[j - 2] + 1)
    return row[-1]

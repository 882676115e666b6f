"""Which line of the text after a rewrite is which line of the text before."""

from __future__ import annotations

from collections import Counter


def line_map(before: str, after: str) -> dict[int, int]:
    """Lines of ``after`` (from 1) to the equal lines of ``before``, blanks and indentation aside.

    Lines that occur once in both texts are anchors (the longest increasing chain of them); from these the match grows
    up and down while lines are equal. Takes O(n log n) for n lines.
    """
    old = [line.strip() for line in before.splitlines()]
    new = [line.strip() for line in after.splitlines()]
    once_old, once_new = Counter(old), Counter(new)
    where = {line: n for n, line in enumerate(old) if line and once_old[line] == 1}
    pairs = [(n, where[line]) for n, line in enumerate(new) if line in where and once_new[line] == 1]
    found: dict[int, int] = {}
    taken: set[int] = set()
    for n, m in [(-1, -1), *_increasing(pairs), (len(new), len(old))]:
        for step in (0, 1, -1):
            i, j = n + step, m + step
            while 0 <= i < len(new) and 0 <= j < len(old) and i not in found and j not in taken and new[i] == old[j]:
                found[i] = j
                taken.add(j)
                if step == 0:
                    break
                i, j = i + step, j + step
    return {i + 1: j + 1 for i, j in found.items()}


def _increasing(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest chain of pairs in which both members increase."""
    from bisect import bisect_left

    tails: list[int] = []
    ends: list[int] = []
    back: list[int | None] = []
    for n, (_, m) in enumerate(pairs):
        spot = bisect_left(tails, m)
        back.append(ends[spot - 1] if spot else None)
        if spot == len(tails):
            tails.append(m)
            ends.append(n)
        else:
            tails[spot], ends[spot] = m, n
    chain: list[tuple[int, int]] = []
    at = ends[-1] if ends else None
    while at is not None:
        chain.append(pairs[at])
        at = back[at]
    return chain[::-1]

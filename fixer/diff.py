r"""A unified diff of two byte strings that ``git apply`` and ``patch -p1`` take byte for byte.

Both tools split files at ``\n`` alone, so the diff does too: a carriage return is part of its line, and the text's
encoding does not matter. The lines are matched in three steps: what both ends share is set aside; lines that occur
once on each side anchor the rest (Bram Cohen's patience diff); between two anchors Myers' greedy algorithm
("An O(ND) difference algorithm", 1986) finds the shortest edit. Its work grows with the number of edits, not with
the size of the file, and is bounded: a stretch with more than ``_MOST_EDITS`` edits is replaced whole.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

CONTEXT = 3
_MOST_EDITS = 400

Match = tuple[int, int, int]
"""A run of equal lines: where it starts in the old file and in the new one (from 0), and how long it is."""


def unified(old: bytes, new: bytes, path: str) -> bytes:
    """The unified diff from ``old`` to ``new`` under ``a/path`` and ``b/path`` (empty if they are equal)."""
    if old == new:
        return b""
    a, b = _lines(old), _lines(new)
    out = [b"--- " + _name("a/" + path.lstrip("/")), b"+++ " + _name("b/" + path.lstrip("/"))]
    for hunk in _hunks(matches(a, b), len(a), len(b)):
        out.extend(_render(a, b, hunk))
    return b"".join(out)


def changes(a: Sequence[object], b: Sequence[object]) -> list[tuple[int, int, int, int]]:
    """The changed stretches: (first old item, past the last, first new item, past the last), from 0."""
    return list(_gaps(matches(a, b), len(a), len(b)))


def matches(a: Sequence[object], b: Sequence[object]) -> list[Match]:
    """The equal runs of two sequences of hashable items, in order, without overlap."""
    found: list[Match] = []
    work = [(0, len(a), 0, len(b))]
    # A stack instead of recursion: one anchor per line must not exhaust Python's own stack.
    while work:
        a0, a1, b0, b1 = work.pop()
        start = a0
        while a0 < a1 and b0 < b1 and a[a0] == b[b0]:
            a0, b0 = a0 + 1, b0 + 1
        if a0 > start:
            found.append((start, b0 - (a0 - start), a0 - start))
        end = a1
        while a0 < a1 and b0 < b1 and a[a1 - 1] == b[b1 - 1]:
            a1, b1 = a1 - 1, b1 - 1
        if end > a1:
            found.append((a1, b1, end - a1))
        if a0 == a1 or b0 == b1:
            continue
        anchors = _anchors(a, a0, a1, b, b0, b1)
        if not anchors:
            found.extend(_myers(a, a0, a1, b, b0, b1))
            continue
        # Each anchor is found again as the common start of the stretch that it begins.
        for i, j in [*anchors, (a1, b1)]:
            work.append((a0, i, b0, j))
            a0, b0 = i, j
    return _joined(sorted(found))


def _anchors(a: Sequence[object], a0: int, a1: int, b: Sequence[object], b0: int, b1: int) -> list[tuple[int, int]]:
    """Places of lines that stand once on each side, in the longest chain that ascends on both."""
    once: dict[object, list[int]] = {}
    for i in range(a0, a1):
        once.setdefault(a[i], []).append(i)
    where: dict[object, list[int]] = {}
    for j in range(b0, b1):
        if b[j] in once:
            where.setdefault(b[j], []).append(j)
    pairs = sorted((once[line][0], js[0]) for line, js in where.items() if len(js) == 1 == len(once[line]))
    tails: list[int] = []
    tops: list[int] = []
    back: list[int] = []
    for index, (_, j) in enumerate(pairs):
        place = bisect_left(tails, j)
        back.append(tops[place - 1] if place else -1)
        tails[place : place + 1] = [j]
        tops[place : place + 1] = [index]
    chain = []
    at = tops[-1] if tops else -1
    while at >= 0:
        chain.append(pairs[at])
        at = back[at]
    return chain[::-1]


def _myers(a: Sequence[object], a0: int, a1: int, b: Sequence[object], b0: int, b1: int) -> list[Match]:
    """The equal lines on a shortest edit path, one by one; none if that path has more than _MOST_EDITS edits."""
    n, m = a1 - a0, b1 - b0
    reach = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(min(n + m, _MOST_EDITS) + 1):
        trace.append(dict(reach))
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
            x = reach[k + 1] if down else reach[k - 1] + 1
            while x < n and 0 <= x - k < m and a[a0 + x] == b[b0 + x - k]:
                x += 1
            reach[k] = x
            if x >= n and x - k >= m:
                return _walk_back(trace, n, m, a0, b0)
    return []


def _walk_back(trace: list[dict[int, int]], x: int, y: int, a0: int, b0: int) -> list[Match]:
    found: list[Match] = []
    for edits in range(len(trace) - 1, -1, -1):
        reach, k = trace[edits], x - y
        down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
        before = k + 1 if down else k - 1
        edited = reach[before] + (not down)
        while x > edited:
            x, y = x - 1, y - 1
            found.append((a0 + x, b0 + y, 1))
        x = reach[before]
        y = x - before
    return found


def _joined(found: list[Match]) -> list[Match]:
    """Neighbouring runs made one."""
    out: list[Match] = []
    for i, j, size in found:
        if out and out[-1][0] + out[-1][2] == i and out[-1][1] + out[-1][2] == j:
            out[-1] = (out[-1][0], out[-1][1], out[-1][2] + size)
        else:
            out.append((i, j, size))
    return out


def _gaps(runs: list[Match], n: int, m: int) -> Iterator[tuple[int, int, int, int]]:
    """What lies between the equal runs."""
    i = j = 0
    for x, y, size in [*runs, (n, m, 0)]:
        if x > i or y > j:
            yield i, x, j, y
        i, j = x + size, y + size


def _hunks(runs: list[Match], n: int, m: int) -> Iterator[list[tuple[int, int, int, int]]]:
    """Changes whose contexts touch, grouped."""
    group: list[tuple[int, int, int, int]] = []
    for gap in _gaps(runs, n, m):
        if group and gap[0] - group[-1][1] > 2 * CONTEXT:
            yield group
            group = []
        group.append(gap)
    if group:
        yield group


def _render(a: list[bytes], b: list[bytes], group: list[tuple[int, int, int, int]]) -> Iterator[bytes]:
    first, last = group[0], group[-1]
    before = min(CONTEXT, first[0])
    after = min(CONTEXT, len(a) - last[1])
    a0, a1 = first[0] - before, last[1] + after
    b0, b1 = first[2] - before, last[3] + after
    yield f"@@ -{_range(a0, a1)} +{_range(b0, b1)} @@\n".encode()
    at = a0
    for x0, x1, y0, y1 in group:
        yield from (_line(b" ", line) for line in a[at:x0])
        yield from (_line(b"-", line) for line in a[x0:x1])
        yield from (_line(b"+", line) for line in b[y0:y1])
        at = x1
    yield from (_line(b" ", line) for line in a[at:a1])


def _range(start: int, stop: int) -> str:
    size = stop - start
    # An empty side names the line before it, as diff has always done.
    first = start + 1 if size else start
    return f"{first}" if size == 1 else f"{first},{size}"


def _line(mark: bytes, line: bytes) -> bytes:
    return mark + line if line.endswith(b"\n") else mark + line + b"\n\\ No newline at end of file\n"


def _lines(raw: bytes) -> list[bytes]:
    pieces = raw.split(b"\n")
    lines = [piece + b"\n" for piece in pieces[:-1]]
    return [*lines, pieces[-1]] if pieces[-1] else lines


def _name(path: str) -> bytes:
    """A file name as git writes it: quoted like C if it holds control characters, quotes or backslashes."""
    raw = path.encode("utf-8", "surrogateescape")
    if all(byte >= 32 and byte not in b'"\\\x7f' for byte in raw):
        # The tab ends a name with spaces for both tools.
        return raw + (b"\t\n" if b" " in raw else b"\n")
    escapes = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}
    quoted = "".join(
        "\\" + escapes[byte] if byte in escapes else chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}" for byte in raw
    )
    return f'"{quoted}"\n'.encode()

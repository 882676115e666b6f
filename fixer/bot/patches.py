"""The diff of a pull request, file by file, as GitHub gives it: which lines it shows, adds and removes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fixer.bot.model import Suggestion
from fixer.diff import changes

_HEAD = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class Hunk:
    """A piece of a diff. ``start`` and ``stop`` are its lines in the new file (from 1, ``stop`` exclusive).

    ``old`` are the lines it replaces, beginning at ``old_start`` of the old file; ``added`` the new lines' numbers.
    """

    start: int
    stop: int
    old_start: int
    old: tuple[str, ...]
    added: frozenset[int]
    old_ends: bool = True


class BadPatch(Exception):
    """A patch that does not fit: the file at the head is not the one that was compared."""


def hunks(patch: str | None) -> tuple[Hunk, ...]:
    """The hunks of a patch (none: GitHub shows no diff)."""
    return tuple(_hunks(patch)) if patch else ()


def added(pieces: Sequence[Hunk]) -> frozenset[int]:
    """The lines of the new file that the diff adds or changes."""
    return frozenset(line for piece in pieces for line in piece.added)


def holding(pieces: Sequence[Hunk], first: int, last: int) -> Hunk | None:
    """The hunk that shows all lines ``first`` to ``last`` (inclusive) of the new file."""
    return next((piece for piece in pieces if piece.start <= first and last < piece.stop), None)


def undone(new: bytes, pieces: Sequence[Hunk]) -> bytes:
    """The old file, from the new one and its diff. Raises BadPatch if they do not belong together."""
    lines = new.split(b"\n")
    whole = lines[-1] == b""
    if whole:
        lines.pop()
    for piece in reversed(pieces):
        if piece.stop - 1 > len(lines):
            raise BadPatch("the diff reaches beyond the end of the file")
        old = [line.encode("utf-8", "surrogateescape") for line in piece.old]
        at = piece.start - 1 if piece.stop > piece.start else piece.start
        if piece.stop - 1 == len(lines) or at >= len(lines):
            whole = piece.old_ends
        lines[at : at + piece.stop - piece.start] = old
    return b"\n".join(lines) + (b"\n" if whole and lines else b"")


def suggestion(old: Sequence[str], new: Sequence[str], pieces: Sequence[Hunk]) -> Suggestion | None:
    """One block that turns ``old`` into ``new`` (lines without their ends), if a single hunk shows all of it."""
    gaps = changes(old, new)
    if not gaps:
        return None
    first, last = gaps[0][0], gaps[-1][1]
    start, stop = gaps[0][2], gaps[-1][3]
    for low, high in ((first, last), (first, last + 1), (first - 1, last)):
        # A suggestion replaces at least one line, so an insertion takes a neighbour along.
        if high <= low or low < 0 or high > len(old) or holding(pieces, low + 1, high) is None:
            continue
        body = new[start - (first - low) : stop + (high - last)]
        return Suggestion(low + 1, high, tuple(line.rstrip("\r") for line in body))
    return None


def _hunks(patch: str) -> Iterator[Hunk]:
    lines = patch.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    at = 0
    while at < len(lines):
        head = _HEAD.match(lines[at])
        at += 1
        if head is None:
            continue
        number, start = int(head[3]), int(head[3])
        size = int(head[4] or 1)
        stop = start + size
        left = int(head[2] or 1)
        old: list[str] = []
        fresh: set[int] = set()
        old_ends, last = True, ""
        while at < len(lines) and not (lines[at].startswith("@@ ") and left <= 0 and number >= stop):
            line = lines[at]
            at += 1
            mark, text = line[:1] or " ", line[1:]
            if mark == "\\":
                old_ends = old_ends and last == "+"
                continue
            last = mark
            if mark in " -":
                old.append(text)
                left -= 1
            if mark == "+":
                fresh.add(number)
            if mark in " +":
                number += 1
        yield Hunk(start, start + size, int(head[1]), tuple(old), frozenset(fresh), old_ends)

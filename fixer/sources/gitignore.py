"""What git would ignore: .gitignore files from the repository's root downwards, and .git/info/exclude.

Written here because the walk asks about one file or folder at a time, as git does, so that the last pattern for
that very entry decides; the tests compare it with git itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of an ignore file: what it matches, and whether it takes back what an earlier line ignored."""

    regex: re.Pattern[str]
    negated: bool
    folders_only: bool
    by_name: bool

    def matches(self, path: str, is_folder: bool) -> bool:
        """Whether it speaks of ``path``, which is relative to the ignore file, with slashes."""
        if self.folders_only and not is_folder:
            return False
        return self.regex.fullmatch(path.rpartition("/")[2] if self.by_name else path) is not None


class Patterns:
    """The patterns of one ignore file (or of a setting that is written like one), in order."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._patterns = [pattern for line in lines if (pattern := _read(line)) is not None]

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def verdict(self, path: str, is_folder: bool) -> bool | None:
        """Whether ``path`` is ignored (relative, with slashes); None: no pattern speaks of it."""
        for pattern in reversed(self._patterns):
            if pattern.matches(path, is_folder):
                return not pattern.negated
        return None

    def covers(self, path: str, is_folder: bool) -> bool:
        """Whether ``path`` or a folder above it is ignored."""
        parts = path.split("/")
        above = any(self.verdict("/".join(parts[:end]), True) for end in range(1, len(parts)))
        return above or bool(self.verdict(path, is_folder))


class Ignores:
    """The ignore files that apply inside one folder, outermost first. Immutable: ``below`` gives the next level."""

    def __init__(self, layers: tuple[tuple[str, Patterns], ...] = ()) -> None:
        self._layers = layers

    def below(self, folder: str) -> Ignores:
        """These, and the .gitignore of ``folder`` (an absolute path) if it has one."""
        return self._with(folder, os.path.join(folder, ".gitignore"))

    def _with(self, folder: str, file: str) -> Ignores:
        try:
            with open(file, encoding="utf-8", errors="surrogateescape") as stream:
                patterns = Patterns(stream)
        except OSError:
            return self
        return Ignores((*self._layers, (folder, patterns))) if patterns else self

    def match(self, path: str, is_folder: bool) -> bool:
        """Whether git ignores ``path`` (absolute). The deepest ignore file that says something decides."""
        for folder, patterns in reversed(self._layers):
            verdict = patterns.verdict(os.path.relpath(path, folder).replace(os.sep, "/"), is_folder)
            if verdict is not None:
                return verdict
        return False

    @staticmethod
    def at(folder: str) -> Ignores:
        """What applies in ``folder`` (absolute) before its own .gitignore is read: the ignore files above it.

        Only files inside its git repository count. A folder that is itself ignored, yet was asked for by name, is
        free of the rules above it: the person knows better.
        """
        above = [folder]
        while not os.path.exists(os.path.join(above[-1], ".git")):
            parent = os.path.dirname(above[-1])
            if parent == above[-1]:
                return Ignores()
            above.append(parent)
        found = Ignores()._with(above[-1], os.path.join(above[-1], ".git", "info", "exclude"))
        for child, parent in reversed(list(zip(above, above[1:], strict=False))):
            found = found.below(parent)
            if found.match(child, True):
                return Ignores()
        return found


def _read(line: str) -> Pattern | None:
    """One line of an ignore file, or None for a blank, a comment, or a pattern that git cannot read either."""
    line = line.rstrip("\r\n")
    while line.endswith(" ") and not line.endswith("\\ "):
        line = line[:-1]
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    line = line[negated:]
    folders_only = line.endswith("/")
    line = line[: -1 if folders_only else None]
    by_name = "/" not in line
    regex = _translate(line.removeprefix("/"))
    return None if regex is None or not line else Pattern(regex, negated, folders_only, by_name)


def _translate(glob: str) -> re.Pattern[str] | None:
    """A git pattern as a regular expression for a whole path, or None if it matches nothing (an open bracket)."""
    out = []
    at = 0
    while at < len(glob):
        char = glob[at]
        stars = len(glob) - at - len(glob[at:].lstrip("*"))
        starts = at == 0 or glob[at - 1] == "/"
        if stars == 2 and starts and glob[at + 2 : at + 3] == "/":
            out.append("(?:.*/)?")
            at += 3
        elif stars == 2 and starts and at + 2 == len(glob):
            out.append(".*" if at == 0 else ".+")
            at += 2
        elif stars:
            out.append("[^/]*")
            at += stars
        elif char == "?":
            out.append("[^/]")
            at += 1
        elif char == "[":
            found = _bracket(glob, at)
            if found is None:
                return None
            text, at = found
            out.append(text)
        else:
            if char == "\\":
                at += 1
                if at == len(glob):
                    return None
            out.append(re.escape(glob[at]))
            at += 1
    try:
        return re.compile("".join(out), re.DOTALL)
    except re.error:  # a range that runs backwards
        return None


_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "digit": "0-9",
    "lower": "a-z",
    "space": "\\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}


def _bracket(glob: str, at: int) -> tuple[str, int] | None:
    """The bracket expression at ``at`` as a regular expression, and where it ends; None if it does not end."""
    at += 1
    negated = glob[at : at + 1] in ("!", "^")
    at += negated
    items: list[str] = []
    first = True
    while first or glob[at : at + 1] != "]":
        first = False
        name = re.compile(r"\[:(\w+):\]").match(glob, at)
        if name and name[1] in _CLASSES:
            items.append(_CLASSES[name[1]])
            at = name.end()
            continue
        if glob[at : at + 1] == "\\":
            at += 1
        if at >= len(glob):
            return None
        is_range = glob[at] == "-" and items and glob[at + 1 : at + 2] not in ("]", "")
        items.append("-" if is_range else re.escape(glob[at]))
        at += 1
    # A slash is never matched by a bracket.
    return f"(?!/)[{'^' if negated else ''}{''.join(items)}]", at + 1

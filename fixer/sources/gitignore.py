"""What git would ignore: .gitignore files from the repository's root downwards, and .git/info/exclude."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class Ignores:
    """The ignore files that apply inside one folder, outermost first. Immutable: ``below`` gives the next level."""

    def __init__(self, layers: tuple[tuple[str, GitIgnoreSpec], ...] = ()) -> None:
        self._layers = layers

    def below(self, folder: str) -> Ignores:
        """These, and the .gitignore of ``folder`` (an absolute path) if it has one."""
        return self._with(folder, os.path.join(folder, ".gitignore"))

    def _with(self, folder: str, file: str) -> Ignores:
        spec = _read(file)
        return Ignores((*self._layers, (folder, spec))) if spec else self

    def match(self, path: str, is_folder: bool) -> bool:
        """Whether git ignores ``path`` (absolute). The deepest ignore file that says something decides."""
        for folder, spec in reversed(self._layers):
            relative = os.path.relpath(path, folder).replace(os.sep, "/")
            verdict = spec.check_file(relative + "/" if is_folder else relative).include
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
        root = above[-1]
        found = Ignores()._with(root, os.path.join(root, ".git", "info", "exclude"))
        for parent in reversed(above[1:]):
            found = found.below(parent)
            child = above[above.index(parent) - 1]
            if found.match(child, True):
                return Ignores()
        return found


def _read(file: str) -> GitIgnoreSpec | None:
    """The patterns of one ignore file, or None if it is not there, unreadable, or holds none."""
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as stream:
            lines = [line for line in stream.read().split("\n") if line.strip() and not line.startswith("#")]
    except OSError:
        return None
    if not lines:
        return None
    from pathspec import GitIgnoreSpec

    usable = []
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:  # git too skips a pattern that it cannot read
            continue
        usable.append(line)
    return GitIgnoreSpec.from_lines(usable)

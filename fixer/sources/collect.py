"""From the paths on the command line to the files to read: each once, in a fixed order."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixer.findings import Problem
from fixer.sources.files import reason

if TYPE_CHECKING:
    from fixer.sources.gitignore import Ignores

STDIN = "-"
SUFFIXES = (".py", ".ipynb")

# Folders that hold other people's or generated code; those whose name starts with a dot are skipped as well.
_SKIPPED = frozenset(
    {"__pycache__", "__pypackages__", "_build", "buck-out", "dist", "node_modules", "site-packages", "venv"}
)

Excluded = Callable[[str, bool], bool]
"""Whether the settings exclude this path (absolute; True: a folder)."""

Included = Callable[[str], Callable[[str], bool] | None]
"""For a folder (absolute): whether the settings include a file in it that is no usual one (None: they never do)."""


@dataclass(frozen=True, slots=True)
class Target:
    """A file to check: its path as it is shown, and whether it was named on the command line itself."""

    path: str
    named: bool


@dataclass(frozen=True, slots=True)
class Collected:
    """The files to check and the paths that gave none, each in the order of the command line."""

    targets: tuple[Target, ...]
    problems: tuple[Problem, ...]


def shown(path: str) -> str:
    """The path as output shows it: relative to the working directory if it lies below it."""
    here = os.getcwd()
    absolute = os.path.normpath(os.path.join(here, path))
    if absolute == here:
        return "."
    inside = absolute.startswith(here.rstrip(os.sep) + os.sep)
    return os.path.relpath(absolute, here) if inside else absolute


def collect(
    paths: Iterable[str],
    excluded: Excluded = lambda path, is_folder: False,
    included: Included = lambda folder: None,
) -> Collected:
    """All files that ``paths`` name, folders walked; ``-`` stays as it is.

    Inside folders only Python files, notebooks and ``included`` files count, and what git ignores, hidden files,
    virtual environments and ``excluded`` paths are left out. A file that is named itself is taken whatever its name.
    Links to folders are not followed, so a loop of links ends.
    """
    targets: list[Target] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for path in paths:
        for found in _one(path, excluded, included):
            if isinstance(found, Problem):
                problems.append(found)
                continue
            real = found.path if found.path == STDIN else os.path.realpath(found.path)
            if real not in seen:
                seen.add(real)
                targets.append(found)
    return Collected(tuple(targets), tuple(problems))


def _one(path: str, excluded: Excluded, included: Included) -> Iterator[Target | Problem]:
    if path == STDIN:
        yield Target(STDIN, True)
        return
    try:
        status = os.stat(path)
    except OSError as error:
        yield Problem(shown(path), reason(error))
        return
    except ValueError:  # a null byte in the name
        yield Problem(repr(path), "no such file or folder; check the spelling")
        return
    if not stat.S_ISDIR(status.st_mode):
        yield Target(shown(path), True)
        return
    from fixer.sources.gitignore import Ignores

    count = 0
    root = os.path.abspath(path)
    for found in _walk(root, Ignores.at(root), excluded, included):
        count += 1
        yield found
    if not count:
        yield Problem(
            shown(path),
            "no Python files or notebooks in this folder (ignored ones do not count); name a file or another folder",
        )


def _walk(folder: str, ignores: Ignores, excluded: Excluded, included: Included) -> Iterator[Target | Problem]:
    """The files to read below ``folder``, by name, depth first, with a stack of its own (trees can be deep)."""
    stack: list[tuple[str, bool, Ignores]] = [(folder, True, ignores)]
    while stack:
        path, is_folder, above = stack.pop()
        if not is_folder:
            yield _file(path)
            continue
        try:
            entries = _entries(path, included(path))
        except OSError as error:
            yield Problem(shown(path), reason(error))
            continue
        here = above.below(path)
        for name, child_is_folder in reversed(entries):
            child = os.path.join(path, name)
            foreign = child_is_folder and _foreign(child, name)
            if not foreign and not here.match(child, child_is_folder) and not excluded(child, child_is_folder):
                stack.append((child, child_is_folder, here))


def _entries(folder: str, included: Callable[[str], bool] | None) -> list[tuple[str, bool]]:
    """Folders and files to read in ``folder``, sorted: (name, is a folder)."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            is_folder = entry.is_dir(follow_symlinks=False)
            wanted = is_folder or entry.name.endswith(SUFFIXES) or (included is not None and included(entry.path))
            if wanted and (is_folder or not (entry.is_symlink() and os.path.isdir(entry.path))):
                found.append((entry.name, is_folder))
    return sorted(found)


def _foreign(path: str, name: str) -> bool:
    return name in _SKIPPED or os.path.exists(os.path.join(path, "pyvenv.cfg"))


def _file(path: str) -> Target | Problem:
    if os.path.islink(path):  # only a link can lead nowhere or to itself
        try:
            os.stat(path)
        except OSError as error:
            return Problem(shown(path), reason(error))
    return Target(shown(path), False)

"""``--check-clean``: which files have changes that git does not hold yet, so that a repair would mix with them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable

_TOGETHER = 200


def dirty(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Of ``paths``, those that git could not give back as they are: (path, why), in order."""
    by_folder: dict[str, list[str]] = {}
    for path in paths:
        by_folder.setdefault(os.path.dirname(os.path.abspath(path)), []).append(path)
    found = []
    for folder, inside in by_folder.items():
        for at in range(0, len(inside), _TOGETHER):
            found += _dirty(folder, inside[at : at + _TOGETHER])
    return found


def _dirty(folder: str, paths: list[str]) -> list[tuple[str, str]]:
    names = [os.path.basename(path) for path in paths]
    try:
        tracked = _git(folder, "ls-files", names)
        changed = None if tracked is None else _git(folder, "diff", names, "--name-only", "--relative", "HEAD")
    except (OSError, subprocess.SubprocessError):
        return [(path, "git cannot be asked whether it holds this file") for path in paths]
    if tracked is None:
        return [(path, "it is in no git repository") for path in paths]
    found = []
    for path, name in zip(paths, names, strict=True):
        if name not in tracked:
            found.append((path, "git does not track it"))
        elif changed is None or name in changed:  # without a first commit, nothing is committed
            found.append((path, "it has changes that are not committed"))
    return found


def _git(folder: str, command: str, names: list[str], *options: str) -> set[str] | None:
    """The names that a git command lists for files of ``folder``; None if it fails."""
    words = ["git", "-C", folder, "--literal-pathspecs", command, "-z", *options, "--", *names]
    done = subprocess.run(words, capture_output=True, timeout=60, check=False)
    return None if done.returncode else {os.fsdecode(name) for name in done.stdout.split(b"\0") if name}

"""A private copy of the user's project for each run, so that the user's own files are never written.

Small projects are copied whole. Of big ones the script's own imports and the files that it names are copied first, and
the whole only if the script then fails.
"""

from __future__ import annotations

import ast
import contextlib
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from fixer.verify.plan import above_packages

FEW = 60
STALE_S = 3600.0
_PREFIX = "fixer-run-"
LINKED = 4 * 2**20
FILES = 5_000
_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt")
_SKIPPED = {".git", ".hg", ".venv", "venv", "env", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache", ".tox",
            ".pytest_cache", ".hypothesis", "wandb", "mlruns"}  # fmt: skip


def private_folder(kind: str, inside: str | None = None) -> Path:
    """A new folder of this process's own among the temporary ones; removes those of processes that were killed."""
    place = inside or tempfile.gettempdir()
    if inside is None:
        _sweep(Path(place))
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{kind}-{os.getpid()}-", dir=place))


def _sweep(place: Path) -> None:
    for folder in place.glob(f"{_PREFIX}*"):
        name = re.fullmatch(rf"{_PREFIX}[a-z]+-(\d+)-\w+", folder.name)
        with contextlib.suppress(OSError):
            about = folder.lstat()
            # Where containers share a folder but no process numbers, age tells what nobody uses any more.
            old = stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid() and time.time() - about.st_mtime > STALE_S
            if name and old and not os.path.exists(f"/proc/{name[1]}"):
                shutil.rmtree(folder, ignore_errors=True)


def project_root(path: Path) -> Path:
    """The folder that is copied: the nearest one above the script that looks like a project, else the one
    that holds the script, or the package that the script belongs to."""
    home = Path.home()
    base = above_packages(path)
    for folder in (base, *base.parents):
        if folder in (home, Path(folder.anchor)):
            break
        if any((folder / mark).exists() for mark in _MARKS):
            return folder
    return base


def copy_project(root: Path, to: Path, script: Path, text: str, whole: bool, closed: bool = False) -> bool:
    """Copy the project of ``script`` from ``root`` to ``to``; files over ``LINKED`` bytes are linked.

    ``text``: the script's Python. ``whole``: everything, up to ``FILES`` files. ``closed``: links that lead out of the
    project are left out (a stranger's could lead to a secret). Returns whether everything was copied.
    """
    to.mkdir(parents=True, exist_ok=True)
    everything = whole or _is_small(root)
    for source in _files(root, FILES) if everything else _needed(root, script, text):
        if not closed or _is_inside(source, root):
            _place(source, root, to)
    return everything


def linked_files(root: Path) -> list[Path]:
    """The files of a project that ``copy_project`` links instead of copying them, if they are really inside it."""
    found = []
    for path in _files(root, FILES):
        with contextlib.suppress(OSError):
            if path.stat().st_size > LINKED and path.is_file() and _is_inside(path, root):
                found.append(path)
    return found


def _is_inside(path: Path, root: Path) -> bool:
    return os.path.realpath(path).startswith(os.path.realpath(root) + os.sep)


def _is_small(root: Path) -> bool:
    return sum(1 for _ in _files(root, FEW + 1)) <= FEW


def _files(root: Path, limit: int) -> Iterator[Path]:
    """At most ``limit`` files under ``root``, in a fixed order, caches and environments aside."""
    count = 0
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        folders[:] = sorted(f for f in folders if f not in _SKIPPED and not (here / f / "pyvenv.cfg").exists())
        for name in sorted(files):
            count += 1
            if count > limit:
                return
            yield here / name


def _needed(root: Path, script: Path, text: str) -> Iterator[Path]:
    """What the script and the project's modules that it imports name: modules, and files and folders in strings."""
    bases = dict.fromkeys([script.parent, Path.cwd(), root])
    inside = [base for base in bases if base == root or root in base.parents]
    open_, seen = [script], {script}
    while open_ and len(seen) < FILES:
        path = open_.pop()
        yield path
        for name in _names(text.encode("utf-8", "replace") if path == script else _read(path)):
            for base in inside:
                found = Path(os.path.normpath(base / name))
                if root not in found.parents or not found.exists():
                    continue
                for file in _files(found, FILES) if found.is_dir() else (found,):
                    if file not in seen:
                        seen.add(file)
                        open_.append(file)


def _read(path: Path) -> bytes:
    with contextlib.suppress(OSError):
        return path.read_bytes() if path.suffix == ".py" and path.is_file() else b""
    return b""


def _names(source: bytes) -> set[str]:
    """Paths that a module may mean, relative to where it is run: of its imports and of its strings."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.update((alias.name for alias in node.names) if not node.module else [node.module.split(".")[0]])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if 0 < len(node.value) < 200 and node.value.isprintable() and node.value.strip("./ "):
                found.update((node.value, node.value.split("/")[0]))
    return found | {name + ".py" for name in found if name.isidentifier()}


def _place(source: Path, root: Path, to: Path) -> None:
    target = to / source.relative_to(root)
    with contextlib.suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_file() and source.stat().st_size <= LINKED:
            shutil.copyfile(source, target)
        elif source.is_file():
            target.symlink_to(source)

"""A private copy of the user's project for each run, so that the user's own files are never written."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

SMALL = 4 * 2**20
FILES = 5_000
_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt")
_SKIPPED = {".git", ".hg", ".venv", "venv", "env", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache", ".tox",
            ".pytest_cache", ".hypothesis", "wandb", "mlruns"}  # fmt: skip


def project_root(path: Path) -> Path:
    """The folder that is copied: the nearest one above the script that looks like a project, else the script's own."""
    home = Path.home()
    for folder in path.parents:
        if folder in (home, Path(folder.anchor)):
            break
        if any((folder / mark).exists() for mark in _MARKS):
            return folder
    return path.parent


def copy_project(root: Path, to: Path, only: Path) -> list[str]:
    """Copy ``root`` to ``to``: small files are copied, big ones linked, and nothing beyond ``FILES`` files.

    ``only`` is the script, which is always copied. Returns what was left out, for the report.
    """
    left_out: list[str] = []
    count = 0
    for folder, folders, files in os.walk(root):
        here = to / Path(folder).relative_to(root)
        here.mkdir(parents=True, exist_ok=True)
        folders[:] = sorted(f for f in folders if f not in _SKIPPED and not _is_environment(Path(folder) / f))
        for name in sorted(files):
            source = Path(folder) / name
            count += 1
            if count > FILES:
                left_out.append(f"files beyond the first {FILES} of {root.name}")
                folders.clear()
                break
            _place(source, here / name)
    target = to / only.relative_to(root)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() and only.exists():
        shutil.copyfile(only, target)
    return left_out


def _place(source: Path, target: Path) -> None:
    with contextlib.suppress(OSError):
        if source.is_file() and source.stat().st_size <= SMALL:
            shutil.copyfile(source, target)
        elif source.is_file():
            target.symlink_to(source)


def _is_environment(folder: Path) -> bool:
    return (folder / "pyvenv.cfg").exists()

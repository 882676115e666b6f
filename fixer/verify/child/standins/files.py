"""Keeps writes inside the scratch copy: big files are links to the user's own, and paths may lead anywhere."""

from __future__ import annotations

import builtins
import contextlib
import functools
import io
import os
import shutil
import sys
import tempfile
from typing import Any

import torch

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def install(root: str, recorder: Any) -> None:
    """Redirect what would be written outside ``root`` (and the folder for temporary files) into ``root``."""
    inside = (os.path.realpath(root), os.path.realpath(tempfile.gettempdir()), os.path.realpath(os.devnull))
    elsewhere = os.path.join(root, ".outside")
    told: set[str] = set()

    def redirected(path: Any, writing: bool) -> Any:
        """The path to use instead of ``path``: the same inside, a place under ``root`` for one that is outside."""
        try:
            plain = os.path.abspath(os.fspath(path))
        except TypeError:
            return path  # an open descriptor or a stream
        if isinstance(plain, bytes):
            return path
        if os.path.islink(plain) and writing and plain.startswith(root):
            _own(plain)
        real = os.path.realpath(plain)
        if any(real == folder or real.startswith(folder + os.sep) for folder in inside) or plain.startswith("/dev/"):
            return path
        here = elsewhere + plain
        if not writing:
            return here if os.path.exists(here) else path
        os.makedirs(os.path.dirname(here), exist_ok=True)
        if plain not in told:
            told.add(plain)
            recorder.emit("stub", what=f"what the script writes to {plain} goes to a scratch folder")
        return here

    plain_open, plain_save, plain_mkdir = io.open, torch.save, os.mkdir

    @functools.wraps(plain_open)
    def open_(file: Any, mode: Any = "r", *args: Any, **kwargs: Any) -> Any:
        writing = isinstance(mode, str) and any(letter in mode for letter in "wax+")
        return plain_open(redirected(file, writing), mode, *args, **kwargs)

    @functools.wraps(plain_save)
    def save(obj: Any, f: Any, *args: Any, **kwargs: Any) -> Any:
        return plain_save(obj, redirected(f, True) if isinstance(f, (str, os.PathLike)) else f, *args, **kwargs)

    @functools.wraps(plain_mkdir)
    def mkdir(path: Any, *args: Any, **kwargs: Any) -> None:
        plain = os.path.abspath(os.fspath(path)) if isinstance(path, (str, os.PathLike)) else None
        plain_mkdir(path if plain is None or plain.startswith(elsewhere) else redirected(path, True), *args, **kwargs)

    def audit(event: str, args: Any) -> None:
        """Below Python's own functions: a link is replaced by a copy before anything opens it for writing."""
        if event == "open" and isinstance(args[0], str) and args[2] is not None and args[2] & _WRITING:
            plain = os.path.abspath(args[0])
            if plain.startswith(root) and os.path.islink(plain):
                _own(plain)

    builtins.open = open_
    io.open = open_
    torch.save = save
    os.mkdir = mkdir
    sys.addaudithook(audit)


def _own(link: str) -> None:
    """Put a copy of what a link leads to in its place."""
    target = os.path.realpath(link)
    with contextlib.suppress(OSError):
        os.unlink(link)
        shutil.copyfile(target, link)

"""Keeps writes inside the scratch copy: big files are links to the user's own, and paths may lead anywhere. A file
that is missing comes from the folder of ``--data``, or is made up (``absent``)."""

from __future__ import annotations

import builtins
import contextlib
import functools
import glob
import io
import os
import shutil
import sys
import tempfile
from typing import Any

import torch

from . import absent, hooks, missing, note

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


# Libraries that look for files which need not be there.
_PROBING = {"transformers", "datasets", "huggingface_hub", "matplotlib", "wandb", "mlflow", "accelerate", "lightning",
            "tokenizers", "spacy", "nltk", "hydra", "omegaconf"}  # fmt: skip
_MANY = 24


def install(root: str, data: str | None, recorder: Any) -> None:
    """Redirect what would be written outside ``root`` (and the folder for temporary files) into ``root``. ``data``: the
    folder in which missing files are looked for first."""
    inside = (os.path.realpath(root), os.path.realpath(tempfile.gettempdir()), os.path.realpath(os.devnull))
    elsewhere = os.path.join(root, ".outside")
    caches = os.path.join(os.path.expanduser("~"), ".")
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
        if plain not in told and not plain.startswith(caches):
            told.add(plain)
            recorder.emit("stub", what=f"what the script writes to {plain} goes to a scratch folder")
        return here

    def given(path: Any) -> str | None:
        """The file of ``--data`` that a missing path may mean: the longest ending of the path that is there."""
        if data is None or not isinstance(path, (str, os.PathLike)):
            return None
        parts = os.path.abspath(os.fspath(path)).split(os.sep)
        endings = [parts[n:] for n in range(1, len(parts))]
        above, name = os.path.split(data)
        places = [os.path.join(above, *e) for e in endings if e[0] == name] + [os.path.join(data, *e) for e in endings]
        return next((place for place in places if os.path.exists(place)), None)

    def made_up(path: Any) -> str | None:
        """A made-up file in the place of one that the user's code wants and that nothing else provides."""
        if not isinstance(path, (str, os.PathLike)) or not _asked_by_user():
            return None
        plain = os.path.abspath(os.fspath(path))
        if not isinstance(plain, str) or plain.startswith((sys.prefix, sys.base_prefix, "/proc/", "/sys/", caches)):
            return None
        here = plain if plain.startswith(root) else elsewhere + plain
        return here if absent.make(plain, here) else None

    def many(folder: Any, ending: str) -> str | None:
        """A made-up folder of files with an ending; None if there is a real one, or nothing can be made up."""
        if not isinstance(folder, (str, os.PathLike)) or not _asked_by_user() or os.path.exists(folder):
            return None
        plain = os.path.abspath(os.fspath(folder))
        here = plain if plain.startswith(root) else elsewhere + plain
        if not os.path.isdir(here):
            for n in range(_MANY):
                if not absent.make(os.path.join(plain, f"{n:03d}{ending}"), os.path.join(here, f"{n:03d}{ending}")):
                    return None
        return here

    plain_listdir, plain_glob = os.listdir, glob.glob

    @functools.wraps(plain_listdir)
    def listdir(path: Any = ".") -> Any:
        try:
            return plain_listdir(path)
        except FileNotFoundError:
            found = given(path) or many(path, absent.ending())
            if found is None:
                raise
            return sorted(plain_listdir(found))

    @functools.wraps(plain_glob)
    def glob_(pathname: Any, **kwargs: Any) -> Any:
        found = plain_glob(pathname, **kwargs)
        folder, pattern = os.path.split(os.fspath(pathname))
        if found or not isinstance(folder, str) or "*" in folder or not os.path.splitext(pattern)[1]:
            return found
        ending = os.path.splitext(pattern)[1]
        here = given(folder) or many(folder, absent.ending() if "*" in ending else ending)
        return [os.path.join(folder, n) for n in sorted(plain_listdir(here))] if here is not None else found

    plain_open, plain_save, plain_mkdir = io.open, torch.save, os.mkdir

    @functools.wraps(plain_open)
    def open_(file: Any, mode: Any = "r", *args: Any, **kwargs: Any) -> Any:
        writing = isinstance(mode, str) and any(letter in mode for letter in "wax+")
        try:
            return plain_open(redirected(file, writing), mode, *args, **kwargs)
        except FileNotFoundError:
            found = None if writing else given(file) or made_up(file)
            if found is None:
                raise
            return plain_open(found, mode, *args, **kwargs)

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

    def present(name: str, module: Any) -> None:
        """Let a reader that looks for its file itself find the one that takes its place."""
        plain = getattr(module, name)

        @functools.wraps(plain)
        def reading(path: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(path, (str, os.PathLike)) and not os.path.exists(path):
                path = given(path) or made_up(path) or path
            return plain(path, *args, **kwargs)

        setattr(module, name, reading)

    for library, names in (("numpy", ("loadtxt", "genfromtxt")), ("cv2", ("imread",))):
        for name in names:
            hooks.after_import(library, functools.partial(present, name))
    builtins.open = open_
    io.open = open_
    torch.save = save
    os.mkdir = mkdir
    os.listdir = listdir
    glob.glob = glob_
    absent.checkpoints()
    sys.addaudithook(audit)


def _asked_by_user() -> bool:
    """Whether the user's code wants a file, itself or through a library that only reads, and expects to find it."""
    frame: Any = sys._getframe(2)
    while frame is not None and not note.of_user(frame):
        name = str(frame.f_globals.get("__name__", "")).split(".")[0]
        if name in _PROBING:
            return False
        frame = frame.f_back
    return frame is not None and frame.f_lineno not in missing.guarded(
        frame.f_code.co_filename, ("FileNotFoundError", "OSError", "IOError", "EnvironmentError", "Exception")
    )


def _own(link: str) -> None:
    """Put a copy of what a link leads to in its place."""
    target = os.path.realpath(link)
    with contextlib.suppress(OSError):
        os.unlink(link)
        shutil.copyfile(target, link)

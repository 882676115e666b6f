"""What the reading asks of the file system. The questions and answers can be recorded: an answer to the user that
rests on them holds as long as they do (``fixer.cache``)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    from _blake2 import blake2b  # hashlib loads OpenSSL, which takes longer than checking a script
except ImportError:  # pragma: no cover
    from hashlib import blake2b

MAX_BYTES = 2_000_000
"""An imported file longer than this is not read (the file being checked always is)."""

Question = tuple[str, str]
"""What is asked (``file``, ``folder``, ``there``, ``python``, ``real`` or ``content``), and of which path."""

SEARCHED: Question = ("searched", "")
"""Recorded when a whole project was searched: the answer rests on more than can be asked again."""

_record: dict[Question, str | bool | None] | None = None


@contextmanager
def recorded() -> Iterator[dict[Question, str | bool | None]]:
    """The questions asked in the body, with their answers."""
    global _record
    before, _record = _record, {}
    try:
        yield _record
    finally:
        _record = before


def digest(raw: bytes) -> str:
    """What stands for a file's content."""
    return blake2b(raw, digest_size=20).hexdigest()


def answer(kind: str, path: str) -> str | bool | None:
    """The answer to a question, now."""
    if kind == "file":
        return os.path.isfile(path)
    if kind == "folder":
        return os.path.isdir(path)
    if kind == "there":
        return os.path.exists(path)
    if kind == "python":
        try:
            return any(name.endswith(".py") for name in os.listdir(path))
        except OSError:
            return False
    if kind == "real":
        return os.path.realpath(path)
    try:
        return digest(_beginning(path))
    except OSError:
        return None


def _beginning(path: str) -> bytes:
    # Opened without blocking: a named pipe is no source, and nobody may ever write into it.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as stream:
        known = os.fstat(stream.fileno())
        if not stat.S_ISREG(known.st_mode):
            raise OSError("not a regular file")
        # Room is made for all that is asked for: no more than there is, and one more in case it has grown.
        return stream.read(min(known.st_size, MAX_BYTES) + 1)


def is_file(path: Path) -> bool:
    """Whether there is a file."""
    return bool(_asked("file", path))


def is_folder(path: Path) -> bool:
    """Whether there is a folder."""
    return bool(_asked("folder", path))


def exists(path: Path) -> bool:
    """Whether there is anything."""
    return bool(_asked("there", path))


def has_python(folder: Path) -> bool:
    """Whether a folder holds a name that ends with ``.py``."""
    return bool(_asked("python", folder))


def real(path: str) -> Path:
    """The absolute path with all links followed."""
    return Path(str(_asked("real", path)))


def unrecorded(path: Path) -> bytes:
    """As ``content``, for what need not be asked again."""
    return _beginning(str(path))


def content(path: Path) -> bytes:
    """A regular file's bytes; of a longer one, the first ``MAX_BYTES`` and one more. Raises OSError."""
    try:
        raw = _beginning(str(path))
    except OSError:
        if _record is not None:
            _record["content", str(path)] = None
        raise
    if _record is not None:
        _record["content", str(path)] = digest(raw)
    return raw


def searched() -> None:
    """Note that a whole project is searched."""
    if _record is not None:
        _record[SEARCHED] = None


def _asked(kind: str, path: Path | str) -> str | bool | None:
    found = answer(kind, str(path))
    if _record is not None:
        _record[kind, str(path)] = found
    return found

"""Unpack a repository's tarball that a stranger may have made: bounded, nothing outside its folder, no links.

GitHub's archives hold one folder; its name is dropped. What is no regular file or folder (links, devices) is left out:
a repository may hold a link, and following it is what must not happen.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

SUFFIXES = (".py", ".pyi", ".ipynb", ".md")
MARKS = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", ".gitignore")
_MAX_PATH = 1_024
_MAX_HEADER = 1 << 20
_EXTENDED = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, b"X")


class BadArchive(Exception):
    """An archive that is not unpacked; the text says why."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits in bytes (all files together, one file) and in members."""

    total: int = 1 << 30
    file: int = 32 << 20
    members: int = 200_000


@dataclass(frozen=True, slots=True)
class Unpacked:
    """How many files were written, and which links were left out (the first few)."""

    files: int
    links: tuple[str, ...]


def source_only(path: str) -> bool:
    """What the analysis reads: code, and what marks a project."""
    name = path.rsplit("/", 1)[-1]
    return name.endswith(SUFFIXES) or name in MARKS


def everything(path: str) -> bool:
    """What a training needs: all files."""
    return True


def unpack(
    archive: Path, into: Path, wanted: Callable[[str], bool] = source_only, bounds: Bounds | None = None
) -> Unpacked:
    """Unpack a gzipped tar file into the empty folder ``into``. Raises BadArchive; then ``into`` may hold a part."""
    limits = bounds or Bounds()
    try:
        with gzip.open(archive) as raw:
            stream = cast(IO[bytes], _Counted(cast(IO[bytes], raw), limits.total + limits.members * 1024))
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member) as members:
                return _unpack(members, into, wanted, limits)
    except (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile, ValueError, OverflowError) as error:
        raise BadArchive(f"the archive is damaged ({error})") from None
    except OSError as error:
        raise BadArchive(f"the archive cannot be unpacked: {error.strerror or error}") from None


class _Member(tarfile.TarInfo):
    """A member whose extended headers are bounded: tarfile reads them into memory whole."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Member:
        member = super().frombuf(buf, encoding, errors)
        if member.type in _EXTENDED and member.size > _MAX_HEADER:
            raise BadArchive("a name or header in the archive is longer than a megabyte")
        if member.type == tarfile.GNUTYPE_SPARSE:
            raise BadArchive("the archive holds a sparse file")
        return member


class _Counted:
    """A stream that gives no more than a number of bytes, whatever was compressed into it."""

    def __init__(self, raw: IO[bytes], limit: int) -> None:
        self._raw, self._left = raw, limit

    def read(self, size: int = -1) -> bytes:
        data = self._raw.read(min(size, 1 << 20) if size >= 0 else 1 << 20)
        self._left -= len(data)
        if self._left < 0:
            raise BadArchive("the archive unpacks to more than is read; ask for a larger limit or a smaller repository")
        return data


def _unpack(members: tarfile.TarFile, into: Path, wanted: Callable[[str], bool], limits: Bounds) -> Unpacked:
    links: list[str] = []
    files = total = count = 0
    for member in members:
        count += 1
        if count > limits.members:
            raise BadArchive(f"the archive has more than {limits.members} members")
        total += max(0, member.size)
        if total > limits.total:
            raise BadArchive(f"the archive unpacks to more than {limits.total >> 20} MiB")
        path = _inside(member.name)
        if member.issym() or member.islnk():
            links.append(path)
            continue
        if not member.isreg() or not path or not wanted(path) or member.size > limits.file:
            continue
        source = members.extractfile(member)
        target = into / path
        if source is None or _taken(into, path):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with source, open(target, "xb") as file:
            while chunk := source.read(1 << 20):
                file.write(chunk)
        target.chmod(0o755 if member.mode & 0o100 else 0o644)
        files += 1
    return Unpacked(files, tuple(links[:20]))


def _inside(name: str) -> str:
    """The path below the archive's one folder. Raises BadArchive if it leads anywhere else."""
    if "\0" in name or "\\" in name or name.startswith("/") or len(name) > _MAX_PATH:
        raise BadArchive(f"the archive holds the path {name[:80]!r}, which leads out of its folder")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise BadArchive(f"the archive holds the path {name[:80]!r}, which leads out of its folder")
    return "/".join(parts[1:])


def _taken(into: Path, path: str) -> bool:
    """Whether a member of the same name was there before, or one of its folders is a file."""
    at = into
    parts = path.split("/")
    for number, part in enumerate(parts):
        at = at / part
        if at.exists() and (number == len(parts) - 1 or not at.is_dir()):
            return True
    return False

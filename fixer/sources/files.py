"""Read a file whole and write it back atomically, with every refusal in one plain sentence."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from fixer.sources.python import Unusable

if TYPE_CHECKING:
    from io import FileIO
    from typing import BinaryIO

_LOCK_SECONDS = 10.0

_REASONS = {
    errno.ENOENT: "no such file or folder; check the spelling",
    errno.EACCES: "no permission to read it; change its permissions (chmod u+r)",
    errno.EPERM: "no permission to read it; change its permissions (chmod u+r)",
    errno.ELOOP: "symbolic links lead back to themselves; name the real file",
    errno.EISDIR: "a folder, where a file was expected",
    errno.ENAMETOOLONG: "the name is too long for this file system",
    errno.ENOTDIR: "no such file or folder; a part of the path is a file",
}


def reason(error: OSError) -> str:
    """What an OSError from reading means to a person, and what to do."""
    known = _REASONS.get(error.errno or 0)
    return known if known else f"cannot be read: {(error.strerror or str(error)).lower()}"


def read_bytes(path: str) -> bytes:
    """All bytes of a regular file. Raises Unusable (missing, no permission, a link loop, not a regular file)."""
    try:
        # Opened without blocking, so that a named pipe is refused instead of waited for.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unusable("not a regular file; name a file or a folder")
            return file.read()
    except OSError as error:
        raise Unusable(reason(error)) from None


def write_bytes(path: str, new: bytes, expected: bytes) -> None:
    """Replace a file's content in one step: afterwards it holds all of ``new`` or is as it was.

    A symbolic link is written through to its target; mode, extended attributes and (where allowed) owner stay, and so
    do further names of the file (hard links). Raises Unusable if the file may not be written, or no longer holds
    ``expected`` (somebody changed it since it was read).
    """
    target = os.path.realpath(path)
    try:
        status = os.stat(target)
        # Replacing a file needs no right to write it, so ask for that first. Whoever took the right from everybody
        # meant it for root too.
        effective = os.access in os.supports_effective_ids
        if not status.st_mode & 0o222 or not os.access(target, os.W_OK, effective_ids=effective):
            raise Unusable("no permission to write it; change its permissions (chmod u+w)")

        def unchanged() -> None:
            if read_bytes(target) != expected:
                raise Unusable("the file changed while it was being checked; run the command again")

        unchanged()
        if status.st_nlink > 1:
            _overwrite(target, new, expected, unchanged)
        else:
            _replace(target, new, status, unchanged)
    except OSError as error:
        text = (error.strerror or str(error)).lower()
        raise Unusable(f"cannot be written: {text}; the file is unchanged") from None


def replace_file(path: str, new: bytes) -> None:
    """Make or replace a file in one step, whatever it held. Raises OSError."""
    target = os.path.realpath(path)
    try:
        status: os.stat_result | None = os.stat(target)
    except FileNotFoundError:
        status = None
    _replace(target, new, status, lambda: None)


def _replace(target: str, new: bytes, status: os.stat_result | None, check: Callable[[], None]) -> None:
    """Write a temporary file beside ``target`` and move it over it, if ``check`` lets it pass at the last moment."""
    import tempfile

    folder, name = os.path.split(target)
    folder = folder or "."
    start = f".{name[:40]}.fixer-"
    handle, temporary = tempfile.mkstemp(prefix=start, suffix=".tmp", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            _lock(file.fileno())  # so that another run can tell it from one that a killed run left behind
            file.write(new)
            file.flush()
            _keep_attributes(target, file.fileno(), temporary, status)
            os.fsync(file.fileno())
            with _locked(target):
                check()
                os.replace(temporary, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sweep(folder, start)


def _keep_attributes(target: str, descriptor: int, temporary: str, status: os.stat_result | None) -> None:
    """Give the new file what the old one has; a new file gets what any new file of this process gets."""
    if status is None:
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        return
    if hasattr(os, "fchown"):
        mine = os.fstat(descriptor)
        if (status.st_uid, status.st_gid) != (mine.st_uid, mine.st_gid):
            with suppress(PermissionError):  # only root may give files away; the content matters more
                os.fchown(descriptor, status.st_uid, status.st_gid)
    if hasattr(os, "listxattr"):
        with suppress(OSError):  # not every file system knows them, nor may everybody set them
            for name in os.listxattr(target):
                os.setxattr(descriptor, name, os.getxattr(target, name))
    os.chmod(temporary, stat.S_IMODE(status.st_mode))


def _overwrite(target: str, new: bytes, old: bytes, check: Callable[[], None]) -> None:
    """Write ``new`` into a file that has several names, all of which must show it: it cannot be replaced.

    A copy of ``old`` lies beside it meanwhile, and the space is taken before anything is written.
    """
    import tempfile

    folder, name = os.path.split(target)
    handle, backup = tempfile.mkstemp(prefix=f".{name[:40]}.before-fixer-", suffix=".bak", dir=folder or ".")
    damaged = False
    try:
        with os.fdopen(handle, "wb") as copy:
            copy.write(old)
            copy.flush()
            os.fsync(copy.fileno())
        with _locked(target), open(target, "r+b", buffering=0) as file:
            check()
            if len(new) > len(old) and hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, len(new))
            damaged = True
            try:
                _write_all(file, new)
            except BaseException:
                _write_all(file, old)
                raise
            finally:
                damaged = False
    finally:
        if not damaged:
            os.unlink(backup)


def _write_all(file: BinaryIO | FileIO, content: bytes) -> None:
    file.seek(0)
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]
    file.truncate()
    os.fsync(file.fileno())


@contextmanager
def _locked(target: str) -> Iterator[None]:
    """Keep other runs of this program from replacing ``target`` meanwhile; a file that is not there needs no lock."""
    while True:
        try:
            held = os.open(target, os.O_RDONLY)
        except FileNotFoundError:
            yield
            return
        try:
            _wait_for(held)
            if os.path.exists(target) and not os.path.samestat(os.stat(target), os.fstat(held)):
                continue  # replaced while we waited for it
            yield
            return
        finally:
            os.close(held)


def _wait_for(descriptor: int) -> None:
    """Lock a file. Raises Unusable if somebody else holds it for too long."""
    give_up = time.monotonic() + _LOCK_SECONDS
    while not _lock(descriptor):
        if time.monotonic() > give_up:
            raise Unusable("another program keeps it locked; run the command again when that is done")
        time.sleep(0.02)


def _lock(descriptor: int) -> bool:
    """Lock a file until its descriptor is closed; False if somebody else holds it. Nothing where there are no locks."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass  # a file system without locks
    return True


def _sweep(folder: str, start: str) -> None:
    """Remove temporary files of the same target that killed runs left behind: nobody holds their locks."""
    if sys.platform == "win32":
        return
    for name in os.listdir(folder):
        if name.startswith(start) and name.endswith(".tmp"):
            with suppress(OSError):
                path = os.path.join(folder, name)
                held = os.open(path, os.O_RDONLY)
                try:
                    if _lock(held):
                        os.unlink(path)
                finally:
                    os.close(held)

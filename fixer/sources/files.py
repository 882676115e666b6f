"""Read a file whole and write it back atomically, with every refusal in one plain sentence."""

from __future__ import annotations

import errno
import os
import stat

from fixer.sources.python import Unusable

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

    A symbolic link is written through to its target; mode and (where allowed) owner stay. Raises Unusable if the
    file may not be written, or no longer holds ``expected`` (somebody changed it since it was read).
    """
    target = os.path.realpath(path)
    try:
        if read_bytes(target) != expected:
            raise Unusable("the file changed while it was being checked; run the command again")
        status = os.stat(target)
        # Replacing a file needs no right to write it, so ask for that first. Whoever took the right from everybody
        # meant it for root too.
        effective = os.access in os.supports_effective_ids
        if not status.st_mode & 0o222 or not os.access(target, os.W_OK, effective_ids=effective):
            raise Unusable("no permission to write it; change its permissions (chmod u+w)")
        _replace(target, new, status)
    except OSError as error:
        text = (error.strerror or str(error)).lower()
        raise Unusable(f"cannot be written: {text}; the file is unchanged") from None


def _replace(target: str, new: bytes, status: os.stat_result) -> None:
    """Write a temporary file beside ``target`` and move it over it."""
    import tempfile

    folder, name = os.path.split(target)
    handle, temporary = tempfile.mkstemp(prefix=f".{name[:40]}.", suffix=".tmp", dir=folder or ".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(new)
            file.flush()
            if hasattr(os, "fchown") and (status.st_uid, status.st_gid) != _owner(file.fileno()):
                try:
                    os.fchown(file.fileno(), status.st_uid, status.st_gid)
                except PermissionError:
                    pass  # only root may give files away; the content matters more
            os.chmod(temporary, stat.S_IMODE(status.st_mode))
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        try:
            os.unlink(temporary)
        except FileNotFoundError:
            pass
        raise


def _owner(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_uid, status.st_gid

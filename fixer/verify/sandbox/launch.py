"""Becomes bubblewrap. Run by path, as a program of its own: ``python -I -S launch.py PLAN``.

PLAN is a file of JSON: ``bwrap`` (path), ``arguments`` (its options; then the command), ``filter`` (the system-call
filter, hexadecimal), ``cgroups`` (files that take the number of this process), and for root ``user`` (the number of the
user to become) and ``stage`` (a folder that a new one is mounted over, and the paths that this user must see in it as
0, 1, 2 and so on).

Nothing that a script does may be done as root, whatever the limits: RLIMIT_NPROC, for one, does not bind root. But
another user cannot enter root's folders, where an interpreter or a project may well be. So root first binds what is
needed to a place that everybody can reach, seen by this process alone.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from typing import Any

CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE, MS_NOSUID_NODEV = 0x20000, 0x1000, 0x4000, 0x40000, 0x6


def main() -> None:
    """Carry the plan out. Does not return; what fails is said on standard error, and the exit status is 1."""
    with open(sys.argv[1], encoding="utf-8") as file:
        plan: dict[str, Any] = json.load(file)
    try:
        for tasks in plan["cgroups"]:
            with open(tasks, "w", encoding="ascii") as file:
                file.write(str(os.getpid()))
        if plan["user"] is not None:
            _stage(*plan["stage"])
            os.setgroups([])
            os.setgid(plan["user"])
            os.setuid(plan["user"])
        options, command = plan["arguments"]
        # Not on the command line: it can be read inside, as that of process 1.
        given = _descriptor(b"".join(os.fsencode(option) + b"\0" for option in options))
        seccomp = _descriptor(bytes.fromhex(plan["filter"]))
        os.execv(plan["bwrap"], [plan["bwrap"], "--args", given, "--seccomp", seccomp, "--", *command])
    except OSError as error:
        print(f"launch: {error.filename or 'preparation'}: {error.strerror}", file=sys.stderr)
        sys.exit(1)


def _descriptor(data: bytes) -> str:
    """A descriptor from which ``data`` can be read."""
    fd = os.memfd_create("given", 0)
    os.write(fd, data)
    os.lseek(fd, 0, os.SEEK_SET)
    return str(fd)


def _stage(folder: str, paths: list[str]) -> None:
    """Bind ``paths`` below ``folder``, in a mount namespace of this process's own."""
    libc = ctypes.CDLL(None, use_errno=True)

    def call(name: str, *arguments: Any) -> None:
        if getattr(libc, name)(*arguments) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), name)

    call("unshare", CLONE_NEWNS)
    call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    call("mount", b"stage", folder.encode(), b"tmpfs", MS_NOSUID_NODEV, b"mode=755,size=1m")
    for number, path in enumerate(paths):
        target = os.path.join(folder, str(number))
        if os.path.isdir(path):
            os.mkdir(target)
        else:
            with open(target, "wb"):
                pass
        call("mount", os.fsencode(path), target.encode(), None, MS_BIND | MS_REC, None)


if __name__ == "__main__":
    main()

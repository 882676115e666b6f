"""The inner side of the sandbox: what the server limits of itself before it imports torch, and what each run meets.

Whatever is set here binds all processes that the script starts, and none of them can undo it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import shutil
import tempfile
from typing import Any

PR_SET_DUMPABLE = 4


def confine(limits: dict[str, Any]) -> None:
    """Limit this process and its children.

    ``limits``: address_space, file (bytes), processes (in this user namespace).
    """
    wanted = {
        resource.RLIMIT_AS: limits["address_space"], resource.RLIMIT_FSIZE: limits["file"],
        resource.RLIMIT_NPROC: limits["processes"], resource.RLIMIT_CORE: 0,
    }  # fmt: skip
    for which, limit in wanted.items():
        if limit is not None:
            _lower(which, limit)
    # Same user, same process namespace: nothing may read or write another's memory or descriptors through /proc.
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def scratch(order: dict[str, Any]) -> str:
    """The folder that a run may write to, and that is removed with it."""
    return str(order["scratch"])


def enter(order: dict[str, Any]) -> None:
    """Make the writable copy of the project for one run, give it its own folders, and limit its time."""
    os.makedirs(order["scratch"], mode=0o700)
    shutil.copytree(order["given"], order["root"], symlinks=True)
    for name in ("HOME", "TMPDIR"):
        os.environ[name] = os.path.join(order["scratch"], name.lower())
        os.mkdir(os.environ[name], 0o700)
    tempfile.tempdir = None
    _lower(resource.RLIMIT_CPU, order["cpu_s"])


def _lower(which: int, limit: int) -> None:
    """Lower both limits: the hard one cannot be raised again."""
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (limit, limit))

"""Whether this machine can have a sandbox, and if not, what to do about it."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from fixer.verify.sandbox import seccomp

OLDEST = (0, 8)
_WHY_LATER = "run it without --sandbox, or in a container or virtual machine of its own"


def needs() -> str | None:
    """What is missing for a sandbox, in one sentence with its remedy; None if nothing is known to be."""
    if not sys.platform.startswith("linux"):
        return f"the sandbox needs Linux (it is made by bubblewrap); {_WHY_LATER}"
    if not seccomp.known():
        return f"the sandbox has no system-call filter for {platform.machine()}; {_WHY_LATER}"
    found = version()
    if found is None:
        return (
            "the sandbox needs bubblewrap, which is not installed (Debian, Ubuntu: apt-get install bubblewrap; "
            "Fedora: dnf install bubblewrap; Arch: pacman -S bubblewrap; Alpine: apk add bubblewrap)"
        )
    if found < OLDEST:
        shown, least = (".".join(map(str, v)) for v in (found, OLDEST))
        return f"the sandbox needs bubblewrap {least} or newer, and this one is {shown}: install a newer one"
    return None


@lru_cache(maxsize=1)
def _version(path: str) -> tuple[int, ...] | None:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    number = re.search(r"(\d+(?:\.\d+)+)", said)
    return tuple(int(part) for part in number[1].split(".")) if number else None


def version() -> tuple[int, ...] | None:
    """bubblewrap's version; None if it is not on the path or does not run."""
    path = shutil.which("bwrap")
    return None if path is None else _version(path)


def explain(said: Sequence[str]) -> str:
    """Why a sandbox did not start, from what bubblewrap and the launcher said, with a remedy where one is known."""
    told = [line for line in said if line.startswith(("bwrap:", "launch:"))]
    if not told:
        last = f": {said[-1]}" if said else ""
        return f"the interpreter ended inside the sandbox without an answer{last}"
    if _number("/proc/sys/user/max_user_namespaces") == 0:
        remedy = "user namespaces are switched off (sysctl -w user.max_user_namespaces=10000)"
    elif _number("/proc/sys/kernel/unprivileged_userns_clone") == 0:
        remedy = "user namespaces are for root only (sysctl -w kernel.unprivileged_userns_clone=1)"
    elif _number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1:
        remedy = (
            "AppArmor restricts user namespaces (install its profile bwrap-userns-restrict, or sysctl -w "
            "kernel.apparmor_restrict_unprivileged_userns=0)"
        )
    elif any(word in told[-1] for word in ("namespace", "uid map", "unshare", "Operation not permitted", "mount")):
        remedy = (
            "this place does not let programs make namespaces (in a container: allow unshare and mount in its seccomp "
            "profile, or run fixer outside of it)"
        )
    else:
        remedy = "see `fixer doctor`"
    return f"the sandbox cannot be made here ({told[-1]}): {remedy}"


def _number(path: str) -> int | None:
    try:
        return int(Path(path).read_text())
    except (OSError, ValueError):
        return None

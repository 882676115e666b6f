"""Whether a sandbox can be had here: found out by making one."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cache

from fixer.verify.client import CannotStart
from fixer.verify.sandbox.box import Sandbox

PATIENCE_S = 20.0


@dataclass(frozen=True)
class Probe:
    """Whether a sandbox can be made here (it is true then), and if not, why and what to do.

    ``groups``: whether control groups bound memory and processes as a whole; ``user``: who runs in it.
    """

    ok: bool
    reason: str = ""
    groups: bool = False
    user: str = ""

    def __bool__(self) -> bool:
        return self.ok


@cache
def available() -> Probe:
    """Make a sandbox and run a program in it. Takes a tenth of a second; the answer is kept for this process."""
    try:
        with Sandbox() as box:
            command = box.launcher([box.interpreter.executable, "-I", "-S", "-c", "print(6 * 7)"])
            null, env = subprocess.DEVNULL, box.environment
            done = subprocess.run(command, stdin=null, capture_output=True, text=True, timeout=PATIENCE_S, env=env)
            if done.stdout.strip() != "42":
                return Probe(False, box.why(done.stderr.strip().splitlines()))
            user = "you" if box.user is None else f"user {box.user}"
            return Probe(True, groups=bool(box.groups), user=user)
    except subprocess.TimeoutExpired:
        return Probe(False, f"a program in the sandbox did not end within {PATIENCE_S:g} s")
    except (CannotStart, OSError) as error:
        return Probe(False, str(error))

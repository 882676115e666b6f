"""What the sandbox costs: starting an interpreter, and a cold verification, with and without, side by side in one run.

    python benchmarks/sandbox_start.py [--rounds N]

Targets: a start costs about 50 ms more; a cold verification, before and after, at most 3 s on two idle cores. Each
figure is the least of several rounds.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from fixer.verify.core import verify
from fixer.verify.job import Target, VerifyJob
from fixer.verify.sandbox import Sandbox, available

CASE = Path(__file__).resolve().parent.parent / "golden" / "missing-zero-grad" / "flat_enumerate"
EMPTY = ["-I", "-S", "-c", "pass"]


def least(rounds: int, call: Callable[[], object]) -> float:
    """The least seconds of several calls."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return min(times)


def inside() -> None:
    """Make a sandbox, run an empty program in it, and remove it."""
    with Sandbox() as box:
        subprocess.run(box.launcher([box.interpreter.executable, *EMPTY]), check=True, env=box.environment)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    if not available():
        sys.exit(available().reason)
    plain = least(rounds, lambda: subprocess.run([sys.executable, *EMPTY], check=True))
    boxed = least(rounds, inside)
    more = 1000 * (boxed - plain)
    print(f"an empty program: {1000 * plain:.0f} ms, in a sandbox {1000 * boxed:.0f} ms: {more:.0f} ms more")
    before, after = ((CASE / f"{name}.py").read_text() for name in ("before", "after"))
    job = VerifyJob(str(CASE / "before.py"), before, after, (Target("missing-zero-grad", 25),), device="cpu")
    cold = [least(max(2, rounds // 3), lambda wanted=wanted: verify(job, sandbox=wanted)) for wanted in (False, True)]
    print(f"a cold verification: {cold[0]:.2f} s, in a sandbox {cold[1]:.2f} s: {cold[1] / cold[0]:.2f} x")


if __name__ == "__main__":
    main()

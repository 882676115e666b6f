"""Smoke-trains one script in the sandbox, in a process of its own: ``python -m fixer.bot.prove`` (a job on its input).

Starts in an empty folder and goes into the repository only after everything of its own is imported. Without a sandbox
nothing is run.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys

from fixer.bot.child import ANSWER
from fixer.verify import command


def main() -> int:
    """Do the job: the answer of ``fixer verify --format json``, or why there is none."""
    job = json.load(sys.stdin)
    os.chdir(job["root"])
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        command.run_verify(
            job["path"],
            script_args=[],
            device="auto",
            python=job["python"],
            fmt="json",
            unsafe=True,
            select=[],
            ignore=[],
            keep=False,
            quiet=True,
            sandbox=True,
        )
    text = out.getvalue().strip()
    try:
        answer = json.loads(text)
    except ValueError:
        lines = [line for line in err.getvalue().splitlines() if line.strip()]
        why = (
            lines[0].removeprefix("error: ").removeprefix(f"{job['path']}: ")
            if lines
            else "the verifier gave no answer"
        )
        answer = {"refused": why}
    sys.stdout.write(f"\n{ANSWER}\n{json.dumps(answer)}\n")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Reads a pull request's code, in a process of its own: ``python -m fixer.bot.child`` (a job on standard input).

It has no token, bounded memory and time, and never imports or runs what it reads. The answer is one JSON object on
standard output, after the line ``ANSWER``.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

ANSWER = "--- fixer answer ---"
MEMORY = 6 << 30
"""Address space in bytes; reading the largest repositories known takes a tenth of it."""


def main() -> int:
    """Do the job. Returns the exit status: 0, or 3 with the reason (a sentence for people) as the answer."""
    from fixer.bot.archive import BadArchive, everything, source_only, unpack
    from fixer.bot.model import pack

    _bound()
    job: dict[str, Any] = json.load(sys.stdin)
    root = Path(job["root"])
    try:
        if job["archive"] is not None:
            unpack(Path(job["archive"]), root, everything if job["all_files"] else source_only)
        overlay(root, job["settings"])
        os.chdir(root)
        answer: dict[str, Any] = {"analysis": pack(_analysis(job))}
    except BadArchive as error:
        answer = {"refused": str(error)}
    except MemoryError:
        answer = {"refused": "the repository does not fit into the memory that its reading may take"}
    sys.stdout.write(f"\n{ANSWER}\n{json.dumps(answer)}\n")
    sys.stdout.flush()
    return 3 if "refused" in answer else 0


def overlay(root: Path, settings: dict[str, str | None]) -> None:
    """Give pyproject.toml files the content (base64; None: nothing) that they have at the base branch.

    The pull request must not choose the rules that it is judged by.
    """
    for shown, content in settings.items():
        target = root / shown
        if target.name == "pyproject.toml" and target.parent.is_dir() and not target.is_dir():
            if content is not None or target.exists():
                target.write_bytes(base64.b64decode(content or ""))


def _analysis(job: dict[str, Any]) -> Any:
    from fixer.bot.analysis import Wanted, analyse
    from fixer.bot.model import ChangedFile

    wanted = Wanted(
        files=tuple(ChangedFile(**one) for one in job["files"]),
        select=None if job["select"] is None else tuple(job["select"]),
        ignore=tuple(job["ignore"]),
        repair=job["repair"],
        unsafe=job["unsafe"],
        only=tuple(job["only"]),
    )
    return analyse(wanted)


def _bound() -> None:
    """Limit this process: what it reads was written by a stranger."""
    try:
        import resource
    except ImportError:  # Windows: the parent's time limit is what there is
        return
    os.nice(5)  # whoever waits for an answer to a webhook comes first
    for what, limit in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(what)[1]
        soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (soft, hard))


if __name__ == "__main__":
    sys.exit(main())

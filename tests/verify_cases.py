"""The golden cases as the verifier's tests use them."""

from __future__ import annotations

import json
from pathlib import Path

from fixer import engine
from fixer.sources.python import decode
from fixer.verify.job import Target, VerifyJob

GOLDEN = Path(__file__).resolve().parent.parent / "golden"


def text_of(path: Path) -> str:
    return decode(path.read_bytes()).text


def pairs() -> list[str]:
    """The cases with a repair, as "rule/case"."""
    found = []
    for before in sorted(GOLDEN.glob("*/*/before.py")):
        after = before.with_name("after.py")
        if after.exists() and after.read_bytes() != before.read_bytes():
            found.append(f"{before.parent.parent.name}/{before.parent.name}")
    return found


def job_of(case: str) -> VerifyJob:
    folder = GOLDEN / case
    before, after = text_of(folder / "before.py"), text_of(folder / "after.py")
    expected = folder / "expected.json"
    if expected.exists():
        targets = tuple(Target(f["rule"], f["line"]) for f in json.loads(expected.read_text())["findings"])
    else:
        targets = tuple(Target(f.rule, f.line) for f in engine.check(before, str(folder / "before.py")).findings)
    return VerifyJob(str(folder / "before.py"), before, after, targets, device="cpu")

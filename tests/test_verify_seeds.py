"""The retold scripts of the project's first four bug reports: every finding of the engine is confirmed."""

from __future__ import annotations

import pytest
from verify_cases import GOLDEN, text_of

pytest.importorskip("torch")

from fixer import engine
from fixer.verify.client import Server
from fixer.verify.core import verify
from fixer.verify.job import Outcome, Target, VerifyJob

pytestmark = pytest.mark.slow

MAIN = {"seed_000": "missing-zero-grad", "seed_001": "scheduler-before-optimizer",
        "seed_002": "step-outside-batch-loop", "seed_003": "unscaled-accumulation"}  # fmt: skip
CASES = sorted(f"{p.parent.parent.name}/{p.parent.name}" for p in GOLDEN.glob("*/seed_*/before.py"))


@pytest.mark.parametrize("case", CASES)
def test_all_repairs_of_a_report_are_confirmed(server: Server, case: str) -> None:
    path = GOLDEN / case / "before.py"
    text = text_of(path)
    repaired = engine.repair(text, str(path), unsafe=True)
    targets = tuple(Target(f.rule, f.line) for f in repaired.applied)
    assert MAIN[path.parent.name] in {t.rule for t in targets}
    answer = verify(VerifyJob(str(path), text, repaired.text, targets, device="cpu"), server)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert all(t.verdict is Outcome.CONFIRMED and t.before.bad and not t.after.bad for t in answer.targets)


def test_each_report_has_a_case() -> None:
    assert {case.split("/")[1] for case in CASES} == set(MAIN)

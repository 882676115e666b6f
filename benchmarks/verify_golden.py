"""Proof of the verifier on the golden cases: confirmed forwards, refuted backwards, equivalent against a reformatting.

    python benchmarks/verify_golden.py [--only TEXT] [--mode forward|reverse|format|clean|wrong|mutated|all] [--seeds N]

Prints one line per case that is not as it must be, and a summary with the time per case.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "data" / "wrong_fixes")]

from wrong_fixes import WRONG, text_of  # noqa: E402

from fixer.sources.python import decode  # noqa: E402
from fixer.verify.client import Server  # noqa: E402
from fixer.verify.core import verify  # noqa: E402
from fixer.verify.job import Answer, Budget, Target, VerifyJob  # noqa: E402

GOLDEN = ROOT / "golden"


def _text(path: Path) -> str:
    return decode(path.read_bytes()).text


def targets_of(case: Path) -> tuple[Target, ...]:
    """The findings that a golden case expects."""
    expected = case / "expected.json"
    findings = json.loads(expected.read_text())["findings"] if expected.exists() else []
    found = tuple(Target(f["rule"], f["line"]) for f in findings)
    return found or (Target(case.parent.name, 1),)


def jobs(mode: str, only: str) -> Iterator[tuple[str, VerifyJob, set[str]]]:
    """The cases of a mode: a name, the job, and the verdicts that are right."""
    for case in sorted(p.parent for p in GOLDEN.glob("*/*/before.py")):
        name = f"{case.parent.name}/{case.name}"
        after_file = case / "after.py"
        if only not in name or not after_file.exists() or mode in ("clean", "wrong"):
            continue
        before, after = _text(case / "before.py"), _text(after_file)
        if before == after:
            continue
        job = VerifyJob(str(case / "before.py"), before, after, targets_of(case))
        if mode == "mutated":
            for what, wrong in mutations(before, after):
                yield f"{name}: {what}", replace(job, after=wrong), {"refuted"}
        if mode == "forward":
            yield name, job, {"confirmed", "confirmed-no-numeric-effect"}
        elif mode == "reverse":
            yield name, replace(job, before=after, after=before), {"refuted", "not-reproduced"}
        elif mode == "format":
            yield name, replace(job, after=ast.unparse(ast.parse(before)), targets=()), {"equivalent"}
    if mode == "clean":
        for path in sorted((GOLDEN / "clean").glob("*.py")):
            if only in path.name:
                text = _text(path)
                yield path.name, VerifyJob(str(path), text, ast.unparse(ast.parse(text))), {"equivalent"}
    if mode == "wrong":
        for name, what, made_from, replacements in WRONG:
            case = GOLDEN / name
            before, after = _text(case / "before.py"), _text(case / "after.py")
            wrong = text_of(before, after, made_from, replacements)
            if only in name:
                job = VerifyJob(str(case / "before.py"), before, wrong, targets_of(case))
                yield f"{name}: {what}", job, {"refuted"}


def mutations(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Repairs that anybody would call wrong, made by rule from the right one."""
    yield "nothing repaired", before
    rate = re.sub(r"\blr ?= ?(\d[\d.e-]*)", r"lr=3 * \1", after)
    if rate != after:
        yield "learning rate tripled", rate
    for call in ("zero_grad", "step"):
        lost = re.sub(rf"^(\s*)[\w.]*opt[\w.]*\.{call}\(\)", r"\1pass", after, flags=re.MULTILINE)
        if lost != after:
            yield f"{call} lost", lost
    swapped = re.sub(r"optim\.(Adam|SGD)\(", r"optim.RMSprop(", after)
    swapped = re.sub(r", momentum=[\d.]+", "", swapped)
    if swapped != after:
        yield "another optimizer", swapped


def show(name: str, answer: Answer) -> None:
    """One case in a few lines."""
    print(f"{name}: {answer.verdict.value}: {answer.reason} [{answer.seconds}s] {list(answer.stand_ins) or ''}")
    for target in answer.targets:
        print(f"    {target.target.rule}:{target.target.line} {target.verdict.value}")
        print(f"      before: {target.before.text}\n      after:  {target.after.text}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    modes = ["forward", "reverse", "format", "clean", "wrong", "mutated"]
    parser.add_argument("--mode", default="all", choices=[*modes, "all"])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="show every case")
    args = parser.parse_args()
    wrong = 0
    modes = modes if args.mode == "all" else [args.mode]
    with Server(device="cpu") as server:
        server.about()
        for mode in modes:
            counts: Counter[str] = Counter()
            times: list[float] = []
            for name, job, right in jobs(mode, args.only):
                for seed in range(args.seeds):
                    began = time.monotonic()
                    answer = verify(replace(job, device="cpu", budget=Budget(seed=seed)), server)
                    times.append(time.monotonic() - began)
                    counts[answer.verdict.value] += 1
                    if answer.verdict.value not in right:
                        wrong += 1
                    if args.all or answer.verdict.value not in right:
                        show(f"{mode} {name}", answer)
            if times:
                times.sort()
                print(f"{mode}: {dict(counts)}; median {times[len(times) // 2]:.2f} s, most {times[-1]:.2f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

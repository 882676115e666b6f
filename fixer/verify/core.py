"""The verifier: runs a script before and after, and compares what the two runs did."""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fixer.sources.source import NOTEBOOK
from fixer.verify import plan
from fixer.verify.client import CannotStart, Server
from fixer.verify.compare import Comparison, alarms, compare
from fixer.verify.job import Answer, Budget, Measure, Outcome, VerifyJob
from fixer.verify.ladder import ROUNDS, next_stand_in
from fixer.verify.scratch import copy_project, private_folder, project_root
from fixer.verify.tiers import HARNESS, JUDGED, MOCK, is_snippet, told_weaker
from fixer.verify.trace import Trace, read
from fixer.verify.windows import windows

_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)
_UNDECIDED = (Outcome.NOT_REPRODUCED, Outcome.INCONCLUSIVE)
LOSSES_SHOWN = 200
LONG = 20
# The time of day that scripts see, so that seeds taken from it are the same in both runs: 1 January 2024.
CLOCK = 1_704_067_200


@dataclass
class _Run:
    """What a job's runs have come to need: the whole project or a part of it, and stand-ins."""

    job: VerifyJob
    whole: bool = False
    stand_ins: list[str] = field(default_factory=list)
    tier: str | None = None


def verify(job: VerifyJob, server: Server | None = None, keep: Path | None = None, sandbox: bool = False) -> Answer:
    """Prove a rewrite by a short training before and after.

    ``server``: a running one, to verify several scripts with one import of torch (else one is started and ended).
    ``keep``: a folder in which the traces and the scripts' output are left. ``sandbox``: run in a sandbox or not at all
    (with a ``server`` of one's own, that one must have one).
    """
    began = time.monotonic()
    if server is None:
        try:
            with serving(job.python, job.device, _boxed(job) if sandbox else None) as own:
                return verify(job, own, keep, sandbox)
        except CannotStart as error:
            return _refusal(job, str(error), began)
    if sandbox and server.sandbox is None:
        raise ValueError("the server that was given has no sandbox")
    try:
        if server.sandbox is not None and job.data is not None:
            return _refusal(job, "--data leads out of the sandbox; put the data into the project's folder", began)
        if server.sandbox is not None and job.device == "cuda":
            return _refusal(job, "no GPU can be reached from the sandbox; run with --device cpu", began)
        about = server.about()
        if job.device == "cuda" and not about.get("cuda"):
            return _refusal(job, "there is no CUDA device here; run with --device cpu", began)
        return _verify(job, server, keep, began)
    except CannotStart as error:
        return _refusal(job, str(error), began)


def _boxed(job: VerifyJob) -> str:
    """The path whose project goes into the sandbox."""
    return job.path if job.module is None else str(root_of(job) / "module")


@contextlib.contextmanager
def serving(python: str | None, device: str = "auto", sandbox_for: str | None = None) -> Iterator[Server]:
    """A server; in a sandbox, if that is for a script of this path. Raises CannotStart."""
    if sandbox_for is None:
        with Server(python, device) as server:
            yield server
        return
    from fixer.verify.sandbox import Sandbox

    with Sandbox(python, project_root(Path(sandbox_for).absolute())) as box, Server(python, "cpu", box) as server:
        yield server


def _verify(job: VerifyJob, server: Server, keep: Path | None, began: float) -> Answer:
    folder = private_folder("verify", server.folder)
    try:
        texts = (job.before, job.after)
        # What an epoch leaves over shows when its last window is not full.
        rest = int(any(target.rule == "dropped-accumulation-tail" for target in job.targets))
        budget = replace(job.budget, batches=plan.batches(texts, job.budget.batches) + rest)
        run = _Run(job)
        before, after = _first_runs(run, server, folder, budget)
        longer = _longer(before, after, budget, rest)
        if longer is not None:
            budget = longer
            before, after = _runs(run, server, folder, budget)
        comparison = compare(before, after, texts, job.targets)
        open_ = any(answer.verdict is Outcome.INCONCLUSIVE for answer in comparison.targets)
        if (open_ or comparison.verdict in _UNDECIDED) and before.end["status"] == "budget":
            # Epochs of many steps: what goes wrong once an epoch needs a second one.
            budget = replace(budget, steps=LONG * budget.steps)
            before, after = _runs(run, server, folder, budget)
            comparison = compare(before, after, texts, job.targets)
        if comparison.verdict is Outcome.DIFFERS or "first input changed" in comparison.reason:
            if not _repeatable(run, server, folder, budget, before):
                comparison = compare(before, after, texts, job.targets, repeatable=False)
        tier = None
        if job.targets and is_snippet(before):
            weaker = _weaker(run, server, folder, budget, comparison)
            if weaker is not None:
                tier, comparison, before, after = weaker
        kept = _keep(folder, keep)
        return _answer(job, comparison, before, after, kept, began, tier)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _first_runs(run: _Run, server: Server, folder: Path, budget: Budget) -> tuple[Trace, Trace]:
    """Run both texts, first as they are; while they fail for something missing, with that replaced."""
    before, after = _runs(run, server, folder, budget)
    for _ in range(ROUNDS):
        if "error" not in (before.end["status"], after.end["status"]):
            break
        stand_in = next_stand_in(before.end, run.stand_ins, run.job.args)
        if stand_in is not None:
            run.stand_ins.append(stand_in)
        elif not run.whole:
            run.whole = True
        else:
            break
        before, after = _runs(run, server, folder, budget)
    return before, after


def _runs(run: _Run, server: Server, folder: Path, budget: Budget) -> tuple[Trace, Trace]:
    """Run both texts side by side, each in its own copy of the project."""
    job = run.job
    script = Path(job.path).absolute()
    root = root_of(job)
    specs = []
    for name, text in (("before", job.before), ("after", job.after)):
        here = folder / name / (root.name or "project")
        shutil.rmtree(folder / name, ignore_errors=True)
        run.whole = copy_project(root, here, script, text, run.whole, closed=server.sandbox is not None)
        target = here / _name(script).relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_encode(text))
        for path, changed in job.others if name == "after" else ():
            other = Path(path).absolute()
            if root in other.parents:
                (here / other.relative_to(root)).parent.mkdir(parents=True, exist_ok=True)
                (here / other.relative_to(root)).write_bytes(_encode(changed))
        _offer_data(job, here)
        how = {"stand_ins": list(run.stand_ins), "tier": run.tier}
        specs.append({**_spec(job, budget, folder, name, here, target), **how})
    server.run(specs)
    shown = _name(script).relative_to(root).as_posix()
    return read(Path(specs[0]["trace"]), shown), read(Path(specs[1]["trace"]), shown)


def _weaker(
    run: _Run, server: Server, folder: Path, budget: Budget, first: Comparison
) -> tuple[str, Comparison, Trace, Trace] | None:
    """What a harness around the script shows, or the order of its calls alone; None if neither shows anything."""
    found = None
    rules = {target.rule for target in run.job.targets}
    for tier in (HARNESS, MOCK):
        if not rules <= JUDGED[tier]:
            continue
        weak = replace(run, tier=tier, stand_ins=[], whole=True)
        before, after = _runs(weak, server, folder, budget)
        comparison = compare(before, after, (run.job.before, run.job.after), run.job.targets)
        if before.steps and comparison.verdict is not Outcome.COULD_NOT_RUN:
            told = told_weaker(tier, comparison, first)
            if comparison.verdict.good or comparison.verdict is Outcome.REFUTED:
                return tier, told, before, after
            found = found or (tier, told, before, after)
    return found


def _repeatable(run: _Run, server: Server, folder: Path, budget: Budget, before: Trace) -> bool:
    """Whether the text before does the same thing twice."""
    again = _Run(replace(run.job, after=run.job.before), run.whole, run.stand_ins)
    _, second = _runs(again, server, folder, budget)
    return compare(before, second, (run.job.before, run.job.before), ()).verdict is not Outcome.DIFFERS


def _spec(job: VerifyJob, budget: Budget, folder: Path, name: str, root: Path, script: Path) -> dict[str, Any]:
    home = root_of(job)
    # As "python path/to/script.py" would: from where the user stands, if that is inside the project.
    inside = Path.cwd() == home or home in Path.cwd().parents
    cwd = root / Path.cwd().relative_to(home) if inside else script.parent
    cwd.mkdir(parents=True, exist_ok=True)
    package, base = plan.package_of(script, job.before)
    if job.module is not None:
        package, base = plan.package_of_module(script, job.module), cwd
    return {
        "script": str(script), "root": str(root), "cwd": str(cwd), "argv": list(job.args),
        "trace": str(folder / f"{name}.jsonl"), "output": str(folder / f"{name}.txt"), "steps": budget.steps,
        "batches": budget.batches, "seed": budget.seed, "wall_s": budget.wall_s, "clock": CLOCK, "device": job.device,
        "package": package, "base": str(base), "module": job.module, "data": job.data and os.path.abspath(job.data),
        "notebook": job.path.endswith(NOTEBOOK),
    }  # fmt: skip


def _offer_data(job: VerifyJob, here: Path) -> None:
    """Put the folder of ``--data`` into a copy of the project, under its own name, where nothing else has that name."""
    if job.data is not None:
        place = here / Path(job.data).absolute().name
        if not place.exists():
            place.symlink_to(Path(job.data).absolute(), target_is_directory=True)


def root_of(job: VerifyJob) -> Path:
    """The folder that is copied for a job."""
    return project_root(Path(job.path).absolute() if job.module is None else Path.cwd() / "module")


def _name(script: Path) -> Path:
    """The file that is run: the script, or beside a notebook a script of its cells."""
    return script.with_name(script.stem + "_ipynb.py") if script.suffix == NOTEBOOK else script


def _longer(before: Trace, after: Trace, budget: Budget, rest: int) -> Budget | None:
    """A bigger budget, when the loaders were cut inside the accumulation windows that the runs turned out to have.

    ``rest``: how many batches are to be left over behind the last window.
    """
    if not (before.end.get("cut") or after.end.get("cut")):
        return None
    sizes = [w.size for t in (after,) for role in t.roles for w in windows(t, role)]
    length = max(sizes, default=plan.MOST_BATCHES if not after.steps else 1)
    if rest and after.steps:
        return None  # what one epoch leaves over lengthens the first window of the next
    whole = budget.batches - rest
    if length < 2 or whole % length == 0 and whole >= 2 * length:
        return None
    wanted = min(plan.fit(whole, min(length, plan.MOST_BATCHES // 2)), plan.MOST_BATCHES) + rest
    return replace(budget, batches=wanted) if wanted > budget.batches else None


def _encode(text: str) -> bytes:
    """The text's bytes in the encoding that it declares for itself."""
    raw = text.encode("utf-8", "surrogateescape")
    declared = _CODING.search(b"\n".join(raw.split(b"\n", 2)[:2]))
    if declared:
        try:
            return text.encode(codecs.lookup(declared.group(1).decode()).name)
        except (LookupError, UnicodeEncodeError):
            return raw
    return raw


def _keep(folder: Path, keep: Path | None) -> tuple[str, ...]:
    if keep is None:
        return ()
    keep.mkdir(parents=True, exist_ok=True)
    files = [path for path in sorted(folder.iterdir()) if path.suffix in (".jsonl", ".txt")]
    return tuple(str(shutil.copy(path, keep / path.name)) for path in files)


def _answer(
    job: VerifyJob, comparison: Comparison, before: Trace, after: Trace, kept: tuple[str, ...], began: float,
    tier: str | None = None,
) -> Answer:  # fmt: skip
    stand_ins = _stand_ins((before, after))
    return Answer(
        path=job.path,
        verdict=comparison.verdict,
        reason=comparison.reason,
        tier=tier or ("stand-ins" if stand_ins else "user"),
        targets=comparison.targets,
        stand_ins=stand_ins,
        loss_before=_losses(before),
        loss_after=_losses(after),
        seconds=round(time.monotonic() - began, 2),
        traces=kept,
        alarms=alarms(before, {t.invariant for t in comparison.targets}),
    )


def _refusal(job: VerifyJob, reason: str, began: float) -> Answer:
    return Answer(job.path, Outcome.COULD_NOT_RUN, reason, "none", seconds=round(time.monotonic() - began, 2))


def _stand_ins(traces: Sequence[Trace]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(raw["what"]) for trace in traces for raw in trace.of("stub")))


def _losses(trace: Trace) -> tuple[float, ...]:
    """The training losses in order: the values of torch's criteria where they reach a backward, else the roots'."""
    used = {i for raw in trace.of("bwd") for i, _ in raw["losses"]}
    values = [raw["value"] for raw in trace.of("loss") if raw["i"] in used and raw["value"] is not None]
    if not values:
        values = [raw["value"] for raw in trace.of("bwd") if raw["value"] is not None]
    return tuple(float(v) for v in values[:LOSSES_SHOWN])


def as_json(answer: Answer) -> Mapping[str, Any]:
    """The answer as the object that ``fixer verify --format json`` prints."""
    return {
        "version": 1,
        "path": answer.path,
        "verdict": answer.verdict.value,
        "tier": answer.tier,
        "reason": answer.reason,
        "stand_ins": list(answer.stand_ins),
        "targets": [
            {
                "rule": a.target.rule,
                "line": a.target.line if a.target.shown is None else a.target.shown,
                **({} if a.target.cell is None else {"cell": a.target.cell}),
                **({} if a.target.path is None else {"path": a.target.path}),
                "invariant": a.invariant,
                "before": _figures(a.before),
                "after": _figures(a.after),
                "verdict": a.verdict.value,
                "reason": a.reason,
            }
            for a in answer.targets
        ],
        "loss": {"before": list(answer.loss_before), "after": list(answer.loss_after)},
        "seconds": answer.seconds,
        "traces": list(answer.traces),
    }


def _figures(measure: Measure) -> dict[str, Any]:
    return {"bad": measure.bad, "of": measure.of, "magnitude": measure.magnitude, "text": measure.text}

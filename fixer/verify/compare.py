"""Sets the run before beside the run after, and decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fixer.verify import habits
from fixer.verify.job import Measure, Outcome, Target, TargetAnswer
from fixer.verify.judged import Judged
from fixer.verify.lines import line_map
from fixer.verify.measures import ALARM_SHARE, ALL, BATCHES, INVARIANTS, MEAN, OF_THE_MODEL, judge, measure
from fixer.verify.pace import PACE, pace
from fixer.verify.profile import drift
from fixer.verify.trace import Raw, Trace, innermost_loop
from fixer.verify.windows import Window, full_windows

OLD_SHARE = 0.05
ENOUGH_STEPS = 2
ROUNDING = 1e-3
UNREPEATABLE = "two runs of one and the same text differ, so nothing can be said about a change; seed the script"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The verdict over both runs, why, and what became of each target."""

    verdict: Outcome
    reason: str
    targets: tuple[TargetAnswer, ...] = ()


@dataclass(frozen=True)
class _Runs:
    before: Trace
    after: Trace
    back: dict[int, int]
    texts: tuple[str, str]


def compare(
    before: Trace, after: Trace, texts: tuple[str, str], targets: tuple[Target, ...], repeatable: bool = True
) -> Comparison:
    """Decide. Order: did both run; was each target's bug there and is it gone; is nothing new wrong; did nothing else
    change; and only then whether the numbers differ at all.

    ``repeatable``: False if two runs of one and the same text differ; then the runs' data cannot be compared.
    """
    failed = _failed(before, after)
    if failed is not None:
        return failed
    if not targets:
        return _equivalence(before, after) if repeatable else Comparison(Outcome.INCONCLUSIVE, UNREPEATABLE)
    runs = _Runs(before, after, line_map(*texts), texts)
    answers = tuple(_target(runs, target) for target in targets)
    new = _new_violations(runs, {a.invariant for a in answers})
    moved = ["first input"] if not repeatable or any(a.invariant == BATCHES for a in answers) else []
    changed = drift(before, after, [t.rule for t in targets], moved)
    reason = next((a.reason for a in answers if a.verdict is Outcome.REFUTED), "")
    if new:
        return Comparison(Outcome.REFUTED, "the repair broke something else: " + "; ".join(new), answers)
    if reason:
        return Comparison(Outcome.REFUTED, reason, answers)
    undecided = [a for a in answers if not a.verdict.good]
    if any(not a.invariant for a in answers):
        changed = []  # what a repair without a proof is meant to change is not known
    if changed and not all(a.verdict is Outcome.NOT_REPRODUCED for a in answers):
        return Comparison(Outcome.REFUTED, "the repair changed something else: " + "; ".join(changed), answers)
    if undecided:
        worst = next((a for a in undecided if a.verdict is Outcome.INCONCLUSIVE), undecided[0])
        return Comparison(worst.verdict, worst.reason, answers)
    if trajectory(before) == trajectory(after):
        why = "the bug was there and is gone, but the weights stay bit-identical in this run"
        return Comparison(Outcome.NO_NUMERIC_EFFECT, why, answers)
    return Comparison(Outcome.CONFIRMED, "every bug was there before and is gone after; nothing else changed", answers)


def trajectory(trace: Trace) -> tuple[object, ...]:
    """What the weights went through: a checksum after each step."""
    return tuple(raw["w"] for raw in trace.of("step"))


def why_it_ended(end: Raw) -> str:
    """The end of a run in words, with the user's line where there is one."""
    where = f" ({end['at'][0][0]}, line {end['at'][0][1]})" if end.get("at") else ""
    status = end["status"]
    if status == "error":
        if end.get("module"):
            return f"the module {end['module']} is missing{where}"
        lines = [line.strip() for line in str(end.get("msg") or "no message").splitlines() if line.strip(" -")]
        return f"{end.get('err')}: {lines[-1] if len(lines) > 3 else lines[0]}{where}"
    if status == "killed" and end.get("why"):
        return str(end["why"])
    if status in ("timeout", "killed"):
        return f"it was still busy when its time was up{where}"
    return "it ended"


def _failed(before: Trace, after: Trace) -> Comparison | None:
    if "forged" in (before.end["status"], after.end["status"]):
        what = "the script wrote into the channel of its own trace, so nothing that it did can be told"
        return Comparison(Outcome.COULD_NOT_RUN, what)
    if not _usable(before):
        what = "the script does not train far enough here: " + _short(before) + _hint(before.end)
        return Comparison(Outcome.COULD_NOT_RUN, what)
    if after.end["status"] == "error" and before.end["status"] != "error":
        return Comparison(Outcome.REFUTED, "the rewritten script fails: " + why_it_ended(after.end))
    if not _usable(after) or (before.steps and not after.steps):
        return Comparison(Outcome.REFUTED, "the rewritten script no longer trains: " + _short(after))
    return None


def _hint(end: Raw) -> str:
    """What the user can do about a script that cannot run."""
    if end.get("module"):
        return "; name an environment that has it with --python"
    if end.get("err") == "FileNotFoundError":
        return "; start from the folder that has it, or give the script its path after --"
    return "; give the script its arguments after --" if end.get("err") == "SystemExit" else ""


def _usable(trace: Trace) -> bool:
    return trace.steps >= ENOUGH_STEPS or trace.end["status"] in ("end", "budget")


def _short(trace: Trace) -> str:
    return f"{why_it_ended(trace.end)} after {trace.steps} optimizer steps"


def _equivalence(before: Trace, after: Trace) -> Comparison:
    if not before.steps and not before.of("bwd"):
        return Comparison(Outcome.INCONCLUSIVE, "the script trains nothing, so there is nothing to compare")
    changed = drift(before, after, ())
    values = [[raw["value"] for raw in t.of("bwd")] for t in (before, after)]
    if changed:
        return Comparison(Outcome.DIFFERS, "; ".join(changed))
    steps = min(before.steps, after.steps)
    for number, (was, now) in enumerate(zip(*values, strict=False), 1):
        if not _same(was, now, ROUNDING if before.end.get("cuda") else 0.0):
            return Comparison(Outcome.DIFFERS, f"the loss of backward pass {number} differs: {was} and {now}")
    if before.end.get("cuda"):
        return Comparison(Outcome.EQUIVALENT, f"the losses of {len(values[0])} backward passes agree within rounding")
    if trajectory(before)[:steps] != trajectory(after)[:steps]:
        return Comparison(Outcome.DIFFERS, "the weights differ")
    if before.steps != after.steps and "timeout" not in (before.end["status"], after.end["status"]):
        return Comparison(Outcome.DIFFERS, f"{before.steps} optimizer steps before, {after.steps} after")
    return Comparison(Outcome.EQUIVALENT, f"losses and weights of {steps} steps are bit-identical")


def _same(was: Any, now: Any, tolerance: float) -> bool:
    """Whether two losses are equal within a relative tolerance; NaN equals NaN, and no value equals no value."""
    if was is None or now is None or was != was or now != now:
        return was is now or (was != was and now != now)
    return bool(abs(was - now) <= tolerance * max(abs(was), abs(now)))


def _target(runs: _Runs, target: Target) -> TargetAnswer:
    """Judge one repair by the first invariant of its rule that the run before violates."""
    answers = []
    for invariant in {**habits.INVARIANTS, **INVARIANTS}.get(target.rule, ()):
        if invariant in OF_THE_MODEL and (model := _stand_in_model(runs)) is not None:
            empty = Measure(text="not judged: the model is a stand-in")
            reason = f"{target.rule}, {target.where}: {model}, so what it computes proves nothing"
            return TargetAnswer(target, invariant, empty, empty, Outcome.INCONCLUSIVE, reason)
        answer = _PROOFS.get(invariant, _by_habit if invariant in habits.ALL else _by)(runs, target, invariant)
        if answer.before.bad or answer.after.bad:
            return answer
        answers.append(answer)
    if not answers:
        empty = Measure(text="this rule has no run-time proof")
        return TargetAnswer(target, "", empty, empty, Outcome.INCONCLUSIVE, empty.text)
    return next((a for a in answers if a.before.of), answers[0])


def _by_habit(runs: _Runs, target: Target, invariant: str) -> TargetAnswer:
    measures = habits.measures(invariant, runs.before, runs.after, target.line, runs.texts[0], runs.back)
    return _decide(target, invariant, *measures)


def _stand_in_model(runs: _Runs) -> str | None:
    """The model that was replaced for the run, in words."""
    return next((str(raw["what"]) for raw in runs.before.of("stub") if raw.get("model")), None)


def _by(runs: _Runs, target: Target, invariant: str) -> TargetAnswer:
    was, now = judge(runs.before, invariant), judge(runs.after, invariant)
    was, now = _about(runs, target, was, now)
    first, second = measure(runs.before, invariant, was), measure(runs.after, invariant, now)
    return _decide(target, invariant, first, second)


def _decide(target: Target, invariant: str, first: Measure, second: Measure) -> TargetAnswer:
    where = f"{target.rule}, {target.where}"
    if second.bad and not first.bad:
        verdict, reason = Outcome.REFUTED, f"{where}: the rewrite brings the bug in ({second.text})"
    elif not first.of:
        verdict, reason = Outcome.INCONCLUSIVE, f"{where}: the run before never came to a place that shows the bug"
    elif not first.bad:
        verdict, reason = Outcome.NOT_REPRODUCED, f"{where}: the bug did not show before ({first.text})"
    elif second.bad:
        verdict, reason = Outcome.REFUTED, f"{where}: the bug is still there after the rewrite ({second.text})"
    elif not second.of:
        verdict, reason = Outcome.INCONCLUSIVE, f"{where}: the run after never came to a place that would show the bug"
    else:
        verdict, reason = Outcome.CONFIRMED, ""
    return TargetAnswer(target, invariant, first, second, verdict, reason)


def _about(runs: _Runs, target: Target, was: list[Judged], now: list[Judged]) -> tuple[list[Judged], list[Judged]]:
    """Those outcomes that concern the target's line, where the run tells them from others of the same kind."""
    hit = {j.line for j in was if j.bad and target.line in j.lines}
    if not hit:
        return was, now
    others = {j.line for j in was} - hit
    kept = [j for j in now if runs.back.get(j.line) not in others]
    return [j for j in was if j.line in hit], kept or now


def _new_violations(runs: _Runs, judged: set[str]) -> list[str]:
    """Invariants that (almost) held before and no longer do."""
    found = []
    for invariant in ALL:
        if invariant in judged:
            continue
        first = measure(runs.before, invariant, judge(runs.before, invariant))
        second = measure(runs.after, invariant, judge(runs.after, invariant))
        if _rate(first) <= OLD_SHARE and _rate(second) >= ALARM_SHARE:
            found.append(second.text)
    return found


def alarms(trace: Trace, aside: set[str]) -> tuple[str, ...]:
    """What a run violates, in sentences, but for the invariants ``aside``."""
    measures = (measure(trace, invariant, judge(trace, invariant)) for invariant in ALL if invariant not in aside)
    return tuple(m.text for m in measures if _rate(m) >= ALARM_SHARE)


def _rate(measured: Measure) -> float:
    return measured.bad / measured.of if measured.of else 0.0


def _by_iterations(runs: _Runs, target: Target, invariant: str) -> TargetAnswer:
    """Iterations of the loop into which the rewrite moved the update: how many of them a backward was made from.

    A batch whose forward pass stands behind the loop leaves no event in it: only the loop's own count tells.
    """
    loop = _moved_into(runs)
    measures = [_untrained(trace, loop) for trace in (runs.before, runs.after)]
    return _decide(target, invariant, *measures)


def _moved_into(runs: _Runs) -> str | None:
    """The innermost loop around the updates before or after, if they are not the same one: the inner one."""
    loops = [{innermost_loop(raw) for raw in trace.of("step")} for trace in (runs.before, runs.after)]
    moved = [loop for loop in loops[0] ^ loops[1] if loop is not None]
    if not moved:
        return _unused_loop(runs.before, loops[0])
    paths = [[loop for loop, _, _ in raw["it"]] for trace in (runs.before, runs.after) for raw in trace.of("step")]
    return max(moved, key=lambda loop: max((path.index(loop) for path in paths if loop in path), default=-1))


def _unused_loop(trace: Trace, around: set[str | None]) -> str | None:
    """A loop over batches beside the updates, in which no backward is made."""
    drawn = {innermost_loop(raw) for raw in trace.of("batch")}
    trained = {loop for raw in trace.of("bwd") for loop, _, _ in raw["it"]}
    found = {raw["loop"] for raw in trace.of("loop") if innermost_loop(raw) in around} & drawn - trained
    evaluated = {innermost_loop(raw) for raw in trace.of("fwd") if not raw["grad"]}
    return next(iter(sorted(found - evaluated)), None)


def _untrained(trace: Trace, loop: str | None) -> Measure:
    total = used = open_ = 0
    inside: set[tuple[int, int]] = set()
    for raw in trace.raws if loop is not None else ():
        if raw["k"] == "loop" and raw["loop"] == loop:
            total, used, open_ = total + raw["n"], used + len(inside), raw["n"] - len(inside)
            inside = set()
        elif raw["k"] == "bwd":
            here = [(entry, index) for name, entry, index in raw["it"] if name == loop]
            if here:
                inside.add(here[-1])
            elif open_ > 0:
                used, open_ = used + 1, 0
    if not total and inside:
        total = used = len(inside)
    bad = total - used
    text = f"{bad} of {total} batches were drawn and never trained on" if total else "not exercised in this run"
    return Measure(bad, total, round(bad / total, 4) if total else None, text)


def _by_mean(runs: _Runs, target: Target, _invariant: str) -> TargetAnswer:
    """The mean of accumulated batches, by the losses' weights or, where they do not tell, by the gradient itself:
    on the same weights and batches the repaired gradient is the k-th part of what it was."""
    found: list[TargetAnswer] = []
    for role in runs.before.roles:
        pair = full_windows(runs.before, role), _same_role(runs, role)
        if pair[0]:
            found.append(_windows_answer(target, *pair))
    if not found:
        reason = f"{target.rule}, {target.where}: no step applied more than one batch, so dividing changes nothing"
        return TargetAnswer(target, MEAN, Measure(text="not exercised"), Measure(text="not exercised"),
                            Outcome.INCONCLUSIVE, reason)  # fmt: skip
    return next((a for a in found if a.verdict is Outcome.REFUTED), found[0])


def _same_role(runs: _Runs, role: int) -> list[Window]:
    spot = runs.before.roles.index(role)
    return full_windows(runs.after, runs.after.roles[spot]) if spot < len(runs.after.roles) else []


def _windows_answer(target: Target, was: list[Window], now: list[Window]) -> TargetAnswer:
    size = was[0].size
    ratio = gradient_ratio(was[0], now[0]) if now else None
    divided = ratio is not None and abs(ratio * size - 1) < 0.01
    bad_was = [w for w in was if w.scaled is False or (w.scaled is None and divided)]
    bad_now = [w for w in now if w.scaled is False or (w.scaled is None and not divided)]
    known_was = [w for w in was if w.scaled is not None or ratio is not None]
    first = _mean_measure(bad_was, known_was, size, 1.0 if was[0].total is None else was[0].total / size)
    second = _mean_measure(bad_now, now, size, ratio)
    return _decide(target, MEAN, first, second)


def _mean_measure(bad: list[Window], of: list[Window], size: int, ratio: float | None) -> Measure:
    totals = [w.total for w in of if w.total is not None]
    magnitude = round(totals[0], 4) if totals else None if ratio is None else round(ratio * size, 4)
    times = "" if magnitude is None else f": {magnitude:.2f} x their mean"
    text = f"{len(bad)} of {len(of)} updates applied {size} batches wrongly weighted{times}"
    return Measure(len(bad), len(of), magnitude, text if of else "not exercised in this run")


def _by_pace(runs: _Runs, target: Target, invariant: str) -> TargetAnswer:
    return _decide(target, invariant, *pace(runs.before, runs.after, runs.texts, target.line))


_PROOFS: dict[str, Callable[[_Runs, Target, str], TargetAnswer]] = {
    MEAN: _by_mean,
    BATCHES: _by_iterations,
    PACE: _by_pace,
}


def gradient_ratio(was: Window, now: Window) -> float | None:
    """How long the gradient of the first update is after, as a multiple of before; None unless both point the same
    way (then the runs were not on the same batches)."""
    first, second = _gradient(was), _gradient(now)
    if was.size != now.size or len(first) != len(second):
        return None
    norm = sum(v * v for v in first)
    other = sum(v * v for v in second)
    product = sum(v * w for v, w in zip(first, second, strict=True))
    if norm == 0 or other == 0 or product / (norm * other) ** 0.5 < 0.999:
        return None
    return float(product / norm)


def _gradient(window: Window) -> list[float]:
    clip: Any = window.step.get("clip") or 1.0
    return [float(v) / float(clip) for v in window.step.get("g", ())]

"""Judges one run by the invariants of the protocol, and puts the outcome into words."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from statistics import median

from fixer.protocol import invariants
from fixer.protocol.events import Event, Kind, Parameters
from fixer.protocol.invariants import Outcome, Verdict
from fixer.verify import forwards, order_proofs
from fixer.verify.job import Measure
from fixer.verify.judged import Judged, judged, known
from fixer.verify.pace import PACE
from fixer.verify.trace import Trace
from fixer.verify.windows import full_windows, with_scale

PERSISTS = "an optimizer lives as long as the parameters it steps"
FRESH = "a step consumes fresh gradients only"
REACHES = "no gradient is thrown away before a step uses it"
LOSSES = "each batch's loss reaches a backward"
BATCHES = "each batch is trained on"
LOGITS = "cross-entropy receives logits"
SCHEDULES = "a scheduler moves on only after its optimizer has stepped"
MEAN = "the gradient of k accumulated batches is their mean"
_PROOFS = {**forwards.PROOFS, **order_proofs.PROOFS}

# What each rule's bug violates: the first invariant exercised and violated names the fault.
INVARIANTS: dict[str, tuple[str, ...]] = {
    "optimizer-in-loop": (PERSISTS,),
    "missing-zero-grad": (FRESH,),
    "step-outside-batch-loop": (REACHES, LOSSES, BATCHES),
    "redundant-softmax": (LOGITS,),
    "unscaled-accumulation": (MEAN,),
    "scheduler-before-optimizer": (SCHEDULES,),
    "epoch-scheduler-per-batch": (PACE,),
    **{rule: (proof.invariant, *order_proofs.ALSO.get(rule, ())) for rule, proof in _PROOFS.items()},
}
# Invariants over what the model computes: a model that stands in for the script's own proves nothing about them.
OF_THE_MODEL = frozenset(
    {LOGITS, *(proof.invariant for rule, proof in forwards.PROOFS.items() if rule != "batch-range-skips-data")}
)
ALARM_SHARE = 0.2
_MORE = {proof.invariant: proof for proof in _PROOFS.values()}
ALL = (PERSISTS, FRESH, REACHES, LOSSES, LOGITS, MEAN, SCHEDULES, *(n for n, proof in _MORE.items() if proof.alarm))


def judge(trace: Trace, invariant: str) -> list[Judged]:
    """All exercises of one invariant in a run, in order; what the run cannot tell is left out."""
    if invariant in _MORE:
        return _MORE[invariant].judge(trace)
    return {
        PERSISTS: _persists, FRESH: _fresh, REACHES: _reaches, LOSSES: _losses, LOGITS: _logits, MEAN: _mean,
        SCHEDULES: _schedules,
    }[invariant](trace)  # fmt: skip


def measure(trace: Trace, invariant: str, found: list[Judged]) -> Measure:
    """Sum up: how many exercises were bad, of how many, with the invariant's figure and a sentence for beginners."""
    bad = [j for j in found if j.bad]
    figures = [j.magnitude for j in (bad or found) if j.magnitude is not None]
    magnitude = round(median(figures), 4) if figures else None
    return Measure(len(bad), len(found), magnitude, _sentence(invariant, len(bad), len(found), magnitude, found))


def _persists(trace: Trace) -> list[Judged]:
    return [judged(trace, o) for o in known(invariants.persistent_optimizer(trace.events))]


def _classes_of(trace: Trace, role: int) -> list[Parameters]:
    return [c for c in trace.classes if c.owners <= trace.sets[role]]


def _fresh(trace: Trace) -> list[Judged]:
    """A step is bad if any of its parameters carries an old gradient."""
    worst: dict[int, Outcome] = {}
    for role in trace.roles:
        for parameters in _classes_of(trace, role):
            for outcome in known(invariants.steps_apply_fresh_gradients(trace.of_role(role, parameters), role)):
                number = _number(outcome.at)
                if outcome.at.facts.get("closure"):
                    continue
                if outcome.verdict is Verdict.VIOLATED and _share(outcome.at) == 0:
                    outcome = replace(outcome, verdict=Verdict.HOLDS)  # the earlier step had nothing to apply
                if number not in worst or outcome.verdict is Verdict.VIOLATED:
                    worst[number] = outcome
    return [judged(trace, o, _share(o.at)) for _, o in sorted(worst.items())]


def _share(event: Event) -> float | None:
    share = event.facts.get("stale")
    return float(share) if isinstance(share, (int, float)) else None


def _number(event: Event) -> int:
    number = event.facts["t"]
    assert isinstance(number, int)
    return number


def _reaches(trace: Trace) -> list[Judged]:
    """A backward is bad if no step of any optimizer sees any of its gradients."""
    best: dict[int, Outcome] = {}
    for role in trace.roles:
        for parameters in _classes_of(trace, role):
            for outcome in known(invariants.gradients_reach_step(trace.of_role(role, parameters), role)):
                number = _number(outcome.at)
                if number not in best or outcome.verdict is Verdict.HOLDS:
                    best[number] = outcome
    return [judged(trace, o) for _, o in sorted(best.items())]


def _losses(trace: Trace) -> list[Judged]:
    """Losses by torch's criteria, or, where the script writes its loss by hand, the outputs of the model."""
    events = trace.role_events
    last = max((n for n, e in enumerate(events) if e.kind is Kind.BACKWARD), default=-1)
    events = events[: last + 1]  # what no backward could follow any more is not judged
    found = _finished(trace, events, invariants.losses_reach_backward(events))
    if found:
        return found
    forwards = [replace(e, kind=Kind.LOSS) if e.kind is Kind.FORWARD else e for e in events if e.kind is not Kind.LOSS]
    return _finished(trace, events, invariants.losses_reach_backward(forwards))


def _finished(trace: Trace, events: Sequence[Event], outcomes: Iterable[Outcome]) -> list[Judged]:
    """Without what a run that was stopped in the middle of an iteration might still have used in that iteration."""
    if trace.end["status"] == "end":
        return [judged(trace, o) for o in outcomes]
    around = {loop for e in events if e.kind is Kind.BACKWARD for loop, _ in e.iteration}
    last = {loop: n for e in events for loop, n in e.iteration}
    kept = []
    for outcome in outcomes:
        shared = [(loop, n) for loop, n in outcome.at.iteration if loop in around]
        if outcome.verdict is not Verdict.VIOLATED or not shared or last[shared[-1][0]] != shared[-1][1]:
            kept.append(judged(trace, outcome))
    return kept


def _logits(trace: Trace) -> list[Judged]:
    outcomes = known(invariants.logits(trace.events))
    used = frozenset[Hashable]().union(*(e.uses for e in trace.events if e.kind is Kind.BACKWARD))
    trained = {o.at.place for o in outcomes if o.at.makes in used}
    return [judged(trace, o) for o in outcomes if o.at.place in trained]


def _mean(trace: Trace) -> list[Judged]:
    found = []
    for role in trace.roles:
        windows = full_windows(trace, role)
        live = Parameters(frozenset[Hashable](trace.sets[role] & trace.live))
        scales = {w.step["t"]: w for w in windows}
        for outcome in known(invariants.mean_gradients(with_scale(trace.of_role(role, live), trace, windows), role)):
            window = scales.get(_number(outcome.at))
            if window is not None:
                found.append(judged(trace, outcome, window.total))
    return found


def _schedules(trace: Trace) -> list[Judged]:
    return [judged(trace, o) for o in invariants.schedulers_follow_steps(trace.events)]


def _sentence(invariant: str, bad: int, of: int, magnitude: float | None, found: list[Judged]) -> str:
    if not of:
        return "not exercised in this run"
    share = f"{bad} of {of}"
    if invariant in _MORE:
        return _MORE[invariant].sentence.format(share=share)
    if invariant == PERSISTS:
        return f"{share} repeated updates were made by a new optimizer that had forgotten the earlier ones"
    if invariant == FRESH:
        text = f"{share} steps applied a gradient that an earlier step had already applied"
        return text + (f" ({magnitude:.0%} of it was old)" if bad and magnitude is not None else "")
    if invariant == REACHES:
        return f"{share} backward passes were erased before any step used them"
    if invariant == LOSSES:
        return f"{share} training losses never reached a backward pass"
    if invariant == LOGITS:
        floors = [f for j in found if isinstance(f := j.event.facts.get("floor"), float)]
        floor = f"; the loss cannot fall below {min(floors):.3f}" if bad and floors else ""
        return f"{share} cross-entropy calls received probabilities (rows sum to 1){floor}"
    if invariant == SCHEDULES:
        return f"{share} schedulers moved on before the first optimizer step, so the first learning rate was skipped"
    times = f" ({magnitude:.2f} x the mean)" if magnitude is not None else ""
    return f"{share} accumulated gradients were not the mean of their batches{times}"


def alarms(trace: Trace) -> list[str]:
    """What a run violates in at least a fifth of all exercises, in words: of a correct script, nothing."""
    found = []
    for invariant in ALL:
        measured = measure(trace, invariant, judge(trace, invariant))
        if measured.bad and measured.bad >= ALARM_SHARE * measured.of:
            found.append(measured.text)
    return found

"""Invariants on the order of zero_grad, backward, unscale, clip and step: what a run says of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence

from fixer.protocol import orders
from fixer.protocol.events import Event, Kind
from fixer.protocol.invariants import Outcome, Verdict
from fixer.verify.forwards import Proof
from fixer.verify.judged import Judged, judged, known
from fixer.verify.trace import Raw, Trace, innermost_loop, lines_of


def _by_role(invariant: Callable[[Sequence[Event], Hashable], Iterator[Outcome]]) -> Callable[[Trace], list[Judged]]:
    """An event is bad if it is so for any of the parameters that are stepped together."""

    def judge(trace: Trace) -> list[Judged]:
        worst: dict[int, Outcome] = {}
        for role in trace.roles:
            for parameters in (c for c in trace.classes if c.owners <= trace.sets[role]):
                for outcome in known(invariant(trace.of_role(role, parameters), role)):
                    number = int(str(outcome.at.facts["t"]))
                    if number not in worst or outcome.verdict is Verdict.VIOLATED:
                        worst[number] = outcome
        return [judged(trace, o) for _, o in sorted(worst.items())]

    return judge


def _leftovers(trace: Trace) -> list[Judged]:
    """Each run of a loop that makes steps: bad if it ends with gradients that no step has applied."""
    stepped = {innermost_loop(raw) for raw in trace.of("step")}
    events = {e.facts["t"]: e for e in trace.events if e.kind is Kind.BACKWARD}
    found = []
    seen: list[Raw] = []
    open_: list[Raw] = []
    for raw in trace.raws:
        if raw["k"] == "bwd" and innermost_loop(raw) in stepped:
            seen.append(raw)
            open_.append(raw)
        elif raw["k"] == "step":
            open_ = []
        elif raw["k"] == "loop" and raw["loop"] in stepped:
            mine = [b for b in seen if b["it"][-1][:2] == [raw["loop"], raw["entry"]]]
            left = [b for b in open_ if b in mine]
            if mine:
                event = events[mine[-1]["t"]]
                lines = lines_of(event, trace.script)
                found.append(Judged(bool(left), event.place.line, lines, event, float(len(left))))
            seen = []
    return found


def _goes_on(trace: Trace) -> list[Judged]:
    """Each run of a loop that makes backward passes: bad if it ends with its first batch."""
    events = {e.facts["t"]: e for e in trace.events if e.kind is Kind.BACKWARD}
    found = []
    made: dict[str | None, Raw] = {}
    for raw in trace.raws:
        if raw["k"] == "bwd":
            made[innermost_loop(raw)] = raw
        elif raw["k"] == "loop" and raw["loop"] in made:
            event = events[made.pop(raw["loop"])["t"]]
            lines = lines_of(event, trace.script)
            found.append(Judged(raw["n"] == 1, event.place.line, lines, event, float(raw["n"])))
    return found


def _trains_something(trace: Trace) -> list[Judged]:
    """Each step: bad if no backward of the whole run reaches any parameter that it steps (all of them are frozen).

    A parameter that is reached has a gradient afterwards, be it zero.
    """
    reached = frozenset[int]().union(*(trace.sets[raw["has"]] for raw in trace.of("bwd")))
    steps = [e for e in trace.events if e.kind is Kind.STEP and not e.facts.get("closure") and not e.facts.get("hand")]
    if not reached:
        return []  # a loss that hangs on nothing is another fault
    return [
        Judged(not trace.sets[int(str(e.facts["set"]))] & reached, e.place.line, lines_of(e, trace.script), e)
        for e in steps
    ]


ONCE = Proof(
    "a gradient is applied once",
    _by_role(orders.one_step_per_gradient),
    "{share} steps applied a gradient that the step before had applied already",
    alarm=True,
    changes=frozenset({"updates per iteration", "backward passes per update", "clipping per iteration"}),
)
# Scaled gradients may also be made true by hand, which no run shows: those two invariants raise no alarm.
PROOFS: dict[str, Proof] = {
    "amp-raw-step": Proof(
        "a step applies true gradients, not scaled ones",
        _by_role(orders.steps_apply_true_gradients),
        "{share} steps applied gradients multiplied by the loss scale",
        changes=frozenset({"updates per iteration", "backward passes per update"}),
    ),
    "clip-after-step": Proof(
        "gradients are clipped before the step that applies them",
        _by_role(orders.clips_reach_step),
        "{share} calls of clipping came when no step was to use the gradients any more",
        alarm=True,
        changes=frozenset({"clipping per iteration"}),
    ),
    "clip-without-unscale": Proof(
        "clipping sees true gradients, not scaled ones",
        _by_role(orders.clips_true_gradients),
        "{share} calls of clipping saw gradients multiplied by the loss scale",
    ),
    "double-step": ONCE,
    "dropped-accumulation-tail": Proof(
        "the batches at the end of an epoch get a step",
        _leftovers,
        "{share} epochs ended with gradients that no step had applied",
        changes=frozenset({"backward passes per update", "learning rates"}),
    ),
    # No rule reads this from the source: whether parameters are frozen is known when the script runs.
    "frozen-parameters-in-optimizer": Proof(
        "an optimizer steps parameters that some loss reaches",
        _trains_something,
        "{share} steps had only parameters that no backward pass ever reaches (are they frozen?)",
        alarm=True,
    ),
    "return-inside-batch-loop": Proof(
        "a loop over batches goes on behind the first",
        _goes_on,
        "{share} runs of the batch loop ended with their first batch",
        changes=frozenset({"loop lengths", "learning rates"}),
    ),
    "zero-grad-before-step": Proof(
        "a step finds the gradients that were made for it",
        _by_role(orders.steps_find_gradients),
        "{share} steps found no gradients, because they had just been emptied",
        alarm=True,
        changes=frozenset({"backward passes per update"}),
    ),
}
ALSO: dict[str, tuple[str, ...]] = {"amp-raw-step": (ONCE.invariant,)}
"""Further invariants of a rule, judged where the first is not violated."""

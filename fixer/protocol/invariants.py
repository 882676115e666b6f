"""The invariants of training, each a plain function over a sequence of events.

Every function yields an ``Outcome`` each time its invariant was exercised: it held, it was violated, or the events do
not tell. What a front end makes of them is its own affair: the reader reports a bug only if every path violates it,
the verifier compares the share of violations before and after.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from fixer.protocol.events import Event, Kind, carried_by

RUN = 1_000_000
"""The number of an iteration holds how often its loop was entered before, times this."""


class Verdict(str, Enum):
    """Whether an invariant held where it was exercised."""

    HOLDS = "holds"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One exercise of an invariant: the event judged, the earlier events that decide, and the loop between them."""

    verdict: Verdict
    at: Event
    because: tuple[Event, ...] = ()
    carried_by: Hashable = None


def persistent_optimizer(events: Sequence[Event]) -> Iterator[Outcome]:
    """An optimizer lives as long as the parameters it steps.

    Violated at a STEP when an earlier STEP on the same parameters was made by another optimizer object of the same
    CREATED place. Reads ``facts["site"]`` of CREATED (default: its place) to tell rebuilt optimizers from several ones.
    """
    created: dict[Hashable, Event] = {}
    last: dict[Hashable, Event] = {}
    for event in events:
        if event.kind is Kind.CREATED:
            created[event.subject] = event
        elif event.kind is Kind.STEP:
            birth = created.get(event.subject)
            if birth is None:
                continue
            site = birth.facts.get("site", birth.place)
            before = last.get(site)
            if before is not None:
                if before.subject == event.subject:
                    yield Outcome(Verdict.HOLDS, event, (birth, before), carried_by(before, event))
                else:
                    same = before.parameters.meets(event.parameters)
                    verdict = {True: Verdict.VIOLATED, False: Verdict.HOLDS, None: Verdict.UNKNOWN}[same]
                    yield Outcome(verdict, event, (birth, before), carried_by(before, event))
            last[site] = event


def site_of(event: Event) -> Hashable:
    """What makes optimizer objects "the same one" across rebuilds: ``facts["site"]``, else the object itself."""
    return event.facts.get("site", event.subject)


def empties(event: Event, step: Event) -> bool | None:
    """Whether the event leaves no gradient on the parameters of ``step`` (None: cannot be told).

    An optimizer empties what it owns, known or not; ``facts["certain"]`` False turns a yes into a perhaps.
    """
    if event.kind is Kind.ZERO_GRAD:
        own = event.subject is not None and site_of(event) == site_of(step)
        emptied = True if own else event.parameters.covers(step.parameters)
        return emptied if event.facts.get("certain", True) or not emptied else None
    if event.kind is Kind.OPAQUE:
        return False if event.parameters.meets(step.parameters) is False else None
    return False


def steps_apply_fresh_gradients(events: Sequence[Event], optimizer: Hashable) -> Iterator[Outcome]:
    """A step consumes fresh gradients only, judged where they are consumed.

    Exercised at each STEP of the site ``optimizer`` that a BACKWARD reaching its parameters precedes since its last
    STEP; violated when nothing emptied in between what the last STEP had applied already. Gradients that another
    optimizer's backward leaves behind and that are emptied in time do not count (alternating updates).
    """
    last: Event | None = None
    reached: Event | None = None
    state = Verdict.VIOLATED
    for event in events:
        if event.kind is Kind.STEP and site_of(event) == optimizer:
            if last is not None and reached is not None:
                yield Outcome(state, event, (last, reached), carried_by(last, event))
            last, reached, state = event, None, Verdict.VIOLATED
        elif last is None:
            continue
        elif event.kind is Kind.BACKWARD:
            if event.parameters.meets(last.parameters) is not False:
                reached = reached or event
        else:
            emptied = empties(event, last)
            if emptied:
                state = Verdict.HOLDS
            elif emptied is None and state is Verdict.VIOLATED:
                state = Verdict.UNKNOWN


def gradients_reach_step(events: Sequence[Event], optimizer: Hashable) -> Iterator[Outcome]:
    """No gradient is thrown away: what a BACKWARD adds to the optimizer's parameters is there at its next STEP.

    Judged with the parameters of the optimizer's first STEP in the sequence.

    Violated at a BACKWARD whose gradient is emptied before any STEP. A BACKWARD with no STEP or ZERO_GRAD behind it
    (the end of the sequence) is not exercised.
    """
    step = next((e for e in events if e.kind is Kind.STEP and site_of(e) == optimizer), None)
    if step is None:
        return
    open_: list[Event] = []
    for event in events:
        if event.kind is Kind.BACKWARD and event.parameters.meets(step.parameters) is not False:
            open_.append(event)
        elif event.kind is Kind.STEP and site_of(event) == optimizer:
            yield from (Outcome(Verdict.HOLDS, b, (event,), carried_by(b, event)) for b in open_)
            open_.clear()
        elif open_ and (emptied := empties(event, step)) is not False:
            verdict = Verdict.VIOLATED if emptied else Verdict.UNKNOWN
            yield from (Outcome(verdict, b, (event,), carried_by(b, event)) for b in open_)
            open_.clear()


def losses_reach_backward(events: Sequence[Event]) -> Iterator[Outcome]:
    """Each batch's loss reaches a backward: judged for every place whose losses reach a BACKWARD at least once.

    LOSS events with ``facts["grad"]`` False (evaluation) are not judged.
    """
    losses = [e for e in events if e.kind is Kind.LOSS and e.facts.get("grad", True)]
    used = frozenset(tensor for e in events if e.kind is Kind.BACKWARD for tensor in e.uses)
    trained = {e.place for e in losses if e.makes in used}
    for event in losses:
        if event.place in trained:
            yield Outcome(Verdict.HOLDS if event.makes in used else Verdict.VIOLATED, event)


def logits(events: Sequence[Event], criterion: str = "cross_entropy") -> Iterator[Outcome]:
    """Cross-entropy (or another ``criterion``) receives logits, or what else it expects, but no probabilities.

    Reads of LOSS: ``facts["criterion"]`` (the one that is judged) and ``facts["input"]``: "logits" (for nll_loss:
    logarithms of probabilities), "probabilities" or "unknown".
    """
    verdicts = {"logits": Verdict.HOLDS, "probabilities": Verdict.VIOLATED}
    for event in events:
        if event.kind is Kind.LOSS and event.facts.get("criterion") == criterion:
            yield Outcome(verdicts.get(str(event.facts.get("input")), Verdict.UNKNOWN), event)


def every_row(events: Sequence[Event]) -> Iterator[Outcome]:
    """A loop that walks through data in batches visits all of it.

    Exercised once per run of a loop and thing it cuts SLICEs from, if these follow one another; violated when the loop
    ended with less than half of the rows visited. Reads ``facts``: "start", "stop" and "of" (rows), "over" (whether
    the loop came to its end).
    """
    groups: dict[Hashable, list[Event]] = {}
    for event in events:
        if event.kind is Kind.SLICE and event.iteration:
            loop, number = event.iteration[-1]
            assert isinstance(number, int)
            key = (event.iteration[:-1], loop, number // RUN, event.subject, event.place)
            groups.setdefault(key, []).append(event)
    for found in groups.values():
        bounds = [(int(str(e.facts["start"])), int(str(e.facts["stop"]))) for e in found]
        if bounds[0][0] != 0 or any(start < before for (before, _), (start, _) in pairwise(bounds)):
            continue
        visited = len({row for start, stop in bounds for row in range(start, stop)})
        whole = int(str(found[0].facts["of"]))
        if found[0].facts["over"]:
            yield Outcome(Verdict.VIOLATED if 2 * visited < whole else Verdict.HOLDS, found[0], tuple(found[1:]))
        elif len(bounds) > 1:
            follows = all(start == end for (_, end), (start, _) in pairwise(bounds))
            yield Outcome(Verdict.HOLDS if follows else Verdict.UNKNOWN, found[0], tuple(found[1:]))


def mean_gradients(events: Sequence[Event], optimizer: Hashable) -> Iterator[Outcome]:
    """The gradient of k accumulated batches is their mean.

    Exercised at each STEP of ``optimizer`` that applies at least two BACKWARDs of one place. Reads of BACKWARD
    ``facts["mean"]``: True when the root is a mean over its batch, and ``facts["scaled"]``: True when it was divided by
    the number of batches (None: not known); of STEP ``facts["scaled"]``: True when the gradients themselves were.
    """
    first = next((e for e in events if e.kind is Kind.STEP and site_of(e) == optimizer), None)
    if first is None:
        return
    window: list[Event] = []
    for event in events:
        if event.kind is Kind.BACKWARD and event.parameters.meets(first.parameters) is not False:
            window.append(event)
        elif event.kind is Kind.STEP and site_of(event) == optimizer:
            places = [e.place for e in window]
            same = [e for e in window if places.count(e.place) > 1]
            if same:
                scaled = event.facts.get("scaled", False)
                facts = [(e.facts.get("mean"), e.facts.get("scaled", False)) for e in same]
                if scaled or any(s for _, s in facts):
                    verdict = Verdict.HOLDS
                elif scaled is None or any(m is not True or s is None for m, s in facts):
                    verdict = Verdict.UNKNOWN
                else:
                    verdict = Verdict.VIOLATED
                yield Outcome(verdict, event, tuple(same), carried_by(same[0], same[-1]))
            window.clear()
        elif event.kind is Kind.STEP:
            # Another optimizer took its gradients; those that only may reach this one were its.
            window = [b for b in window if b.parameters.meets(first.parameters)]
        elif window and (emptied := empties(event, first)) is not False:
            window = [] if emptied else [b for b in window if _left_by(event, b, first)]


def _left_by(event: Event, backward: Event, step: Event) -> bool:
    """Whether a gradient is counted on behind what perhaps emptied it.

    Not if it only may reach the optimizer, nor if a zero_grad of a part of the optimizer's parameters met it: the
    parts may be emptied one after the other.
    """
    if not backward.parameters.meets(step.parameters):
        return False
    mine = backward.parameters.owners & step.parameters.owners
    return event.kind is not Kind.ZERO_GRAD or not event.parameters.owners & mine


def schedulers_follow_steps(events: Sequence[Event]) -> Iterator[Outcome]:
    """A learning-rate scheduler moves on only after its optimizer has stepped.

    Exercised at the first SCHEDULER_STEP of each scheduler; violated if its optimizer made no STEP before, unknown if
    something unreadable held the optimizer before. Reads ``facts["optimizer"]`` of SCHEDULER_STEP: the subject of that
    optimizer's STEPs; without it, the invariant is not exercised.
    """
    stepped: set[Hashable] = set()
    seen: set[Hashable] = set()
    unread: list[Event] = []
    for event in events:
        if event.kind is Kind.STEP:
            stepped.add(event.subject)
        elif event.kind is Kind.OPAQUE:
            unread.append(event)
        elif event.kind is Kind.SCHEDULER_STEP and event.subject not in seen:
            seen.add(event.subject)
            optimizer = event.facts.get("optimizer")
            if isinstance(optimizer, Hashable) and optimizer is not None:
                perhaps = any(optimizer in e.parameters.owners or not e.parameters.owners for e in unread)
                late = Verdict.UNKNOWN if perhaps else Verdict.VIOLATED
                yield Outcome(Verdict.HOLDS if optimizer in stepped else late, event)


def modes(events: Sequence[Event]) -> Iterator[tuple[Event, bool | None, Event | None]]:
    """The mode in which each FORWARD of one module runs: True train, False eval, None not known.

    ``events`` concern this module alone; the event that set the mode comes with it (None: none did). Reads of
    TRAIN_MODE and EVAL_MODE ``facts["whole"]`` (default True): False where only a part of the module changes. A GIVEN
    may change it, too. Reads of the first FORWARD ``facts["built"]``: a module that was just built is in train mode.
    """
    mode: bool | None = None
    since: Event | None = None
    first = True
    for event in events:
        if event.kind in (Kind.TRAIN_MODE, Kind.EVAL_MODE):
            first = False
            train = event.kind is Kind.TRAIN_MODE
            if event.facts.get("certain", True) and event.facts.get("whole", True):
                mode, since = train, event
            elif mode is not train:
                mode = None
        elif event.kind is Kind.GIVEN:
            mode, first = None, False
        elif event.kind is Kind.FORWARD:
            if first:
                mode, first = (True if event.facts.get("built") else None), False
            yield event, mode, since


def training_mode(events: Sequence[Event]) -> Iterator[Outcome]:
    """A module trains in train mode, again after it was evaluated.

    ``events`` concern one module. Exercised at the first FORWARD with ``facts["trained"]`` after each EVAL_MODE, once
    the module has trained before it; violated if it runs in eval mode.
    """
    before = False
    judged: Event | None = None
    last: Event | None = None
    known = {id(forward): (mode, since) for forward, mode, since in modes(events)}
    for event in events:
        if event.kind is Kind.EVAL_MODE and event.facts.get("whole", True):
            last = event
        elif event.kind is Kind.FORWARD and event.facts.get("trained"):
            mode, since = known[id(event)]
            if last is not None and last is not judged and before:
                verdict = {True: Verdict.HOLDS, False: Verdict.VIOLATED, None: Verdict.UNKNOWN}[mode]
                yield Outcome(verdict, event, (last,), carried_by(last, event))
                judged = last
            if last is None or mode is True:
                before = True

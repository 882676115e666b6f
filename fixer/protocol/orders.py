"""Further invariants, on the order of zero_grad, backward, unscale, clip and step within one window.

As in ``invariants``, every function yields an ``Outcome`` each time its invariant was exercised.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from fixer.protocol.events import Event, Kind, carried_by
from fixer.protocol.invariants import Outcome, Verdict, empties, site_of


def first_step(events: Sequence[Event], optimizer: Hashable) -> Event | None:
    """The first STEP of a site."""
    return next((e for e in events if e.kind is Kind.STEP and site_of(e) == optimizer), None)


def steps_find_gradients(events: Sequence[Event], optimizer: Hashable) -> Iterator[Outcome]:
    """A step finds the gradients that were made for it.

    Exercised at each STEP of the site ``optimizer`` that a BACKWARD reaching its parameters precedes since its last
    STEP; violated when they were emptied behind the last such BACKWARD and nothing wrote them anew. A CLIP with
    ``facts["edits"]`` writes gradients by hand.
    """
    first = first_step(events, optimizer)
    if first is None:
        return
    backward: Event | None = None
    emptied: Event | None = None
    unsure = False
    for event in events:
        if event.kind is Kind.STEP and site_of(event) == optimizer:
            if backward is not None and not event.facts.get("closure"):
                verdict = Verdict.HOLDS if emptied is None else Verdict.VIOLATED
                because = (backward, emptied) if emptied is not None else (backward,)
                yield Outcome(Verdict.UNKNOWN if unsure else verdict, event, because, carried_by(backward, event))
            backward, emptied, unsure = None, None, False
        elif event.kind is Kind.BACKWARD:
            if event.parameters.meets(first.parameters) is not False:
                backward, emptied, unsure = event, None, False
        elif event.kind is Kind.CLIP:
            unsure = unsure or bool(event.facts.get("edits")) and emptied is not None
        elif backward is not None and (answer := empties(event, first)) is not False:
            emptied = event if answer else emptied
            unsure = unsure or not answer


def clips_reach_step(events: Sequence[Event], optimizer: Hashable) -> Iterator[Outcome]:
    """What is clipped is applied: gradients are clipped between the backward that makes them and the step.

    Exercised at each CLIP of the optimizer's parameters behind its first STEP. It holds if a BACKWARD since the last
    STEP made gradients that are there; it is violated if the gradients were applied before and are emptied before the
    next STEP, or if there are none. Where they stay (the next backward adds to the clipped sum, and that is applied),
    and at the end of the sequence, it is not exercised. Not judged: CLIP with ``facts["edits"]`` (written by hand) or
    ``facts["bound"]`` None (it only measures).
    """
    first = first_step(events, optimizer)
    if first is None:
        return
    last: Event | None = None
    fresh, empty, unsure = False, False, False
    waiting: list[Event] = []
    for event in events:
        if event.kind is Kind.STEP and site_of(event) == optimizer:
            last, fresh, waiting = event, False, []
        elif event.kind is Kind.BACKWARD:
            if event.parameters.meets(first.parameters) is not False:
                fresh, empty, unsure = True, False, False
        elif event.kind is Kind.CLIP:
            if event.facts.get("edits"):
                unsure = True
            elif (
                event.facts.get("bound", "plain") is not None and event.parameters.meets(first.parameters) is not False
            ):
                if fresh:
                    yield Outcome(Verdict.UNKNOWN if unsure else Verdict.HOLDS, event)
                elif last is not None and empty:
                    yield Outcome(Verdict.UNKNOWN if unsure else Verdict.VIOLATED, event, (last,))
                elif last is not None:
                    waiting.append(event)
        elif (answer := empties(event, first)) is not False:
            if answer:
                for clip in waiting:
                    assert last is not None
                    yield Outcome(Verdict.UNKNOWN if unsure else Verdict.VIOLATED, clip, (last, event))
                waiting, fresh, empty = [], False, True
            else:
                unsure = True


def clips_true_gradients(events: Sequence[Event], optimizer: Hashable) -> Iterator[Outcome]:
    """Clipping sees true gradients, not those that a loss scaler has multiplied.

    Exercised at each CLIP of the optimizer's parameters if all BACKWARDs since its last STEP or emptying have
    ``facts["scaler"]``; it holds if an UNSCALE of the optimizer stands between. CLIP with ``facts["bound"]`` other
    than "plain" is not judged. Unknown if gradients were written by hand (CLIP with ``facts["edits"]``) or by
    something unreadable.
    """
    first = first_step(events, optimizer)
    if first is None:
        return
    window: list[Event] = []
    unscaled, unsure = False, False
    for event in events:
        if event.kind is Kind.STEP and site_of(event) == optimizer:
            window, unscaled, unsure = [], False, False
        elif event.kind is Kind.BACKWARD:
            if event.parameters.meets(first.parameters) is not False:
                window.append(event)
                unscaled = False
        elif event.kind is Kind.UNSCALE:
            unscaled = unscaled or _unscales(event, first, optimizer)
        elif event.kind is Kind.CLIP and event.facts.get("edits"):
            unsure = True
        elif event.kind is Kind.CLIP:
            judged = event.facts.get("bound", "plain") == "plain"
            if judged and event.parameters.meets(first.parameters) is not False and _all_scaled(window):
                verdict = Verdict.HOLDS if unscaled else Verdict.UNKNOWN if unsure else Verdict.VIOLATED
                yield Outcome(verdict, event, tuple(window))
        elif window and (answer := empties(event, first)) is not False:
            window = [] if answer else window
            unsure = unsure or not answer


def _all_scaled(window: Sequence[Event]) -> bool:
    return bool(window) and all(e.facts.get("scaler") is not None for e in window)


def _unscales(event: Event, step: Event, optimizer: Hashable) -> bool:
    """Whether an UNSCALE is of the optimizer, or of one that cannot be told."""
    return event.subject is None or site_of(event) == optimizer or event.parameters.meets(step.parameters) is True


def steps_apply_true_gradients(events: Sequence[Event], optimizer: Hashable) -> Iterator[Outcome]:
    """A step applies true gradients, not those that a loss scaler has multiplied.

    Exercised at each STEP of the site ``optimizer`` if all BACKWARDs since the last emptying have ``facts["scaler"]``;
    it holds if the scaler makes the step (``facts["scaler"]`` of STEP) or an UNSCALE stands between. Unknown if
    gradients were written by hand or by something unreadable. ``because`` ends with the scaler's own STEP on the same
    gradients, if there is one: this step is then one too many.
    """
    first = first_step(events, optimizer)
    if first is None:
        return
    window: list[Event] = []
    own: Event | None = None
    unscaled, unsure = False, False
    for event in events:
        if event.kind is Kind.STEP and site_of(event) == optimizer:
            if _all_scaled(window) and not event.facts.get("closure"):
                right = event.facts.get("scaler") or unscaled and own is None
                verdict = Verdict.HOLDS if right else Verdict.UNKNOWN if unsure else Verdict.VIOLATED
                yield Outcome(verdict, event, (*window[-1:], *([own] if own is not None else [])))
            own = event if event.facts.get("scaler") else own
        elif event.kind is Kind.BACKWARD:
            if event.parameters.meets(first.parameters) is not False:
                window = [] if own is not None else window
                window.append(event)
                own, unscaled = None, False
        elif event.kind is Kind.UNSCALE:
            unscaled = unscaled or _unscales(event, first, optimizer)
        elif event.kind is Kind.CLIP:
            unsure = unsure or bool(event.facts.get("edits"))
        elif window and (answer := empties(event, first)) is not False:
            if answer:
                window, own, unscaled, unsure = [], None, False, False
            else:
                unsure = True


def one_step_per_gradient(events: Sequence[Event], optimizer: Hashable) -> Iterator[Outcome]:
    """A gradient is applied once.

    Exercised at each STEP of the site ``optimizer`` behind another one; violated when no BACKWARD that reaches its
    parameters, nothing that empties or writes them stands between. Steps with a closure make their own gradients.
    """
    last: Event | None = None
    fresh, unsure = False, False
    for event in events:
        if event.kind is Kind.STEP and site_of(event) == optimizer:
            if last is not None and not event.facts.get("closure"):
                verdict = Verdict.HOLDS if fresh else Verdict.UNKNOWN if unsure else Verdict.VIOLATED
                yield Outcome(verdict, event, (last,), carried_by(last, event))
            last, fresh, unsure = (None if event.facts.get("closure") else event), False, False
        elif last is None:
            continue
        elif event.kind is Kind.BACKWARD:
            fresh = fresh or event.parameters.meets(last.parameters) is not False
        elif event.kind is Kind.CLIP:
            unsure = unsure or bool(event.facts.get("edits"))
        elif empties(event, last) is not False:
            unsure = True

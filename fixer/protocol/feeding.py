"""The invariants of loaders: how their batches come, epoch after epoch."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from fixer.protocol.events import Event, Kind
from fixer.protocol.invariants import Outcome, Verdict


def _trained(events: Sequence[Event]) -> frozenset[Hashable]:
    """The loaders whose batches a BACKWARD follows before another loader's."""
    found: set[Hashable] = set()
    last: Event | None = None
    for event in events:
        if event.kind is Kind.BATCH:
            last = event
        elif event.kind is Kind.BACKWARD and last is not None:
            found.add(last.subject)
    return frozenset(found)


def orders_differ(events: Sequence[Event]) -> Iterator[Outcome]:
    """A training visits its data in another order each epoch.

    Exercised at the first BATCH of each epoch of a loader that is trained on, but its first; violated when it is the
    batch that the epoch before began with. Reads ``facts``: "e" and "b" (epoch and batch, from 0), "x" (a checksum).
    """
    trained = _trained(events)
    before: dict[Hashable, Event] = {}
    for event in events:
        if event.kind is Kind.BATCH and event.subject in trained and event.facts["b"] == 0:
            last = before.get(event.subject)
            if last is not None and event.facts.get("x") is not None:
                same = last.facts.get("x") == event.facts.get("x")
                yield Outcome(Verdict.VIOLATED if same else Verdict.HOLDS, event, (last,))
            before[event.subject] = event


def passes_are_completed(events: Sequence[Event]) -> Iterator[Outcome]:
    """A loader is asked for more than the first batch of a pass before the next one begins.

    Exercised at each BATCH but the first of a loader that is trained on; ``facts`` as above.
    """
    trained = _trained(events)
    before: dict[Hashable, Event] = {}
    for event in events:
        if event.kind is Kind.BATCH and event.subject in trained:
            last = before.get(event.subject)
            if last is not None:
                over = last.facts["e"] != event.facts["e"] and last.facts["b"] == 0
                yield Outcome(Verdict.VIOLATED if over else Verdict.HOLDS, event, (last,))
            before[event.subject] = event


def workers_differ(events: Sequence[Event]) -> Iterator[Outcome]:
    """Each worker, in each epoch, draws random numbers of its own. ``facts["same"]`` of WORKERS tells."""
    for event in events:
        if event.kind is Kind.WORKERS:
            yield Outcome(Verdict.VIOLATED if event.facts["same"] else Verdict.HOLDS, event)

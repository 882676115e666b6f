"""The invariants of modules: how they are built, registered, frozen, and how they follow their mode."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from fixer.protocol.events import Event, Kind
from fixer.protocol.invariants import Outcome, Verdict


def dropout_follows_mode(events: Sequence[Event]) -> Iterator[Outcome]:
    """A module in eval mode drops nothing.

    Exercised at each DROPOUT of a module in eval mode; ``facts["on"]`` says whether it drops.
    """
    for event in events:
        if event.kind is Kind.DROPOUT:
            yield Outcome(Verdict.VIOLATED if event.facts["on"] else Verdict.HOLDS, event)


def built_before_use(events: Sequence[Event]) -> Iterator[Outcome]:
    """A forward uses layers that exist already.

    Exercised at each FORWARD; violated when layers were BUILT in it (they are told before it, as it ends later).
    """
    built: list[Event] = []
    for event in events:
        if event.kind is Kind.BUILT:
            built.append(event)
        elif event.kind is Kind.FORWARD:
            yield Outcome(Verdict.VIOLATED if built else Verdict.HOLDS, event, tuple(built))
            built = []


def flags_are_kept(events: Sequence[Event]) -> Iterator[Outcome]:
    """What is set to freeze parameters freezes them. ``facts["kept"]`` of each FLAG says whether it did."""
    for event in events:
        if event.kind is Kind.FLAG:
            yield Outcome(Verdict.HOLDS if event.facts["kept"] else Verdict.VIOLATED, event)


def gradients_are_owned(events: Sequence[Event]) -> Iterator[Outcome]:
    """What a backward reaches is stepped by some optimizer.

    Exercised at each BACKWARD whose parameters are known; violated if some of them are in no STEP of the run.
    """
    owned = frozenset[Hashable]().union(*(e.parameters.owners for e in events if e.kind is Kind.STEP))
    for event in events:
        if event.kind is Kind.BACKWARD and event.parameters.exact and event.parameters.owners:
            yield Outcome(Verdict.HOLDS if event.parameters.owners <= owned else Verdict.VIOLATED, event)

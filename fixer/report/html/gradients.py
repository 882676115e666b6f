"""What the gradients of an optimizer hold along a path, and what each event does to them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from fixer.findings import Finding
from fixer.protocol.events import Event, Kind, Parameters
from fixer.report.html.rows import Layer, Row


def tell(rows: Sequence[tuple[Event, Row]], events: Sequence[Event], subject: Hashable, finding: Finding) -> list[Row]:
    """The rows with what the gradients of the optimizer hold after each, and what happens to them."""
    mine = next(
        (event.parameters for event, _ in rows if event.kind is Kind.STEP and same(event.subject, subject)),
        Parameters(exact=False),
    )
    about = {step.event for step in finding.path_shown}
    memorable = Kind.CREATED.value in about
    # A script can have several bugs; each picture points at its own.
    gradients = not memorable and bool(about & {"backward", "step", "zero_grad", "batch"})
    names = {event.makes: _named(row) for event, row in rows if event.kind is Kind.LOSS}
    reached = frozenset[Hashable]().union(*(e.uses for e in events if e.kind is Kind.BACKWARD))
    trained = {id(e.facts.get("emit")) for e in events if e.kind is Kind.LOSS and e.makes in reached}
    holds: tuple[Layer, ...] = ()
    memory: int | None = None
    used = False
    told = []
    for event, row in rows:
        says, bad = "", False
        if event.kind is Kind.BACKWARD and event.parameters.meets(mine) is not False:
            bad = any(layer.old for layer in holds)
            says = "adds its gradient to the old one" if bad else "adds its gradient" if holds else "makes the gradient"
            losses = [names[made] for made in names if made in event.uses]
            holds = (*holds, Layer(_listed(losses) if losses else _named(row)))
            used = False
        elif event.kind is Kind.ZERO_GRAD and _empties(event, mine, subject):
            bad = bool(holds) and not used and any(not layer.old for layer in holds)
            says = "throws it away before any step" if bad else "empties the gradients" if holds else ""
            holds = ()
        elif event.kind is Kind.STEP and row.mine:
            bad = any(layer.old for layer in holds) or len(set(holds)) > 1 and bool(row.badges)
            says = _applied(holds)
            holds = tuple(replace(layer, old=True) for layer in holds)
            used = True
            memory = None if memory is None else memory + 1
        elif event.kind is Kind.LOSS and event.makes not in reached and id(event.facts.get("emit")) in trained:
            says, bad = "its gradient is never computed", True
        bad = bad and gradients
        if event.kind is Kind.CREATED and row.mine and memorable:
            bad = memory is not None
            says = "forgets everything" if bad else "has no memory yet"
            memory = 0
        told.append(replace(row, holds=holds, says=says, bad=bad, memory=memory))
    return told


def _empties(event: Event, mine: Parameters, subject: Hashable) -> bool:
    return same(event.subject, subject) or event.parameters.covers(mine) is not False


def _applied(holds: tuple[Layer, ...]) -> str:
    if not holds:
        return "applies the gradients"
    old = [layer.name for layer in holds if layer.old]
    new = [layer.name for layer in holds if not layer.old]
    if old and new:
        return f"applies {_listed(new)}, and {_listed(old)} again"
    if old:
        return f"applies {_listed(old)} again"
    return f"applies {'the sum of ' if len(set(new)) > 1 else ''}{_listed(new)}"


def _listed(names: Sequence[str]) -> str:
    """``batch 1``, ``batches 1 and 2``, ``batches 1 to 4``."""
    words = [name.rpartition(" ") for name in dict.fromkeys(names)]
    if len(words) == 1 or len({word[0] for word in words}) > 1:
        return " and ".join(dict.fromkeys(names))
    kind = words[0][0]
    plural = f"{kind}es" if kind.endswith("ch") else f"{kind}s"
    numbers = [word[2] for word in words]
    return f"{plural} {numbers[0]} {'and' if len(numbers) == 2 else 'to'} {numbers[-1]}"


def _named(row: Row) -> str:
    box = row.boxes[-1] if row.boxes else None
    return f"{box.what} {box.number}" if box is not None else "the loss"


def same(one: Hashable, other: Hashable) -> bool:
    """Whether two subjects are made at the same place: an optimizer that is built anew keeps its row."""
    return _site(one) == _site(other)


def _site(subject: Hashable) -> Hashable:
    """Where a subject is made: on a path, each object is its site and a count."""
    if isinstance(subject, tuple) and len(subject) == 2 and isinstance(subject[1], int):
        site: Hashable = subject[0]
        return site
    return subject

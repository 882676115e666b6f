"""What is known of values that come together: at the end of branches, in later iterations, in one container."""

from __future__ import annotations

from collections.abc import Iterable

from fixer.protocol.events import Parameters
from fixer.reading.conditions import Formula
from fixer.reading.values import (
    UNKNOWN,
    Const,
    Counter,
    Either,
    Figure,
    Items,
    Loader,
    Mapping,
    Sampler,
    Source,
    Sym,
    Tensor,
    Value,
    Wrapped,
)
from fixer.record import replace


def depth(value: Value) -> int:
    """How many tests deep an ``Either`` is."""
    return 1 + max(depth(value.then), depth(value.other)) if isinstance(value, Either) else 0


def options(value: Value) -> list[Value]:
    """All that a value may be."""
    return options(value.then) + options(value.other) if isinstance(value, Either) else [value]


def samplers(values: Iterable[Value], deep: int = 3) -> tuple[Sampler, ...]:
    """The distributed samplers that code holding these values can reach."""
    found: list[Sampler] = []
    for value in values if deep else ():
        if isinstance(value, Sampler):
            found.append(value)
        elif isinstance(value, Loader):
            found += samplers((v for name, v in value.given if name in ("sampler", "batch_sampler")), deep - 1)
        elif isinstance(value, Either):
            found += samplers((value.then, value.other), deep)
        elif isinstance(value, Items):
            found += samplers(value.items, deep - 1)
        elif isinstance(value, Mapping):
            found += samplers((v for _, v in value.entries), deep - 1)
        elif isinstance(value, Wrapped):
            found += samplers(value.parts, deep - 1)
    return tuple(found)


def join(test: Formula, then: Value, other: Value) -> Value:
    """What is known of a value that is ``then`` if ``test`` holds and ``other`` if not."""
    if then == other:
        return then
    if isinstance(then, Tensor) and isinstance(other, Const):
        return replace(then, squash=None, total=None)
    if isinstance(other, Tensor) and isinstance(then, Const):
        return replace(other, squash=None, total=None)
    if isinstance(then, Tensor) and isinstance(other, Tensor):
        return merge(then, other)
    if isinstance(then, Items) and isinstance(other, Items):
        if len(then.items) == len(other.items):
            pairs = zip(then.items, other.items, strict=True)
            return Items(tuple(join(test, a, b) for a, b in pairs), then.more or other.more, then.key)
        shorter, longer = sorted((then, other), key=lambda v: len(v.items))
        if longer.items[: len(shorter.items)] == shorter.items:
            return Items(longer.items, True, longer.key)
    if isinstance(then, Mapping) and isinstance(other, Mapping):
        keys = [key for key, _ in then.entries]
        if keys == [key for key, _ in other.entries]:
            both = [join(test, v, w) for (_, v), (_, w) in zip(then.entries, other.entries, strict=True)]
            return Mapping(tuple(zip(keys, both, strict=True)), then.more or other.more)
    if isinstance(then, Counter) and isinstance(other, Const):
        return then
    if isinstance(other, Counter) and isinstance(then, Const):
        return other
    if max(depth(then), depth(other)) >= 3:
        return UNKNOWN
    return Either(test, then, other)


def merge(first: Tensor, second: Tensor) -> Tensor:
    """One of two tensors, told apart by nothing."""
    return Tensor(
        first.sources | second.sources,
        union(first.owners, second.owners),
        first.squash if first.squash == second.squash else None,
        first.role if first.role == second.role else "",
        first.mean if first.mean == second.mean else None,
        first.scaled if first.scaled == second.scaled else None,
        first.leaf if first.leaf == second.leaf else None,
        first.summed or second.summed,
        first.managed or second.managed,
        first.sure and second.sure,
        amp=first.amp if first.amp == second.amp else None,
    )


def union(*sets: Parameters) -> Parameters:
    """All parameters of all sets."""
    return Parameters(frozenset().union(*(s.owners for s in sets)), all(s.exact for s in sets))


def aged(value: Value) -> Value:
    """The value as a later loop iteration finds it."""
    if isinstance(value, (Tensor, Sym)) and value.sources:
        return replace(value, sources=frozenset(Source(s.site, True) for s in value.sources))
    if isinstance(value, Figure):
        return replace(value, old=True, batches=frozenset())
    if isinstance(value, Items):
        return replace(value, items=tuple(aged(v) for v in value.items))
    if isinstance(value, Mapping):
        return replace(value, entries=tuple((k, aged(v)) for k, v in value.entries))
    return value

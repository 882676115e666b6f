"""What is proven of values that are known by identity only: which of them are modules, optimizers, schedulers."""

from __future__ import annotations

from fixer.protocol.events import Kind
from fixer.reading.reader import Entry, Reading
from fixer.reading.tree import emits
from fixer.reading.values import Ident, Instance, Layer, Optimizer, Scaler, Scheduler, Sym, Value
from fixer.record import field, mutable


@mutable
class Roles:
    """Identities by what the events of an entry point show them to be."""

    modules: set[Ident] = field(default_factory=set)
    optimizers: set[Ident] = field(default_factory=set)
    schedulers: set[Ident] = field(default_factory=set)


def roles(reading: Reading, entry: Entry) -> Roles:
    """What each identity is in one entry point (worked out once)."""
    known = reading.cache.setdefault("roles", {})
    assert isinstance(known, dict)
    if id(entry) not in known:
        known[id(entry)] = _roles(entry)
    found = known[id(entry)]
    assert isinstance(found, Roles)
    return found


def _roles(entry: Entry) -> Roles:
    found = Roles()
    for emit in emits(entry.tree):
        if emit.kind in (Kind.TRAIN_MODE, Kind.EVAL_MODE):
            found.modules.add(emit.subject)
        elif emit.kind in (Kind.STEP, Kind.CREATED):
            found.optimizers.add(emit.subject)
            found.modules |= emit.parameters.owners
        elif emit.kind is Kind.ZERO_GRAD:
            if emit.subject is not None:
                found.optimizers.add(emit.subject)
            else:
                found.modules |= emit.parameters.owners
        elif emit.kind is Kind.SCHEDULER_STEP:
            found.schedulers.add(emit.subject)
    return found


def is_module(value: Value, found: Roles) -> bool:
    """Whether a value is proven to be a module of torch."""
    if isinstance(value, Layer):
        return True
    if isinstance(value, Instance):
        outside = set(value.of.externals())
        return any(name.startswith("torch.nn.") for name in outside)
    return isinstance(value, Sym) and value.key in found.modules - found.optimizers


def is_optimizer(value: Value, found: Roles) -> bool:
    """Whether a value is proven to be an optimizer."""
    return isinstance(value, Optimizer) or isinstance(value, Sym) and value.key in found.optimizers


def is_scheduler(value: Value, found: Roles) -> bool:
    """Whether a value is proven to be a learning-rate scheduler."""
    return isinstance(value, Scheduler) or isinstance(value, Sym) and value.key in found.schedulers


def is_scaler(value: Value) -> bool:
    """Whether a value is a GradScaler."""
    return isinstance(value, Scaler)

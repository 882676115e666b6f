"""Records optimizers and their steps, and of each step what its gradients were made of."""

from __future__ import annotations

import functools
import math
import weakref
from typing import Any

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from .ledger import Ledger, digest
from .recorder import Recorder

# Only the first updates are compared by their gradients: later ones start from other weights.
GRADIENTS_TOLD = 300


class Steps:
    """Optimizers, their steps, and the gradients that these apply.

    ``applied`` is, per sampled coordinate, what earlier steps have applied already and nobody has emptied since (never
    changed in place: it may be a look's own values); ``clear`` says that it is known to be 0 everywhere;
    ``clip`` the factor by which gradients were clipped since the last step; ``inside`` the optimizer whose step runs.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.rec = recorder
        self.ledger = Ledger()
        self.clip = 1.0
        self.applied = torch.zeros(0)
        self.clear = True
        self.unowned: Any = None
        self.inside: Any = None
        self._pending: dict[str, Any] | None = None
        self._objects: dict[int, tuple[Any, int]] = {}
        self._members: dict[int, tuple[list[int], list[int]]] = {}
        self._next = 0

    def name(self, thing: Any) -> int:
        """A number for an object, never given twice (ids are reused by Python)."""
        known = self._objects.get(id(thing))
        if known is not None and known[0]() is thing:
            return known[1]
        self._next += 1
        self._objects[id(thing)] = (weakref.ref(thing), self._next)
        return self._next

    def patch_optimizers(self) -> None:
        tracer = self
        cls = torch.optim.Optimizer
        plain_init, plain_zero, plain_group = cls.__init__, cls.zero_grad, cls.add_param_group

        @functools.wraps(plain_init)
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            self.__dict__["_fixer_muted"] = True
            plain_init(self, *args, **kwargs)
            self.__dict__.pop("_fixer_muted", None)
            tracer.created(self)

        @functools.wraps(plain_group)
        def add_param_group(self: Any, *args: Any, **kwargs: Any) -> None:
            plain_group(self, *args, **kwargs)
            if "_fixer_muted" not in self.__dict__:
                tracer.members(self)

        @functools.wraps(plain_zero)
        def zero_grad(self: Any, *args: Any, **kwargs: Any) -> Any:
            answer = plain_zero(self, *args, **kwargs)
            tracer.rec.emit("zero", o=tracer.name(self))
            return answer

        cls.__init__ = __init__  # type: ignore[method-assign]
        cls.zero_grad = zero_grad  # type: ignore[method-assign]
        cls.add_param_group = add_param_group  # type: ignore[method-assign]
        register_optimizer_step_pre_hook(self.before_step)
        register_optimizer_step_post_hook(self.after_step)

    def members(self, optimizer: Any) -> list[int]:
        """The numbers of an optimizer's parameters."""
        ids = [id(p) for g in optimizer.param_groups for p in g["params"]]
        known = self._members.get(self.name(optimizer))
        if known is not None and known[0] == ids:
            return known[1]
        numbers = [self.ledger.number(p) for g in optimizer.param_groups for p in g["params"]]
        self.ledger.owned.update(numbers)
        self._members[self.name(optimizer)] = (ids, numbers)
        return numbers

    def created(self, optimizer: Any) -> None:
        numbers = self.members(optimizer)
        group = optimizer.param_groups[0]
        plain = (int, float, bool, str, tuple, list)
        hyper = {k: v for k, v in group.items() if k != "params" and isinstance(v, plain)}
        self.rec.emit(
            "opt", o=self.name(optimizer), cls=type(optimizer).__name__, hyper=hyper, set=self.rec.set_id(numbers),
            groups=len(optimizer.param_groups), numel=sum(self.ledger.numels[n] for n in numbers),
        )  # fmt: skip

    def before_step(self, optimizer: Any, args: Any, kwargs: Any) -> Any:
        if not any(callable(a) for a in (*args[1:], *kwargs.values())):
            self._pending = self._weigh(self.members(optimizer))
            return None
        self.inside = optimizer
        self._pending = {"closure": True}
        plain = [self._closure(optimizer, a) if callable(a) else a for a in args[1:]]
        named = {k: self._closure(optimizer, a) if callable(a) else a for k, a in kwargs.items()}
        return (args[0], *plain), named

    def _closure(self, optimizer: Any, plain: Any) -> Any:
        """The closure makes the gradients inside the step: each of its evaluations is judged as a step."""

        @functools.wraps(plain)
        def closure(*args: Any, **kwargs: Any) -> Any:
            answer = plain(*args, **kwargs)
            if torch.is_grad_enabled():
                self._applied(optimizer, {**self._weigh(self.members(optimizer)), "inside": True})
            return answer

        return closure

    def _weigh(self, members: list[int]) -> dict[str, Any]:
        """What the gradients are made of at a step: new and old parts, scale, clipping."""
        facts: dict[str, Any] = {"closure": False}
        previous, now = self.ledger.now, self.ledger.look()
        wanted = frozenset(members)
        have = self.ledger.part(now.values, wanted)
        was = self.ledger.part(previous.values, wanted)
        product = float(torch.dot(was, was))
        same = now is previous
        facts["a"] = (product if same else float(torch.dot(have, was))) / product if product > 0 else None
        facts["clip"] = self.clip
        facts["none"] = self.rec.set_id([n for n in members if now.sizes[n] == 0])
        facts["emptied"] = self.emptied(previous, now)
        carried = self.carried(now)
        facts["stale"] = 0.0 if self.clear else _share(self.ledger.part(carried, wanted), have)
        facts["norm"] = math.sqrt(product if same else float(torch.dot(have, have)))
        if self.rec.count < GRADIENTS_TOLD:
            facts["g"] = have[:64].tolist()
        self.ledger.now = now
        return facts

    def after_step(self, optimizer: Any, _args: Any, _kwargs: Any) -> None:
        facts = self._pending or {}
        self._pending = None
        if facts.get("closure"):
            self.inside = None
            facts.update(emptied=None, a=None, clip=1.0)
            self.ledger.now = self.ledger.look()
        self.ledger.forget()
        self._applied(optimizer, facts)
        self.rec.stepped(facts["set"])

    def _applied(self, optimizer: Any, facts: dict[str, Any]) -> None:
        """Record a step, and remember what it has applied."""
        members = self.members(optimizer)
        role = self.rec.set_id(members)
        self.apply(frozenset(members))
        self.clip = 1.0
        facts.update(
            o=self.name(optimizer), set=role, cls=type(optimizer).__name__,
            lr=float(optimizer.param_groups[0].get("lr") or 0.0), w=digest(self.ledger.weights(members)),
            state=len(optimizer.state),
        )  # fmt: skip
        self.rec.emit("step", inside=bool(facts.pop("inside", False)), **facts)

    def carried(self, now: Any) -> Any:
        """What earlier steps have already applied and nobody has emptied since, per coordinate."""
        missing = len(now.values) - len(self.applied)
        if missing:
            self.applied = torch.cat([self.applied, torch.zeros(missing)])
        if not self.clear:
            empty = frozenset(n for n, size in enumerate(now.sizes) if size == 0)
            if len(empty) == len(now.sizes):
                self.applied, self.clear = torch.zeros(len(now.values)), True
            elif empty:
                self.applied = torch.where(self.ledger.mask(empty), 0.0, self.applied)
        return self.applied

    def apply(self, numbers: frozenset[int]) -> None:
        """Note that the present gradients of some parameters are applied."""
        now = self.ledger.now
        if len(numbers) == len(self.ledger.refs):
            self.applied = now.values
        else:
            self.applied = torch.where(self.ledger.mask(numbers), now.values, self.carried(now))
        self.clear = False

    def emptied(self, previous: Any, now: Any) -> int | None:
        """The set of all empty parameters, if any was emptied since the last look; else None."""
        if any(was != 0 and size == 0 for was, size in zip(previous.sizes, now.sizes, strict=True)):
            return self.rec.set_id([n for n, size in enumerate(now.sizes) if size == 0])
        return None

    # Updates that the script writes itself

    def hand_weights(self) -> Any:
        free = [n for n in range(len(self.ledger.refs)) if n not in self.ledger.owned]
        return (free, [self.ledger.weights([n]) for n in free]) if free else None

    def updated_by_hand(self) -> None:
        """Records an update that the script wrote itself (``w -= lr * w.grad``): parameters of no optimizer changed."""
        if self.unowned is None:
            return
        free, weights = self.unowned
        self.unowned = None
        changed = []
        moves = []
        for n, was in zip(free, weights, strict=True):
            now = self.ledger.weights([n])
            if n not in self.ledger.owned and len(now) == len(was) and not torch.equal(now, was):
                changed.append(n)
                moves.append(was - now)
        if not changed:
            return
        wanted = frozenset(changed)
        now = self.ledger.now
        old, have = self.ledger.part(self.carried(now), wanted), self.ledger.part(now.values, wanted)
        stale = _share(old, have)
        self.apply(wanted)
        role = self.rec.set_id(changed)
        self.rec.emit(
            "step", o=-1 - role, set=role, cls="by hand", hand=True, closure=False, lr=_rate(torch.cat(moves), have),
            a=1.0, clip=1.0,
            emptied=None, none=self.rec.set_id([]), norm=float(have.norm()), g=[float(v) for v in have[:64]],
            stale=stale,
            w=digest(self.ledger.weights(changed)), state=0,
        )  # fmt: skip
        self.rec.stepped(role)


def _share(old: Any, have: Any) -> float:
    """How much of a gradient is old, from 0 to 1."""
    stale, fresh = float(old.norm()), float((have - old).norm())
    return stale / (stale + fresh) if stale + fresh > 0 else 0.0


def _rate(move: Any, gradient: Any) -> float:
    """The learning rate of an update that the script wrote itself, to three digits; 0 if it is no plain descent."""
    product = float(torch.dot(gradient, gradient))
    if product == 0 or len(move) != len(gradient):
        return 0.0
    rate = float(torch.dot(move, gradient)) / product
    plain = torch.allclose(move, rate * gradient, rtol=1e-2, atol=1e-6)
    return float(f"{rate:.3g}") if plain else 0.0

"""Patches the few entry points of torch that every training passes through, and records what happens there."""

from __future__ import annotations

import functools
import sys
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from . import criteria, data, graph, loops, rng
from .ledger import Ledger, digest
from .recorder import Recorder

LEAF_WALKS = 6


class Tracer:
    """The state of one traced run."""

    def __init__(self, recorder: Recorder, batches: int, seed: int) -> None:
        self.rec = recorder
        self.batches = batches
        self.seed = seed
        self.ledger = Ledger()
        self.depth = 0
        self.backwards = 0
        self.forwards = 0
        self.active: dict[str, Any] | None = None
        self.clip = 1.0
        self.applied = torch.zeros(0)
        self.unowned: Any = None
        self._objects: dict[int, tuple[Any, int]] = {}
        self._next = 0
        self._scheduler_depth = 0
        self._pending: dict[str, Any] | None = None
        self.losses = 0
        self.inside: Any = None
        self.criterion_depth = 0

    def name(self, thing: Any) -> int:
        """A number for an object, never given twice (ids are reused by Python)."""
        known = self._objects.get(id(thing))
        if known is not None and known[0]() is thing:
            return known[1]
        self._next += 1
        self._objects[id(thing)] = (weakref.ref(thing), self._next)
        return self._next

    def install(self) -> None:
        """Patch torch. To be called once, before the script's own imports."""
        _no_dynamo_import()
        self._patch_optimizer()
        self._patch_backward()
        self._patch_modules()
        self._patch_schedulers()
        self._patch_clipping()
        criteria.install(self)
        data.install(self)
        loops.on_tick.append(lambda a: rng.seed_all(("loop", a.loop, a.entry, a.index), self.seed))
        loops.on_end.append(self._loop_ended)

    # Optimizers

    def _patch_optimizer(self) -> None:
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
        numbers = [self.ledger.number(p) for g in optimizer.param_groups for p in g["params"]]
        self.ledger.owned.update(numbers)
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

    def before_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        closure = any(callable(a) for a in (*args, *kwargs.values()))
        members = self.members(optimizer)
        if closure:
            # The closure makes the gradients inside the step: each of its backward passes is judged as a step.
            self.inside = optimizer
            self._pending = {"closure": True}
            return
        self._pending = self._weigh(members)

    def _weigh(self, members: list[int]) -> dict[str, Any]:
        """What the gradients are made of at a step: new and old parts, scale, clipping."""
        facts: dict[str, Any] = {"closure": False}
        previous, now = self.ledger.now, self.ledger.look()
        wanted = set(members)
        have = self.ledger.part(now.values, wanted)
        was = self.ledger.part(previous.values, wanted)
        product = float(torch.dot(was, was))
        facts["a"] = float(torch.dot(have, was)) / product if product > 0 else None
        facts["clip"] = self.clip
        facts["none"] = self.rec.set_id([n for n in members if now.sizes[n] == 0])
        facts["emptied"] = self._emptied(previous, now)
        old = self.ledger.part(self._carried(now), wanted)
        stale, fresh = float(old.norm()), float((have - old).norm())
        facts["stale"] = stale / (stale + fresh) if stale + fresh > 0 else 0.0
        facts["norm"] = float(have.norm())
        facts["g"] = [float(v) for v in have[:64]]
        self.ledger.now = now
        return facts

    def after_step(self, optimizer: Any, _args: Any, _kwargs: Any) -> None:
        facts = self._pending or {}
        self._pending = None
        if facts.get("closure"):
            self.inside = None
            facts.update(emptied=None, a=None, clip=1.0)
            self.ledger.now = self.ledger.look()
        self._applied(optimizer, facts)
        self.rec.stepped(facts["set"])

    def _applied(self, optimizer: Any, facts: dict[str, Any]) -> None:
        """Record a step, and remember what it has applied."""
        members = self.members(optimizer)
        role = self.rec.set_id(members)
        wanted = set(members)
        carried = self._carried(self.ledger.now)
        for number, part, new in zip(
            range(len(self.ledger.refs)),
            torch.split(carried, self.ledger.counts),
            torch.split(self.ledger.now.values, self.ledger.counts),
            strict=True,
        ):
            if number in wanted:
                part.copy_(new)
        self.applied = carried
        self.clip = 1.0
        facts.update(
            o=self.name(optimizer), set=role, cls=type(optimizer).__name__,
            lr=float(optimizer.param_groups[0].get("lr") or 0.0), w=digest(self.ledger.weights(members)),
            state=len(optimizer.state),
        )  # fmt: skip
        self.rec.emit("step", inside=bool(facts.pop("inside", False)), **facts)

    def _carried(self, now: Any) -> Any:
        """What earlier steps have already applied and nobody has emptied since, per coordinate."""
        missing = len(now.values) - len(self.applied)
        carried = torch.cat([self.applied, torch.zeros(missing)]) if missing else self.applied.clone()
        empty = [n for n, size in enumerate(now.sizes) if size == 0]
        if empty and len(carried):
            pieces = list(torch.split(carried, self.ledger.counts))
            for n in empty:
                pieces[n].zero_()
        self.applied = carried
        return carried

    def _emptied(self, previous: Any, now: Any) -> int | None:
        """The set of all empty parameters, if any was emptied since the last look; else None."""
        if any(was > 0 and size == 0 for was, size in zip(previous.sizes, now.sizes, strict=True)):
            return self.rec.set_id([n for n, size in enumerate(now.sizes) if size == 0])
        return None

    # Backward

    def _patch_backward(self) -> None:
        plain = torch.autograd.backward

        @functools.wraps(plain)
        def backward(tensors: Any, *args: Any, **kwargs: Any) -> Any:
            if self.active is not None:
                return plain(tensors, *args, **kwargs)
            return self.backward(plain, tensors, args, kwargs)

        torch.autograd.backward = backward

    def backward(self, plain: Callable[..., Any], tensors: Any, args: Any, kwargs: Any) -> Any:
        roots = [tensors] if isinstance(tensors, torch.Tensor) else list(tensors)
        loops.heat()
        ledger = self.ledger
        if self.backwards < LEAF_WALKS:
            for root in roots:
                for leaf in graph.leaves(root.grad_fn):
                    ledger.number(leaf)
        self._updated_by_hand()
        previous, before = ledger.now, ledger.look()
        emptied = self._emptied(previous, before)
        self._carried(before)
        self.active = {"losses": [], "fws": set()}
        try:
            answer = plain(tensors, *args, **kwargs)
        finally:
            seen, self.active = self.active, None
        after = ledger.look()
        ledger.now = after
        change = (after.values - before.values).abs()
        sums = [float(s.sum()) for s in torch.split(change, ledger.counts)] if len(change) else []
        root = roots[0].detach()
        self.backwards += 1
        self.rec.emit(
            "bwd", b=self.backwards, value=float(root) if root.numel() == 1 else None,
            losses=[[i, float(g.sum())] for i, g in seen["losses"]], fws=sorted(seen["fws"]), emptied=emptied,
            inside=self.inside is not None, fresh=self.rec.set_id([n for n, s in enumerate(sums) if s > 0]),
            full=self.rec.set_id([n for n, s in enumerate(before.sizes) if s > 0]),
        )  # fmt: skip
        self.unowned = self._hand_weights()
        if self.inside is not None:
            self._applied(self.inside, {**self._weigh(self.members(self.inside)), "inside": True})
        return answer

    def _hand_weights(self) -> Any:
        free = [n for n in range(len(self.ledger.refs)) if n not in self.ledger.owned]
        return (free, [self.ledger.weights([n]) for n in free]) if free else None

    def _updated_by_hand(self) -> None:
        """Records an update that the script wrote itself (``w -= lr * w.grad``): parameters of no optimizer changed."""
        if self.unowned is None:
            return
        free, weights = self.unowned
        self.unowned = None
        changed = []
        for n, was in zip(free, weights, strict=True):
            now = self.ledger.weights([n])
            if n not in self.ledger.owned and len(now) == len(was) and not torch.equal(now, was):
                changed.append(n)
        if not changed:
            return
        wanted = set(changed)
        now = self.ledger.now
        old, have = self.ledger.part(self._carried(now), wanted), self.ledger.part(now.values, wanted)
        stale, fresh = float(old.norm()), float((have - old).norm())
        for n in changed:
            torch.split(self.applied, self.ledger.counts)[n].copy_(torch.split(now.values, self.ledger.counts)[n])
        role = self.rec.set_id(changed)
        self.rec.emit(
            "step", o=-1 - role, set=role, cls="by hand", hand=True, closure=False, lr=0.0, a=1.0, clip=1.0,
            emptied=None, none=self.rec.set_id([]), norm=float(have.norm()), g=[float(v) for v in have[:64]],
            stale=stale / (stale + fresh) if stale + fresh > 0 else 0.0,
            w=digest(self.ledger.weights(changed)), state=0,
        )  # fmt: skip
        self.rec.stepped(role)

    # Modules

    def _patch_modules(self) -> None:
        plain_call, plain_zero = nn.Module.__call__, nn.Module.zero_grad
        tracer = self

        def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
            if tracer.depth or isinstance(self, nn.modules.loss._Loss):
                return plain_call(self, *args, **kwargs)
            tracer.depth = 1
            try:
                out = plain_call(self, *args, **kwargs)
            finally:
                tracer.depth = 0
            tracer.forward(self, args, out)
            return out

        @functools.wraps(plain_zero)
        def zero_grad(self: Any, *args: Any, **kwargs: Any) -> None:
            plain_zero(self, *args, **kwargs)
            tracer.rec.emit("zero", m=tracer.name(self))

        nn.Module.__call__ = __call__  # type: ignore[method-assign]
        nn.Module.zero_grad = zero_grad  # type: ignore[method-assign]

    def forward(self, module: Any, args: Any, out: Any) -> None:
        outputs = [t for t in tensors_in(out) if t.requires_grad]
        if not outputs and next(module.parameters(), None) is None:
            return
        self.forwards += 1
        number = self.forwards
        inputs = tensors_in(args)
        self.rec.emit(
            "fwd", f=number, m=self.name(module), cls=type(module).__name__, grad=bool(outputs),
            inside=self.inside is not None, training=bool(module.training), x=fingerprint(inputs[0]) if inputs else None,
        )  # fmt: skip
        for tensor in outputs:
            tensor.register_hook(functools.partial(self._reached_forward, number))

    def _reached_forward(self, number: int, _grad: Any) -> None:
        if self.active is not None:
            self.active["fws"].add(number)

    def reached_loss(self, number: int, grad: Any) -> None:
        """Called by autograd when a backward passes a criterion's result."""
        if self.active is not None:
            self.active["losses"].append((number, grad.detach()))

    # Schedulers, clipping, loops

    def _patch_schedulers(self) -> None:
        base = torch.optim.lr_scheduler.LRScheduler
        for cls in {base, *_subclasses(base)}:
            for method in ("step", "_initial_step"):
                if method in vars(cls):
                    setattr(cls, method, self._scheduler_method(vars(cls)[method], method == "step"))

    def _scheduler_method(self, plain: Any, counted: bool) -> Any:
        @functools.wraps(plain)
        def step(scheduler: Any, *args: Any, **kwargs: Any) -> Any:
            self._scheduler_depth += 1
            try:
                answer = plain(scheduler, *args, **kwargs)
            finally:
                self._scheduler_depth -= 1
            if counted and not self._scheduler_depth:
                optimizer = getattr(scheduler, "optimizer", None)
                self.rec.emit(
                    "sched", s=self.name(scheduler), cls=type(scheduler).__name__,
                    o=self.name(optimizer) if optimizer is not None else None,
                )  # fmt: skip
            return answer

        return step

    def _patch_clipping(self) -> None:
        for name in ("clip_grad_norm_", "clip_grad_value_"):
            for place in (torch.nn.utils, torch.nn.utils.clip_grad):
                plain = getattr(place, name)
                if not hasattr(plain, "_fixer_plain"):
                    setattr(place, name, self._clipping(plain))

    def _clipping(self, plain: Any) -> Any:
        @functools.wraps(plain)
        def clip(*args: Any, **kwargs: Any) -> Any:
            before = self.ledger.look().values
            answer = plain(*args, **kwargs)
            after = self.ledger.look().values
            product = float(torch.dot(before, before))
            changed = before != after
            if product > 0 and bool(changed.any()):
                part = before[changed]
                factor = float(torch.dot(part, after[changed])) / max(float(torch.dot(part, part)), 1e-30)
                self.clip *= factor
            self.rec.emit("clip", factor=self.clip)
            return answer

        clip._fixer_plain = plain  # type: ignore[attr-defined]
        return clip

    def _loop_ended(self, activation: loops.Activation) -> None:
        if activation.index >= 0 and activation.entry < 60 and (self.forwards or self.backwards):
            self.rec.emit("loop", loop=activation.loop, entry=activation.entry, n=activation.index + 1)


def tensors_in(value: Any, depth: int = 3) -> list[Any]:
    """The floating or integer tensors in nested tuples, lists, dicts and model outputs; at most 16."""
    if isinstance(value, torch.Tensor):
        return [value]
    if depth == 0:
        return []
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        found: list[Any] = []
        for item in value[:16]:
            found += tensors_in(item, depth - 1)
        return found[:16]
    return []


def fingerprint(tensor: Any) -> int:
    """A checksum of at most 64 evenly spaced values: equal for equal batches."""
    flat = tensor.detach().reshape(-1)
    if flat.numel() > 64:
        flat = flat[:: flat.numel() // 64]
    return digest(flat.float().cpu())


def _subclasses(cls: type[Any]) -> set[type[Any]]:
    found: set[type[Any]] = set(cls.__subclasses__())
    return found.union(*(_subclasses(c) for c in found))


def _no_dynamo_import() -> None:
    """Spare the import of torch._dynamo, which the first optimizer would cause (1.3 s of a 3 s run).

    Nothing is compiled in a smoke training. The module loads itself as soon as anything but ``graph_break`` is asked.
    """
    import importlib
    import types

    if "torch._dynamo" in sys.modules:
        return

    class Lazy(types.ModuleType):
        def graph_break(self, *_args: Any) -> None:
            return None

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            if sys.modules.get("torch._dynamo") is self:
                del sys.modules["torch._dynamo"]
            return getattr(importlib.import_module("torch._dynamo"), name)

    lazy = Lazy("torch._dynamo")
    # Without a __path__ the import system would refuse torch._dynamo.config and the like: those load the real one.
    lazy.__path__ = [p + "/_dynamo" for p in torch.__path__]
    sys.modules["torch._dynamo"] = lazy
    torch._dynamo = lazy
    for method in ("add_param_group", "zero_grad", "state_dict", "load_state_dict"):
        function = getattr(getattr(torch.optim.Optimizer, method, None), "__wrapped__", None)
        if function is not None and not hasattr(function, "__dynamo_disable"):
            setattr(function, "__dynamo_disable", function)  # noqa: B010 - the name would be mangled in a class

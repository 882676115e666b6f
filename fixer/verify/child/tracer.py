"""Patches the few entry points of torch that every training passes through, and records what happens there."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from . import building, criteria, data, dynamo, graph, habits, loops, rng, schedulers, slices
from .ledger import digest, plain_getitem, plain_reshape
from .recorder import Recorder
from .steps import Steps

LEAF_WALKS = 6


class Tracer(Steps):
    """The state of one traced run."""

    def __init__(self, recorder: Recorder, batches: int, seed: int) -> None:
        super().__init__(recorder)
        self.batches = batches
        self.seed = seed
        self.depth = 0
        self.outermost: Any = None
        self.backwards = 0
        self.forwards = 0
        self.losses = 0
        self.criterion_depth = 0
        self.active: dict[str, Any] | None = None
        self.graphs = habits.Graphs()
        self.states: list[Any] = []

    def install(self) -> None:
        """Patch torch. To be called once, before the script's own imports."""
        dynamo.spare()
        self.patch_optimizers()
        self._patch_backward()
        self._patch_modules()
        schedulers.install(self)
        criteria.install(self)
        data.install(self)
        habits.install(self)
        slices.install(self)
        building.install(self)
        loops.on_tick.append(lambda a: rng.seed_all(("loop", a.loop, a.entry, a.index), self.seed))
        loops.on_end.append(self._loop_ended)

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
        self.updated_by_hand()
        previous, before = ledger.now, ledger.look()
        emptied = self.emptied(previous, before)
        self.carried(before)
        self.active = {"losses": [], "fws": set()}
        try:
            answer = plain(tensors, *args, **kwargs)
        finally:
            seen, self.active = self.active, None
        after = ledger.look()
        ledger.now = after
        changes = ledger.sizes(after.values - before.values) if before.present else after.sizes
        root = roots[0].detach()
        self.backwards += 1
        self.rec.emit(
            "bwd", b=self.backwards, scaler=getattr(roots[0], "_fixer_scaler", None),
            value=float(root) if root.numel() == 1 else None,
            losses=[[i, float(g if g.numel() == 1 else g.sum())] for i, g in seen["losses"]],
            fws=sorted(seen["fws"]), emptied=emptied,
            inside=self.inside is not None, fresh=self.rec.set_id([n for n, s in enumerate(changes) if s != 0]),
            has=self.rec.set_id(after.present), full=self.rec.set_id([n for n, s in enumerate(before.sizes) if s != 0]),
        )  # fmt: skip
        self.unowned = self.hand_weights()
        return answer

    def _patch_modules(self) -> None:
        plain_call, plain_zero = nn.Module.__call__, nn.Module.zero_grad
        tracer = self

        def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
            if tracer.depth or isinstance(self, nn.modules.loss._Loss):
                return plain_call(self, *args, **kwargs)
            tracer.depth, tracer.outermost = 1, self
            try:
                out = plain_call(self, *args, **kwargs)
            finally:
                tracer.depth, tracer.outermost = 0, None
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
            inside=self.inside is not None, training=bool(module.training), modal=habits.modal(module),
            alive=self.graphs.add(outputs), owned=self._owned(module),
            x=fingerprint(inputs[0]) if inputs else None,
        )  # fmt: skip
        for tensor in outputs:
            tensor.register_hook(functools.partial(self._reached_forward, number))

    def _owned(self, module: Any) -> bool:
        """Whether an optimizer owns a parameter of the module."""
        return any(self.ledger.numbers.get(id(p)) in self.ledger.owned for p in module.parameters())

    def _reached_forward(self, number: int, _grad: Any) -> None:
        if self.active is not None:
            self.active["fws"].add(number)

    def reached_loss(self, number: int, grad: Any) -> None:
        """Called by autograd when a backward passes a criterion's result."""
        if self.active is not None:
            self.active["losses"].append((number, grad.detach()))

    @staticmethod
    def batch_print(batch: Any) -> int | None:
        """A checksum of the first tensor of a batch."""
        found = tensors_in(batch)
        return fingerprint(found[0]) if found else None

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
    flat = plain_reshape(tensor.detach() if tensor.requires_grad else tensor, -1)
    if flat.numel() > 64:
        flat = plain_getitem(flat, slice(None, None, flat.numel() // 64))
    return digest(flat.float().cpu())

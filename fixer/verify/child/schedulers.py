"""Records learning-rate schedulers, gradient clipping and gradient scaling."""

from __future__ import annotations

import functools
import math
from typing import Any

import torch


def install(tracer: Any) -> None:
    """Patch every scheduler class of torch, its clipping functions and its gradient scaler."""
    _patch_schedulers(tracer)
    _patch_clipping(tracer)
    _patch_scaling(tracer)


def _patch_schedulers(tracer: Any) -> None:
    depth = [0]
    base = torch.optim.lr_scheduler.LRScheduler
    for cls in {base, *_subclasses(base)}:
        for method in ("step", "_initial_step"):
            if method in vars(cls):
                setattr(cls, method, _scheduler_method(tracer, depth, vars(cls)[method], method == "step"))


def _scheduler_method(tracer: Any, depth: list[int], plain: Any, counted: bool) -> Any:
    @functools.wraps(plain)
    def step(scheduler: Any, *args: Any, **kwargs: Any) -> Any:
        depth[0] += 1
        try:
            answer = plain(scheduler, *args, **kwargs)
        finally:
            depth[0] -= 1
        if counted and not depth[0]:
            optimizer = _innermost(getattr(scheduler, "optimizer", None))
            tracer.rec.emit(
                "sched", s=tracer.name(scheduler), cls=type(scheduler).__name__,
                o=tracer.name(optimizer) if optimizer is not None else None,
            )  # fmt: skip
        return answer

    return step


def _innermost(optimizer: Any) -> Any:
    """The optimizer that really steps: libraries put others around it."""
    while isinstance(getattr(optimizer, "optimizer", None), torch.optim.Optimizer):
        optimizer = optimizer.optimizer
    return optimizer


def _patch_clipping(tracer: Any) -> None:
    for name in ("clip_grad_norm_", "clip_grad_value_"):
        for place in (torch.nn.utils, torch.nn.utils.clip_grad):
            plain = getattr(place, name)
            if not hasattr(plain, "_fixer_plain"):
                setattr(place, name, _clipping(tracer, plain))


def _clipping(tracer: Any, plain: Any) -> Any:
    @functools.wraps(plain)
    def clip(*args: Any, **kwargs: Any) -> Any:
        before = tracer.ledger.look().values
        given = args[0] if args else kwargs.get("parameters")
        if isinstance(given, torch.Tensor):
            given = [given]
        elif given is not None and not isinstance(given, (list, tuple)):
            given = list(given)
            args, kwargs = (given, *args[1:]), {k: v for k, v in kwargs.items() if k != "parameters"}
        answer = plain(*args, **kwargs)
        after = tracer.ledger.look().values
        product = float(torch.dot(before, before))
        changed = before != after
        if product > 0 and bool(changed.any()):
            part = before[changed]
            factor = float(torch.dot(part, after[changed])) / max(float(torch.dot(part, part)), 1e-30)
            tracer.clip *= factor
        limit = next((a for a in (*args[1:2], *kwargs.values()) if isinstance(a, (int, float))), 0.0)
        tracer.rec.emit(
            "clip", factor=tracer.clip, set=tracer.rec.set_id([tracer.ledger.number(p) for p in given or ()]),
            bound=None if math.isinf(limit) else "plain",
        )  # fmt: skip
        return answer

    clip._fixer_plain = plain  # type: ignore[attr-defined]
    return clip


def _patch_scaling(tracer: Any) -> None:
    cls = torch.amp.GradScaler
    plain_scale, plain_unscale = cls.scale, cls.unscale_

    @functools.wraps(plain_scale)
    def scale(self: Any, outputs: Any) -> Any:
        answer = plain_scale(self, outputs)
        if self.is_enabled() and isinstance(answer, torch.Tensor):
            answer._fixer_scaler = tracer.name(self)  # type: ignore[attr-defined]
        return answer

    @functools.wraps(plain_unscale)
    def unscale_(self: Any, optimizer: Any) -> Any:
        answer = plain_unscale(self, optimizer)
        if self.is_enabled():
            tracer.rec.emit("unscale", o=tracer.name(optimizer), set=tracer.rec.set_id(tracer.members(optimizer)))
        return answer

    cls.scale = scale  # type: ignore[method-assign]
    cls.unscale_ = unscale_  # type: ignore[method-assign]


def _subclasses(cls: type[Any]) -> set[type[Any]]:
    found: set[type[Any]] = set(cls.__subclasses__())
    return found.union(*(_subclasses(c) for c in found))

"""Records what a training leaves behind: modes of modules, graphs that stay alive, state dicts, dropped results."""

from __future__ import annotations

import copy
import dis
import functools
import sys
import weakref
from bisect import bisect_right
from typing import Any

import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook

MODAL = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._BatchNorm)
MOVES = ("to", "cuda", "cpu", "float", "double", "half", "long", "int", "detach", "view", "reshape", "squeeze",
         "unsqueeze", "flatten", "clone")  # fmt: skip
MANY = 400
"""Graphs and results that are told at most."""


class _Token:
    """Lives exactly as long as the node of the graph that holds it."""


def install(tracer: Any) -> None:
    """Patch what sets modes, gives state dicts, and moves or converts tensors."""
    _patch_modes(tracer)
    _patch_states(tracer)
    _patch_moves(tracer)
    register_optimizer_step_post_hook(lambda *_: told_states(tracer))


def _patch_modes(tracer: Any) -> None:
    plain, depth = nn.Module.train, [0]

    @functools.wraps(plain)
    def train(self: Any, mode: bool = True) -> Any:
        depth[0] += 1
        try:
            answer = plain(self, mode)
        finally:
            depth[0] -= 1
        if not depth[0]:
            tracer.rec.emit("mode", m=tracer.name(self), training=bool(self.training))
        return answer

    nn.Module.train = train  # type: ignore[method-assign]


def modal(module: Any) -> list[bool] | None:
    """The modes of the layers in a module that depend on it (dropout, batch norm); None if there are none."""
    modes = {bool(part.training) for part in module.modules() if isinstance(part, MODAL)}
    return sorted(modes) or None


class Graphs:
    """Counts the graphs of earlier forwards that are still alive: something keeps them."""

    def __init__(self) -> None:
        self._tokens: list[weakref.ref[_Token]] = []

    def add(self, tensors: list[Any]) -> int | None:
        """How many graphs live, before the one of these tensors is added (None: no longer counted)."""
        self._tokens = [token for token in self._tokens if token() is not None]
        alive = len(self._tokens)
        node = next((t.grad_fn for t in tensors if t.grad_fn is not None), None)
        if node is not None and alive < MANY:
            token = _Token()
            node.metadata["fixer"] = token
            self._tokens.append(weakref.ref(token))
        return alive if alive < MANY else None


def _patch_states(tracer: Any) -> None:
    plain, depth = nn.Module.state_dict, [0]

    @functools.wraps(plain)
    def state_dict(self: Any, *args: Any, **kwargs: Any) -> Any:
        depth[0] += 1
        try:
            answer = plain(self, *args, **kwargs)
        finally:
            depth[0] -= 1
        if not depth[0] and len(tracer.states) < MANY:
            number = tracer.rec.emit("state", m=tracer.name(self))
            first = next((v for v in answer.values() if isinstance(v, torch.Tensor)), None)
            if first is not None:
                tracer.states.append((number, weakref.ref(first)))
        return answer

    nn.Module.state_dict = state_dict  # type: ignore[method-assign]
    whole = copy.deepcopy

    @functools.wraps(whole)
    def deepcopy(x: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(x, nn.Module) and not args and not kwargs:
            tracer.rec.emit("state", m=tracer.name(x))
        return whole(x, *args, **kwargs)

    copy.deepcopy = deepcopy


def told_states(tracer: Any) -> None:
    """After a step: which state dicts, taken before, are still there and show the very weights that changed.

    The tensors of a state dict are made for it, and share their memory with the parameters: while one of them lives,
    somebody holds the state.
    """
    for number, reference in tracer.states:
        if reference() is not None:
            tracer.rec.emit("alias", of=number)
    tracer.states = []


def _patch_moves(tracer: Any) -> None:
    count = [0]
    for name in MOVES:
        plain = getattr(torch.Tensor, name)

        def method(self: Any, *args: Any, _plain: Any = plain, _name: str = name, **kwargs: Any) -> Any:
            answer = _plain(self, *args, **kwargs)
            frame = sys._getframe(1)
            if count[0] < MANY and tracer.rec.relative(frame.f_code.co_filename) is not None:
                count[0] += 1
                same = answer is self or answer.dtype == self.dtype and answer.device == self.device
                tracer.rec.emit("move", name=_name, dropped=dropped(frame), same=same)
            return answer

        setattr(torch.Tensor, name, functools.wraps(plain)(method))


@functools.cache
def _steps(code: Any) -> tuple[list[int], list[str]]:
    steps = [step for step in dis.get_instructions(code) if step.opname != "CACHE"]
    return [step.offset for step in steps], [step.opname for step in steps]


def dropped(frame: Any) -> bool:
    """Whether the call that ``frame`` is making drops its result: the next instruction throws it away.

    ``f_lasti`` is the instruction itself or, in some versions of Python, the end of the cache behind it.
    """
    offsets, names = _steps(frame.f_code)
    at = bisect_right(offsets, frame.f_lasti)
    return at < len(names) and names[at] == "POP_TOP"

"""Records dropout that does not follow its module's mode, layers built in a forward, flags set on modules, the axes of
softmaxes and the shapes of differences."""

from __future__ import annotations

import functools
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

MOST = 400
"""Dropouts, layers, softmaxes and differences told of one run, each."""
LAYERS = frozenset(
    """Linear Bilinear Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d BatchNorm1d BatchNorm2d
    BatchNorm3d LayerNorm GroupNorm Embedding EmbeddingBag LSTM GRU RNN LSTMCell GRUCell RNNCell MultiheadAttention
    TransformerEncoderLayer TransformerDecoderLayer PReLU Dropout Dropout1d Dropout2d Dropout3d""".split()
)
"""Layers with parameters or a mode: the others may be built at any time."""
MISSPELT = ("require_grad", "requires_grads", "require_grads")


def install(tracer: Any) -> None:
    """Patch functional dropout and attention, and what modules do when they are built or changed."""
    left = {"drop": MOST, "built": MOST, "softmax": MOST, "minus": MOST}
    for name in ("dropout", "dropout1d", "dropout2d", "dropout3d"):
        setattr(F, name, _dropout(tracer, name, getattr(F, name), left))
    plain = F.scaled_dot_product_attention

    @functools.wraps(plain)
    def attention(*args: Any, **kwargs: Any) -> Any:
        given = args[4] if len(args) > 4 else kwargs.get("dropout_p", 0.0)
        _told(tracer, left, "attention", bool(given))
        return plain(*args, **kwargs)

    F.scaled_dot_product_attention = attention
    _patch_init(tracer, left)
    _patch_flags(tracer)
    for name in ("softmax", "log_softmax"):
        for owner in (torch, torch.Tensor):
            setattr(owner, name, _softmax(tracer, getattr(owner, name), left))
    for name in ("__sub__", "__rsub__"):
        setattr(torch.Tensor, name, _minus(tracer, getattr(torch.Tensor, name), left))


def _dropout(tracer: Any, name: str, plain: Any, left: dict[str, int]) -> Any:
    @functools.wraps(plain)
    def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
        if p:
            _told(tracer, left, name, bool(training))
        return plain(input, p, training, inplace)

    return dropout


def _softmax(tracer: Any, plain: Any, left: dict[str, int]) -> Any:
    @functools.wraps(plain)
    def softmax(input: Any, dim: Any, *args: Any, **kwargs: Any) -> Any:
        if left["softmax"] and isinstance(dim, int) and isinstance(input, torch.Tensor) and input.dim():
            left["softmax"] -= 1
            tracer.rec.emit("softmax", axis=dim % input.dim(), axes=input.dim(), rows=int(input.shape[0]))
        return plain(input, dim, *args, **kwargs)

    return softmax


def _minus(tracer: Any, plain: Any, left: dict[str, int]) -> Any:
    """A difference of something with a gradient and something without: outputs and labels."""

    @functools.wraps(plain)
    def minus(self: Any, other: Any) -> Any:
        if left["minus"] and isinstance(other, torch.Tensor) and self.requires_grad != other.requires_grad:
            if max(self.dim(), other.dim()) <= 2 and min(self.numel(), other.numel()) > 1:
                left["minus"] -= 1
                tracer.rec.emit("minus", shapes=[list(self.shape), list(other.shape)])
        return plain(self, other)

    return minus


def _told(tracer: Any, left: dict[str, int], name: str, on: bool) -> None:
    if tracer.outermost is not None and not tracer.outermost.training and left["drop"]:
        left["drop"] -= 1
        tracer.rec.emit("drop", fn=name, on=on)


def _patch_init(tracer: Any, left: dict[str, int]) -> None:
    plain = nn.Module.__init__

    @functools.wraps(plain)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        plain(self, *args, **kwargs)
        if tracer.depth and left["built"] and type(self).__name__ in LAYERS:
            left["built"] -= 1
            tracer.rec.emit("built", cls=type(self).__name__)

    nn.Module.__init__ = __init__  # type: ignore[method-assign]


def _patch_flags(tracer: Any) -> None:
    plain_set, plain_call = nn.Module.__setattr__, nn.Module.requires_grad_

    @functools.wraps(plain_set)
    def __setattr__(self: Any, name: str, value: Any) -> None:
        plain_set(self, name, value)
        if name in ("requires_grad", *MISSPELT):
            parameters = list(self.parameters())
            kept = all(p.requires_grad == bool(value) for p in parameters)
            tracer.rec.emit("flag", name=name, kept=kept and bool(parameters))

    @functools.wraps(plain_call)
    def requires_grad_(self: Any, requires_grad: bool = True) -> Any:
        answer = plain_call(self, requires_grad)
        tracer.rec.emit("flag", name="requires_grad_", kept=True)
        return answer

    nn.Module.__setattr__ = __setattr__  # type: ignore[method-assign]
    nn.Module.requires_grad_ = requires_grad_  # type: ignore[method-assign]
    seen: set[int] = set()

    def stepping(_optimizer: Any, _args: Any, _kwargs: Any) -> None:
        for reference in tracer.ledger.refs:
            tensor = reference()
            if tensor is not None and id(tensor) not in seen:
                seen.add(id(tensor))
                if isinstance(tensor, torch.nn.Parameter) and any(name in tensor.__dict__ for name in MISSPELT):
                    tracer.rec.emit("flag", name="require_grad", kept=False)
                elif not tensor.requires_grad:
                    tracer.rec.emit("flag", name="parameter", kept=True)

    register_optimizer_step_pre_hook(stepping)

"""What older versions of torch, numpy, Pillow and torchvision had, for scripts that were written for them."""

from __future__ import annotations

import collections
import collections.abc
import functools
from typing import Any

import torch
import torch.nn.functional as F

from .. import loops
from . import hooks, note

_NUMPY = {"float": float, "int": int, "bool": bool, "object": object, "str": str, "complex": complex, "long": int}


def install() -> None:
    """Add what was taken away."""
    note.say("the script is written for older libraries: what they had was added")
    _indexing()
    torch.utils.data.dataloader._BaseDataLoaderIter.next = lambda self: next(self)  # type: ignore[attr-defined]
    for name in ("Iterable", "Mapping", "MutableMapping", "Sequence", "Callable", "Iterator", "Hashable"):
        setattr(collections, name, getattr(collections.abc, name))
    plain_tuple: Any = collections.namedtuple

    def namedtuple(*args: Any, verbose: bool = False, **kwargs: Any) -> Any:
        return plain_tuple(*args, **kwargs)

    setattr(collections, "namedtuple", namedtuple)  # noqa: B010
    hooks.after_import("numpy", _numpy)
    hooks.after_import("PIL.Image", _pictures)
    hooks.after_import("torchvision.transforms", _transforms)
    _targets()
    _arguments()


def _indexing() -> None:
    """A loss had one dimension: ``loss.data[0]``, ``sum(losses)``."""
    tensors: Any = torch.Tensor
    plain_iter = tensors.__iter__

    def first(whole: Any) -> Any:
        return whole if isinstance(whole, torch.Tensor) and whole.dim() == 0 else whole[0]

    def iterate(self: Any) -> Any:
        return iter([self]) if self.dim() == 0 else plain_iter(self)

    # In the script, not in torch: a tensor whose indexing is patched counts as a sequence.
    loops.on_first.append(first)
    tensors.__iter__ = iterate


def _numpy(module: Any) -> None:
    for name, value in _NUMPY.items():
        if name not in vars(module):
            setattr(module, name, value)
    for name, now in (("bool8", "bool_"), ("float_", "float64"), ("infty", "inf"), ("Inf", "inf"), ("NaN", "nan"),
                      ("product", "prod"), ("cumproduct", "cumprod"), ("in1d", "isin"), ("row_stack", "vstack"),
                      ("trapz", "trapezoid")):  # fmt: skip
        if name not in vars(module) and hasattr(module, now):
            setattr(module, name, getattr(module, now))


def _pictures(module: Any) -> None:
    for name, now in (("ANTIALIAS", "LANCZOS"), ("CUBIC", "BICUBIC"), ("LINEAR", "BILINEAR")):
        if not hasattr(module, name):
            setattr(module, name, getattr(module, now))


def _transforms(module: Any) -> None:
    for name, now in (("Scale", "Resize"), ("RandomSizedCrop", "RandomResizedCrop")):
        if not hasattr(module, name):
            setattr(module, name, getattr(module, now))


def _targets() -> None:
    """Targets of another shape with as many numbers were taken as they lie."""
    plain = F.binary_cross_entropy

    @functools.wraps(plain)
    def binary_cross_entropy(input: Any, target: Any, *args: Any, **kwargs: Any) -> Any:
        same = target.shape == input.shape or target.numel() != input.numel()
        return plain(input, target if same else target.view_as(input), *args, **kwargs)

    F.binary_cross_entropy = binary_cross_entropy


def _arguments() -> None:
    """Arguments by their old names, or taken away."""
    tensors: Any = torch.Tensor
    plain = tensors.backward

    @functools.wraps(plain)
    def backward(self: Any, *args: Any, retain_variables: bool = False, **kwargs: Any) -> Any:
        if retain_variables:
            kwargs["retain_graph"] = True
        return plain(self, *args, **kwargs)

    tensors.backward = backward
    for name in ("ReduceLROnPlateau", "StepLR", "MultiStepLR", "CosineAnnealingLR", "ExponentialLR", "LambdaLR"):
        cls: Any = getattr(torch.optim.lr_scheduler, name)
        cls.__init__ = _without_verbose(cls.__init__)


def _without_verbose(plain: Any) -> Any:
    @functools.wraps(plain)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("verbose", None)
        plain(self, *args, **kwargs)

    return init

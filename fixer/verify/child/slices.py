"""Records which rows of a tensor a training loop cuts out: ``data[i:j]`` inside a loop of the script."""

from __future__ import annotations

import functools
import sys
from typing import Any

import torch

from . import loops

MOST = 1000
"""Slices told of one run."""


def install(tracer: Any) -> None:
    """Patch indexing of tensors. What the script itself does not index is left alone."""
    plain = torch.Tensor.__getitem__
    told = [0]

    @functools.wraps(plain)
    def __getitem__(self: Any, key: Any) -> Any:
        first = key[0] if type(key) is tuple and key else key
        if type(first) is slice and loops.inside() and told[0] < MOST:
            caller = sys._getframe(1).f_code.co_filename
            bounds = _bounds(first)
            if bounds is not None and tracer.rec.relative(caller) is not None and self.dim():
                told[0] += 1
                tracer.rec.emit("rows", d=tracer.name(self), start=bounds[0], stop=bounds[1], of=int(self.shape[0]))
        return plain(self, key)

    torch.Tensor.__getitem__ = __getitem__  # type: ignore[method-assign]


def _bounds(piece: slice) -> tuple[int, int] | None:
    """Where a plain slice between two rows begins and ends; None for any other."""
    try:
        start, stop = int(piece.start), int(piece.stop)  # NumPy's integers too
    except (TypeError, ValueError):
        return None
    return (start, stop) if piece.step is None and 0 <= start < stop else None

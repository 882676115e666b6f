"""Records which rows of a tensor a training loop cuts out: ``data[i:j]`` inside a loop of the script."""

from __future__ import annotations

from typing import Any

import torch

from . import loops

MOST = 1000
"""Slices told of one run."""


def install(tracer: Any) -> None:
    """Look at what the script's own loops cut out."""
    told = [0]

    def part(whole: Any, key: Any) -> None:
        first = key[0] if type(key) is tuple and key else key
        rows = type(first) is slice and isinstance(whole, torch.Tensor) and whole.dim() > 0
        if rows and loops.inside() and told[0] < MOST:
            bounds = _bounds(first)
            if bounds is not None:
                told[0] += 1
                tracer.rec.emit("rows", d=tracer.name(whole), start=bounds[0], stop=bounds[1], of=int(whole.shape[0]))

    loops.on_part.append(part)


def _bounds(piece: slice) -> tuple[int, int] | None:
    """Where a plain slice between two rows begins and ends; None for any other."""
    try:
        start, stop = int(piece.start), int(piece.stop)  # NumPy's integers too
    except (TypeError, ValueError):
        return None
    return (start, stop) if piece.step is None and 0 <= start < stop else None

"""Bookkeeping of gradients and weights on sampled coordinates, so that its cost does not grow with the model.

At most ``COORDINATES`` evenly spaced coordinates of each parameter are read, and all of them are joined into one
vector, so that a look costs one device synchronisation however many parameters there are.
"""

from __future__ import annotations

import weakref
import zlib
from typing import Any

import torch

COORDINATES = 512


class Look:
    """What the gradients were at one moment: the joined sample and, per parameter, the sum of absolute values."""

    __slots__ = ("sizes", "values")

    def __init__(self, values: Any, sizes: list[float]) -> None:
        self.values, self.sizes = values, sizes


class Ledger:
    """Knows parameters by number, in the order they were first seen."""

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}
        self.refs: list[Any] = []
        self.counts: list[int] = []
        self.numels: list[int] = []
        self.owned: set[int] = set()
        self.now = Look(torch.zeros(0), [])
        self._segments = torch.zeros(0, dtype=torch.long)

    def number(self, tensor: Any) -> int:
        """The number of a parameter, given on first sight."""
        known = self.numbers.get(id(tensor))
        if known is not None and self.refs[known]() is tensor:
            return known
        number = len(self.refs)
        self.numbers[id(tensor)] = number
        self.refs.append(weakref.ref(tensor))
        count = int(_sample(tensor.detach()).numel())
        self.counts.append(count)
        self.numels.append(tensor.numel())
        self._segments = torch.cat([self._segments, torch.full((count,), number, dtype=torch.long)])
        pad = torch.zeros(count, dtype=torch.float32)
        self.now = Look(torch.cat([self.now.values, pad]), [*self.now.sizes, 0.0])
        return number

    def look(self) -> Look:
        """Read all gradients (None counts as zero)."""
        pieces = []
        for number, ref in enumerate(self.refs):
            tensor = ref()
            grad = None if tensor is None else tensor.grad
            if grad is None:
                pieces.append(torch.zeros(self.counts[number]))
            else:
                pieces.append(_sample(grad.detach()))
        return self._joined(pieces)

    def weights(self, numbers: list[int]) -> Any:
        """The sampled values of some parameters, joined."""
        tensors = [self.refs[n]() for n in numbers]
        pieces = [_sample(t.detach()) for t in tensors if t is not None]
        return _join(pieces)

    def _joined(self, pieces: list[Any]) -> Look:
        values = _join(pieces)
        if len(values) != len(self._segments):  # a gradient of another shape: nothing can be said
            values = torch.zeros(len(self._segments))
        finite = torch.nan_to_num(values.abs(), nan=1.0, posinf=1.0)
        sums = torch.zeros(len(self.refs), dtype=torch.float64).index_add_(0, self._segments, finite.double())
        return Look(values, sums.tolist())

    def part(self, values: Any, numbers: set[int]) -> Any:
        """The coordinates of some parameters."""
        if len(numbers) == len(self.refs):
            return values
        mask = torch.zeros(len(self.refs), dtype=torch.bool)
        mask[sorted(numbers)] = True
        return values[mask[self._segments]]


def _sample(tensor: Any) -> Any:
    """Evenly spaced coordinates, always the same ones for tensors of one shape."""
    if tensor.is_sparse:
        tensor = tensor.to_dense()
    flat = tensor.reshape(-1)
    if flat.numel() > COORDINATES:
        flat = flat[:: -(-flat.numel() // COORDINATES)]
    if flat.is_complex():
        flat = flat.abs()
    return flat.float()


def _join(pieces: list[Any]) -> Any:
    if not pieces:
        return torch.zeros(0)
    device = next((p.device for p in pieces if p.device.type != "cpu"), None)
    if device is not None:
        return torch.cat([p.to(device) for p in pieces]).cpu()
    return torch.cat(pieces)


def digest(values: Any) -> int:
    """A checksum of a vector: equal if and (but for chance) only if the vectors are bit-identical."""
    try:
        return zlib.crc32(values.numpy().tobytes())
    except RuntimeError:  # torch without numpy
        return zlib.crc32(repr(values.tolist()).encode())

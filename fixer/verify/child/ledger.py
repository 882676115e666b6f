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
    """What the gradients were at one moment: the joined sample and, per parameter, the sum of absolute values.

    ``present``: the parameters that have a gradient at all, be it zero.
    """

    __slots__ = ("present", "sizes", "values")

    def __init__(self, values: Any, sizes: list[float], present: list[int]) -> None:
        self.values, self.sizes, self.present = values, sizes, present


class Ledger:
    """Knows parameters by number, in the order they were first seen."""

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}
        self.refs: list[Any] = []
        self.counts: list[int] = []
        self.strides: list[int] = []
        self._zeros: list[Any] = []
        self._masks: dict[frozenset[int], Any] = {}
        self.numels: list[int] = []
        self.owned: set[int] = set()
        self.now = Look(torch.zeros(0), [], [])
        self._segments = torch.zeros(0, dtype=torch.long)

    def number(self, tensor: Any) -> int:
        """The number of a parameter, given on first sight."""
        known = self.numbers.get(id(tensor))
        if known is not None and self.refs[known]() is tensor:
            return known
        number = len(self.refs)
        self.numbers[id(tensor)] = number
        self.refs.append(weakref.ref(tensor))
        stride = max(1, -(-tensor.numel() // COORDINATES))
        count = -(-tensor.numel() // stride)
        self.strides.append(stride)
        self.counts.append(count)
        self._zeros.append(torch.zeros(count))
        self.numels.append(tensor.numel())
        self._segments = torch.cat([self._segments, torch.full((count,), number, dtype=torch.long)])
        pad = torch.zeros(count, dtype=torch.float32)
        self.now = Look(torch.cat([self.now.values, pad]), [*self.now.sizes, 0.0], self.now.present)
        return number

    def look(self) -> Look:
        """Read all gradients (None counts as zero)."""
        with torch.no_grad():
            pieces = []
            present = []
            for number, (ref, stride, zeros) in enumerate(zip(self.refs, self.strides, self._zeros, strict=True)):
                tensor = ref()
                grad = None if tensor is None else tensor.grad
                if grad is None:
                    pieces.append(zeros)
                else:
                    pieces.append(_sample(grad, stride))
                    present.append(number)
            values = _join(pieces)
        if len(values) != len(self._segments):  # a gradient of another shape: nothing can be said
            values = torch.zeros(len(self._segments))
        return Look(values, self.sums(values), present)

    def sums(self, values: Any) -> list[float]:
        """Per parameter, the sum of absolute values; what is not finite counts as 1."""
        finite = torch.nan_to_num(values.abs(), nan=1.0, posinf=1.0)
        sums: list[float] = torch.zeros(len(self.refs)).index_add_(0, self._segments, finite).tolist()
        return sums

    def weights(self, numbers: list[int]) -> Any:
        """The sampled values of some parameters, joined."""
        with torch.no_grad():
            found = [(self.refs[n](), self.strides[n]) for n in numbers]
            return _join([_sample(tensor, stride) for tensor, stride in found if tensor is not None]).clone()

    def part(self, values: Any, numbers: frozenset[int]) -> Any:
        """The coordinates of some parameters."""
        if len(numbers) == len(self.refs):
            return values
        return values[self.mask(numbers)]

    def mask(self, numbers: frozenset[int]) -> Any:
        """Which coordinates belong to some parameters."""
        mask = self._masks.get(numbers)
        if mask is None or len(mask) != len(self._segments):
            chosen = torch.zeros(len(self.refs), dtype=torch.bool)
            chosen[sorted(numbers)] = True
            mask = self._masks[numbers] = chosen[self._segments]
        return mask


def _sample(tensor: Any, stride: int) -> Any:
    """Evenly spaced coordinates, always the same ones for tensors of one shape."""
    if tensor.is_sparse:
        tensor = tensor.to_dense()
    flat = tensor.reshape(-1)
    if stride > 1:
        flat = flat[::stride]
    return flat.abs() if flat.is_complex() else flat


def _join(pieces: list[Any]) -> Any:
    if not pieces:
        return torch.zeros(0)
    device = next((p.device for p in pieces if p.device.type != "cpu"), None)
    if device is not None:
        return torch.cat([p.to(device) for p in pieces]).float().cpu()
    return torch.cat(pieces).float()


def digest(values: Any) -> int:
    """A checksum of a vector: equal if and (but for chance) only if the vectors are bit-identical."""
    try:
        return zlib.crc32(values.numpy().tobytes())
    except RuntimeError:  # torch without numpy
        return zlib.crc32(repr(values.tolist()).encode())

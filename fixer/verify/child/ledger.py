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
# The tracer patches these for the script's sake; the bookkeeping itself is to be quick.
plain_reshape, plain_getitem = torch.Tensor.reshape, torch.Tensor.__getitem__


class Look:
    """What the gradients were at one moment: the joined sample and, per parameter, its largest absolute value (NaN if
    there is one: so "not 0" means that there is something).

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
        self._lengths: Any = None
        self._gradients: list[Any] = []

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
        self._gradients.append(None)
        self.numels.append(tensor.numel())
        self._segments = torch.cat([self._segments, torch.full((count,), number, dtype=torch.long)])
        self._lengths = None
        pad = torch.zeros(count, dtype=torch.float32)
        self.now = Look(torch.cat([self.now.values, pad]), [*self.now.sizes, 0.0], self.now.present)
        return number

    def look(self) -> Look:
        """Read all gradients (None counts as zero). What is equal to the last look is that very look."""
        pieces, present, views = [], [], self._gradients
        with torch.no_grad():
            for number, ref in enumerate(self.refs):
                tensor = ref()
                grad = None if tensor is None else tensor.grad
                if grad is None:
                    views[number] = None
                    pieces.append(self._zeros[number])
                    continue
                present.append(number)
                view = views[number]
                try:
                    place = grad.data_ptr()
                except RuntimeError:  # a sparse gradient has several
                    place = 0
                # The same tensor in the same memory: the view of its sample shows what is there now.
                if view is None or view[0] is not grad or view[1] != place:
                    view = views[number] = (grad, place, self._sampled(number, grad, place))
                    if not place or not grad.is_contiguous():
                        views[number] = None
                pieces.append(view[2])
            last = self.now
            if not present:
                same = not last.present and len(last.values) == len(self._segments)
                return last if same else Look(torch.zeros(len(self._segments)), [0.0] * len(self.refs), [])
            values = _join(pieces)
        if len(values) != len(self._segments):  # a gradient of another shape: nothing can be said
            values = torch.zeros(len(self._segments))
        if present == last.present and torch.equal(values, last.values):
            return last
        return Look(values, self.sizes(values), present)

    def _sampled(self, number: int, tensor: Any, place: int) -> Any:
        if place and tensor.is_contiguous() and tensor.numel() == self.numels[number] and not tensor.is_complex():
            return torch.as_strided(tensor, (self.counts[number],), (self.strides[number],))
        return _sample(tensor, self.strides[number])

    def forget(self) -> None:
        """Let go of the gradients that were looked at: the script may be about to free them."""
        self._gradients = [None] * len(self.refs)

    def sizes(self, values: Any) -> list[float]:
        """Per parameter, the largest absolute value; NaN if there is one."""
        if not self.counts:
            return []
        if self._lengths is None:
            self._lengths = torch.tensor(self.counts)
        largest = torch.segment_reduce(values.abs(), "max", lengths=self._lengths, unsafe=True, initial=0)
        sizes: list[float] = largest.tolist()
        return sizes

    def weights(self, numbers: list[int]) -> Any:
        """The sampled values of some parameters, joined."""
        with torch.no_grad():
            found = [(number, self.refs[number]()) for number in numbers]
            return _join([self._sampled(n, tensor, 1) for n, tensor in found if tensor is not None])

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
    flat = plain_reshape(tensor, -1)
    if stride > 1:
        flat = plain_getitem(flat, slice(None, None, stride))
    return flat.abs() if flat.is_complex() else flat


def _join(pieces: list[Any]) -> Any:
    if not pieces:
        return torch.zeros(0)
    device = next((p.device for p in pieces if not p.is_cpu), None)
    if device is not None:
        return torch.cat([p.to(device) for p in pieces]).float().cpu()
    return torch.cat(pieces).float()


def digest(values: Any) -> int:
    """A checksum of a vector: equal if and (but for chance) only if the vectors are bit-identical."""
    try:
        return zlib.crc32(values.contiguous().numpy())
    except RuntimeError:  # torch without numpy
        return zlib.crc32(repr(values.tolist()).encode())

"""Sets of observations and actions."""

from __future__ import annotations

from typing import Any

import numpy as np


class Space:
    """Something to draw from."""

    shape: tuple[int, ...] = ()
    dtype: Any = None

    def __init__(self) -> None:
        self.maker = np.random.RandomState(0)

    def seed(self, seed: Any = None) -> list[Any]:
        """Start the draws anew."""
        self.maker = np.random.RandomState(None if seed is None else int(seed) % 2**32)
        return [seed]


class Discrete(Space):
    """0 to n - 1."""

    def __init__(self, n: int, *_args: Any, **_more: Any) -> None:
        super().__init__()
        self.n, self.dtype = int(n), np.dtype(np.int64)

    def sample(self, *_args: Any) -> int:
        return int(self.maker.randint(self.n))

    def contains(self, x: Any) -> bool:
        return 0 <= int(x) < self.n

    __contains__ = contains


class Box(Space):
    """Arrays between two limits."""

    def __init__(self, low: Any, high: Any, shape: Any = None, dtype: Any = np.float32, **_more: Any) -> None:
        super().__init__()
        self.shape = tuple(shape) if shape is not None else np.asarray(low).shape
        self.dtype = np.dtype(dtype)
        self.low = np.broadcast_to(np.asarray(low, self.dtype), self.shape).copy()
        self.high = np.broadcast_to(np.asarray(high, self.dtype), self.shape).copy()

    def sample(self, *_args: Any) -> Any:
        low, high = np.maximum(self.low, -1e3), np.minimum(self.high, 1e3)
        return self.maker.uniform(low, high).astype(self.dtype)

    def contains(self, x: Any) -> bool:
        return tuple(np.shape(x)) == self.shape

    __contains__ = contains


class MultiDiscrete(Space):
    """Several numbers, each below a limit."""

    def __init__(self, nvec: Any, *_args: Any, **_more: Any) -> None:
        super().__init__()
        self.nvec = np.asarray(nvec)
        self.shape, self.dtype = self.nvec.shape, np.dtype(np.int64)

    def sample(self, *_args: Any) -> Any:
        return (self.maker.uniform(size=self.shape) * self.nvec).astype(np.int64)


class MultiBinary(MultiDiscrete):
    """Several bits."""

    def __init__(self, n: Any, *_args: Any, **_more: Any) -> None:
        super().__init__(np.full(n, 2))


class Dict(Space):
    """Several spaces by name."""

    def __init__(self, spaces: Any = None, **more: Any) -> None:
        super().__init__()
        self.spaces = dict(spaces or {}, **more)

    def __getitem__(self, key: str) -> Any:
        return self.spaces[key]

    def sample(self, *_args: Any) -> dict[str, Any]:
        return {name: space.sample() for name, space in self.spaces.items()}


class Tuple(Space):
    """Several spaces in order."""

    def __init__(self, spaces: Any, **_more: Any) -> None:
        super().__init__()
        self.spaces = tuple(spaces)

    def __getitem__(self, n: int) -> Any:
        return self.spaces[n]

    def sample(self, *_args: Any) -> tuple[Any, ...]:
        return tuple(space.sample() for space in self.spaces)

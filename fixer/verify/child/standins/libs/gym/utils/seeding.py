"""Generators of random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np


def np_random(seed: Any = None) -> tuple[Any, Any]:
    """A generator and its seed."""
    return np.random.RandomState(None if seed is None else int(seed) % 2**32), seed

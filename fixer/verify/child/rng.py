"""Makes two runs draw the same random numbers at the same places, however many each draws in between.

Every training iteration and every batch starts from a seed of its own, counted from the loop and the batch, so that a
rewrite that draws once more or less does not shift what follows ("counter reseeding").
"""

from __future__ import annotations

import random
import sys
import time
import zlib
from typing import Any

import torch


def seed_all(key: object, base: int) -> None:
    """Seed torch, random and (if loaded) numpy from ``key`` and the run's ``base`` seed."""
    seed = zlib.crc32(repr((key, base)).encode())
    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.manual_seed_all(seed)
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed)


def no_entropy(clock: float) -> None:
    """Give generators that ask the system for a seed a fixed one, and start the clock at ``clock`` (seconds)."""
    plain_seed, began = random.seed, time.monotonic()

    def seed(a: Any = None, version: int = 2) -> None:
        plain_seed(0 if a is None else a, version)

    random.seed = seed
    torch.seed = lambda: torch.manual_seed(0).initial_seed()
    time.time = lambda: clock + time.monotonic() - began
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        plain_rng, plain_numpy_seed = numpy.random.default_rng, numpy.random.seed
        numpy.random.default_rng = lambda seed=None: plain_rng(0 if seed is None else seed)
        numpy.random.seed = lambda seed=None: plain_numpy_seed(0 if seed is None else seed)


def mix_user_seeds(base: int) -> None:
    """Let the run's seed count where the script seeds itself (only for ``base`` other than 0)."""
    if not base:
        return
    plain = torch.manual_seed

    def manual_seed(seed: Any) -> Any:
        return plain((int(seed) * 1_000_003 + base) % 2**63)

    torch.manual_seed = manual_seed
    torch.random.manual_seed = manual_seed

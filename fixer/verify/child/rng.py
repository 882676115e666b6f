"""Makes two runs draw the same random numbers at the same places, however many each draws in between.

Every training iteration and every batch starts from a seed of its own, counted from the loop and the batch, so that a
rewrite that draws once more or less does not shift what follows ("counter reseeding").
"""

from __future__ import annotations

import random
import sys
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


def mix_user_seeds(base: int) -> None:
    """Let the run's seed count where the script seeds itself (only for ``base`` other than 0)."""
    if not base:
        return
    plain = torch.manual_seed

    def manual_seed(seed: Any) -> Any:
        return plain((int(seed) * 1_000_003 + base) % 2**63)

    torch.manual_seed = manual_seed
    torch.random.manual_seed = manual_seed

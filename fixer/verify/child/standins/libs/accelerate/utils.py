"""A few helpers."""

from __future__ import annotations

import random
from typing import Any

import torch

from . import DataLoaderConfiguration, DistributedType

DistributedDataParallelKwargs = ProjectConfiguration = InitProcessGroupKwargs = DataLoaderConfiguration
__all__ = ["DistributedType", "set_seed"]


def set_seed(seed: int, *_args: Any, **_more: Any) -> None:
    """Seed everything."""
    random.seed(seed)
    torch.manual_seed(seed)


def is_wandb_available() -> bool:
    """Loggers are left out."""
    return False


def gather_object(value: Any) -> Any:
    """There is one process."""
    return value

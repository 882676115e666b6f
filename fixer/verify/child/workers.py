"""Tells whether the workers of a loader would draw the same random numbers, by acting out their start."""

from __future__ import annotations

import copy
import random
from typing import Any

import torch

SEEDS = (1000, 2000)
"""What torch's base seed might be in two epochs; a worker adds its number."""


def alike(dataset: Any, init: Any) -> bool | None:
    """Whether two workers, or one worker in two epochs, draw the same; None if it cannot be told."""
    try:
        import numpy
    except ImportError:
        return None
    from torch.utils.data._utils import worker

    kept = torch.get_rng_state(), random.getstate(), numpy.random.get_state(), worker._worker_info
    try:
        draws = [_draws(dataset, init, seed, number, worker, numpy) for seed in SEEDS for number in (0, 1)]
        return any(len(set(column)) < len(column) for column in zip(*draws, strict=True))
    except Exception:  # whatever the script's own classes and functions raise
        return None
    finally:
        torch.set_rng_state(kept[0])
        random.setstate(kept[1])
        numpy.random.set_state(kept[2])
        worker._worker_info = kept[3]


def _draws(dataset: Any, init: Any, base: int, number: int, worker: Any, numpy: Any) -> list[float]:
    """The first number of each generator that a worker's dataset holds, and of NumPy's global one."""
    own = copy.deepcopy(dataset)
    torch.manual_seed(base + number)
    random.seed(base + number)
    numpy.random.seed(base + number)
    worker._worker_info = worker.WorkerInfo(id=number, num_workers=2, seed=base + number, dataset=own)
    if init is not None:
        init(number)
    held = [v for _, v in sorted(vars(own).items(), key=lambda item: item[0])]
    kinds = (numpy.random.Generator, numpy.random.RandomState, random.Random)
    return [float(v.random()) for v in held if isinstance(v, kinds)] + [float(numpy.random.random())]

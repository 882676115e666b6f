"""Records the batches of DataLoaders, cuts each epoch to a few, and keeps loading in this process."""

from __future__ import annotations

import functools
import inspect
import sys
from typing import Any

import torch
from torch.utils.data import DataLoader
from torch.utils.data.dataloader import _BaseDataLoaderIter

from . import rng, workers

EVALUATED = 2


def install(tracer: Any) -> None:
    """Patch DataLoader. Batches asked for by a ``next`` of the script itself are never cut off."""
    plain_init, plain_iter, plain_len = DataLoader.__init__, DataLoader.__iter__, DataLoader.__len__
    plain_next = _BaseDataLoaderIter.__next__
    signature = inspect.signature(plain_init)
    loaders: dict[int, list[Any]] = {}

    @functools.wraps(plain_init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        bound = signature.bind(self, *args, **kwargs)
        if bound.arguments.get("num_workers"):
            same = workers.alike(bound.arguments.get("dataset"), bound.arguments.get("worker_init_fn"))
            if same is not None:
                tracer.rec.emit("workers", same=same)
            # Workers draw random numbers of their own, and would outlive a run that ends in the middle.
            for name in ("num_workers", "prefetch_factor", "persistent_workers", "timeout", "multiprocessing_context"):
                bound.arguments.pop(name, None)
        plain_init(*bound.args, **bound.kwargs)

    @functools.wraps(plain_iter)
    def __iter__(self: Any) -> Any:
        known = loaders.setdefault(id(self), [self, len(loaders), -1])
        known[2] += 1
        rng.seed_all(("epoch", known[1], known[2]), tracer.seed)
        iterator: Any = plain_iter(self)
        iterator._fixer = [known[1], known[2], 0]
        return iterator

    @functools.wraps(plain_next)
    def __next__(self: Any) -> Any:
        mark = getattr(self, "_fixer", None)
        if mark is None:
            return plain_next(self)
        caller = sys._getframe(1).f_code.co_filename
        # Evaluation shows its mode in two batches, and takes most of the time of a convolutional network.
        most = tracer.batches if torch.is_grad_enabled() else min(EVALUATED, tracer.batches)
        if mark[2] >= most and tracer.rec.relative(caller) is None:
            tracer.rec.cut = tracer.rec.cut or torch.is_grad_enabled()
            raise StopIteration
        rng.seed_all(("batch", *mark), tracer.seed)
        batch = plain_next(self)
        tracer.rec.emit("batch", l=mark[0], e=mark[1], b=mark[2], x=tracer.batch_print(batch))
        mark[2] += 1
        rng.seed_all(("after batch", *mark), tracer.seed)
        return batch

    @functools.wraps(plain_len)
    def __len__(self: Any) -> int:
        return int(min(plain_len(self), tracer.batches))

    DataLoader.__init__ = __init__  # type: ignore[method-assign]
    DataLoader.__iter__ = __iter__  # type: ignore[method-assign]
    DataLoader.__len__ = __len__  # type: ignore[method-assign]
    _BaseDataLoaderIter.__next__ = __next__  # type: ignore[method-assign]

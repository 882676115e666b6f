"""What changes how a model runs, but not what it computes, is left out: compiling and sharding."""

from __future__ import annotations

import functools
from typing import Any

import torch

from . import hooks, note


def install() -> None:
    """Let ``torch.compile`` and fully sharded wrappers give the model back as it is."""

    def compile_(model: Any = None, **options: Any) -> Any:
        note.say("torch.compile is left out: the model runs as it is")
        return functools.partial(compile_, **options) if model is None else model

    everything: Any = torch
    everything.compile = compile_
    everything.nn.Module.compile = lambda _self, *_args, **_more: None
    hooks.after_import("torch.distributed.fsdp", _unsharded)


def _unsharded(module: Any) -> None:
    def whole(model: Any, *_args: Any, **_more: Any) -> Any:
        note.say("the model is not sharded: there is one process")
        return model

    class FullyShardedDataParallel(torch.nn.Module):
        """The model itself; what is asked of the class does nothing."""

        def __new__(cls, model: Any, *_args: Any, **_more: Any) -> Any:
            return whole(model)

        @staticmethod
        def set_state_dict_type(*_args: Any, **_more: Any) -> None:
            """There is one kind."""

    module.FullyShardedDataParallel = FullyShardedDataParallel
    if hasattr(module, "fully_shard"):
        module.fully_shard = whole

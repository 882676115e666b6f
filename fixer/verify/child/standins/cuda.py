"""Runs scripts that insist on CUDA on the CPU."""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode


def install(recorder: Any) -> None:
    """Map every CUDA device to the CPU."""
    recorder.emit("stub", what="there is no CUDA device: the script's CUDA tensors live on the CPU")
    _OnCpu().__enter__()  # type: ignore[no-untyped-call]
    plain_to = nn.Module.to

    @functools.wraps(plain_to)
    def to(self: Any, *args: Any, **kwargs: Any) -> Any:
        args = tuple("cpu" if type(a) is int else _cpu(a) for a in args)  # a number is a device's
        return plain_to(self, *args, **{k: _cpu(v) for k, v in kwargs.items()})

    nn.Module.to = to  # type: ignore[method-assign]
    nn.Module.cuda = lambda self, *_args, **_kwargs: self  # type: ignore[method-assign]
    plain_load = torch.load
    torch.load = lambda f, map_location=None, **kwargs: plain_load(f, map_location="cpu", **kwargs)
    torch.Generator = _Generator  # type: ignore[misc]
    for name, value in (
        ("synchronize", None), ("set_device", None), ("empty_cache", None), ("current_device", 0), ("device_count", 1),
        ("get_device_name", "cpu"), ("memory_allocated", 0), ("max_memory_allocated", 0), ("memory_reserved", 0),
        ("reset_peak_memory_stats", None), ("get_device_capability", (8, 0)), ("init", None),
    ):  # fmt: skip
        setattr(torch.cuda, name, functools.partial(_answer, value))
    for name in ("FloatTensor", "LongTensor", "DoubleTensor", "IntTensor", "ByteTensor", "BoolTensor", "HalfTensor"):
        setattr(torch.cuda, name, getattr(torch, name))


class _Generator(torch.Generator):
    """Random numbers on the CPU."""

    def __new__(cls, device: Any = "cpu") -> Any:
        return super().__new__(cls, device=_cpu(device))  # type: ignore[call-arg]


def _answer(value: Any, *_args: Any, **_kwargs: Any) -> Any:
    return value


def _cpu(value: Any) -> Any:
    """The CPU for a CUDA device, by whatever name; everything else as it is."""
    if isinstance(value, str) and (value == "cuda" or value.startswith("cuda:")):
        return "cpu"
    return torch.device("cpu") if isinstance(value, torch.device) and value.type == "cuda" else value


class _OnCpu(TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        if name == "cuda":
            return args[0]
        if name == "pin_memory":
            return args[0]
        if name == "to" and len(args) == 2 and isinstance(args[1], int):
            return args[0]
        return func(*map(_cpu, args), **{k: _cpu(v) for k, v in (kwargs or {}).items()})

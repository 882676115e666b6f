"""Keeps torch._dynamo from being imported without need."""

from __future__ import annotations

import importlib
import sys
import types
from typing import Any

import torch


def spare() -> None:
    """Spare the import of torch._dynamo, which the first optimizer would cause (1.3 s of a 3 s run).

    Nothing is compiled in a smoke training. The module loads itself as soon as anything but ``graph_break`` is asked.
    """
    if "torch._dynamo" in sys.modules:
        return

    class Lazy(types.ModuleType):
        def graph_break(self, *_args: Any) -> None:
            return None

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            if sys.modules.get("torch._dynamo") is self:
                del sys.modules["torch._dynamo"]
            return getattr(importlib.import_module("torch._dynamo"), name)

    lazy = Lazy("torch._dynamo")
    # Without a __path__ the import system would refuse torch._dynamo.config and the like: those load the real one.
    lazy.__path__ = [p + "/_dynamo" for p in torch.__path__]
    sys.modules["torch._dynamo"] = lazy
    torch._dynamo = lazy
    for method in ("add_param_group", "zero_grad", "state_dict", "load_state_dict"):
        function = getattr(getattr(torch.optim.Optimizer, method, None), "__wrapped__", None)
        if function is not None and not hasattr(function, "__dynamo_disable"):
            setattr(function, "__dynamo_disable", function)  # the name would be mangled in a class

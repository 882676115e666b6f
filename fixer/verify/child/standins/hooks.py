"""Calls back when a module has been imported."""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Callable
from typing import Any


class _Watcher(importlib.abc.MetaPathFinder):
    """Finds the modules that are waited for as everybody else does, and runs the calls once they are loaded."""

    def __init__(self) -> None:
        self.calls: dict[str, list[Callable[[Any], Any]]] = {}
        self.asking = False

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if self.asking or fullname not in self.calls:
            return None
        self.asking = True
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self.asking = False
        if spec is None or spec.loader is None:
            return None
        calls = self.calls.pop(fullname)
        plain: Any = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            plain(module)
            for call in calls:
                call(module)

        with contextlib.suppress(AttributeError):
            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


_watcher = _Watcher()


def after_import(name: str, call: Callable[[Any], Any]) -> None:
    """Call ``call(module)`` right after the module ``name`` was first imported; at once if it already was."""
    if name in sys.modules:
        call(sys.modules[name])
        return
    if _watcher not in sys.meta_path:
        sys.meta_path.insert(0, _watcher)
    _watcher.calls.setdefault(name, []).append(call)

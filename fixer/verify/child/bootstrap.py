"""Started by path in the user's interpreter: loads this folder as a package, whatever is on ``sys.path``."""

from __future__ import annotations

import importlib.util
import os
import sys


def load_package(name: str = "_fixer_child") -> None:
    """Make the folder of this file importable as ``name`` without touching ``sys.path``."""
    folder = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location(
        name, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    # The folder of this file came first on sys.path: its names must not shadow the user's.
    sys.path.pop(0)
    load_package()
    importlib.import_module("_fixer_child.server").main()

"""Other libraries that train by a protocol like PyTorch's: what is written for them is none of our business."""

from __future__ import annotations

import ast

from fixer.reading.source import Module

_OTHERS = frozenset("mxnet paddle mindspore jittor tinygrad megengine chainer oneflow mlx".split())
"""By the name of the package; each has a backward or a step of its own, with rules of its own on gradients."""


def foreign(module: Module) -> str:
    """The library that a source trains with if it is another one than PyTorch; empty where PyTorch is imported, too."""
    if not any(name in module.text for name in _OTHERS):
        return ""
    found = ""
    for node in ast.walk(module.tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        for name in names:
            top = name.partition(".")[0]
            if top.startswith(("torch", "pytorch")):
                return ""
            found = found or (top if top in _OTHERS else "")
    return found

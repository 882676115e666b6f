"""Looks into the autograd graph: which parameters a loss reaches, and whether a softmax stands before a criterion."""

from __future__ import annotations

from typing import Any

NODE_LIMIT = 20_000
# Nodes through which probabilities stay what they are, up to shape, order, type or a constant factor.
_TRANSPARENT = (
    "View", "UnsafeView", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Permute", "T", "Clone", "Alias", "ToCopy",
    "Select", "Slice", "Index", "Mul", "Div", "Flatten", "Expand", "AsStrided", "Mean", "CudaFloat", "MaskedFill",
    "Contiguous", "Clamp", "Cat",
)  # fmt: skip


def leaves(root: Any, limit: int = NODE_LIMIT) -> list[Any]:
    """The leaf tensors that a backward from ``root`` (a grad_fn) would reach; at most ``limit`` nodes are visited."""
    seen: set[Any] = set()
    found: list[Any] = []
    open_ = [root]
    while open_ and len(seen) < limit:
        node = open_.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        variable = getattr(node, "variable", None)
        if variable is not None:
            found.append(variable)
        open_.extend(n for n, _ in node.next_functions)
    return found


def activation_before(grad_fn: Any, depth: int = 12) -> str | None:
    """ "Softmax", "LogSoftmax" or "Sigmoid" if that made the tensor of ``grad_fn``, through shape nodes only."""
    node = grad_fn
    for _ in range(depth):
        if node is None:
            return None
        name = node.name().split("::")[-1]
        for activation in ("LogSoftmax", "Softmax", "Sigmoid"):
            if name.startswith(activation):
                return activation
        if not name.startswith(_TRANSPARENT):
            return None
        parents = [n for n, _ in node.next_functions if n is not None and not hasattr(n, "variable")]
        if len(parents) != 1:
            return None
        node = parents[0]
    return None

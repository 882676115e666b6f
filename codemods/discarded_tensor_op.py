"""# discarded-tensor-op

## What it does

Finds statements such as `x.to(device)` on a tensor: they return a new tensor, and the statement drops it.

## Why is this bad?

Modules move in place, tensors do not. `inputs.to(device)` leaves `inputs` where it was: the next line fails with a
device error, or, on a machine without a GPU and for `x.float()` or `h.detach()`, nothing happens at all.

## How it looks from outside

* Expected all tensors to be on the same device, but found at least two devices, although `.to(device)` was called.
* The dtype of a tensor does not change, although `.float()` or `.long()` stands in the code.
* A `.detach()` has no effect: the graph still grows.

## Example

```python
for inputs, labels in loader:
    inputs.to(device)
    outputs = model(inputs)
```

## Fix

```python
for inputs, labels in loader:
    inputs = inputs.to(device)
    outputs = model(inputs)
```

## When it is not a bug

Modules, token batches and graph data move in place; methods that end in `_` work in place; a call made only to warm up
or to provoke an error. Where it is not certain that the receiver is a tensor, nothing is reported.

## Fix safety

Safe for moves and types. Unsafe for `detach` and for shapes, where the following code may have been written for the
tensor as it is. Not rewritten for parameters (they would be no parameters any more) and for members of a list.

## References

* PyTorch documentation, page "torch.Tensor.to"
* PyTorch documentation, page "torch.nn.Module.to"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Restate, claim, shown
from codemods._places import scope_of, shown_by_notebook
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.tree import Emit, emits
from fixer.reading.values import Tensor

NAME = "discarded-tensor-op"
SUMMARY = "the result of a tensor operation is dropped: x.to(device) does not move x"

_MOVES = frozenset("to cuda cpu float double half bfloat16 long int short bool byte type type_as contiguous".split())
_OTHERS = frozenset("detach view reshape squeeze unsqueeze permute transpose flatten".split())
_ONLY_TENSORS = frozenset(
    """size dim view unsqueeze squeeze permute transpose float long double half numel flatten reshape shape ndim
    requires_grad_ argmax backward clone""".split()
)
"""What nothing else that has a ``to`` has."""


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per statement that drops a tensor."""
    groups: dict[ast.AST, list[Emit]] = {}
    every = [emit for entry in reading.entries for emit in emits(entry.tree)]
    for emit in every:
        if emit.kind is Kind.DROPPED and emit.facts["name"] in _MOVES | _OTHERS:
            groups.setdefault(emit.node, []).append(emit)
    losses = [emit.node for emit in every if emit.kind is Kind.LOSS]
    for node, found in groups.items():
        receiver = _receiver(node)
        module = found[0].module
        if receiver is None or _only_tried(module, node) or shown_by_notebook(module, node):
            continue
        if all(_sure(emit, receiver, losses) for emit in found):
            yield _claim(found[0], receiver)


def _receiver(node: ast.AST) -> ast.expr | None:
    """What the method is called on, if it is a place that can be assigned to."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    base = node.func.value
    return base if isinstance(base, (ast.Name, ast.Attribute, ast.Subscript)) else None


def _only_tried(module: Module, node: ast.AST) -> bool:
    """Whether the call may be made for its errors or its time alone."""
    for up in module.ancestors(node):
        if isinstance(up, (ast.Try, ast.With)) and ("raises" in ast.unparse(up)[:200] or isinstance(up, ast.Try)):
            return True
        if isinstance(up, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return up.name.startswith(("test", "warm", "bench", "profile"))
    return False


def _sure(emit: Emit, receiver: ast.expr, losses: list[ast.AST]) -> bool:
    value = emit.facts["value"]
    if not isinstance(value, Tensor):
        return False
    return value.sure or isinstance(receiver, ast.Name) and _used_as_tensor(emit.module, emit.node, receiver.id, losses)


def _used_as_tensor(module: Module, node: ast.AST, name: str, losses: list[ast.AST]) -> bool:
    scope = scope_of(module, node)
    for part in ast.walk(scope):
        if isinstance(part, ast.Attribute) and part.attr in _ONLY_TENSORS and isinstance(part.value, ast.Name):
            if part.value.id == name:
                return True
        if isinstance(part, ast.Call) and part in losses:
            if any(isinstance(argument, ast.Name) and argument.id == name for argument in part.args):
                return True
    return False


def _claim(emit: Emit, receiver: ast.expr) -> Claim:
    module, node, name = emit.module, emit.node, str(emit.facts["name"])
    value = emit.facts["value"]
    written, target = module.text_of(node), module.text_of(receiver)
    if isinstance(value, Tensor) and value.leaf is not None and value.leaf in value.owners.owners:
        applicability, reason = Applicability.NONE, "it is a parameter: make it where it belongs from the start"
    elif _member(module, node, receiver, value):
        applicability, reason = Applicability.NONE, "assigning to the loop's variable would not change the list"
    elif name in _MOVES:
        applicability, reason = Applicability.SAFE, "the statement does nothing as it is, so the assignment is meant"
    else:
        applicability, reason = Applicability.UNSAFE, "the code behind it was written for the tensor as it is"
    return claim(
        NAME,
        module,
        module.statement(node),
        f"{written} returns a new tensor, which is dropped: {target} stays as it is",
        [shown(module, node, "result dropped", f"{target} is not changed by this")],
        applicability,
        f"assign the result: {target} = {written}",
        reason,
        [Restate(module.place(module.statement(node)), f"{target} = {written}")],
    )


def _member(module: Module, node: ast.AST, receiver: ast.expr, value: object) -> bool:
    """Whether the receiver is the variable of a loop over something else than batches."""
    if not isinstance(receiver, ast.Name) or isinstance(value, Tensor) and value.role == "batch":
        return False
    return any(
        isinstance(up, ast.For) and any(isinstance(t, ast.Name) and t.id == receiver.id for t in ast.walk(up.target))
        for up in module.ancestors(node)
    )

"""# softmax-wrong-dim

## What it does

Finds a softmax over the samples of a batch instead of over the classes.

## Why is this bad?

`softmax(x, dim=0)` on scores of shape [N, C] makes the samples compete: each column sums to 1, what a sample gets
depends on what else is in the batch, and with a batch of one every class has probability 1. Left out, `dim` is 1 for
two and four axes, but 0 for one and three (PyTorch warns).

## How it looks from outside

* Probabilities of a sample do not sum to 1.
* Predictions change with the batch size, and are all 1 for a single sample.
* UserWarning: Implicit dimension choice for softmax has been deprecated.

## Example

```python
probs = F.softmax(model(x), dim=0)
```

## Fix

```python
probs = F.softmax(model(x), dim=-1)
```

## When it is not a bug

A single vector of scores; attention over time, nodes or instances; softmax over pixels; contrastive losses over the
batch; data with time first.

## Fix safety

Unsafe: the numbers change. If a loss receives the result, whether it wants a softmax at all is judged next.

## References

* PyTorch documentation, page "torch.nn.functional.softmax"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import AddArgument, Claim, Edit, Replace, claim, shown
from codemods._events import same_everywhere
from codemods._modules import method_of
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.tree import Located
from fixer.reading.written import argument

NAME = "softmax-wrong-dim"
SUMMARY = "a softmax over the samples of a batch instead of over the classes"
REVEALS = frozenset({"redundant-softmax", "softmax-with-nll-loss"})


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per softmax over the batch."""
    for place in same_everywhere(reading, Kind.SOFTMAX, lambda place: _over_batch(reading.module, place)):
        yield _claim(reading, place)


def _over_batch(module: Module, place: Located) -> bool:
    facts = place.emit.facts
    shape, given = facts["shape"], _dim(_constructor(place))
    if shape is None or facts["axis"] != 0 or shape[-1] == 1 or shape[0] == 1:
        return False
    if not (len(shape) == 2 and given is not None or len(shape) == 3 and given is None):
        return False
    if not any(isinstance(s.site, tuple) and s.site[0] == "batch" for s in place.emit.uses):
        return False
    made = _constructor(place)
    if made is None or not any(part is made for part in ast.walk(module.tree)):
        return False
    method = method_of(module, place.emit.node)
    # Inside a module only what it returns is over classes; anything else may be attention.
    return method is None or facts["layer"] is place.emit.node or _returned(module, method, place.emit.node)


def _returned(module: Module, method: ast.FunctionDef, node: ast.AST) -> bool:
    """Whether a method returns a result: at once, or by a name that nothing else uses."""
    statement = module.statement(node)
    if not isinstance(statement, ast.Assign) or statement.value is not node or len(statement.targets) != 1:
        return isinstance(statement, ast.Return)
    target = statement.targets[0]
    uses = [n for n in ast.walk(method) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    behind = [n for n in uses if isinstance(target, ast.Name) and n.id == target.id and n.lineno > statement.lineno]
    return bool(behind) and all(isinstance(module.parent(n), ast.Return) for n in behind)


def _constructor(place: Located) -> ast.Call | None:
    """The call that says which axis: the softmax itself, or the constructor of its layer."""
    node = place.emit.facts["layer"] or place.emit.node
    return node if isinstance(node, ast.Call) else None


def _dim(node: ast.Call | None) -> ast.expr | None:
    """The axis that is written down; None if there is none."""
    if node is None:
        return None
    named = argument(node, "dim")
    if named is not None:
        return named
    numbers = [a for a in node.args if isinstance(a, (ast.Constant, ast.UnaryOp))]
    return numbers[-1] if numbers else None


def _claim(reading: Reading, place: Located) -> Claim:
    module, made = reading.module, _constructor(place)
    assert made is not None
    given = _dim(made)
    edits: list[Edit] = [
        Replace(module.place(given), "-1") if given is not None else AddArgument(module.place(made), "dim=-1")
    ]
    axes = len(place.emit.facts["shape"])
    what = f"of {axes} axes, the first is that of the samples"
    if given is None:
        what = "without dim, the first of three axes is taken"
    return claim(
        NAME,
        module,
        made,
        "this softmax runs over the samples of a batch, not over the classes",
        [shown(module, made, "softmax", what)],
        Applicability.UNSAFE,
        "run over the last axis",
        "the numbers change",
        edits,
    )

"""# double-step

## What it does

Finds two steps of one optimizer with the same gradients: nothing makes new ones in between.

## Why is this bad?

SGD moves twice as far as its learning rate says, momentum and Adam count the gradient twice. A step in every iteration
beside the one that closes an accumulation window applies partial sums.

## How it looks from outside

* Training behaves as if the learning rate were twice as high.
* The optimizer's step count is twice the number of batches.
* Gradient accumulation makes no difference, the weights change with every batch.

## Example

```python
loss.backward()
optimizer.step()
torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
optimizer.step()
optimizer.zero_grad()
```

## Fix

```python
loss.backward()
torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
optimizer.step()
optimizer.zero_grad()
```

The step that stays is the one beside clipping, scaler and `zero_grad`, or the one that closes the window.

## When it is not a bug

Two optimizers; steps in branches that exclude each other; optimizers that step in two phases; steps with a closure;
schedulers, profilers and environments.

## Fix safety

Unsafe: the learning rate may have been tuned to the double step.

## References

* PyTorch documentation, page "torch.optim", section "Taking an optimization step"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Delete, claim, shown
from codemods._places import body_of
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.conditions import Test
from fixer.reading.orders import Misplaced, stepped_scaled, stepped_twice
from fixer.reading.reader import Reading
from fixer.reading.tree import Located, locate
from fixer.reading.updates import kind_of
from fixer.reading.values import Optimizer

NAME = "double-step"
SUMMARY = "the optimizer steps twice with the same gradients"
REVEALS = frozenset({"unscaled-accumulation", "dropped-accumulation-tail"})
"""A window is told when only one step closes it."""
_BESIDE = frozenset({Kind.CLIP, Kind.UNSCALE, Kind.ZERO_GRAD})


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per pair of steps on one gradient."""
    raw = {found.at.emit.node for group in stepped_scaled(reading) for found in group}
    for group in stepped_twice(reading):
        found = group[0]
        steps = (found.because[0], found.at)
        if any(p.emit.node in raw for p in steps) or not all(_pairs(one) for one in group):
            continue
        if found.at.emit.module is reading.module and found.because[0].emit.module is reading.module:
            yield _claim(found)


def _pairs(found: Misplaced) -> bool:
    """Two different plain steps of the same loop."""
    first, second = found.because[0], found.at
    return (
        first.emit.node is not second.emit.node
        and first.loops == second.loops
        and all(p.emit.facts.get("method") in ("step", "scaler") for p in (first, second))
        and not any(isinstance(v := p.emit.facts.get("value"), Optimizer) and v.custom for p in (first, second))
    )


def _claim(found: Misplaced) -> Claim:
    first, second = found.because[0], found.at
    module = second.emit.module
    extra = first if _weight(found, first) < _weight(found, second) else second
    statement = module.statement(extra.emit.node)
    sole = isinstance(statement, ast.Expr) and statement.value is extra.emit.node
    path = [
        shown(module, first.emit.node, "step", "the step applies the gradients"),
        shown(module, second.emit.node, "step", "no backward has made new ones: they are applied again"),
    ]
    return claim(
        NAME,
        module,
        statement,
        "the optimizer steps twice with the same gradients",
        path,
        Applicability.UNSAFE if sole else Applicability.NONE,
        "delete the step that has no clipping, scaler or zero_grad beside it",
        "the learning rate may have been tuned to the double step" if sole else "the result of the step is used",
        [Delete(module.place(statement))] if sole else [],
    )


def _weight(found: Misplaced, step: Located) -> int:
    """How much speaks for a step as the one that is meant."""
    module = step.emit.module
    statement = module.statement(step.emit.node)
    body = body_of(module, statement)
    at = body.index(statement)
    before = {id(part) for s in body[max(0, at - 1) : at] for part in ast.walk(s)}
    near = before | {id(part) for s in body[at + 1 : at + 2] for part in ast.walk(s)}
    # Gradients are clipped for the step behind, not for the one in front.
    beside = [
        p
        for p in locate(found.updated.entry.tree)
        if p.emit.kind in _BESIDE and id(p.emit.node) in (near if p.emit.kind is Kind.ZERO_GRAD else before)
    ]
    window = any(kind_of(branch.test, side) is Test.EVERY for branch, side in step.guards())
    return 4 * window + 2 * bool(step.emit.facts.get("scaler")) + len({p.emit.kind for p in beside})

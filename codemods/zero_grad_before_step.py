"""# zero-grad-before-step

## What it does

Finds `optimizer.zero_grad()` between `loss.backward()` and `optimizer.step()`.

## Why is this bad?

The gradients that `backward` has just made are emptied before the step can use them. The step finds none and changes
nothing (with `set_to_none=False` it still applies momentum and weight decay). PyTorch does not warn.

## How it looks from outside

* The loss stays flat from the first step on, whatever the learning rate.
* The weights never change, or only shrink.
* Accuracy stays at chance level although gradients are computed.

## Example

```python
for x, y in loader:
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
```

## Fix

```python
for x, y in loader:
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
```

Where the step closes an accumulation window, `zero_grad` goes behind the step instead.

## When it is not a bug

`zero_grad` behind the step, before the backward or at the head of the loop; of another optimizer; in another branch
than the step; a closure that makes the gradients anew; gradients that are stored and written back.

## Fix safety

Safe: a step without gradients cannot be meant. Reported only, if the calls stand in different functions.

## References

* PyTorch documentation, page "torch.optim", section "Taking an optimization step"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, MoveAfter, MoveBefore, claim, shown
from codemods._places import body_of, function_of, holding, unit
from fixer.findings import Applicability
from fixer.reading.conditions import Test
from fixer.reading.orders import Misplaced, emptied_too_early
from fixer.reading.reader import Reading
from fixer.reading.updates import kind_of, own_guards

NAME = "zero-grad-before-step"
SUMMARY = "zero_grad stands between backward and step, so the step finds no gradients"
REVEALS = frozenset(
    {"amp-raw-step", "clip-after-step", "clip-without-unscale", "dropped-accumulation-tail", "unscaled-accumulation"}
)
"""Rules that cannot tell while no gradient reaches a step."""


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per zero_grad in the wrong place."""
    groups: dict[ast.AST, list[Misplaced]] = {}
    for group in emptied_too_early(reading):
        for found in group:
            if len(found.because) == 2:
                groups.setdefault(found.because[1].emit.node, []).append(found)
    for node, group in groups.items():
        if group[0].because[1].emit.module is reading.module:
            yield _claim(node, group)


def _claim(node: ast.AST, group: list[Misplaced]) -> Claim:
    found = group[0]
    backward, zero = (place.emit for place in found.because)
    step, module = found.at.emit, zero.module
    edits = _edits(found)
    path = [
        shown(backward.module, backward.node, "backward", "backward makes the gradients of this batch"),
        shown(module, node, "zero_grad", "they are emptied before a step has used them"),
        shown(step.module, step.node, "step", "the step finds no gradients and changes nothing"),
    ]
    where = "behind the step" if edits and isinstance(edits[0], MoveAfter) else "before the backward"
    return claim(
        NAME,
        module,
        module.statement(node),
        "the gradients are emptied between backward and step, so the step changes nothing",
        path,
        Applicability.SAFE if edits else Applicability.NONE,
        f"move zero_grad {where}",
        "a step without gradients cannot be meant" if edits else "the calls stand in different functions or blocks",
        edits,
    )


def _edits(found: Misplaced) -> list[Edit]:
    """Before the first backward of the window, in the block of the zero_grad; behind the step of a longer window."""
    zero = found.because[1]
    module = zero.emit.module
    statement = unit(module, module.statement(zero.emit.node))
    if not isinstance(statement, (ast.Expr, ast.For, ast.If, ast.Assign, ast.AugAssign)):
        return []
    place = module.place(statement)
    body = body_of(module, statement)
    step = holding(module, body, found.at)
    if _windowed(found):
        emit = found.at.emit
        here = emit.module is module and function_of(module, emit.node) is function_of(module, statement)
        return [MoveAfter((place,), module.place(module.statement(emit.node)))] if here else []
    backwards = [holding(module, body, b) for b in found.updated.backwards if zero.loops == b.loops]
    ahead = [s for s in backwards if s is not None and body.index(s) < body.index(statement)]
    if ahead and all(s is not None for s in backwards):
        return [MoveBefore((place,), module.place(min(ahead, key=body.index)))]
    if step is not None and body.index(step) > body.index(statement):
        return [MoveAfter((place,), module.place(step))]
    return []


def _windowed(found: Misplaced) -> bool:
    """Whether the step stands under an "every k-th" test that the backward does not stand under."""
    backward = found.because[0]
    if not backward.loops or backward.loops[-1] not in found.at.loops:
        return bool(backward.loops) and len(backward.loops) > len(found.at.loops)
    guards = own_guards(found.at, backward, backward.loops[-1])
    return any(kind_of(branch.test, side) is Test.EVERY for branch, side in guards)

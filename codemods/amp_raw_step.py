"""# amp-raw-step

## What it does

Finds `optimizer.step()` where a `GradScaler` has scaled the loss, so `scaler.step(optimizer)` belongs there.

## Why is this bad?

The gradients are still multiplied by the loss scale (65536 at first). SGD then takes steps 65536 times too long, and
Adam sees its eps vanish; steps with inf or NaN gradients are not skipped. Beside `scaler.step(optimizer)` the raw call
is a second update with the same gradients.

## How it looks from outside

* Mixed precision makes training overflow within a few steps, full precision does not.
* SGD diverges at once with AMP; a learning rate thousands of times smaller works.
* The weights move twice as far as the learning rate says.

## Example

```python
scaler.scale(loss).backward()
optimizer.step()
```

## Fix

```python
scaler.scale(loss).backward()
scaler.step(optimizer)
scaler.update()
```

## When it is not a bug

A branch with and one without mixed precision; a scaler that is built with `enabled=False`; `scaler.unscale_` or a
division by hand before the step; optimizers whose loss is not scaled.

## Fix safety

Safe: gradients that are multiplied by the loss scale cannot be meant. Unsafe where the scaler makes a step too: the
raw one is deleted, and the training changes.

## References

* PyTorch documentation, page "Automatic Mixed Precision examples", section "Typical mixed precision training"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Delete, Edit, InsertAfter, Replace, claim, shown
from codemods._places import body_of, function_of, holding, receiver
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.orders import Misplaced, stepped_scaled
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.tree import Located, locate
from fixer.reading.values import ScaledBy

NAME = "amp-raw-step"
SUMMARY = "the optimizer steps by itself on gradients that a GradScaler has multiplied"
REVEALS = frozenset({"clip-without-unscale"})
"""Clipping of scaled gradients is told where the scaler makes the step."""


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per step that bypasses the scaler."""
    for group in stepped_scaled(reading):
        if group[0].at.emit.module is reading.module:
            yield _claim(group[0])


def _claim(found: Misplaced) -> Claim:
    step, backward = found.at.emit, found.because[0].emit
    module = step.module
    own = _own_step(found)
    twice = own is not None
    edits, reason = _deletion(found, own) if own is not None else _replacement(found)
    path = [
        shown(backward.module, backward.node, "backward", "the scaler has multiplied the loss and so all gradients"),
        shown(module, step.node, "step", "the step applies them as they are"),
    ]
    if own is not None:
        path.insert(1, shown(own.emit.module, own.emit.node, "step", "the scaler makes the step"))
        path[-1] = shown(module, step.node, "step", "the optimizer makes another with the same gradients")
        message = "the optimizer makes a second step beside the one of the scaler, with the same gradients"
    else:
        message = "the step applies gradients that are multiplied by the loss scale, and never skips inf or NaN"
    applicability = Applicability.NONE if not edits else Applicability.UNSAFE if twice else Applicability.SAFE
    summary = "delete the optimizer's own step" if twice else "let the scaler make the step, then update its scale"
    return claim(NAME, module, module.statement(step.node), message, path, applicability, summary, reason, edits)


def _own_step(found: Misplaced) -> Located | None:
    """The scaler's step for the same optimizer in the same iteration, before or behind the raw one."""
    steps = [p for p in found.updated.steps if p.emit.facts.get("scaler") and p.loops == found.at.loops]
    return steps[0] if steps else None


def _deletion(found: Misplaced, own: Located) -> tuple[list[Edit], str]:
    step = found.at.emit
    here = {(id(branch), side) for branch, side in found.at.guards()}
    if any((id(branch), side) not in here and not branch.choice for branch, side in own.guards()):
        return [], "the scaler's step stands under a test of its own"
    statement = step.module.statement(step.node)
    if not isinstance(statement, ast.Expr) or statement.value is not step.node:
        return [], "the result of the step is used"
    return [Delete(step.module.place(statement))], "the training makes one step where it made two"


def _replacement(found: Misplaced) -> tuple[list[Edit], str]:
    step, amp = found.at.emit, found.because[0].emit.facts.get("amp")
    module = step.module
    statement, name = module.statement(step.node), receiver(step)
    if not isinstance(amp, ScaledBy) or found.because[0].emit.module is not module:
        return [], "the scaler is not in sight where the step is made"
    assert isinstance(amp.node.func, ast.Attribute)
    scaler = ast.unparse(amp.node.func.value)
    here = function_of(module, step.node)
    if here is not function_of(module, amp.node) and not scaler.startswith("self."):
        return [], "the scaler is not in sight where the step is made"
    if not isinstance(statement, ast.Expr) or statement.value is not step.node or name is None:
        return [], "the result of the step is used"
    edits: list[Edit] = [Replace(module.place(step.node), f"{scaler}.step({name})")]
    if not _updates(module, here, scaler):
        edits.append(InsertAfter(module.place(_last_step(found, statement)), f"{scaler}.update()"))
    return edits, "gradients multiplied by the loss scale cannot be meant"


def _updates(module: Module, function: ast.AST | None, scaler: str) -> bool:
    """Whether the scaler's scale is updated in the same function."""
    return any(
        isinstance(node, ast.Call) and ast.unparse(node.func) == f"{scaler}.update"
        for node in ast.walk(function if function is not None else module.tree)
    )


def _last_step(found: Misplaced, statement: ast.stmt) -> ast.stmt:
    """The last statement of the block that makes a step: the scale changes only when all optimizers have stepped."""
    module = found.at.emit.module
    body = body_of(module, statement)
    loops = found.at.loops
    others = [p for p in locate(found.updated.entry.tree) if p.emit.kind is Kind.STEP and p.loops == loops]
    held = [s for s in (holding(module, body, p) for p in others) if s is not None]
    return max([statement, *held], key=body.index)

"""# epoch-scheduler-per-batch

## What it does

Finds learning-rate schedulers whose schedule lasts so many epochs but which move with every batch; and the inverse,
schedules made for all batches of a run that move once per epoch.

## Why is this bad?

With 200 batches in an epoch a schedule of 30 epochs is over after 30 batches: `StepLR(optimizer, 10)` has multiplied
the learning rate by 1e-20 before the first epoch ends, `CosineAnnealingLR` swings up and down all the time. The
inverse never gets anywhere: after 30 epochs the rate is where it should have been after 30 batches.

## How it looks from outside

* The learning rate is zero before the first epoch ends, and the loss stops falling.
* The learning rate swings up and down several times within one epoch.
* The learning rate stays in its warm-up for the whole run.

## Example

```python
scheduler = CosineAnnealingLR(optimizer, T_max=epochs)
for epoch in range(epochs):
    for x, y in loader:
        update(model, optimizer, x, y)
        scheduler.step()
```

## Fix

```python
for epoch in range(epochs):
    for x, y in loader:
        update(model, optimizer, x, y)
    scheduler.step()
```

The inverse moves the call behind the optimizer's step.

## When it is not a bug

Schedules that last so many iterations (`epochs * len(loader)`), a step with a fractional epoch
(`scheduler.step(epoch + i / n)`), a pair of schedulers for warm-up and epochs, a length that is not told by the number
of epochs or the loader. A decay by a factor (`StepLR`, `ExponentialLR`) is reported only if nothing of the learning
rate would be left at the end of the run, and that of one step per epoch is sensible.

## Fix safety

Unsafe: the schedule of the whole run changes. Reported only, if the call stands in a function of its own.

## References

* PyTorch documentation, page "torch.optim", section "How to adjust learning rate"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, MoveAfter, claim, shown
from codemods._events import once
from codemods._places import following, function_of, unit, updates_scaler
from fixer.findings import Applicability
from fixer.reading.reader import Reading
from fixer.reading.schedules import OffPace, off_pace
from fixer.reading.source import Module

NAME = "epoch-scheduler-per-batch"
SUMMARY = "the schedule lasts so many epochs but moves with every batch, or the other way round"


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per call of a scheduler that comes too often, or too rarely."""
    for found in once(reading, off_pace(reading), lambda found: found.move.emit):
        yield _claim(found)


def _claim(found: OffPace) -> Claim:
    move, step, loop = found.move.emit, found.step.emit, found.loop
    module = move.module
    edits, reason = _into_epoch(found) if found.per_batch else _into_batches(found)
    head = shown(loop.module, loop.node, "batch", "this loop runs through the batches of one epoch")
    if found.per_batch:
        message = "the schedule lasts as many steps as there are epochs, but it moves with every batch"
        if found.left is not None:
            left = f"{found.left:.0e}" if found.left > 1e-300 else "nothing"
            message = f"the schedule moves with every batch: at the end of the run {left} of the learning rate is left"
        path = [head, shown(module, move.node, "scheduler step", "the scheduler moves with each of them")]
        summary = "move the scheduler's step behind the batch loop"
    else:
        message = "the schedule lasts as many steps as there are batches in all epochs, but it moves once per epoch"
        path = [
            head,
            shown(step.module, step.node, "step", "the optimizer steps with each of them"),
            shown(module, move.node, "scheduler step", "the scheduler moves when they are all through"),
        ]
        summary = "move the scheduler's step behind the optimizer's"
    return claim(
        NAME,
        module,
        module.statement(move.node),
        message,
        path,
        Applicability.UNSAFE if edits else Applicability.NONE,
        summary,
        reason,
        edits,
    )


def _into_epoch(found: OffPace) -> tuple[list[Edit], str]:
    module, node = found.move.emit.module, found.loop.node
    statement = unit(module, module.statement(found.move.emit.node))
    inside = found.loop.module is module and node in module.ancestors(statement)
    if not inside or not isinstance(node, ast.stmt) or not isinstance(statement, (ast.Expr, ast.If)):
        return [], "the call stands in a function of its own"
    return [MoveAfter((module.place(statement),), module.place(node))], _CHANGES


_CHANGES = "the schedule of the whole run changes"


def _into_batches(found: OffPace) -> tuple[list[Edit], str]:
    module, step = found.move.emit.module, found.step.emit
    statement = unit(module, module.statement(found.move.emit.node))
    if step.module is not module or not isinstance(statement, (ast.Expr, ast.If)):
        return [], "the call and the optimizer's step stand in different functions"
    if function_of(module, step.node) is not function_of(module, statement):
        return [], "the call and the optimizer's step stand in different functions"
    return [MoveAfter((module.place(statement),), module.place(_last(module, module.statement(step.node))))], _CHANGES


def _last(module: Module, step: ast.stmt) -> ast.stmt:
    """The step, or the scaler's update right behind it."""
    behind = following(module, step)
    return behind if behind is not None and updates_scaler(behind) else step

"""# scheduler-before-optimizer

## What it does

Finds learning-rate schedulers that move on before their optimizer has made its first step, because
`scheduler.step()` opens the epoch (or the batch) instead of closing it.

## Why is this bad?

The first learning rate is never used: the schedule runs one epoch ahead. With a warm-up the first, smallest rate is
skipped; with `StepLR(optimizer, 30)` the rate falls after 29 epochs. Before PyTorch 1.1 the call stood first, so old
examples still do it.

## How it looks from outside

* PyTorch warns "Detected call of lr_scheduler.step() before optimizer.step()".
* The learning rate of the first epoch is not the one given to the optimizer.
* The learning rate drops one epoch too early.

## Example

```python
for epoch in range(epochs):
    scheduler.step()
    train(model, loader, optimizer)
```

## Fix

```python
for epoch in range(epochs):
    train(model, loader, optimizer)
    scheduler.step()
```

The call goes to the end of the block it stands in, but before what saves the scheduler's or the optimizer's state.

## When it is not a bug

`scheduler.step(epoch)` with an argument, schedulers that are wound forward when a run is resumed, a call that the
first epoch leaves out (`if epoch > 0`), schedulers of other optimizers and schedulers of the project's own.

## Fix safety

Safe: PyTorch's documentation asks for this order. Unsafe where a `continue` stands between the call and the
optimizer's step: the schedule then stands still when an epoch is skipped. Reported only, if the call stands in a
function of its own.

## References

* PyTorch documentation, page "torch.optim", section "How to adjust learning rate"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, MoveAfter, MoveBefore, claim, shown
from codemods._places import body_of, holding, names
from fixer.findings import Applicability
from fixer.reading.reader import Reading
from fixer.reading.schedules import Early, early, schedulers
from fixer.reading.tree import Located

NAME = "scheduler-before-optimizer"
SUMMARY = "the scheduler moves on before the optimizer's first step, so the first learning rate is skipped"
_LEAVES = (ast.Return, ast.Break, ast.Continue, ast.Raise)


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per call of a scheduler that comes too early."""
    found = early(reading)
    judged = {id(one.of) for one in found}
    fine = {place.emit.node for one in schedulers(reading) if id(one) not in judged for place in one.moves}
    groups: dict[ast.AST, list[Early]] = {}
    for one in found:
        groups.setdefault(one.move.emit.node, []).append(one)
    for node, group in groups.items():
        if node not in fine and group[0].move.emit.module is reading.module:
            yield _claim(group)


def _claim(group: list[Early]) -> Claim:
    move, step = group[0].move.emit, group[0].step.emit
    module = move.module
    statement = module.statement(move.node)
    edits, applicability, reason = _edits(group, statement)
    path = [
        shown(module, move.node, "scheduler step", "the scheduler moves to the second learning rate"),
        shown(step.module, step.node, "step", "the optimizer's first step: the first learning rate was never used"),
    ]
    return claim(
        NAME,
        module,
        statement,
        "the scheduler moves on before the optimizer's first step: the first learning rate is skipped",
        path,
        applicability,
        "call the scheduler behind the optimizer's steps",
        reason,
        edits,
    )


def _edits(group: list[Early], statement: ast.stmt) -> tuple[list[Edit], Applicability, str]:
    """Where the call goes: the end of its block, or in front of what saves the state it changes."""
    module, plain = group[0].move.emit.module, isinstance(statement, ast.Expr)
    statement = _with_its_loop(group[0].move, statement)
    body = body_of(module, statement)
    steps = [holding(module, body, one.step) for one in group]
    if not plain or any(s is None or s not in body for s in steps):
        return [], Applicability.NONE, "the call and the optimizer's step stand in different functions"
    last = max(body.index(s) for s in steps if s is not None)
    between, behind = body[body.index(statement) + 1 : last + 1], body[last + 1 :]
    used = names(statement)
    place = module.place(statement)
    stop = next((s for s in behind if isinstance(s, _LEAVES) or _saves(s, used) or _skips(s)), None)
    edit: Edit
    if stop is not None:
        edit = MoveBefore((place,), module.place(stop))
    else:
        edit = MoveAfter((place,), module.place(body[-1]))
    if any(_skips(s) for s in between):
        return [edit], Applicability.UNSAFE, "an iteration that is skipped no longer moves the schedule"
    return [edit], Applicability.SAFE, "PyTorch's documentation asks for this order"


def _with_its_loop(move: Located, statement: ast.stmt) -> ast.stmt:
    """The call, or the loop that does nothing but make it for each of several schedulers."""
    up = move.emit.module.parent(statement)
    over = move.loops[-1]
    alone = isinstance(up, ast.For) and up.body == [statement] and not up.orelse
    return up if alone and isinstance(up, ast.For) and over.times == 1 and over.node is up else statement


def _saves(statement: ast.stmt, used: set[str]) -> bool:
    """Whether a statement keeps the scheduler's state, or hands the scheduler to something that may."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute) and node.attr == "state_dict":
            return True
        if isinstance(node, ast.Call):
            given = [*node.args, *(k.value for k in node.keywords)]
            if any(ast.unparse(part) in used for part in given if isinstance(part, (ast.Name, ast.Attribute))):
                return True
    return False


def _skips(statement: ast.stmt) -> bool:
    """Whether a statement may go on with the next iteration of the loop that it stands in."""
    inside: list[ast.AST] = [statement]
    while inside:
        part = inside.pop()
        if isinstance(part, ast.Continue):
            return True
        if not isinstance(part, (ast.For, ast.While, ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            inside += ast.iter_child_nodes(part)
    return False

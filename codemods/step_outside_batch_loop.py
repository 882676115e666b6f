"""# step-outside-batch-loop

## What it does

Finds updates that stand behind the batch loop instead of in it, so that one batch per epoch trains the model.

## Why is this bad?

Only the last batch of each epoch reaches the optimizer; the forwards of all others are thrown away (or their gradients
are erased before any step). Every epoch makes one update.

## How it looks from outside

* The model hardly learns: training takes hundreds or thousands of epochs.
* The validation loss still creeps down after all epochs.
* A different learning rate or optimizer changes little.
* More data does not help, and only the last batch of each epoch seems to count.

## Example

```python
for epoch in range(epochs):
    for x, y in loader:
        loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
```

## Fix

```python
for epoch in range(epochs):
    for x, y in loader:
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
```

## When it is not a bug

Losses that are summed, collected or stacked over the loop and then driven backward once; gradients that are
accumulated over the whole loop on purpose; loops over tasks, heads, agents, time steps or episodes; an evaluation loop
before the update.

## Fix safety

Unsafe: learning rate and schedule were tuned to one step per epoch.

## References

* PyTorch documentation, tutorial page "Optimizing Model Parameters"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, MoveInto, claim, shown
from codemods._places import assigned, body_of, names, updates_scaler
from codemods._reveals import DATA, UPDATE
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.reader import Reading
from fixer.reading.tree import locate
from fixer.reading.updates import updates
from fixer.reading.verdicts import Outside, all_outside, stale

NAME = "step-outside-batch-loop"
SUMMARY = "the update stands behind the batch loop, so one batch per epoch trains the model"
REVEALS = UPDATE | DATA
"""What the update does wrong is told where each batch has one."""
_GROUP = frozenset({Kind.FORWARD, Kind.LOSS, Kind.ZERO_GRAD, Kind.BACKWARD, Kind.UNSCALE, Kind.CLIP, Kind.STEP})
_NOTES = {
    "erased": "the gradients of this batch are emptied by the next one before any step uses them",
    "last loss": "the name keeps the loss of the last batch only",
    "last batch": "the names keep the last batch only; all others are never used",
}


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per update that stands behind its batch loop."""
    groups: dict[ast.AST, list[Outside]] = {}
    for updated in updates(reading):
        if updated.entry is None or updated.trouble:
            continue
        for found in all_outside(updated):
            if found.case == "erased" and stale(updated) is not None:
                continue
            groups.setdefault(found.loop.node, []).append(found)
    for group in groups.values():
        yield _claim(group)


def _claim(group: list[Outside]) -> Claim:
    found = group[0]
    step, backward, module = found.step.emit, found.backward.emit, found.step.emit.module
    moved, trouble = _group(group)
    at = step if found.case == "erased" else backward
    path = [
        shown(module, found.loop.node, "batch", "every batch of the epoch comes by here"),
        shown(backward.module, backward.node, "backward", _NOTES[found.case]),
        shown(module, step.node, "step", "one step per epoch, with the gradient of the last batch alone"),
    ]
    edits: list[Edit] = []
    applicability, reason = Applicability.NONE, trouble
    if not trouble:
        edits = [MoveInto(tuple(module.place(s) for s in moved), module.place(found.loop.node))]
        applicability = Applicability.UNSAFE
        reason = "the learning rate and its schedule were tuned to one step per epoch"
    line = module.place(found.loop.node).line
    return claim(
        NAME,
        module,
        module.statement(at.node),
        f"the update stands behind the batch loop in line {line}: only the last batch of each epoch trains the model",
        path,
        applicability,
        "move the update to the end of the batch loop's body",
        reason,
        edits,
    )


def _group(group: list[Outside]) -> tuple[list[ast.stmt], str]:
    """The statements behind the loop that make up the update, in order; or why they cannot move."""
    found = group[0]
    module = found.step.emit.module
    loop = found.loop.node
    if not isinstance(loop, (ast.For, ast.While)):
        return [], "the loop is a comprehension"
    body = body_of(module, loop)
    rest = body[body.index(loop) + 1 :]
    lasts = [module.statement(f.step.emit.node) for f in group]
    if any(last not in rest for last in lasts):
        return [], "the step is in a function of its own"
    end = max(rest.index(last) for last in lasts)
    zeros = {z.emit.node for f in group for z in f.updated.zeros if z.emit.module is module}
    while end + 1 < len(rest) and (updates_scaler(rest[end + 1]) or _empties(rest[end + 1], zeros)):
        end += 1
    nodes = {p.emit.node for p in locate(found.updated.entry.tree) if p.emit.kind in _GROUP and p.emit.module is module}
    work = [s for s in rest[: end + 1] if _belongs(s, nodes) or updates_scaler(s)]
    needed = _feeding(rest[: end + 1], work)
    chosen = [s for s in rest[: end + 1] if s in work or s in needed]
    if any(isinstance(s, (ast.If, ast.For, ast.While, ast.Try, ast.FunctionDef)) for s in chosen):
        return [], "a part of the update stands under a test or a loop of its own"
    start = rest.index(chosen[0])
    between = [s for s in rest[start : end + 1] if s not in chosen]
    if any(not _idle(s) or assigned(s) & _reads(chosen) for s in between):
        return [], "other statements stand between the parts of the update"
    if any(assigned(s) & _reads(chosen) for s in rest[:start]):
        return [], "a name the update reads is bound anew between the loop and the update"
    return chosen, ""


def _empties(statement: ast.stmt, zeros: set[ast.AST]) -> bool:
    return isinstance(statement, ast.Expr) and statement.value in zeros


def _belongs(statement: ast.stmt, nodes: set[ast.AST]) -> bool:
    return any(node in nodes for node in ast.walk(statement))


def _feeding(rest: list[ast.stmt], work: list[ast.stmt]) -> list[ast.stmt]:
    """Plain assignments among ``rest`` that the update reads (``outputs = model(x)`` is work already)."""
    found: list[ast.stmt] = []
    needs = _reads(work)
    for statement in reversed(rest):
        if (
            statement not in work
            and isinstance(statement, ast.Assign)
            and assigned(statement) & needs
            and work
            and rest.index(statement) > rest.index(work[0])
        ):
            found.append(statement)
            needs |= _reads([statement])
    return found


def _reads(statements: list[ast.stmt]) -> set[str]:
    return set().union(*(names(s) for s in statements)) if statements else set()


def _idle(statement: ast.stmt) -> bool:
    """A statement that may as well stay behind: printing, averaging, logging."""
    return isinstance(statement, (ast.Expr, ast.Assign, ast.AugAssign))

"""# next-iter-each-step

## What it does

Finds `next(iter(loader))` in every iteration of a training loop.

## Why is this bad?

Each `iter(loader)` starts over: workers are started and stopped for a single batch, and no epoch is ever completed.
With shuffling each batch is a random draw, so some rows come often and others never; without shuffling it is always the
same first batch.

## How it looks from outside

* Training is very slow, and the GPU waits: every step starts the workers anew.
* The model overfits one batch and fails on everything else.
* The same first batch is trained on over and over.

## Example

```python
for step in range(1000):
    x, y = next(iter(loader))
    train(x, y)
```

## Fix

```python
batches = iter(loader)
for step in range(1000):
    batch = next(batches, None)
    if batch is None:
        batches = iter(loader)
        batch = next(batches)
    x, y = batch
    train(x, y)
```

(`itertools.cycle(loader)` would repeat the order of the first pass, and keep all batches in memory.)

## When it is not a bug

A look at one batch outside of the training loop; batches for evaluation or pictures; a new loader per task.

## Fix safety

Unsafe: other batches are drawn, in another order.

## References

* PyTorch documentation, page "torch.utils.data"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, InsertAfter, InsertBefore, Replace, claim, shown
from codemods._events import same_everywhere
from codemods._places import body_of, fresh, function_of
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.library import looks_like_task
from fixer.reading.reader import Reading
from fixer.reading.tree import Located, Loop, allocated, emits
from fixer.reading.values import Loader

NAME = "next-iter-each-step"
SUMMARY = "every training step makes a new iterator for one batch"


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per batch that is drawn from a new iterator in every iteration of a training loop."""
    for place in same_everywhere(reading, Kind.BATCH, lambda place: _each_step(place) is not None):
        loop = _each_step(place)
        if loop is not None:
            yield _claim(reading, place, loop)


def _each_step(place: Located) -> Loop | None:
    """The loop in which every iteration draws a first batch and trains on it."""
    loader = place.emit.facts.get("loader")
    if not place.emit.facts.get("anew") or not isinstance(loader, Loader) or not place.loops:
        return None
    loop = place.loops[-1]
    if loader.node is not None and looks_like_task(ast.unparse(loader.node)):
        return None  # a loader of tasks: each is drawn by itself
    if loop.times == 1 or "tasks" in loop.signs or loader.ident in set(allocated(loop.body)):
        return None
    if any(not branch.choice for branch, _ in place.guards(loop)):
        return None
    feeds = any(
        e.kind is Kind.BACKWARD and any(s.site == place.emit.makes and not s.old for s in e.uses)
        for e in emits(loop.body)
    )
    return loop if feeds else None


def _claim(reading: Reading, place: Located, loop: Loop) -> Claim:
    module, node = reading.module, place.emit.node
    edits, trouble = _edits(reading, node, loop)
    return claim(
        NAME,
        module,
        node,
        "every step makes a new iterator and takes its first batch: no epoch is ever completed",
        [
            shown(loop.module, loop.node, "training loop", "in each iteration"),
            shown(module, node, "batch", "the loader starts over, and gives the first batch of a new pass"),
        ],
        Applicability.NONE if trouble else Applicability.UNSAFE,
        "keep one iterator, and start over when it ends",
        trouble or "other batches are drawn, in another order",
        edits,
    )


def _edits(reading: Reading, node: ast.AST, loop: Loop) -> tuple[list[Edit], str]:
    module = reading.module
    if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords or not isinstance(node.args[0], ast.Call):
        return [], "how the batch is drawn cannot be rewritten"
    function = function_of(module, node)
    if loop.module is not module or function is not function_of(module, loop.node):
        return [], "the loop is in another function: the iterator has to be kept there"
    statement, made = module.statement(node), node.args[0]
    outer = loop.node
    if not isinstance(outer, ast.stmt) or not isinstance(statement, ast.Assign) or not body_of(module, statement):
        return [], "how the batch is drawn cannot be rewritten"
    taken = {n.id for n in ast.walk(module.tree) if isinstance(n, ast.Name)}
    it = fresh(taken, "batches", "batch_iterator")
    again = module.text_of(made)
    target = statement.targets[0]
    whole = statement.value is node and len(statement.targets) == 1 and isinstance(target, ast.Name)
    batch = target.id if whole and isinstance(target, ast.Name) else ""
    batch = batch or fresh(taken, "batch", "drawn")
    renew = f"if {batch} is None:\n    {it} = {again}\n    {batch} = next({it})"
    edits: list[Edit] = [InsertBefore(module.place(outer), f"{it} = {again}")]
    if whole:
        edits += [Replace(module.place(node), f"next({it}, None)"), InsertAfter(module.place(statement), renew)]
    else:
        edits += [
            InsertBefore(module.place(statement), f"{batch} = next({it}, None)"),
            InsertBefore(module.place(statement), renew),
            Replace(module.place(node), batch),
        ]
    return edits, ""

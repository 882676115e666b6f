"""# dropped-accumulation-tail

## What it does

Finds gradient accumulation that leaves the last batches of an epoch without a step, because their number is no
multiple of the window.

## Why is this bad?

With n batches and windows of k, the gradients of the last n mod k batches wait, and the first step of the next epoch
applies them together with its own window. After the last epoch they are lost. With fewer than k batches in an epoch
the epoch makes no step at all.

## How it looks from outside

* The model does not train at all with a small data set and large accumulation.
* The first update of every epoch is larger than all others.
* The number of optimizer steps is smaller than the number of batches divided by the accumulation steps.

## Example

```python
for i, (x, y) in enumerate(loader):
    (criterion(model(x), y) / k).backward()
    if (i + 1) % k == 0:
        optimizer.step()
        optimizer.zero_grad()
```

## Fix

```python
for i, (x, y) in enumerate(loader):
    (criterion(model(x), y) / k).backward()
    if (i + 1) % k == 0 or i + 1 == len(loader):
        optimizer.step()
        optimizer.zero_grad()
```

A tail of m batches keeps the weight m/k.

## When it is not a bug

A counter that runs on across the epochs; a step behind the loop; gradients that are emptied when the epoch begins; an
epoch whose length is a multiple of k; endless loaders; libraries that step at the end by themselves.

## Fix safety

Unsafe: each epoch makes one step more. Reported only where the length of the loop or the test cannot be written, or
where a one-cycle schedule counts the steps.

## References

* PyTorch documentation, page "Automatic Mixed Precision examples", section "Gradient accumulation"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, Replace, claim, shown
from codemods._events import once
from codemods._places import function_of
from fixer.findings import Applicability
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.tails import Tail, tails

NAME = "dropped-accumulation-tail"
SUMMARY = "the last batches of an epoch, fewer than an accumulation window, get no step"


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per step that closes windows but not the epoch."""
    for found in once(reading, tails(reading), lambda found: found.step.emit):
        yield _claim(found)


def _claim(found: Tail) -> Claim:
    step, backward, module = found.step.emit, found.backward.emit, found.step.emit.module
    edits, reason = _edits(found)
    path = [
        shown(backward.module, backward.node, "backward", "each batch adds to the gradients"),
        shown(module, step.node, "step", f"every {found.count} batches they are applied and emptied"),
        shown(
            found.loop.module,
            found.loop.node,
            "batch",
            "when the epoch ends within a window, its gradients wait for the next epoch",
        ),
    ]
    return claim(
        NAME,
        module,
        module.statement(step.node),
        f"the last batches of an epoch get no step when their number is no multiple of {found.count}",
        path,
        Applicability.UNSAFE if edits else Applicability.NONE,
        "step at the end of the epoch too",
        reason,
        edits,
    )


def _edits(found: Tail) -> tuple[list[Edit], str]:
    """The test of the window, with the end of the loop added, wherever the loop asks it."""
    module, loop = found.step.emit.module, found.loop
    if any(p.emit.facts.get("name") == "OneCycleLR" for p in found.schedules):
        return [], "a one-cycle schedule counts the steps and fails at one more"
    if loop.length is None or not isinstance(loop.node, ast.For) or loop.module is not module:
        return [], "the length of the loop cannot be written"
    if function_of(module, loop.node) is not function_of(module, found.step.emit.node):
        return [], "the step and its loop stand in different functions"
    test = _test(module, found)
    ends = _end(loop.node, test, loop.length) if test is not None else None
    if test is None or ends is None:
        return [], "the test of the window cannot be extended"
    same = [n for n in ast.walk(loop.node) if isinstance(n, ast.Compare) and ast.dump(n) == ast.dump(test)]
    if any(not isinstance(module.parent(n), (ast.If, ast.Assign, ast.IfExp)) for n in same):
        return [], "the test of the window cannot be extended"
    return [Replace(module.place(n), f"{module.text_of(n)} or {ends}") for n in same], "each epoch makes one more step"


def _test(module: Module, found: Tail) -> ast.Compare | None:
    """The comparison that asks for every k-th batch: in the ``if`` around the step, or bound to its name."""
    at = next((up for up in module.ancestors(found.step.emit.node) if isinstance(up, ast.If)), None)
    test: ast.expr | None = at.test if at is not None else None
    if isinstance(test, ast.Name):
        bound = [
            n.value
            for n in ast.walk(found.loop.node)
            if isinstance(n, ast.Assign) and any(isinstance(t, ast.Name) and t.id == test.id for t in n.targets)
        ]
        test = bound[0] if len(bound) == 1 else None
    return test if isinstance(test, ast.Compare) else None


def _end(loop: ast.For, test: ast.Compare, length: str) -> str | None:
    """``i + 1 == len(loader)``, with the counter as the test names it."""
    counter, start = _counter(loop)
    asked = {n.id for n in ast.walk(test.left) if isinstance(n, ast.Name)}
    if counter is None or counter not in asked:
        return None
    return f"{counter} + 1 == {length}" if start == 0 else f"{counter} == {length}" if start == 1 else None


def _counter(loop: ast.For) -> tuple[str | None, int | None]:
    """The name that counts the iterations, and the number it starts at."""
    node: ast.expr = loop.iter
    while isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        if name == "enumerate":
            given = node.args[1] if len(node.args) > 1 else next((k.value for k in node.keywords), None)
            start = 0 if given is None else given.value if isinstance(given, ast.Constant) else None
            first = loop.target.elts[0] if isinstance(loop.target, ast.Tuple) else None
            return (first.id if isinstance(first, ast.Name) else None), start if isinstance(start, int) else None
        if name == "range":
            return (loop.target.id if isinstance(loop.target, ast.Name) else None), 0 if len(node.args) == 1 else None
        if not node.args:
            break
        node = node.args[0]
    return None, None

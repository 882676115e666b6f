"""# clip-after-step

## What it does

Finds gradient clipping that no step benefits from: it stands behind `optimizer.step()`, or between `zero_grad` and
`backward`.

## Why is this bad?

The step has already applied the gradients, and `zero_grad` empties the clipped ones. Nothing is ever clipped, and
nothing says so: one exploding gradient still ruins the weights.

## How it looks from outside

* Training still blows up now and then in spite of clipping.
* The threshold of gradient clipping makes no difference.
* One bad batch ruins the weights in spite of `clip_grad_norm_`.

## Example

```python
for x, y in loader:
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
```

## Fix

```python
for x, y in loader:
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
```

A test around the clipping moves along.

## When it is not a bug

Another clip between backward and step, gradients that are not emptied afterwards (the running sum is clipped),
a norm that is only measured (a threshold of infinity), clamping of weights, parameters of another optimizer.

## Fix safety

Unsafe: the threshold acts for the first time, so the training changes. Reported only, if clipping and step stand in
different functions.

## References

* PyTorch documentation, page "torch.nn.utils.clip_grad_norm_"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, MoveBefore, claim, shown
from codemods._places import assigned, body_of, function_of, holding, names, unit
from fixer.findings import Applicability
from fixer.reading.orders import Misplaced, clipped_too_late
from fixer.reading.reader import Reading

NAME = "clip-after-step"
SUMMARY = "gradients are clipped when no step uses them any more"
REVEALS = frozenset({"clip-without-unscale"})
"""A clip that moves before the scaler's step needs true gradients there."""


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per clip that comes too late (or before there is anything to clip)."""
    for group in clipped_too_late(reading):
        if group[0].at.emit.module is reading.module:
            yield _claim(group[0])


def _claim(found: Misplaced) -> Claim:
    clip, step = found.at.emit, found.because[0].emit
    module = clip.module
    edits, reason = _edits(found)
    path = [
        shown(step.module, step.node, "step", "the step applies the gradients as they are"),
        shown(module, clip.node, "clip", "now they are clipped, but no step will use them"),
    ]
    if len(found.because) > 1:
        zero = found.because[1].emit
        path.append(shown(zero.module, zero.node, "zero_grad", "the clipped gradients are emptied"))
    return claim(
        NAME,
        module,
        module.statement(clip.node),
        "the gradients are clipped when no step uses them any more, so nothing is ever clipped",
        path,
        Applicability.UNSAFE if edits else Applicability.NONE,
        "clip between backward and step",
        reason,
        edits,
    )


def _edits(found: Misplaced) -> tuple[list[Edit], str]:
    clip, step = found.at.emit, found.because[0].emit
    module = clip.module
    if step.module is not module or function_of(module, step.node) is not function_of(module, clip.node):
        return [], "clipping and step stand in different functions"
    statement, target = unit(module, module.statement(clip.node)), module.statement(step.node)
    between = _between(found, statement, target)
    if between is None:
        return [], "clipping and step stand in blocks of which neither holds the other"
    needed, made = names(statement) | assigned(statement), assigned(statement)
    if any(assigned(s) & needed for s in between) or any(names(s) & made for s in between):
        return [], "other statements between clipping and step depend on its place"
    return [MoveBefore((module.place(statement),), module.place(target))], "the threshold acts for the first time"


def _between(found: Misplaced, statement: ast.stmt, target: ast.stmt) -> list[ast.stmt] | None:
    """The statements that the clip passes on its way to the step; None if the way cannot be told."""
    module = found.at.emit.module
    body = body_of(module, statement)
    held = holding(module, body, found.because[0])
    if held is None:
        return None
    first, last = sorted((body.index(statement), body.index(held)))
    way = body[first : last + 1]
    return [s for s in way if s is not statement and s is not target and s is not held]

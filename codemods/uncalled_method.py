"""# uncalled-method

## What it does

Finds statements such as `model.eval` or `optimizer.zero_grad`: the method is named, but the parentheses are missing, so
it never runs.

## Why is this bad?

A bare `model.eval` only reads the attribute. Python says nothing, and mode, gradients or weights stay as they were:
dropout stays active in evaluation, gradients add up, or the weights never change.

## How it looks from outside

* Validation accuracy is noisy and lower than it should be, although `model.eval` stands in the code.
* The loss explodes although `optimizer.zero_grad` is in the loop.
* The loss does not change at all: the step or the backward never runs.
* The learning rate never changes, although the scheduler has a step.

## Example

```python
model.eval
for x, y in val_loader:
    correct += (model(x).argmax(1) == y).sum().item()
```

## Fix

```python
model.eval()
for x, y in val_loader:
    correct += (model(x).argmax(1) == y).sum().item()
```

## When it is not a bug

A method that is passed on, stored, compared or returned; properties; methods of the same name on other objects; the
last line of a notebook's cell, which shows the method.

## Fix safety

Safe for `eval`, `train` and `zero_grad`. Unsafe for `step`, `backward` and `update`: code wakes that never ran. Not
rewritten where the call needs an argument, and for a `torch.no_grad()` that stands alone: it has no effect without
`with`, and which lines it is meant for is not said.

## References

* PyTorch documentation, page "torch.nn.Module", `eval` and `train`
* PyTorch documentation, page "torch.no_grad"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, Replace, claim, shown
from codemods._events import readings
from codemods._places import shown_by_notebook
from codemods._reveals import EVALUATION, UPDATE
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.modes import graphed
from fixer.reading.reader import Entry, Reading
from fixer.reading.roles import is_module, is_optimizer, is_scaler, is_scheduler, roles
from fixer.reading.tree import Emit
from fixer.reading.values import Bound, Function, Instance, Scheduler, Value

NAME = "uncalled-method"
SUMMARY = "a method is named but not called: the parentheses are missing"

REVEALS = UPDATE | EVALUATION
"""What may come to light once the method runs."""

_EFFECT = {
    "eval": "the module stays in training mode",
    "train": "the module stays in the mode that it is in",
    "zero_grad": "the gradients are not emptied",
    "step": "nothing moves on",
    "backward": "no gradient is computed",
    "update": "the scale is never adjusted",
    "context": "it has no effect outside a with statement",
}


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per method that is read and not called."""
    for found in readings(reading, Kind.UNCALLED).values():
        emit = found[0][1].emit
        shown_there = shown_by_notebook(emit.module, emit.node)
        if not shown_there and all(_proven(reading, entry, place.emit) for entry, place in found):
            yield _claim(emit)


def _proven(reading: Reading, entry: Entry, emit: Emit) -> bool:
    value, name = emit.facts["value"], emit.facts["name"]
    assert isinstance(value, Value)
    if name == "context":
        return True
    known = roles(reading, entry)
    if name in ("eval", "train"):
        return is_module(value, known) and _a_method(emit)
    if name == "zero_grad":
        return (is_module(value, known) or is_optimizer(value, known)) and _a_method(emit)
    if name == "step":
        return is_optimizer(value, known) or is_scheduler(value, known) or is_scaler(value)
    if name == "update":
        return is_scaler(value)
    return name == "backward" and bool(graphed([value])) and not isinstance(value, Instance)


def _a_method(emit: Emit) -> bool:
    """Whether the class has no attribute or property of its own by that name."""
    return not isinstance(emit.facts["value"], Instance) or isinstance(emit.facts["found"], (Bound, Function))


def _claim(emit: Emit) -> Claim:
    module, node, name = emit.module, emit.node, str(emit.facts["name"])
    assert isinstance(node, ast.Expr)
    written = module.text_of(node.value)
    edits: list[Edit] = [Replace(module.place(node.value), f"{written}()")]
    applicability, reason = Applicability.UNSAFE, "code wakes that never ran before; check what it does to the training"
    summary = f"call it: {written}()"
    if name in ("eval", "train", "zero_grad"):
        applicability, reason = Applicability.SAFE, "without parentheses the line does nothing, so the call is meant"
    if name == "context":
        applicability, reason = Applicability.NONE, "which lines it is meant for cannot be told"
        summary = f"put the lines under with {written}:"
        message = f"{written} stands alone and switches nothing: it acts only in a with statement or as a decorator"
    else:
        message = f"{written} is named but not called: {_EFFECT[name]}"
        needs = _needs(emit)
        if needs:
            applicability, reason = Applicability.NONE, needs
    path = [shown(module, node, "attribute read", _EFFECT[name])]
    return claim(NAME, module, node, message, path, applicability, summary, reason, edits)


def _needs(emit: Emit) -> str:
    """What the call cannot do without."""
    value, name = emit.facts["value"], emit.facts["name"]
    if name == "step" and is_scaler(value):
        return "the step of a scaler needs the optimizer"
    if name == "step" and isinstance(value, Scheduler) and "Plateau" in value.name:
        return "the step of this scheduler needs the metric"
    return ""

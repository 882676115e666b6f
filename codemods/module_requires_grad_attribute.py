"""# module-requires-grad-attribute

## What it does

Finds `module.requires_grad = False` on a module, and misspelt flags (`p.require_grad = False`) on parameters.

## Why is this bad?

A module has no `requires_grad`: the assignment makes a new attribute that nobody reads. Nothing is frozen; the
"frozen" backbone goes on training, at the learning rate meant for a fresh head.

## How it looks from outside

* The frozen backbone still changes: its weights drift although they were frozen.
* Freezing the pretrained layers neither saves memory nor makes training faster.
* Fine-tuning forgets what the pretrained model knew.

## Example

```python
model.backbone.requires_grad = False
```

## Fix

```python
model.backbone.requires_grad_(False)
```

## When it is not a bug

`requires_grad` of tensors and parameters, also in a loop over `parameters()`; a class that defines or reads a flag of
that name itself; configuration objects.

## Fix safety

Unsafe: the parameters are now really frozen, and a training that worked without that may change. A misspelt flag of a
parameter is safe to correct.

## References

* PyTorch documentation, pages "torch.nn.Module" (requires_grad_) and "Autograd mechanics"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, Replace, Restate, claim, shown
from codemods._events import same_everywhere
from codemods._modules import class_of
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.tree import Located

NAME = "module-requires-grad-attribute"
SUMMARY = "an attribute set on a module (or misspelt on a parameter) freezes nothing"


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per attribute that is meant to freeze something and does not."""
    for place in same_everywhere(reading, Kind.FLAG, lambda place: not _own(reading.module, place.emit.node)):
        yield _claim(reading, place)


def _own(module: Module, target: ast.AST) -> bool:
    """Whether a class keeps a flag of its own under that name: it reads it."""
    assert isinstance(target, ast.Attribute)
    if not (isinstance(target.value, ast.Name) and target.value.id == "self"):
        return False
    cls = class_of(module, target)
    return cls is not None and any(
        isinstance(part, ast.Attribute)
        and part.attr == target.attr
        and isinstance(part.ctx, ast.Load)
        and isinstance(part.value, ast.Name)
        and part.value.id == "self"
        for part in ast.walk(cls)
    )


def _claim(reading: Reading, place: Located) -> Claim:
    module, target = reading.module, place.emit.node
    assert isinstance(target, ast.Attribute)
    statement = module.statement(target)
    receiver = module.text_of(target.value)
    misspelt = place.emit.facts["on"] == "parameter"
    edits: list[Edit] = []
    plain = isinstance(statement, ast.Assign) and statement.targets == [target]
    if misspelt:
        edits = [Replace(module.place(target), f"{receiver}.requires_grad")]
        message = f"a parameter has no {target.attr}: this freezes nothing"
        applicability, reason = Applicability.SAFE, "the flag is called requires_grad"
    elif plain and isinstance(statement, ast.Assign):
        value = module.text_of(statement.value)
        edits = [Restate(module.place(statement), f"{receiver}.requires_grad_({value})")]
        message = f"a module has no {target.attr}: this freezes nothing"
        applicability, reason = Applicability.UNSAFE, "the parameters are now really frozen"
    else:
        message = f"a module has no {target.attr}: this freezes nothing"
        applicability, reason = Applicability.NONE, "several things are assigned at once"
    return claim(
        NAME,
        module,
        target,
        message,
        [shown(module, target, "attribute", "it makes a new attribute that nobody reads")],
        applicability,
        "set the flag of the parameters",
        reason,
        edits,
    )

"""# accelerate-raw-backward

## What it does

Finds `loss.backward()` where Accelerate has prepared the model and the optimizer: `accelerator.backward(loss)` is left
out.

## Why is this bad?

`accelerator.backward` does more than a backward: it divides the loss by the number of accumulated batches, multiplies
it by the loss scale in fp16, and hands it on to DeepSpeed. Left out, an accumulated gradient is the sum of its batches
instead of their mean, and in fp16 small gradients vanish, or the step fails.

## How it looks from outside

* With gradient accumulation the training needs a learning rate many times smaller than without.
* Mixed precision fails at the step: no inf checks were recorded for this optimizer.
* The same script trains differently on one GPU, with DeepSpeed and with fp16.

## Example

```python
from accelerate import Accelerator

accelerator = Accelerator(gradient_accumulation_steps=4)
model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
for x, y in loader:
    with accelerator.accumulate(model):
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
```

## Fix

```python
from accelerate import Accelerator

accelerator = Accelerator(gradient_accumulation_steps=4)
model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
for x, y in loader:
    with accelerator.accumulate(model):
        loss = criterion(model(x), y)
        accelerator.backward(loss)
        optimizer.step()
        optimizer.zero_grad()
```

## When it is not a bug

Models that are not prepared; a branch for runs without Accelerate; a loss that is multiplied by the number of
accumulated batches on purpose.

## Fix safety

Safe where nothing is accumulated: without fp16 and DeepSpeed both calls do the same. With accumulation unsafe: the
gradients become a fraction of what they were. Not rewritten where the loss is divided by hand, which would divide it
twice, and where the accelerator is not in sight.

## References

* Accelerate documentation, page "Performing gradient accumulation with Accelerate"
* Accelerate documentation, page "Accelerator", method `backward`
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, Replace, claim, shown
from codemods._events import readings
from codemods._modules import class_of
from codemods._places import function_of
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.reader import Entry, Reading
from fixer.reading.source import Module
from fixer.reading.tree import Emit, Located, locate
from fixer.reading.values import Prepared

NAME = "accelerate-raw-backward"
SUMMARY = "a plain backward where Accelerate has prepared model and optimizer"


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per backward that passes the Accelerator by."""
    for found in readings(reading, Kind.BACKWARD).values():
        emit = found[0][1].emit
        if emit.module is reading.module and all(_bypasses(entry, place) for entry, place in found):
            yield _claim(emit)


def _bypasses(entry: Entry, place: Located) -> bool:
    facts = place.emit.facts
    way = facts.get("prepared")
    if not isinstance(way, Prepared) or facts.get("managed") or facts.get("amp") or not place.loops:
        return False
    if facts["scaled"] is None:
        return False  # multiplied by something: perhaps by what the library divides by
    loop, steps = place.loops[-1], 0
    for other in locate(entry.tree):
        emit = other.emit
        if loop not in other.loops:
            continue
        if emit.kind is Kind.BACKWARD and emit.facts.get("managed") and emit.parameters.owners & _owners(place):
            return False
        if emit.kind is Kind.STEP and emit.parameters.owners & _owners(place):
            if not emit.facts.get("prepared"):
                return False
            steps += 1
    return bool(steps)


def _owners(place: Located) -> frozenset[object]:
    return place.emit.parameters.owners


def _claim(emit: Emit) -> Claim:
    module, node, way = emit.module, emit.node, emit.facts["prepared"]
    edits, trouble = _edits(module, node, way, bool(emit.facts["scaled"]))
    sums = way.by.accumulates is not False or _accumulates(way.module)
    reason = "gradients become means of the accumulated batches, not sums" if sums else "without fp16 it does the same"
    applicability = Applicability.UNSAFE if sums else Applicability.SAFE
    return claim(
        NAME,
        module,
        module.statement(node),
        "this backward passes the Accelerator by: it neither divides for accumulation nor scales the loss for fp16",
        [
            shown(way.module, way.node, "prepare", "the Accelerator prepares model and optimizer"),
            shown(module, node, "backward", "and does not hear of this backward"),
        ],
        Applicability.NONE if trouble else applicability,
        "let the Accelerator make the backward",
        trouble or reason,
        edits,
    )


def _accumulates(module: Module) -> bool:
    """Whether batches are added up under ``accelerator.accumulate``."""
    return any(isinstance(p, ast.Attribute) and p.attr == "accumulate" for p in ast.walk(module.tree))


def _edits(module: Module, node: ast.AST, way: Prepared, divided: bool) -> tuple[list[Edit], str]:
    if divided:
        return [], "the loss is divided by hand, which the Accelerator would do again"
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "backward":
        return [], "how the backward is called cannot be rewritten"
    assert isinstance(way.node.func, ast.Attribute)
    name = ast.unparse(way.node.func.value)
    if way.module is not module or not _seen(module, way.node, node, name):
        return [], "the accelerator is not in sight where the backward is made"
    rest = [module.text_of(part) for part in node.args]
    rest += [f"{k.arg}={module.text_of(k.value)}" for k in node.keywords if k.arg]
    given = ", ".join([module.text_of(node.func.value), *rest])
    return [Replace(module.place(node), f"{name}.backward({given})")], ""


def _seen(module: Module, made: ast.AST, node: ast.AST, name: str) -> bool:
    """Whether the accelerator has the same name here."""
    home, here = function_of(module, made), function_of(module, node)
    if name.startswith("self."):
        return class_of(module, made) is class_of(module, node)
    if home is here or home is None:
        return True
    arguments = getattr(here, "args", None)
    return arguments is not None and any(a.arg == name for a in [*arguments.args, *arguments.kwonlyargs])

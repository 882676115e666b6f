"""# unscaled-accumulation

## What it does

Finds gradient accumulation whose k backward passes are summed where they should be averaged.

## Why is this bad?

Each backward adds the gradient of a mean loss. After k of them the optimizer sees k times the gradient of the large
batch that is meant: with SGD the learning rate is k times what it says, a clip threshold is divided by k, eps and L2
decay shift. Adam and AdamW hardly notice without clipping, because they divide by the gradient's own size.

## How it looks from outside

* Training that is stable without gradient accumulation diverges with it.
* Results change when `batch_size` and the number of accumulation steps change against each other.
* Gradient clipping clips every step.
* The learning rate must be much smaller than with one large batch.

## Example

```python
for i, (x, y) in enumerate(loader):
    loss = criterion(model(x), y)
    loss.backward()
    if (i + 1) % accum_steps == 0:
        optimizer.step()
        optimizer.zero_grad()
```

## Fix

```python
    (loss / accum_steps).backward()
```

The division stands at the backward, so that logged losses keep their scale.

## When it is not a bug

A loss that is divided already, gradients that are divided before the step, losses with `reduction="sum"`, sums of
different terms, engines and trainers that divide by themselves (Accelerate, Fabric, Lightning, DeepSpeed).

## Fix safety

Unsafe throughout: the learning rate may have been tuned to the sum. To keep the sum, leave the code and read the
learning rate of SGD as k times what it says.

## References

* PyTorch documentation, page "Automatic Mixed Precision examples", section on gradient accumulation
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, Replace, claim, shown
from codemods._places import function_of, names, scope_of
from fixer.findings import Applicability
from fixer.reading.accumulation import Unscaled, unscaled
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.updates import updates
from fixer.reading.verdicts import outside, stale

NAME = "unscaled-accumulation"
SUMMARY = "accumulated gradients are summed where they should be averaged"
REVEALS = frozenset({"dropped-accumulation-tail"})
"""Rules that stay silent while this one's finding stands."""
_ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant)


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per backward that should be divided."""
    seen: set[ast.AST] = set()
    for updated in updates(reading):
        if updated.trouble or stale(updated) is not None or outside(updated) is not None:
            continue
        for found in unscaled(updated):
            node = found.backward.emit.node
            if node not in seen and not _rate_divided(found):
                seen.add(node)
                yield _claim(found)


def _rate_divided(found: Unscaled) -> bool:
    """Whether the learning rate mentions the number of accumulated batches."""
    count = ast.parse(found.count, mode="eval").body
    words = names(count)
    for created in found.updated.created:
        if any(
            isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div) and names(n.right) & words
            for n in ast.walk(created.emit.node)
        ):
            return True
    return False


def _claim(found: Unscaled) -> Claim:
    emit, step = found.backward.emit, found.step.emit
    module = emit.module
    count = _named_length(found) or found.count
    many = count if len(count) <= 30 else "several" if found.how == "every" else "all"
    path = [
        shown(module, emit.node, "backward", "batch 1: backward adds the gradient of its mean loss"),
        shown(module, emit.node, "backward", "batch 2: backward adds another one, and so on"),
        shown(step.module, step.node, "step", f"the step applies the sum of {many} gradients, not their mean"),
    ]
    root = _root(emit.node)
    edits: list[Edit] = []
    if root is None:
        applicability, reason = Applicability.NONE, "the expression that goes backward cannot be told"
    elif not _visible(found, module):
        applicability, reason = Applicability.NONE, f"{found.count} is not known where backward is called"
    else:
        applicability = Applicability.UNSAFE
        reason = "the learning rate may have been tuned to the sum"
        if found.updated.created and "Adam" in str(found.updated.created[0].emit.facts.get("name")):
            reason += "; with Adam the weights hardly change, except through clipping, eps and L2 decay"
        edits = [Replace(module.place(root), _divided(module, root, count, root is not _argument(emit.node)))]
    return claim(
        NAME,
        module,
        module.statement(emit.node),
        f"the gradients of {many} batches are summed where they should be averaged: each step is {count} times as long "
        "as it should be",
        path,
        applicability,
        f"divide the loss by {count} at the backward",
        reason,
        edits,
    )


def _named_length(found: Unscaled) -> str | None:
    """A name that was given the loop's length before it: ``k = len(list(range(0, n, b)))``."""
    if found.how == "every":
        return None
    module = found.loop.module
    scope = scope_of(module, found.loop.node)
    wanted = ast.dump(ast.parse(found.count.replace("list(", "("), mode="eval").body)
    bound: dict[str, list[ast.expr]] = {}
    for part in ast.walk(scope):
        if isinstance(part, ast.Assign) and len(part.targets) == 1 and isinstance(part.targets[0], ast.Name):
            bound.setdefault(part.targets[0].id, []).append(part.value)
    for name, values in bound.items():
        text = ast.unparse(values[0]).replace("list(", "(")
        if len(values) == 1 and text.startswith("len(") and ast.dump(ast.parse(text, mode="eval").body) == wanted:
            return name
    return None


def _argument(node: ast.AST) -> ast.expr | None:
    """The loss inside ``scaler.scale(loss).backward()`` or ``torch.autograd.backward(loss)``."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
        inner = node.func.value
        if isinstance(inner.func, ast.Attribute) and inner.func.attr == "scale" and len(inner.args) == 1:
            return inner.args[0]
    if node.args and ast.unparse(node.func).endswith("autograd.backward"):
        return node.args[0]
    return None


def _root(node: ast.AST) -> ast.expr | None:
    inside = _argument(node)
    if inside is not None:
        return inside
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "backward":
        return node.func.value
    return None


def _divided(module: Module, root: ast.expr, count: str, enclosed: bool) -> str:
    """``loss / k``, with the parentheses it needs."""
    text = module.text_of(root)
    if not isinstance(root, _ATOMS):
        text = f"({text})"
    divisor = ast.parse(count, mode="eval").body
    written = count if isinstance(divisor, _ATOMS) else f"({count})"
    return f"({text} / {written})" if enclosed else f"{text} / {written}"


def _visible(found: Unscaled, module: Module) -> bool:
    """Whether the names of the divisor mean the same where backward is called."""
    step = found.step.emit
    where = found.loop.node if found.how != "every" else step.node
    owner = found.loop.module if found.how != "every" else step.module
    if owner is not module:
        return False
    here, there = function_of(module, found.backward.emit.node), function_of(module, where)
    if here is there:
        return True
    count = ast.parse(found.count, mode="eval").body
    roots = {n.id for n in ast.walk(count) if isinstance(n, ast.Name)} - {"len", "range"}
    if not roots:
        return True
    if roots == {"self"}:
        return _class_of(module, here) is _class_of(module, there)
    local = set().union(*(_locals(f) for f in (here, there) if f is not None))
    return not roots & local


def _class_of(module: Module, function: ast.AST | None) -> ast.AST | None:
    return module.parent(function) if function is not None else None


def _locals(function: ast.AST) -> set[str]:
    found = {a.arg for a in ast.walk(function) if isinstance(a, ast.arg)}
    return found | {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}

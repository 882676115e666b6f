"""# regression-broadcast

## What it does

Finds a regression loss between a column of outputs, [N, 1], and a vector of targets, [N].

## Why is this bad?

The two are broadcast to [N, N]: every output is compared with every target. The best that the model can do is to
predict the mean of the targets for everything. PyTorch warns once, and goes on.

## How it looks from outside

* A regression model predicts the mean: the same value for every input.
* The loss is stuck at the variance of the targets.
* UserWarning: Using a target size that is different to the input size.

## Example

```python
out = model(x)                      # [N, 1]
loss = F.mse_loss(out, y)           # y: [N]
```

## Fix

```python
out = model(x)
loss = F.mse_loss(out, y.view_as(out))
```

## When it is not a bug

Pairwise losses and outer products that are meant (`a[:, None] - b[None, :]`); several outputs; masks. Of a loss that is
written out (`((out - y) ** 2).mean()`) only differences between outputs and labels count.

## Fix safety

Unsafe: the loss becomes another one. `squeeze()` is avoided: it would also drop a batch of one.

## References

* PyTorch documentation, pages "MSELoss" and "Broadcasting semantics"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, Replace, claim, shown
from codemods._events import same_everywhere
from codemods._places import first_two, scope_of
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.protocol.losses import ELEMENTWISE
from fixer.reading.reader import Reading
from fixer.reading.shapes import crossed
from fixer.reading.source import Module
from fixer.reading.tree import Located
from fixer.reading.values import Tensor

NAME = "regression-broadcast"
SUMMARY = "outputs [N, 1] against targets [N]: every output is compared with every target"


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per regression loss that compares all pairs."""
    for place in same_everywhere(reading, Kind.LOSS, _crossed):
        yield _claim(reading, place)
    for place in same_everywhere(reading, Kind.CROSSED, lambda place: _written_out(reading.module, place)):
        yield _claim(reading, place)


def _crossed(place: Located) -> bool:
    facts = place.emit.facts
    shapes = facts.get("shapes", ())
    if facts["criterion"] not in ELEMENTWISE or len(shapes) != 2 or None in shapes:
        return False
    return crossed(*shapes) and _trained(facts["given"][0]) != _trained(facts["given"][1])


def _written_out(module: Module, place: Located) -> bool:
    """Whether a difference of outputs and labels is squared, or its size taken: a loss that is written out."""
    facts, node = place.emit.facts, place.emit.node
    given = facts["given"]
    if (
        not facts["grad"]
        or not place.loops
        or _trained(given[0]) == _trained(given[1])
        or not any(_label(value) for value in given)
    ):
        return False
    if not any(isinstance(node, ast.BinOp) and part is node for part in ast.walk(module.tree)):
        return False
    if _measured(module, node):
        return True
    statement = module.statement(node)
    target = statement.targets[0] if isinstance(statement, ast.Assign) and statement.value is node else None
    if not isinstance(target, ast.Name):
        return False
    uses = [n for n in ast.walk(scope_of(module, node)) if isinstance(n, ast.Name)]
    uses = [n for n in uses if n.id == target.id and isinstance(n.ctx, ast.Load)]
    return bool(uses) and all(_measured(module, use) for use in uses)


def _measured(module: Module, node: ast.AST) -> bool:
    """``x ** 2``, ``x.pow(2)``, ``x.abs()``, ``torch.abs(x)``, ``x * x``."""
    up = module.parent(node)
    if isinstance(up, ast.BinOp):
        return isinstance(up.op, ast.Pow) and up.left is node or ast.dump(up.left) == ast.dump(up.right)
    if isinstance(up, ast.Attribute):
        return up.attr in ("pow", "square", "abs") and isinstance(module.parent(up), ast.Call)
    called = ast.unparse(up.func).rpartition(".")[2] if isinstance(up, ast.Call) and node in up.args[:1] else ""
    return called in ("pow", "square", "abs")


def _label(value: object) -> bool:
    """Whether a value comes from no model."""
    return isinstance(value, Tensor) and not value.owners.owners and value.owners.exact


def _trained(value: object) -> bool:
    return isinstance(value, Tensor) and bool(value.owners.owners)


def _claim(reading: Reading, place: Located) -> Claim:
    module, node = reading.module, place.emit.node
    facts = place.emit.facts
    at = 1 if _trained(facts["given"][0]) else 0
    edits: list[Edit] = []
    trouble = "how the loss is called cannot be rewritten"
    pair = (node.left, node.right) if isinstance(node, ast.BinOp) else first_two(node)
    if pair is not None:
        target, output = pair[at], pair[1 - at]
        text = module.text_of(target)
        if not isinstance(target, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
            text = f"({text})"
        if isinstance(output, (ast.Name, ast.Attribute)):
            how = f"view_as({module.text_of(output)})"
        else:
            how = "unsqueeze(1)" if len(facts["shapes"][at]) == 1 else "squeeze(1)"
        trouble, edits = "", [Replace(module.place(target), f"{text}.{how}")]
    column, vector = ("targets", "outputs") if len(facts["shapes"][at]) == 2 else ("outputs", "targets")
    return claim(
        NAME,
        module,
        node,
        f"{column} [N, 1] against {vector} [N]: every output is compared with every target, so the mean is learned",
        [shown(module, node, "loss", "both are broadcast to [N, N]")],
        Applicability.NONE if trouble else Applicability.UNSAFE,
        "give the targets the shape of the outputs",
        trouble or "the loss becomes another one",
        edits,
    )

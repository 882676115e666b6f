"""# detached-loss

## What it does

Finds a backward from a tensor that was rebuilt from the loss (`torch.tensor(loss, requires_grad=True)`,
`Variable(loss.data, requires_grad=True)`): it has no graph, so no gradient reaches the model.

## Why is this bad?

`requires_grad=True` silences the error "element 0 of tensors does not require grad", but it does not bring back the
graph. The backward fills the gradient of the new tensor alone; every parameter of the model keeps `grad = None`, and
the step changes nothing.

## How it looks from outside

* The loss stays flat, and the weights do not change at all.
* All `parameter.grad` are None after the backward.
* The accuracy stays at chance however long it trains.

## Example

```python
loss = torch.tensor(criterion(model(x), y), requires_grad=True)
loss.backward()
optimizer.step()
```

## Fix

```python
loss = criterion(model(x), y)
loss.backward()
optimizer.step()
```

## When it is not a bug

Gradients that are stopped on purpose; fakes detached for a discriminator; advantages and rewards; straight-through
estimators; `requires_grad_()` on a loss that has its graph; a tensor that is optimised itself; a gradient that a second
backward hands on to the model.

## Fix safety

Unsafe: the model trains for the first time. Not rewritten where the value went through `.item()` or NumPy: the graph is
lost inside.

## References

* PyTorch documentation, page "torch.tensor"
* PyTorch documentation, note "Autograd mechanics"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Delete, Edit, Replace, claim, shown
from codemods._events import readings
from codemods._places import scope_of
from codemods._reveals import DATA, EVALUATION, LOSS, UPDATE
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.reader import Entry, Reading
from fixer.reading.tree import Emit, Located, locate

NAME = "detached-loss"
SUMMARY = "the loss is rebuilt without its graph: no gradient reaches the model"

REVEALS = UPDATE | LOSS | EVALUATION | DATA
"""Nothing trains as long as no gradient reaches the model."""


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per backward that reaches no model."""
    for found in readings(reading, Kind.BACKWARD).values():
        if all(_proven(entry, place) for entry, place in found):
            yield _claim(found[0][1].emit)


def _proven(entry: Entry, place: Located) -> bool:
    facts = place.emit.facts
    if "rebuilt" not in facts or len(facts["rebuilt"]) != 1 or not place.loops:
        return False
    (node, module, _), loop = facts["rebuilt"][0], place.loops[-1]
    if any(isinstance(part, ast.Attribute) and part.attr == "grad" for part in ast.walk(scope_of(module, node))):
        return False  # someone may hand its gradient on
    made = {source.site for source in place.emit.uses}
    forwards = stepped = False
    for other in locate(entry.tree):
        emit = other.emit
        if emit.kind is Kind.BACKWARD and "rebuilt" not in emit.facts and loop in other.loops:
            return False  # it may hand the gradient on
        if emit.kind is Kind.STEP:
            if emit.parameters.owners & facts["leaves"] or not emit.parameters.exact and not emit.parameters.owners:
                return False
            stepped = stepped or loop in other.loops
        if emit.kind is Kind.FORWARD and emit.makes in made and emit.facts["module"] and emit.facts["grad"]:
            forwards = True
    return forwards and stepped


def _claim(emit: Emit) -> Claim:
    ((node, module, whole),) = emit.facts["rebuilt"]
    inner = _inner(node) if whole else None
    edits: list[Edit] = []
    if inner is not None:
        statement = module.statement(node)
        same = (
            isinstance(statement, ast.Assign)
            and statement.value is node
            and len(statement.targets) == 1
            and ast.unparse(statement.targets[0]) == ast.unparse(inner)
        )
        place = module.place(statement) if same else module.place(node)
        edits = [Delete(place) if same else Replace(place, module.text_of(inner))]
    return claim(
        NAME,
        module,
        module.statement(node),
        "this tensor is rebuilt without the graph of the loss: its backward reaches no parameter of the model",
        [
            shown(module, node, "graph lost", "a new tensor with the same value, and nothing behind it"),
            shown(emit.module, emit.node, "backward", "fills the gradient of that tensor alone"),
        ],
        Applicability.UNSAFE if edits else Applicability.NONE,
        "use the loss itself",
        "the model trains for the first time" if edits else "the graph is lost before; keep it a tensor",
        edits,
    )


def _inner(node: ast.AST) -> ast.expr | None:
    """The expression that still has the graph."""
    if not isinstance(node, ast.Call):
        return None
    value: ast.expr | None
    if isinstance(node.func, ast.Attribute) and node.func.attr == "requires_grad_":
        value = node.func.value
    else:
        value = node.args[0] if node.args else None
    given = value
    while True:
        if isinstance(value, ast.Attribute) and value.attr == "data":
            value = value.value
        elif isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "detach":
            value = value.func.value
        else:
            break
    if value is given and isinstance(node.func, ast.Attribute) and node.func.attr == "requires_grad_":
        return None  # it has lost its graph before
    lost = ("item", "numpy", "tolist", "float")
    for part in ast.walk(value) if value is not None else ():
        if isinstance(part, ast.Attribute) and part.attr in (*lost, "detach", "data"):
            return None
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in ("float", "int"):
            return None
    return value

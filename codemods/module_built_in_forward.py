"""# module-built-in-forward

## What it does

Finds a layer that is built and applied anew at every call of `forward`.

## Why is this bad?

`nn.Dropout(p)(x)` in `forward` is a new module each time, and a new module is in train mode: `model.eval()` does not
reach it. `nn.Linear(8, 4)(x)` is new, random and untrained at every call: no optimizer ever sees its parameters, and
they are in no checkpoint.

## How it looks from outside

* Evaluating the same model twice on the same data gives different results.
* Predictions are random although the training loss falls.
* A layer of the model is missing in `state_dict()` and in the printed model.

## Example

```python
class Net(nn.Module):
    def forward(self, x):
        return self.fc(nn.Dropout(0.5)(x))
```

## Fix

```python
class Net(nn.Module):
    def forward(self, x):
        return self.fc(nn.functional.dropout(x, 0.5, training=self.training))
```

A layer with parameters is built in `__init__` instead and kept on `self`.

## When it is not a bug

Layers without parameters or mode (`nn.ReLU()`, `nn.Softmax(dim=1)`, pooling) and losses; a layer built once and kept;
a hypernetwork that sets the weights itself; functions outside modules.

## Fix safety

Dropout: safe. A layer with parameters: unsafe, as the model gets parameters and checkpoint keys that it did not have;
it is only reported if its sizes come from the input.

## References

* PyTorch documentation, page "torch.nn.Module"
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods._claim import Claim, Delete, Edit, InsertAfter, Replace, claim, shown
from codemods._events import same_everywhere
from codemods._modules import alias, class_of, defined, method_of, own_name
from codemods._places import fresh
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.building import BUILT_LAYERS, TRAINED
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.tree import Located, emits

NAME = "module-built-in-forward"
SUMMARY = "a layer is built anew at every forward: never trained, and always in train mode"

_STATELESS = frozenset({"affine", "elementwise_affine", "track_running_stats", "_weight", "_freeze"})
_PLACED = frozenset({"to", "cuda", "cpu", "double", "half", "float"})


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per layer with parameters or a mode that is built where it is used."""
    applied = {e.subject for entry in reading.entries for e in emits(entry.tree) if e.kind is Kind.FORWARD}
    for place in same_everywhere(reading, Kind.BUILT, lambda place: _wanted(reading.module, place, applied)):
        yield _claim(reading, place)


def _wanted(module: Module, place: Located, applied: set[object]) -> bool:
    node = place.emit.node
    if not isinstance(node, ast.Call):
        return False
    if place.emit.facts["name"] not in BUILT_LAYERS and not _trained_parts(place.emit.facts["name"], node):
        return False
    if place.emit.subject not in applied or any(k.arg in _STATELESS or k.arg is None for k in node.keywords):
        return False
    method = method_of(module, node)
    return method is not None and method.name != "__init__" and bool(_calls(module, method, node))


def _trained_parts(name: str, node: ast.Call) -> bool:
    """Whether a Sequential is built of layers with parameters, here and now."""
    return name == "Sequential" and any(
        isinstance(part, ast.Call) and ast.unparse(part.func).rpartition(".")[2] in TRAINED for part in node.args
    )


def _whole(module: Module, node: ast.Call) -> ast.Call:
    """The constructor with ``.to(device)`` and the like behind it."""
    up = module.parent(node)
    while isinstance(up, ast.Attribute) and up.attr in _PLACED:
        call = module.parent(up)
        if not isinstance(call, ast.Call) or call.func is not up:
            break
        node, up = call, module.parent(call)
    return node


def _calls(module: Module, method: ast.FunctionDef, node: ast.Call) -> list[ast.Call]:
    """The calls of the layer, if it is only called: directly, or by one local name."""
    whole = _whole(module, node)
    up = module.parent(whole)
    if isinstance(up, ast.Call) and up.func is whole:
        return [up]
    if not isinstance(up, ast.Assign) or len(up.targets) != 1 or not isinstance(up.targets[0], ast.Name):
        return []
    name, found = up.targets[0].id, []
    for part in ast.walk(method):
        if isinstance(part, ast.Name) and part.id == name and part is not up.targets[0]:
            call = module.parent(part)
            if not isinstance(part.ctx, ast.Load) or not isinstance(call, ast.Call) or call.func is not part:
                return []
            found.append(call)
    return found


def _claim(reading: Reading, place: Located) -> Claim:
    module, node = reading.module, place.emit.node
    assert isinstance(node, ast.Call)
    method, name = method_of(module, node), str(place.emit.facts["name"])
    assert method is not None
    calls = _calls(module, method, node)
    drops = name.startswith("Dropout")
    edits, trouble = (_functional if drops else _hoisted)(module, method, node, calls)
    if drops:
        applicability, reason = Applicability.SAFE, "the same dropout, following the module's mode"
        message = "a new dropout layer at every call is always in train mode: model.eval() does not switch it off"
        summary = "use the function, which is told the mode"
    else:
        applicability = Applicability.UNSAFE
        reason = "the model gets parameters, and its checkpoints keys, that they did not have"
        message = f"a new {name} at every call is random and never trained"
        summary = "build it in __init__"
    return claim(
        NAME,
        module,
        node,
        message,
        [shown(module, node, "forward", "built anew at every call, applied, and forgotten")],
        Applicability.NONE if trouble else applicability,
        summary,
        trouble or reason,
        edits,
    )


def _functional(
    module: Module, method: ast.FunctionDef, node: ast.Call, calls: list[ast.Call]
) -> tuple[list[Edit], str]:
    """Dropout as a function of the module's mode."""
    layer = ast.unparse(node.func).rpartition(".")[2]
    function = layer.replace("Dropout", "dropout")
    package = alias(module, "torch.nn.functional")
    if package is None:
        return [], "torch.nn.functional cannot be named here"
    given = [module.text_of(part) for part in node.args[:1]]
    given += [f"p={module.text_of(k.value)}" for k in node.keywords if k.arg == "p"]
    mode = f"training={own_name(method)}.training"
    rest = [f"{k.arg}={module.text_of(k.value)}" for k in node.keywords if k.arg == "inplace"]
    rest += [f"inplace={module.text_of(part)}" for part in node.args[1:2]]
    edits: list[Edit] = []
    for call in calls:
        if len(call.args) != 1 or call.keywords:
            return [], "how the layer is called cannot be told"
        text = ", ".join([module.text_of(call.args[0]), *given, mode, *rest])
        edits.append(Replace(module.place(call), f"{package}.{function}({text})"))
    return [*_gone(module, node), *edits], ""


def _gone(module: Module, node: ast.Call) -> list[Edit]:
    statement = module.statement(node)
    whole = _whole(module, node)
    return [Delete(module.place(statement))] if isinstance(statement, ast.Assign) and statement.value is whole else []


def _hoisted(module: Module, method: ast.FunctionDef, node: ast.Call, calls: list[ast.Call]) -> tuple[list[Edit], str]:
    """The layer as an attribute that ``__init__`` builds."""
    cls = class_of(module, node)
    init = defined(cls, "__init__") if cls is not None else None
    if cls is None or init is None:
        return [], "the class has no __init__ to build it in"
    me, here = own_name(init), own_name(method)
    held = {ast.unparse(t) for part in ast.walk(init) if isinstance(part, ast.Assign) for t in part.targets}
    classes = {id(p) for call in ast.walk(node) if isinstance(call, ast.Call) for p in _class_names(call)}
    for part in [*node.args, *[k.value for k in node.keywords]]:
        for name in ast.walk(part):
            if id(name) in classes:
                continue
            attribute = ast.unparse(name) if isinstance(name, ast.Attribute) else ""
            if isinstance(name, ast.Name) and name.id != here:
                return [], f"its sizes depend on {name.id}, which __init__ does not know"
            if attribute and attribute.replace(f"{here}.", f"{me}.", 1) not in held:
                return [], f"its sizes depend on {attribute}, which __init__ does not set"
    taken = {part.attr for part in ast.walk(cls) if isinstance(part, ast.Attribute)}
    statement = module.statement(node)
    target = statement.targets[0] if isinstance(statement, ast.Assign) and _gone(module, node) else None
    plain = re.sub(r"\d+d$|\d+$", "", ast.unparse(node.func).rpartition(".")[2]).lower()
    wanted = target.id if isinstance(target, ast.Name) else plain
    attribute = fresh(taken, wanted)
    last = next(
        (s for s in reversed(init.body) if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Attribute)),
        init.body[-1],
    )
    text = module.text_of(node)
    if "\n" in text:
        text = ast.unparse(node)
    edits: list[Edit] = [InsertAfter(module.place(last), f"{me}.{attribute} = {text}"), *_gone(module, node)]
    for call in calls:
        edits.append(Replace(module.place(call.func), f"{here}.{attribute}"))
    return edits, ""


def _class_names(call: ast.Call) -> list[ast.AST]:
    """The parts of the name of a class that is called: ``nn.ReLU``."""
    return list(ast.walk(call.func)) if ast.unparse(call.func).rpartition(".")[2][:1].isupper() else []

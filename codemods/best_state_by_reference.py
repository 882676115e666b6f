"""# best-state-by-reference

## What it does

Finds code that remembers the best weights of a training by `best = model.state_dict()` (or `best = model`): that is no
copy, so that training goes on changing it.

## Why is this bad?

A state dict holds references to the live parameters. After further steps, "the best weights" are the last ones. What is
loaded, returned or saved in the end is not what was measured.

## How it looks from outside

* The restored best model scores the same as the last one, and worse than its recorded best score.
* Early stopping has no effect: loading the best weights changes nothing.
* The saved best checkpoint does not reproduce the validation accuracy it was saved for.

## Example

```python
if accuracy > best_accuracy:
    best_accuracy = accuracy
    best_weights = model.state_dict()
```

## Fix

```python
if accuracy > best_accuracy:
    best_accuracy = accuracy
    best_weights = copy.deepcopy(model.state_dict())
```

and `import copy` at the top.

## When it is not a bug

A state that is saved to a file at once; clones; copies to another device; weights that are averaged; a loop that ends
right after; a state that is loaded again before the next step.

## Fix safety

Safe for state dicts: what is kept is what was measured. Unsafe for whole models, whose copy is another object with its
own hooks.

## References

* PyTorch tutorial "Saving and Loading Models", the warning on `best_model_state = model.state_dict()`
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods._claim import Claim, Edit, Replace, claim, shown
from codemods._imports import imported
from codemods._places import scope_of
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.reader import Entry, Reading
from fixer.reading.source import Module
from fixer.reading.tree import Emit, Located, allocated, locate

NAME = "best-state-by-reference"
SUMMARY = "the best weights are kept by reference: training goes on changing them"

_BETTER = re.compile(r"best|better|improv|early|stop", re.I)


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per state that is kept without a copy."""
    groups: dict[ast.AST, list[tuple[Entry, Located]]] = {}
    for entry in reading.entries:
        for place in locate(entry.tree):
            if place.emit.kind is Kind.SNAPSHOT:
                groups.setdefault(place.emit.facts["source"], []).append((entry, place))
    for found in groups.values():
        if all(_proven(entry, place) for entry, place in found):
            yield _claim(found[0][1].emit)


def _proven(entry: Entry, place: Located) -> bool:
    emit = place.emit
    module, node = emit.module, emit.node
    assert isinstance(node, ast.stmt)
    trained = {
        loop.ident
        for other in locate(entry.tree)
        if other.emit.kind is Kind.STEP and other.emit.parameters.meets(emit.parameters)
        for loop in other.loops
    }
    owners = emit.parameters.owners
    # A loop that builds the model anew in each iteration goes on with another one.
    if not any(loop.ident in trained and not owners & set(allocated(loop.body)) for loop in place.loops):
        return False
    guard = _comparison(module, node)
    return guard is not None and not _ends(guard, node) and _used_later(module, emit, guard)


def _comparison(module: Module, node: ast.stmt) -> ast.If | None:
    """The test of a metric that the statement stands under."""
    for up in module.ancestors(node):
        if isinstance(up, ast.If) and node.lineno >= up.body[0].lineno:
            text = ast.unparse(up.test)
            ordered = any(isinstance(op, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) for op in _ops(up.test))
            if ordered or _BETTER.search(text):
                return up
        if isinstance(up, (ast.FunctionDef, ast.For, ast.While)):
            return None
    return None


def _ops(node: ast.expr) -> list[ast.cmpop]:
    return [op for part in ast.walk(node) if isinstance(part, ast.Compare) for op in part.ops]


def _ends(guard: ast.If, kept: ast.stmt) -> bool:
    """Whether the loop ends right after what is kept there, in the same side of the test."""
    side = guard.body if any(kept in ast.walk(part) for part in guard.body) else guard.orelse
    return any(isinstance(part, (ast.Break, ast.Return, ast.Raise)) for top in side for part in ast.walk(top))


def _used_later(module: Module, emit: Emit, guard: ast.If) -> bool:
    """Whether what is kept is loaded, returned or saved elsewhere, and not put back within the loop."""
    target = emit.facts["target"]
    assert isinstance(target, ast.expr)
    name = ast.unparse(target.value if isinstance(target, ast.Subscript) else target)
    scope: ast.AST = module.tree
    if name.isidentifier():
        scope = scope_of(module, emit.node)
    inside = set(ast.walk(guard))
    loop = next((up for up in module.ancestors(guard) if isinstance(up, (ast.For, ast.While))), None)
    looped = set(ast.walk(loop)) if loop is not None else set()
    if any("save" in ast.unparse(part.func) for part in inside if isinstance(part, ast.Call)):
        return False  # it goes into a file at once
    used = False
    for part in ast.walk(scope):
        if scope is not module.tree and getattr(part, "lineno", emit.line) < getattr(loop, "lineno", 0):
            continue  # what the name stood for before
        if isinstance(part, (ast.Name, ast.Attribute)) and isinstance(part.ctx, ast.Load) and part not in inside:
            if ast.unparse(part) == name:
                if part in looped and any("load_state_dict" in ast.unparse(up) for up in _calls(module, part)):
                    return False
                used = True
    return used


def _calls(module: Module, node: ast.AST) -> list[ast.Call]:
    found = []
    for up in module.ancestors(node):
        if isinstance(up, ast.stmt):
            break
        if isinstance(up, ast.Call):
            found.append(up)
    return found


def _claim(emit: Emit) -> Claim:
    module, source = emit.module, emit.facts["source"]
    assert isinstance(source, ast.expr)
    written, target = module.text_of(source), module.text_of(emit.facts["target"])
    function, edits = _deepcopy(module)
    if function:
        edits = [*edits, Replace(module.place(source), f"{function}({written})")]
    whole = bool(emit.facts["whole"])
    if not function:
        applicability, reason = Applicability.NONE, "the name copy is taken by something else here"
    elif whole:
        applicability, reason = Applicability.UNSAFE, "the copy is another object, with hooks of its own"
    else:
        applicability, reason = Applicability.SAFE, "what is kept is then what was measured"
    return claim(
        NAME,
        module,
        emit.node,
        f"{target} is no copy: it shows the live weights, so that after the next steps it is no longer the best state",
        [
            shown(module, emit.node, "state kept", f"{target} refers to the weights that are trained"),
            shown(module, emit.node, "step", "the next step changes them, and what is kept with them"),
        ],
        applicability,
        f"keep a copy: {function or 'copy.deepcopy'}({written})",
        reason,
        edits,
    )


def _deepcopy(module: Module) -> tuple[str, list[Edit]]:
    """How the source calls ``deepcopy``, and the edit that imports it; "" if the name ``copy`` means something else."""
    for part in module.tree.body:
        if isinstance(part, ast.ImportFrom) and part.module == "copy":
            for alias in part.names:
                if alias.name == "deepcopy":
                    return alias.asname or "deepcopy", []
    name, edits = imported(module, "copy")
    if any(_binds(node, name) for node in ast.walk(module.tree)):
        return "", []
    return f"{name}.deepcopy", edits


def _binds(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Name):
        return node.id == name and isinstance(node.ctx, ast.Store)
    if isinstance(node, ast.ImportFrom):
        return any((alias.asname or alias.name) == name for alias in node.names)
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return node.name == name
    return isinstance(node, ast.arg) and node.arg == name

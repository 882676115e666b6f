"""# loss-graph-accumulated

## What it does

Finds losses (or outputs) that are added to a running total or a list together with their graph, although nothing ever
goes backward through them again.

## Why is this bad?

`total += loss` adds a tensor that remembers how it was computed. The total then holds the graphs of all batches so far:
nodes that pile up batch by batch, and whole activations wherever no backward has freed them.

## How it looks from outside

* Memory grows with every batch and drops at the end of the epoch.
* CUDA out of memory after some hundred batches, or in the second epoch.
* Training gets slower from batch to batch.
* Printing the total shows `grad_fn=<AddBackward0>`.

## Example

```python
running_loss = 0
for x, y in loader:
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    running_loss += loss
```

## Fix

```python
running_loss = 0
for x, y in loader:
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    running_loss += loss.item()
```

Where the total is used as a tensor later, `loss.detach()` is added instead.

## When it is not a bug

Sums that a backward starts from (several terms, meta-learning, truncated back-propagation through time); losses that
are numbers or detached already; totals that start anew in every iteration; evaluation under `no_grad`.

## Fix safety

Safe: the numbers stay the same, and the graph is not used.

## References

* PyTorch documentation, "Frequently Asked Questions", section "My model reports cuda runtime error(2): out of memory"
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods._claim import Claim, Replace, claim, shown
from codemods._events import readings
from codemods._places import FUNCTIONS, scope_of
from codemods.eval_without_no_grad import recorded
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.evaluations import reached
from fixer.reading.reader import Entry, Reading
from fixer.reading.source import Module
from fixer.reading.tree import Call, Emit, Located, locate
from fixer.reading.updates import is_batch
from fixer.reading.values import Ident
from fixer.reading.written import argument, plain_name

NAME = "loss-graph-accumulated"
SUMMARY = "a loss is summed up or collected together with its graph: memory grows with every batch"
REVEALS = frozenset({"loss-average-wrong-denominator"})
"""What a sum is divided by is asked where it is one of numbers."""

_NUMBERS = frozenset(
    """print len format write info debug warning error append add_scalar log plot round float str max min mean sum
    set_postfix set_postfix_str set_description update array save dump isnan isfinite report abs int""".split()
)
"""Functions that take a number as well as a tensor of one element."""
_GROWS = frozenset({"append", "extend", "clear", "copy", "index", "count", "pop", "insert"})
_COUNT = re.compile(r"size|count|len|num|^n$|^bs$|batch|weight", re.I)


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per statement that keeps a graph over iterations, or that hands it to a method that does."""
    groups: dict[tuple[ast.AST, ast.AST], list[tuple[Entry, Located]]] = {}
    for node, found in readings(reading, Kind.KEPT).items():
        for entry, place in found:
            handed = _handed(place)
            groups.setdefault((node, handed[1] if handed else node), []).append((entry, place))
    for found in groups.values():
        place = found[0][1]
        if all(_proven(entry, one) for entry, one in found) and not _under_evaluation(reading, place.emit):
            yield _claim(place)


def _handed(place: Located) -> tuple[Module, ast.expr, Call] | None:
    """What the innermost call gives for the parameter that is added, if its function does nothing else with it.

    Such a function (of a meter, a history) may be given numbers by other calls: the graph is dropped at the call.
    """
    emit = place.emit
    call = next((above for above in reversed(place.above) if isinstance(above, Call)), None)
    scope = scope_of(emit.module, emit.node)
    if call is None or not isinstance(call.node, ast.Call) or not isinstance(scope, ast.FunctionDef):
        return None
    names = {part.id for part in ast.walk(_added(emit)) if isinstance(part, ast.Name)}
    words = [a.arg for a in (*scope.args.posonlyargs, *scope.args.args)]
    bound = int(words[:1] in (["self"], ["cls"]) and isinstance(call.node.func, ast.Attribute))
    for at, word in enumerate(words):
        if word not in names or word == "self" or not _only_stored(emit.module, scope, word):
            continue
        given = argument(call.node, word, at - bound)
        if given is not None and not isinstance(given, (ast.Starred, ast.Constant)) and not _a_number(given):
            return call.module, given, call
    return None


def _only_stored(module: Module, scope: ast.FunctionDef, name: str) -> bool:
    """Whether a function only counts with a parameter and stores it: no call gets it, and it is not given back."""
    for part in ast.walk(scope):
        if not isinstance(part, ast.Name) or part.id != name:
            continue
        at: ast.AST = part
        up = module.parent(part)
        while isinstance(up, (ast.BinOp, ast.UnaryOp, ast.IfExp)):
            at, up = up, module.parent(up)
        collected = isinstance(up, ast.Call) and at in up.args and plain_name(up.func) in ("append", "isinstance")
        if not isinstance(part.ctx, ast.Load) or not (isinstance(up, (ast.Assign, ast.AugAssign)) or collected):
            return False
    return True


def _proven(entry: Entry, place: Located) -> bool:
    emit = place.emit
    if not emit.facts["grad"] or emit.facts["unsure"] or emit.facts["site"] in reached(entry) or not place.loops:
        return False
    loop = place.loops[-1]
    sites = {source.site for source in emit.uses if not _a_mark(source.site)}
    trained = stepped = exact = False
    for other in locate(entry.tree):
        known = other.emit
        if known.kind in (Kind.FORWARD, Kind.LOSS) and known.makes in sites:
            if not known.facts.get("grad", True) or known.facts.get("unsure", False):
                return False
        elif known.kind is Kind.BACKWARD and loop in other.loops:
            starts = {source.site for source in known.uses if not _a_mark(source.site)}
            trained = trained or bool(sites) and sites <= starts
            exact = exact or sites == starts
        elif known.kind is Kind.STEP and loop in other.loops:
            stepped = True
    return trained and (emit.facts["sure"] or exact) and (stepped or is_batch(loop))


def _a_mark(site: Ident) -> bool:
    return isinstance(site, tuple) and site[:1] == ("kept",)


def _under_evaluation(reading: Reading, emit: Emit) -> bool:
    """Whether it stands in an evaluation that records gradients: that is the fault, then."""
    inside = emit.module.ancestors(emit.node)
    return any(one.node in inside for block in recorded(reading) for one in block)


def _claim(place: Located) -> Claim:
    emit = place.emit
    module, node = emit.module, emit.node
    added = _added(emit)
    handed = _handed(place)
    target = emit.facts["target"]
    assert isinstance(target, ast.expr)
    name = module.text_of(target)
    scalar = emit.facts["mean"] is not None or _is_loss(emit)
    method = "item" if scalar and not _tensor_later(module, node, target) else "detach"
    what = "collected" if isinstance(node, ast.Call) else "summed up"
    path = [
        shown(module, node, "kept over iterations", f"{name} holds this tensor with the graph of its batch"),
        shown(module, node, "kept over iterations", "and those of all batches before; no backward uses them"),
    ]
    if handed is not None:
        module, added, call = handed
        node, method = call.node, "detach"
        path.insert(0, shown(module, node, "call", f"{module.text_of(added)} is given with its graph"))
    whole, code = _without_graph(module, added, method)
    return claim(
        NAME,
        module,
        module.statement(node),
        f"{module.text_of(added)} is {what} in {name} together with its graph: memory grows with every batch",
        path,
        Applicability.SAFE,
        f"add {code}",
        "the numbers stay the same, and no backward starts from them",
        [Replace(module.place(whole), code)],
    )


def _is_loss(emit: Emit) -> bool:
    value = emit.facts["value"]
    return getattr(value, "role", "") == "loss" and getattr(value, "mean", None) is not None


def _added(emit: Emit) -> ast.expr:
    """The expression that is added."""
    node = emit.node
    if isinstance(node, ast.Call):
        return node.args[-1]
    if isinstance(node, ast.AugAssign):
        return node.value
    assert isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp)
    target = ast.unparse(emit.facts["target"])
    return node.value.right if ast.unparse(node.value.left) == target else node.value.left


def _without_graph(module: Module, added: ast.expr, method: str) -> tuple[ast.expr, str]:
    """The part of an expression to replace, and the same without its graph."""
    if isinstance(added, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
        return added, f"{module.text_of(added)}.{method}()"
    if isinstance(added, ast.BinOp) and isinstance(added.op, (ast.Mult, ast.Div)):
        for part, other in ((added.left, added.right), (added.right, added.left)):
            plain = isinstance(part, (ast.Name, ast.Attribute, ast.Subscript, ast.Call))
            if plain and _a_number(other) and not _a_number(part):
                return part, f"{module.text_of(part)}.{method}()"
    return added, f"({module.text_of(added)}).{method}()"


def _a_number(node: ast.expr) -> bool:
    """Whether an expression is (or is named like) a plain number: a size, a count, a constant."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Call):
        return plain_name(node.func) in ("size", "len", "numel", "dim", "int", "float")
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Attribute) and node.value.attr == "shape"
    name = plain_name(node)
    return bool(name) and bool(_COUNT.search(name)) and "loss" not in name.lower()


def _tensor_later(module: Module, node: ast.AST, target: ast.expr) -> bool:
    """Whether the total is used as a tensor somewhere, or where it cannot be seen."""
    name = ast.unparse(target)
    scope: ast.AST = module.tree
    if isinstance(target, ast.Name):
        scope = scope_of(module, node)
    for part in ast.walk(scope):
        if isinstance(part, (ast.Name, ast.Attribute, ast.Subscript)) and isinstance(part.ctx, ast.Load):
            if ast.unparse(part) == name and _as_tensor(module, part):
                return True
    return False


_SHOWN = (ast.BinOp, ast.UnaryOp, ast.FormattedValue, ast.JoinedStr, ast.Tuple, ast.List, ast.Dict)


def _as_tensor(module: Module, part: ast.AST) -> bool:
    up = module.parent(part)
    while isinstance(up, _SHOWN) or (isinstance(up, ast.Subscript) and up.value is part):
        if isinstance(up, ast.BinOp) and isinstance(up.op, ast.Mod):
            return False
        part, up = up, module.parent(up)
    if isinstance(up, ast.keyword):
        part, up = up, module.parent(up)
    if isinstance(up, ast.Attribute):
        return up.attr not in _GROWS
    if isinstance(up, ast.Call) and up.func is not part:
        function = up.func
        called = plain_name(function)
        root = ast.unparse(function).partition(".")[0]
        return called not in _NUMBERS or root == "torch"
    return isinstance(up, (ast.Return, ast.For, ast.comprehension, ast.Yield, *FUNCTIONS))

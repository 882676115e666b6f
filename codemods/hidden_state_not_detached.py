"""# hidden-state-not-detached

## What it does

Finds a recurrent state that goes from one batch into the next with its graph, while every batch has a backward.

## Why is this bad?

The backward of the second batch wants to go on through the graph of the first, which is freed: "Trying to backward
through the graph a second time". With `retain_graph=True` it does go on, through all batches so far: every batch takes
longer than the one before and memory grows, until the weights that the steps changed in between raise another error.

## How it looks from outside

* RuntimeError: Trying to backward through the graph a second time.
* Every batch is slower than the last, and memory grows within an epoch.
* RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation.

## Example

```python
rnn = nn.GRU(8, 4)
optimizer = torch.optim.SGD([*rnn.parameters(), *model.parameters()], lr=0.1)
h = torch.zeros(1, 16, 4)
for x, y in loader:
    out, h = rnn(x, h)
    loss = criterion(model(out[-1]), y)
    optimizer.zero_grad()
    loss.backward(retain_graph=True)
    optimizer.step()
```

## Fix

```python
rnn = nn.GRU(8, 4)
optimizer = torch.optim.SGD([*rnn.parameters(), *model.parameters()], lr=0.1)
h = torch.zeros(1, 16, 4)
for x, y in loader:
    h = h.detach()
    out, h = rnn(x, h)
    loss = criterion(model(out[-1]), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
```

## When it is not a bug

A state that is made anew for every batch, or detached, wherever that is done; several steps in time before one
backward; evaluation; states that are learned.

## Fix safety

Unsafe: gradients stop at the start of each batch (truncated backpropagation through time), which is what the loop can
only have meant. Not rewritten where it cannot be told what holds the state.

## References

* PyTorch documentation, page "torch.Tensor.detach"
* PyTorch documentation, note "Autograd mechanics"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, InsertAfter, InsertBefore, Replace, claim, shown
from codemods._events import readings
from codemods._places import dotted, function_of, scope_of
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.reader import Entry, Reading
from fixer.reading.source import Module
from fixer.reading.tree import Emit, Located, Loop, locate
from fixer.reading.values import Source

NAME = "hidden-state-not-detached"
SUMMARY = "a recurrent state goes from batch to batch with its graph"


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per backward that goes on into the graph of the batch before."""
    if "detach_" in reading.module.text:
        return
    for found in readings(reading, Kind.BACKWARD).values():
        held = [_held(entry, place) for entry, place in found]
        emit = found[0][1].emit
        if emit.module is reading.module and held[0] is not None and all(h is not None for h in held):
            yield _claim(emit, found[0][1], held[0])


def _held(entry: Entry, place: Located) -> Emit | None:
    """The forward that a backward goes through and that was given, in the same iteration, what it made in the last."""
    loop = place.loops[-1] if place.loops else None
    if loop is None or loop.times == 1 or "tasks" in loop.signs or place.guards(loop):
        return None
    for other in locate(entry.tree):
        emit = other.emit
        if emit.kind is not Kind.FORWARD or not emit.facts["carried"] or not emit.facts["library"]:
            continue
        if other.loops and other.loops[-1] is loop and not other.guards(loop) and emit.facts["grad"]:
            if (
                not emit.facts["unsure"]
                and Source(emit.makes) in place.emit.uses
                and not _cut_unseen(entry, emit, loop)
            ):
                return emit
    return None


def _cut_unseen(entry: Entry, forward: Emit, loop: Loop) -> bool:
    """Whether code out of sight is given the state: it may give it back detached."""
    states = {Source(forward.makes), Source(forward.makes, True)}
    given = [p for p in locate(entry.tree) if p.emit.kind is Kind.GIVEN and loop in p.loops]
    return any(p.emit.uses & states for p in given)


def _claim(backward: Emit, place: Located, forward: Emit) -> Claim:
    module, node = backward.module, backward.node
    kept = _retained(node)
    state = _state(module, node)
    at = state[0] if state is not None else module.statement(node)
    edits, trouble = _edits(module, node, state, kept, place, forward)
    what = "time and memory grow with every batch" if kept is not None else "the second batch fails"
    return claim(
        NAME,
        module,
        at,
        f"the state goes from batch to batch with its graph, and the backward follows it: {what}",
        [
            shown(forward.module, forward.node, "forward", "it is given the state that it made for the batch before"),
            shown(module, node, "backward", "goes back into that batch"),
        ],
        Applicability.NONE if trouble else Applicability.UNSAFE,
        "detach the state between batches",
        trouble or "gradients stop at the start of each batch",
        edits,
    )


def _retained(node: ast.AST) -> ast.keyword | None:
    given = node.keywords if isinstance(node, ast.Call) else []
    return next((k for k in given if k.arg == "retain_graph" and ast.unparse(k.value) == "True"), None)


def _state(module: Module, node: ast.AST) -> tuple[ast.Assign, list[ast.expr]] | None:
    """The statement that gives a module its state and takes it back, and what holds the state: names, attributes."""
    found: list[tuple[ast.Assign, list[ast.expr]]] = []
    for part in ast.walk(scope_of(module, node)):
        if not isinstance(part, ast.Assign) or function_of(module, part) is not function_of(module, node):
            continue
        if isinstance(part.value, ast.Call) and len(part.targets) == 1:
            given = {ast.unparse(e) for a in part.value.args for e in _parts(a)}
            given |= {ast.unparse(e) for k in part.value.keywords for e in _parts(k.value)}
            held = [e for e in _parts(part.targets[0]) if ast.unparse(e) in given]
            if held:
                found.append((part, held))
    return found[0] if len(found) == 1 else None


def _parts(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, (ast.Tuple, ast.List)):
        return [inner for part in node.elts for inner in _parts(part)]
    return [node] if dotted(node) else []


def _edits(
    module: Module,
    node: ast.AST,
    state: tuple[ast.Assign, list[ast.expr]] | None,
    kept: ast.keyword | None,
    place: Located,
    forward: Emit,
) -> tuple[list[Edit], str]:
    if state is None:
        return [], "what holds the state cannot be told"
    statement, held = state
    pair = len(held) == 1 and str(forward.facts["library"]).rpartition(".")[2] in ("LSTM", "LSTMCell")
    names = [ast.unparse(e) for e in held]
    text = f"{', '.join(names)} = {', '.join(_cut(name, pair) for name in names)}"
    edits: list[Edit] = []
    if kept is not None and isinstance(node, ast.Call):
        rest = [module.text_of(a) for a in node.args]
        rest += [f"{k.arg}={module.text_of(k.value)}" for k in node.keywords if k is not kept and k.arg]
        edits.append(Replace(module.place(node), f"{module.text_of(node.func)}({', '.join(rest)})"))
    loop = place.loops[-1].node
    inside = place.loops[-1].module is module and loop in module.ancestors(statement)
    if inside and isinstance(loop, (ast.For, ast.While)) and _made_before(module, statement, loop, held):
        return [InsertBefore(module.place(loop.body[0]), text), *edits], ""
    # It may be None for the first batch: behind the backward it is not.
    return [InsertAfter(module.place(module.statement(node)), text), *edits], ""


def _cut(name: str, pair: bool) -> str:
    return f"tuple(s.detach() for s in {name})" if pair else f"{name}.detach()"


def _made_before(module: Module, statement: ast.Assign, loop: ast.AST, held: list[ast.expr]) -> bool:
    """Whether what holds the state is a name that is bound outside of the loop, and never to None."""
    for part in held:
        if not isinstance(part, ast.Name):
            return False
        made = [
            p.value
            for p in ast.walk(scope_of(module, statement))
            if isinstance(p, ast.Assign) and p is not statement and loop not in module.ancestors(p)
            if any(isinstance(e, ast.Name) and e.id == part.id for t in p.targets for e in _parts(t))
        ]
        if not made or any(isinstance(value, ast.Constant) for value in made):
            return False
    return True

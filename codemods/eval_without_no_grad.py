"""# eval-without-no-grad

## What it does

Finds evaluations (a loop over validation data, a validation loss) whose forward passes record gradients that nothing
ever uses.

## Why is this bad?

Outside `torch.no_grad()` each forward keeps its intermediate results for a backward that never comes. The numbers are
right, but evaluation needs as much memory as training, and more time; when outputs or losses are collected, the graphs
of the whole data set stay alive at once.

## How it looks from outside

* CUDA out of memory in validation, although training with the same batch size fits.
* GPU memory grows during evaluation and is only freed when the epoch is over.
* Validation is slow: a forward without backward takes almost as long as a training step.

## Example

```python
model.eval()
for x, y in val_loader:
    val_loss += criterion(model(x), y).item()
```

## Fix

```python
model.eval()
with torch.no_grad():
    for x, y in val_loader:
        val_loss += criterion(model(x), y).item()
```

## When it is not a bug

Adversarial or saliency evaluation, forces from energies, adaptation at test time: gradients are wanted there. Functions
that train and evaluate by a flag; gradients switched off by a caller, a decorator or `torch.set_grad_enabled`; loops
that a library runs. When it cannot be seen whether gradients are off already, nothing is reported.

## Fix safety

Safe: the values stay the same, and no backward uses the results.

## References

* PyTorch documentation, page "torch.no_grad"
* PyTorch documentation, note "Autograd mechanics", section "Locally disabling gradient computation"
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods._claim import Claim, Wrap, claim, shown
from codemods._events import uncalled
from codemods._imports import imported
from codemods._places import assigned, body_of, names
from codemods._reveals import EVALUATION
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.evaluations import Evaluation, asks_for_gradients, evaluations, reached
from fixer.reading.kept import kept
from fixer.reading.reader import Entry, Reading
from fixer.reading.source import Module
from fixer.reading.tree import Call, emits, locate
from fixer.reading.written import plain_name

NAME = "eval-without-no-grad"
SUMMARY = "an evaluation records gradients that nothing uses: memory and time for nothing"
REVEALS = EVALUATION
"""That the loop is an evaluation is surer once nothing records gradients in it."""


_IMPORTS_TORCH = re.compile(r"^\s*(import|from)\s[^\n]*\b(torch|lightning|transformers|timm)", re.M)
_OTHER_LIBRARY = re.compile(r"^\s*(import|from)\s+(mxnet|tensorflow|jax|paddle|mindspore|jittor|oneflow|keras)\b", re.M)


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per block of statements that evaluates."""
    for found in recorded(reading):
        yield _claim(found)


def recorded(reading: Reading) -> list[list[Evaluation]]:
    """Evaluations that record gradients, those of one block together, in source order (worked out once)."""
    return kept(reading, NAME, lambda: _recorded(reading))


def _recorded(reading: Reading) -> list[list[Evaluation]]:
    groups: dict[ast.stmt, list[Evaluation]] = {}
    for one in evaluations(reading):
        groups.setdefault(one.node, []).append(one)
    trained = _other_readings(reading)
    found = {
        node: group[0]
        for node, group in groups.items()
        if all(_proven(one) for one in group) and not _contradicted(group, trained)
    }
    blocks: dict[int, list[Evaluation]] = {}
    for node, one in sorted(found.items(), key=lambda pair: pair[0].lineno):
        body = body_of(one.module, node)
        if body and not any(_inside(one.module, node, other) for other in found if other is not node):
            # A loop stands for itself; statements of one block belong together.
            blocks.setdefault(id(node) if one.loop is not None else id(body[0]), []).append(one)
    return list(blocks.values())


def _inside(module: Module, node: ast.stmt, other: ast.stmt) -> bool:
    return other in module.ancestors(node)


def _other_readings(reading: Reading) -> dict[ast.AST, set[bool]]:
    """For each forward in the source: whether any reading of it is used by a backward, or not."""
    found: dict[ast.AST, set[bool]] = {}
    for entry in reading.entries:
        used = reached(entry)
        for emit in emits(entry.tree):
            if emit.kind is Kind.FORWARD:
                found.setdefault(emit.node, set()).add(emit.makes in used)
    return found


def _contradicted(group: list[Evaluation], trained: dict[ast.AST, set[bool]]) -> bool:
    """Whether the same statement trains when it is reached another way."""
    for one in group:
        inside = set(ast.walk(one.node))
        for node, answers in trained.items():
            if True in answers and node in inside:
                return True
    return False


def _proven(one: Evaluation) -> bool:
    if not one.measured or not _IMPORTS_TORCH.search(one.module.text) or _OTHER_LIBRARY.search(one.module.text):
        return False
    if asks_for_gradients(one.node) or uncalled(one.entry, "context") or _switched_off_in(one.node):
        return False
    if not _grad_is_on(one.entry) or one.loop is None and _attacks(one):
        return False
    for place in one.forwards:
        facts = place.emit.facts
        if not facts["grad"] or facts["unsure"]:
            return False
    emits_ = [place.emit for place in one.forwards]
    return all(_needs_grad(one, emit.parameters.owners, bool(emit.facts["built"])) for emit in emits_)


def _switched_off_in(node: ast.stmt) -> bool:
    """Whether the author has put what costs anything in it under ``no_grad``, and left out what does not."""
    contexts = [item.context_expr for part in ast.walk(node) if isinstance(part, ast.With) for item in part.items]
    return any(isinstance(c, ast.Call) and plain_name(c.func) in ("no_grad", "inference_mode") for c in contexts)


def _attacks(one: Evaluation) -> bool:
    """Whether the function around a statement works with gradients by hand (an attack, a saliency map)."""
    around = next((up for up in one.module.ancestors(one.node) if isinstance(up, ast.FunctionDef)), None)
    return around is not None and any(
        isinstance(part, ast.Attribute) and part.attr in ("grad", "requires_grad", "requires_grad_")
        for part in ast.walk(around)
    )


def _grad_is_on(entry: Entry) -> bool:
    """Whether gradients are recorded where the entry point begins: in a run of the module, or where it trains."""
    return entry.name == "the module" or any(emit.kind is Kind.BACKWARD for emit in emits(entry.tree))


def _needs_grad(one: Evaluation, owners: frozenset[object], built: bool) -> bool:
    """Whether the parameters of a forward require gradients: they are trained, or nobody froze them."""
    for place in locate(one.entry.tree):
        if place.emit.kind is Kind.BACKWARD and place.emit.parameters.owners & owners:
            return True
    return built and "requires_grad" not in one.module.text


def _claim(block: list[Evaluation]) -> Claim:
    one = block[0]
    module = one.module
    first, last = one.node, one.node
    if one.loop is None:
        first, last = _region(module, block)
    name, edits = imported(module, "torch")
    edits = [*edits, Wrap(module.place(first), module.place(last), f"with {name}.no_grad():")]
    forward = one.forwards[0].emit
    path = [
        shown(forward.module, forward.node, "forward", "the forward records a graph for a backward"),
        shown(module, last, "end", "no backward ever uses it"),
    ]
    what = "this loop" if one.loop is not None else "this evaluation"
    return claim(
        NAME,
        module,
        first.iter if isinstance(first, (ast.For, ast.AsyncFor)) else first,
        f"the forward passes of {what} record gradients that nothing uses; this costs memory and time",
        path,
        Applicability.SAFE,
        f"put it under with {name}.no_grad()",
        "the values stay the same, and no backward uses the results",
        edits,
    )


def _region(module: Module, block: list[Evaluation]) -> tuple[ast.stmt, ast.stmt]:
    """The statements from the first forward to the last one that only works on the results."""
    body = body_of(module, block[0].node)
    nodes = [one.node for one in block]
    busy = _training(block[0].entry)
    end = start = body.index(nodes[0])
    made: set[str] = set()
    for number, part in enumerate(body[start:], start):
        if not isinstance(part, _SIMPLE) or asks_for_gradients(part) or any(n in busy for n in ast.walk(part)):
            break
        if isinstance(part, ast.Return) and number > end + 1:
            break
        if part in nodes or names(part) & made:
            made |= assigned(part)
            end = number
    return body[start], body[end]


_SIMPLE = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Assert)


def _training(entry: Entry) -> set[ast.AST]:
    """Where an entry point trains: the nodes of its updates, of the forwards behind them, and of calls on the way."""
    used = reached(entry)
    found: set[ast.AST] = set()
    for place in locate(entry.tree):
        emit = place.emit
        trains = emit.kind in (Kind.BACKWARD, Kind.STEP) or emit.kind is Kind.FORWARD and emit.makes in used
        if trains:
            found.add(emit.node)
            found |= {above.node for above in place.above if isinstance(above, Call)}
    return found

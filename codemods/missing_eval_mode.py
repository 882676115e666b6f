"""# missing-eval-mode

## What it does

Finds evaluations that run with the model in train mode: dropout is active, batch norm uses the statistics of the batch.

## Why is this bad?

The measured accuracy is noisy, too low, and depends on the batch size. Batch norm even learns from the validation data:
its running statistics move at every forward in train mode, under `torch.no_grad()` too.

## How it looks from outside

* Validation accuracy jumps between runs, and two evaluations of the same weights differ.
* Validation loss is higher than it should be, and changes with the batch size.
* The model is worse after evaluation than before it.
* Test results cannot be reproduced although the seed is set.

## Example

```python
with torch.no_grad():
    for x, y in val_loader:
        correct += (model(x).argmax(1) == y).sum().item()
```

## Fix

```python
model.eval()
with torch.no_grad():
    for x, y in val_loader:
        correct += (model(x).argmax(1) == y).sum().item()
model.train()
```

The last line is only added where training goes on without a `train()` of its own.

## When it is not a bug

`eval()` elsewhere (a caller, a function that is called, a loader); dropout kept on purpose (Monte-Carlo dropout);
adaptation at test time; samples drawn from a generator; metrics of the training forward; statistics of batch norm that
are measured anew; loops that a library runs; a module without dropout or batch norm.

## Fix safety

Unsafe: the reported numbers change, as they should.

## References

* PyTorch documentation, page "torch.nn.Module", `eval`
* PyTorch documentation, note "Autograd mechanics", section "Evaluation Mode (nn.Module.eval())"
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods._claim import Claim, Edit, InsertAfter, InsertBefore, claim, shown
from codemods._events import uncalled
from codemods._modules import module_name
from codemods._places import body_of
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.protocol.invariants import modes
from fixer.reading.evaluations import Evaluation, asks_for_gradients, evaluations
from fixer.reading.moded import Moded, moded
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.tree import Emit, allocated
from fixer.reading.updates import emit_of

NAME = "missing-eval-mode"
SUMMARY = "an evaluation runs in train mode: dropout is active, batch norm uses the batch"

REVEALS = frozenset({"model-left-in-eval"})

_ON_PURPOSE = re.compile(
    r"monte|mc_?drop|mc_?sample|bayes|uncertain|stochastic_forward|enable_drop|update_bn|bn_update|recalib|calibrat"
    r"|adabn|swa|ensemble|perturb|test_time|tta\b",
    re.I,
)
"""Words that say that the layers are meant to be alive in evaluation."""


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per evaluation that runs in train mode."""
    groups: dict[ast.stmt, list[tuple[Evaluation, Moded | None]]] = {}
    known = moded(reading)
    for one in evaluations(reading):
        subjects = {place.emit.subject for place in one.forwards}
        mine = [m for m in known if m.entry is one.entry and m.ident in subjects]
        groups.setdefault(one.node, []).append((one, mine[0] if len(mine) == 1 and len(subjects) == 1 else None))
    found: dict[object, tuple[list[Evaluation], Moded]] = {}
    for node, group in sorted(groups.items(), key=lambda pair: pair[0].lineno):
        if all(module is not None and _proven(one, module) for one, module in group):
            one, module = group[0]
            assert module is not None
            top, body = _outer(one.module, node)
            # The statements of one block belong together; a loop stands for itself.
            key = id(top) if one.loop is not None or not body else id(body[0])
            found.setdefault((module.ident, key), ([], module))[0].append(one)
    for block, module in found.values():
        yield _claim(block, module)


def _proven(one: Evaluation, module: Moded) -> bool:
    if not (one.metric and module.stepped and module.trained) or module.partly:
        return False
    if uncalled(one.entry, "eval", "train") or asks_for_gradients(one.node):
        return False
    if _ON_PURPOSE.search(_around(one)) or not module.paths:
        return False
    mine = {id(place.emit) for place in one.forwards}
    known = one.entry.name == "the module" or module.ident in set(allocated(one.entry.tree))
    seen = False
    for path in module.paths:
        for forward, mode, since in modes(path):
            if id(forward.facts["emit"]) in mine:
                seen = True
                # In a function that anybody may call, the mode of a module that it does not build is known only once
                # it was set in sight.
                if mode is not True or since is None and not known:
                    return False
    return seen


def _around(one: Evaluation) -> str:
    """The text that may say that train mode is meant: the function, or the statement, and what it is called."""
    for up in one.module.ancestors(one.node):
        if isinstance(up, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return one.module.text_of(up)
    return one.module.text_of(one.node)


def _claim(block: list[Evaluation], module: Moded) -> Claim:
    one = block[0]
    forward = one.forwards[0].emit
    name = module_name(forward)
    source = one.module
    top, body = _outer(source, one.node)
    last = _last(block, top, body)
    known = name is not None and _known_at(one, name)
    written, called = (name, f"{name}.eval()") if known else ("the model", "eval() on the model")
    edits: list[Edit] = []
    if known and forward.module is source:
        edits.append(InsertBefore(source.place(top), f"{name}.eval()"))
        if _goes_on(block, module):
            if any(isinstance(part, (ast.Return, ast.Raise)) for part in ast.walk(last)):
                edits = []
            else:
                edits.append(InsertAfter(source.place(last), f"{name}.train()"))
    kinds = sorted(forward.facts["modal"])
    behave = "behave" if len(kinds) > 1 else "behaves"
    path = [
        shown(source, one.node, "evaluation", "no backward uses what is computed here"),
        shown(forward.module, forward.node, "forward", f"{written} is in train mode"),
    ]
    return claim(
        NAME,
        source,
        one.node.iter if isinstance(one.node, (ast.For, ast.AsyncFor)) else one.node,
        f"{written} is evaluated in train mode: {' and '.join(kinds)} {behave} as in training",
        path,
        Applicability.UNSAFE if edits else Applicability.NONE,
        f"call {called} before the evaluation",
        "the reported numbers change" if edits else "the places for eval() and train() cannot be told",
        edits,
    )


def _known_at(one: Evaluation, name: str) -> bool:
    """Whether the forward stands in the evaluation itself, so that its name for the module holds there."""
    forward = one.forwards[0].emit.node
    return any(part is forward for part in ast.walk(one.node)) and not name.startswith("self.forward")


def _outer(module: Module, node: ast.stmt) -> tuple[ast.stmt, list[ast.stmt]]:
    """The ``with`` statements around an evaluation that hold nothing else, or the evaluation itself; and its block."""
    top = node
    up = module.parent(top)
    while isinstance(up, ast.With):
        top, up = up, module.parent(up)
    return top, body_of(module, top)


def _last(block: list[Evaluation], top: ast.stmt, body: list[ast.stmt]) -> ast.stmt:
    """The last statement of the block in which the module is evaluated."""
    nodes = {place.emit.node for one in block for place in one.forwards}
    last = top
    for part in body[body.index(top) :] if top in body else []:
        if any(n in nodes for n in ast.walk(part)):
            last = part
    return last


def _goes_on(block: list[Evaluation], module: Moded) -> bool:
    """Whether training would go on in eval mode if the evaluation switched to it."""
    mine = {id(place.emit) for one in block for place in one.forwards}
    for path in module.paths:
        switched = False
        for event in path:
            emit: Emit = emit_of(event)
            if id(emit) in mine:
                switched = True
            elif event.kind is Kind.TRAIN_MODE and event.facts.get("whole", True):
                switched = False
            elif switched and event.kind is Kind.FORWARD and event.facts.get("trained"):
                return True
    return False

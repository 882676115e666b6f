"""# model-left-in-eval

## What it does

Finds training loops in which the model is switched to eval mode for a validation and never back, so that all training
after the first validation runs in eval mode.

## Why is this bad?

In eval mode dropout is off and batch norm uses (and no longer updates) its running statistics. Training goes on, but
without regularisation and with frozen statistics, from the first validation on.

## How it looks from outside

* Training behaves differently from the second epoch on: the training loss jumps down after the first validation.
* The model overfits although it has dropout.
* Batch norm statistics do not change any more after the first epoch.
* `model.training` is False inside the training loop.

## Example

```python
model.train()
for epoch in range(epochs):
    for x, y in train_loader:
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()
    model.eval()
    validate(model)
```

## Fix

```python
model.train()
for epoch in range(epochs):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()
    model.eval()
    validate(model)
```

## When it is not a bug

`train()` in another function, a hook or a loader; a mode that is saved and restored; loops over phases; training in
eval mode from the start (fine-tuning with frozen batch norm); teachers, averaged copies and extractors; a run that ends
with its validation; a module without dropout or batch norm.

## Fix safety

Safe: the model trained in train mode before its first validation, so that is how it is meant to train.

## References

* PyTorch documentation, page "torch.nn.Module", `train` and `eval`
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, InsertAfter, InsertBefore, claim, shown
from codemods._events import uncalled
from codemods._modules import module_name, same_meaning
from codemods._places import body_of, function_of
from fixer.findings import Applicability
from fixer.protocol.events import Event
from fixer.protocol.invariants import Outcome, Verdict, training_mode
from fixer.reading.moded import Moded, moded
from fixer.reading.periods import passes_midway
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.tree import Call, Emit, Located, Loop
from fixer.reading.updates import emit_of, own_guards

NAME = "model-left-in-eval"
SUMMARY = "the model stays in eval mode after a validation: training goes on without dropout and batch statistics"


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per ``eval()`` that nothing takes back before training goes on."""
    groups: dict[ast.AST, list[tuple[Moded, list[Outcome]]]] = {}
    for one in moded(reading):
        for node, outcomes in _judged(one).items():
            groups.setdefault(node, []).append((one, outcomes))
    done: set[ast.AST] = set()
    for found in groups.values():
        if not all(_certain(one, outcomes) for one, outcomes in found):
            continue
        one, outcomes = found[0]
        worst = _left(one, outcomes)[0]
        forward = emit_of(worst.at).node
        if forward not in done:
            done.add(forward)
            yield _claim(one, worst, all(outcome.verdict is Verdict.VIOLATED for outcome in outcomes))


def _judged(one: Moded) -> dict[ast.AST, list[Outcome]]:
    """What the paths say of each ``eval()``."""
    found: dict[ast.AST, list[Outcome]] = {}
    for path in one.paths:
        for outcome in training_mode(path):
            found.setdefault(emit_of(outcome.because[0]).node, []).append(outcome)
    return found


def _certain(one: Moded, outcomes: list[Outcome]) -> bool:
    return (
        one.stepped
        and not one.partly
        and emit_of(outcomes[0].because[0]).node not in one.shared
        and not uncalled(one.entry, "train")
        and bool(_left(one, outcomes))
    )


def _left(one: Moded, outcomes: list[Outcome]) -> list[Outcome]:
    """The outcomes that show the fault: all of them, or those of one call in the middle of an epoch.

    That the next epoch begins with ``train()`` does not help the batches that follow until then.
    """
    if all(outcome.verdict is Verdict.VIOLATED for outcome in outcomes):
        return outcomes
    groups: dict[tuple[int, object], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((id(emit_of(outcome.because[0])), outcome.carried_by), []).append(outcome)
    for group in groups.values():
        if all(outcome.verdict is Verdict.VIOLATED for outcome in group) and _midway(one, group[0]):
            return group
    return []


def _midway(one: Moded, outcome: Outcome) -> bool:
    """Whether the evaluation surely runs in an iteration of the batch loop that others follow."""
    switch, forward = _place(one.modes, outcome.because[0]), _place(one.trained, outcome.at)
    loop = forward.loops[-1] if forward.loops else None
    if loop is None or loop.ident != outcome.carried_by or loop not in switch.loops:
        return False
    return all(passes_midway(branch.test, side, loop) for branch, side in own_guards(switch, forward, loop))


def _claim(one: Moded, outcome: Outcome, for_good: bool) -> Claim:
    switch, forward = emit_of(outcome.because[0]), emit_of(outcome.at)
    name = module_name(forward)
    edits = _edits(one, outcome, name) if name is not None else []
    module = switch.module
    path = [
        shown(module, switch.node, "eval mode", "the validation switches dropout and batch norm off"),
        shown(forward.module, forward.node, "forward", "training goes on in eval mode"),
    ]
    safe = bool(edits)
    written = name or "the model"
    return claim(
        NAME,
        module,
        module.statement(switch.node),
        f"{written} stays in eval mode after this: "
        f"{'all training that follows' if for_good else 'the rest of the epoch'} runs without "
        + " and ".join(sorted(_kinds(forward))),
        path,
        Applicability.SAFE if safe else Applicability.NONE,
        f"call {written}.train() before training goes on",
        "it trained in train mode before the first validation" if safe else "the place for train() cannot be told",
        edits,
    )


def _kinds(forward: Emit) -> list[str]:
    kinds = forward.facts["modal"]
    words = {"dropout": "dropout", "batch norm": "live batch norm"}
    return [words.get(kind, "what depends on the mode") for kind in kinds]


def _edits(one: Moded, outcome: Outcome, name: str) -> list[Edit]:
    switch, forward = _place(one.modes, outcome.because[0]), _place(one.trained, outcome.at)
    loop = next((lp for lp in forward.loops if lp.ident == outcome.carried_by), None)
    module, node = forward.emit.module, forward.emit.node
    code = f"{name}.train()"
    if loop is None or not isinstance(loop.node, (ast.For, ast.While)):
        return _head(module, node, code)
    means_it = loop.module is module and same_meaning(module, name, node, loop.node)
    if means_it and loop is forward.loops[-1]:
        behind = _behind(switch, loop, module)
        if behind is not None:
            return [InsertAfter(module.place(behind), code)]
    owner, inner = function_of(module, node), forward.loops[-1]
    if means_it and function_of(module, loop.node) is owner:
        return [InsertBefore(module.place(loop.node.body[0]), code)]
    if inner.module is module and function_of(module, inner.node) is not owner:
        # A step of the training in a function of its own, which may serve the evaluation, too.
        if inner is not loop and same_meaning(module, name, node, inner.node):
            return _head(module, inner.node, code)
        return [InsertBefore(module.place(loop.node.body[0]), code)] if means_it else []
    return _head(module, node, code)


def _place(places: list[Located], event: Event) -> Located:
    return next(place for place in places if place.emit is event.facts["emit"])


def _head(module: Module, node: ast.AST, code: str) -> list[Edit]:
    """Before the statement of its function that holds a node."""
    owner = function_of(module, node)
    if not isinstance(owner, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return []
    at = next(up for up in (node, *module.ancestors(node)) if module.parent(up) is owner)
    return [InsertBefore(module.place(at), code)] if isinstance(at, ast.stmt) and at in owner.body else []


def _behind(switch: Located, loop: Loop, module: Module) -> ast.stmt | None:
    """In the middle of an epoch: the statement after which the validation is over."""
    node: ast.AST = switch.emit.node
    if switch.emit.module is not module or function_of(module, node) is not function_of(module, loop.node):
        inside = switch.above[switch.above.index(loop) :] if loop in switch.above else ()
        call = next((above for above in inside if isinstance(above, Call)), None)
        if call is None or call.module is not module:
            return None
        return module.statement(call.node)
    body = body_of(module, module.statement(node))
    if not body or body is getattr(loop.node, "body", None):
        return None
    return body[-1] if not isinstance(body[-1], (ast.Break, ast.Continue, ast.Return, ast.Raise)) else None

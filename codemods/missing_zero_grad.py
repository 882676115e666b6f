"""# missing-zero-grad

## What it does

Finds training loops that step an optimizer again and again without ever emptying its gradients in between.

## Why is this bad?

`loss.backward()` *adds* to `parameter.grad`. Without `optimizer.zero_grad()` every step applies the sum of all
gradients since the run began, a kind of momentum that is never damped. PyTorch does not warn.

## How it looks from outside

* The loss falls at first, then rises or swings wildly.
* After a while the loss is NaN or inf; a smaller learning rate only delays it.
* The norm of the gradients grows from step to step, and the weights explode.

## Example

```python
for x, y in loader:
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
```

## Fix

```python
for x, y in loader:
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
```

When the step closes an accumulation window, `zero_grad` goes right behind the step. A `zero_grad` that runs once per
epoch, outside the batch loop, is moved into it.

## When it is not a bug

Wherever `zero_grad` stands between a step and the next backward, the loop is right: at its head, around the forward,
behind the step, in a helper, through `model.zero_grad()`, `p.grad = None` or a step argument. When the gradients are
emptied by code that cannot be read, nothing is reported.

## Fix safety

Safe with one optimizer, one backward and an unguarded step. Unsafe with several optimizers or backwards, a step under
a test, or a `zero_grad` that moves: the training changes, as it should, and a person should look at it.

## References

* PyTorch documentation, page "torch.optim.Optimizer.zero_grad"
* pytorch/pytorch issue 47175
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Delete, Edit, InsertAfter, InsertBefore, MoveBefore, claim, shown
from codemods._events import uncalled
from codemods._places import around, assigned, first_forward, following, function_of, names, receiver, updates_scaler
from fixer.findings import Applicability
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.tree import Loop
from fixer.reading.updates import updates
from fixer.reading.verdicts import Stale, all_stale

NAME = "missing-zero-grad"
SUMMARY = "gradients are never emptied, so every step applies the sum of all gradients so far"

REVEALS = frozenset({"clip-after-step", "dropped-accumulation-tail", "unscaled-accumulation"})
"""Rules that stay silent while this one's finding stands."""


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per backward whose gradients are never cleared."""
    groups: dict[ast.AST, list[Stale]] = {}
    for updated in updates(reading):
        if uncalled(updated.entry, "zero_grad"):
            continue  # it is there and only has to be called
        for found in all_stale(updated):
            groups.setdefault(found.backward.emit.node, []).append(found)
    for found_here in groups.values():
        yield _claim(reading, found_here)


def _claim(reading: Reading, group: list[Stale]) -> Claim:
    group = list({id(f.step.emit.node): f for f in group}.values())
    first = group[0]
    emit, step = first.backward.emit, first.step.emit
    module = emit.module
    edits: list[Edit] = []
    called = []
    for found in group:
        name, more = _edits(found)
        called.append(name)
        edits += more
    waits = len(group) == 1 and first.updated.created != [] and first.updated.created[0].loops != ()
    possible = all(called) and (bool(edits) or waits)
    named = [n for n in called if n]
    text = " and ".join(named) or "the optimizer"
    apply, leave = ("apply", "leave") if len(named) > 1 else ("applies", "leaves")
    mine = {f.step.emit.node for f in group}
    others = {u.steps[0].emit.node for u in updates(reading) if u.entry is first.updated.entry} - mine
    safe = (
        len(group) == 1
        and not others
        and first.backwards == 1
        and not first.window
        and not first.guarded
        and first.hoisted is None
        and not first.updated.hand_written
        and not any(isinstance(a, Loop) and a.times == 1 for a in first.step.above)
    )
    path = [
        shown(step.module, step.node, "step", f"batch 1: {text} {apply} the gradients and {leave} them in place"),
        shown(
            module,
            emit.node,
            "backward",
            "batch 2: backward adds to the gradients of batch 1, which were never cleared",
        ),
        shown(step.module, step.node, "step", "the step applies the sum of both, and so on with every batch"),
    ]
    if not possible:
        applicability, reason = Applicability.NONE, "the place for zero_grad cannot be told"
    elif safe:
        applicability, reason = Applicability.SAFE, "one optimizer, one backward: nothing else can be meant"
    else:
        applicability, reason = Applicability.UNSAFE, _reason(first, len(group) + len(others))
    what = "empty the gradients by hand" if first.updated.hand_written else f"call {_call(called)} {_where(first)}"
    return claim(
        NAME,
        module,
        module.statement(emit.node),
        f"the gradients of {text} are never cleared, so each step applies the sum of all gradients so far",
        path,
        applicability,
        what,
        reason,
        edits,
        waits=possible and not edits,
    )


def _call(called: list[str | None]) -> str:
    return " and ".join(f"{n}.zero_grad()" for n in called if n)


def _where(found: Stale) -> str:
    if found.hoisted is not None:
        return "in every iteration instead of once outside the loop"
    return "right after the step" if found.window else "before the forward of each batch"


def _reason(found: Stale, optimizers: int) -> str:
    if found.updated.hand_written:
        return "the update is written by hand; check that nothing else uses the gradients"
    if found.hoisted is not None:
        return "a zero_grad is moved into the loop; summing over the loop could be meant"
    if found.window:
        return "the step closes an accumulation window; the learning rate may have been tuned to the stale sum"
    if found.guarded:
        return "the step stands under a test of validity"
    return "several optimizers or backwards share the loop" if optimizers > 1 else "several backwards share the loop"


def _edits(found: Stale) -> tuple[str | None, list[Edit]]:
    """The receiver's text, and where its ``zero_grad`` goes."""
    step, module = found.step.emit, found.step.emit.module
    statement = module.statement(step.node)
    if found.updated.hand_written:
        hand = str(step.facts["hand"])
        anchor = around(module, statement, found.loop.node)
        return hand, [InsertAfter(module.place(statement), f"{hand}.grad = None")] if anchor is not None else []
    name = receiver(step)
    if name is None:
        return None, []
    code = f"{name}.zero_grad()"
    each = _each(module, statement, name, found)
    if each is not None and not found.window:
        statement, code = each
    if found.window:
        after = _after_step(module, statement)
        edits: list[Edit] = [InsertAfter(module.place(after), code)]
    else:
        edits = _bound(module, _before_forward(found, code), name, found)
    if edits and found.hoisted is not None:
        zero = found.hoisted.emit
        old = zero.module.place(zero.module.statement(zero.node))
        first = edits[0]
        if isinstance(first, InsertBefore) and zero.module is module and ast.unparse(zero.node) == code:
            return name, [MoveBefore((old,), first.at)]
        edits.append(Delete(old, comments=True))
    return name, edits


def _each(module: Module, statement: ast.stmt, name: str, found: Stale) -> tuple[ast.stmt, str] | None:
    """``for o in optimizers: o.step()``: the same loop, emptying the gradients of each."""
    used = names(ast.parse(name, mode="eval").body)
    parts: list[ast.For | ast.comprehension] = [n for n in ast.walk(statement) if isinstance(n, ast.comprehension)]
    for up in module.ancestors(statement):
        if up is found.loop.node or isinstance(up, (ast.FunctionDef, ast.AsyncFunctionDef)):
            break
        if isinstance(up, ast.For):
            parts.append(up)
    for part in parts:
        if assigned(part.target) & used:
            header = f"for {ast.unparse(part.target)} in {module.text_of(part.iter)}:"
            return (part if isinstance(part, ast.For) else statement), f"{header}\n    {name}.zero_grad()"
    return None


def _bound(module: Module, edits: list[Edit], name: str, found: Stale) -> list[Edit]:
    """The same edits where the optimizer's name is bound by then; else behind its binding, or none as yet."""
    first = edits[0] if edits else None
    if not isinstance(first, InsertBefore) or not isinstance(found.loop.node, (ast.For, ast.While)):
        return edits
    late = [s for s in found.loop.node.body if name in assigned(s) and s.lineno >= first.at.line]
    if not late or first.code.startswith("for "):
        return edits
    backward = module.statement(found.backward.emit.node)
    if found.backward.emit.module is module and late[-1].lineno < backward.lineno and backward in found.loop.node.body:
        return [InsertAfter(module.place(late[-1]), first.code)]
    return []  # the optimizer has to be built before the loop first; then it is read again


def _before_forward(found: Stale, code: str) -> list[Edit]:
    backward, step = found.backward.emit, found.step.emit
    module = backward.module
    statement = module.statement(backward.node)
    at = first_forward(found.updated.entry, backward, statement, module) or statement
    owner = function_of(module, step.node) if step.module is module else None
    if step.module is module and owner in (function_of(module, at), *module.ancestors(at), None):
        return [InsertBefore(module.place(at), code)]
    # The backward is in a helper that does not know the optimizer: clear at the head of the caller's iteration.
    outer = around(step.module, step.module.statement(step.node), found.loop.node)
    if outer is None:
        return []
    first = first_forward(found.updated.entry, backward, outer, step.module)
    return [InsertBefore(step.module.place(first or outer), code)]


def _after_step(module: Module, statement: ast.stmt) -> ast.stmt:
    """The step, or the ``scaler.update()`` right behind it."""
    behind = following(module, statement)
    return behind if behind is not None and updates_scaler(behind) else statement

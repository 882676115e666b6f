"""# optimizer-in-loop

## What it does

Finds optimizers that are built anew in every iteration of a loop, for parameters that live on.

## Why is this bad?

An optimizer carries state from step to step. Built in the loop it forgets: Adam's moments and momentum start from zero
each time (Adam then moves every weight by the learning rate, whatever the gradient), and a scheduler keeps driving an
optimizer that is gone. For plain SGD, which has no state, the numbers stay the same and only time is lost.

## How it looks from outside

* The loss reaches a plateau, or oscillates, at a height that follows the learning rate.
* The learning rate scheduler has no effect.
* Adam is no better than plain SGD, and momentum changes nothing.
* Every iteration is slow, although the model is small.

## Example

```python
for x, y in loader:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()
```

## Fix

```python
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for x, y in loader:
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()
```

## When it is not a bug

A new model per fold, run or setting comes with its new optimizer: it lives as long as its parameters. The same holds
for a model that is reset or loaded in the loop, for fast weights in meta-learning, and for a tensor that is optimised
afresh per sample. `if optimizer is None:` builds it once.

## Fix safety

Safe for SGD without momentum. Otherwise unsafe: the training changes, and a restart per epoch can be wanted. Not
rewritten when it is built in a function that the loop calls, because the function's parameters would change.

## References

* PyTorch documentation, page "torch.optim"
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods._claim import Claim, Edit, MoveBefore, claim, shown
from codemods._places import around, assigned, body_of, names
from fixer.findings import Applicability
from fixer.protocol.events import Place
from fixer.reading.library import looks_like_epoch
from fixer.reading.lifetimes import Rebuilt, rebuilt
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.tree import Call, Loop
from fixer.reading.updates import BATCH_SIGNS, updates
from fixer.reading.written import plain_name

NAME = "optimizer-in-loop"
SUMMARY = "an optimizer is built anew in every iteration, so its state is lost"
_RUNS = re.compile(r"fold|run|trial|seed|task|client|stage|phase|setting|repeat|restart|rep$|exp|config|param", re.I)
_PLAIN_NAMES = frozenset({"_", "i", "j", "k", "n", "t", "b", "it", "iteration", "step", "s"})


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per constructor that runs in every iteration of a loop."""
    seen: set[ast.AST] = set()
    for updated in updates(reading):
        found = rebuilt(updated)
        if found is None or found.created.emit.node in seen:
            continue
        made = _claim(found)
        if made is not None:
            seen.add(found.created.emit.node)
            yield made


def _claim(found: Rebuilt) -> Claim | None:
    emit = found.created.emit
    factory = _factory(found)
    module, node = (factory.module, factory.node) if factory is not None else (emit.module, emit.node)
    statement = module.statement(node)
    if not found.per_batch and not _epochs(found, found.loops[0]):
        return None
    stateful = bool(emit.facts.get("stateful", True))
    step = found.step.emit
    often = "batch" if found.per_batch else "epoch"
    loses = "its state (moments, momentum) starts from zero" if stateful else "it has no state, so only time is lost"
    path = [
        shown(emit.module, emit.node, "optimizer created", f"{often} 1: a new {emit.facts.get('name')} is built"),
        shown(step.module, step.node, "step", "it steps the parameters"),
        shown(
            emit.module, emit.node, "optimizer created", f"{often} 2: it is built anew for the same parameters; {loses}"
        ),
    ]
    message = f"this optimizer is built anew for every {often}, although the parameters it steps live on; {loses}"
    if found.called and factory is None:
        if not stateful:
            return None
        if found.per_batch or looks_like_epoch(_variable(found.loops[0])):
            reason = "it is built in a function that the loop calls: the function would have to take it as an argument"
            return claim(
                NAME,
                module,
                statement,
                message,
                path,
                Applicability.NONE,
                "build it once, before the loop",
                reason,
                [],
            )
        return None
    target, moved = None, None
    for loop in found.loops:
        if not found.per_batch and not _epochs(found, loop) or loop is not found.loops[0] and _restarts(loop):
            break
        movable = _movable(module, loop, statement)
        if movable is None:
            break
        target, moved = loop, movable
    if target is None or moved is None:
        return None
    edits: list[Edit] = [MoveBefore(tuple(moved), module.place(target.node))]
    if not stateful:
        applicability, reason = Applicability.SAFE, "SGD without momentum keeps no state: the numbers stay the same"
    elif found.per_batch:
        applicability, reason = Applicability.UNSAFE, "the training changes: the optimizer now keeps its state"
    else:
        applicability, reason = Applicability.UNSAFE, "the training changes; a restart in every epoch could be meant"
    line = module.place(target.node).line
    summary = f"build it once, before the loop in line {line}"
    return claim(NAME, module, statement, message, path, applicability, summary, reason, edits)


def _variable(loop: Loop) -> str:
    target = getattr(loop.node, "target", None)
    return target.id if isinstance(target, ast.Name) else ""


def _epochs(found: Rebuilt, loop: Loop) -> bool:
    """Whether a loop that holds whole passes over the data counts epochs (rather than tasks, folds or runs)."""
    name = _variable(loop)
    if not isinstance(loop.node, ast.For) or loop.signs & {"indexes"}:
        return False
    if looks_like_epoch(name):
        return True
    inner = [b.loops[-1] for b in found.updated.backwards if loop in b.loops and b.loops[-1] is not loop]
    return name in _PLAIN_NAMES and loop.length is not None and any(i.signs & BATCH_SIGNS for i in inner)


def _restarts(loop: Loop) -> bool:
    """Whether an outer loop is one over runs, folds or tasks, which may want an optimizer each."""
    counts = (
        isinstance(loop.node, ast.While) or loop.length is not None and "(" not in loop.length.replace("len(", "", 1)
    )
    return (
        not looks_like_epoch(_variable(loop))
        and (not counts or bool(_RUNS.search(_variable(loop))))
        and not loop.signs & BATCH_SIGNS
    )


def _factory(found: Rebuilt) -> Call | None:
    """The call in the loop that only builds the optimizer and hands it to a name: it can move as a constructor can."""
    created = found.created
    inside = created.above[created.above.index(created.loops[-1]) + 1 :]
    call = next((part for part in inside if isinstance(part, Call)), None)
    if call is None or not isinstance(call.node, ast.Call):
        return None
    statement = call.module.statement(call.node)
    if not isinstance(statement, ast.Assign) or statement.value is not call.node:
        return None
    work = [*found.updated.steps, *found.updated.backwards]
    return None if any(call in place.above for place in work) else call


def _movable(module: Module, loop: Loop, statement: ast.stmt) -> list[Place] | None:
    """The statements that move before ``loop``: the constructor, what its arguments need, what is built from it."""
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or around(module, statement, loop.node) is None:
        return None
    for up in module.ancestors(statement):
        if up is loop.node:
            break
        if not isinstance(up, (ast.For, ast.While, ast.With)):
            return None
    body = body_of(module, statement)
    loop_body = loop.node.body if isinstance(loop.node, (ast.For, ast.While)) else []
    changed = assigned(loop_body)
    if isinstance(loop.node, ast.For):
        changed |= assigned(loop.node.target)
    bound = assigned(statement)
    if _toggles(loop_body):
        return None
    chosen: list[ast.stmt] = [statement]
    needs = names(statement.value) if statement.value is not None else set()
    for part in reversed(body[: body.index(statement)]):
        sets = assigned(part)
        if sets & needs:
            if not _pure(part) or _bound_times(loop_body, sets) > 1:
                return None
            chosen.insert(0, part)
            needs |= (
                names(part.value) if isinstance(part, (ast.Assign, ast.AnnAssign)) and part.value is not None else set()
            )
    for part in body[body.index(statement) + 1 :]:
        if isinstance(part, ast.Assign) and names(part.value) & bound and _scheduler(part):
            chosen.append(part)
            needs |= names(part.value)
    inside = set().union(*(assigned(part) for part in chosen))
    if (needs - inside) & changed or _bound_times(loop_body, bound) > 1:
        return None
    return [module.place(part) for part in chosen]


def _bound_times(body: list[ast.stmt], bound: set[str]) -> int:
    return sum(
        1
        for top in body
        for node in ast.walk(top)
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.With, ast.NamedExpr))
        and _targets(node) & bound
    )


def _targets(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Assign):
        return set().union(*(assigned(t) for t in node.targets))
    if isinstance(node, ast.With):
        return set().union(*(assigned(i.optional_vars) for i in node.items if i.optional_vars is not None), set())
    return assigned(node.target) if isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.For, ast.NamedExpr)) else set()


def _pure(part: ast.stmt) -> bool:
    """Whether a definition may move: it computes from names and literals, or collects parameters."""
    if not isinstance(part, (ast.Assign, ast.AnnAssign)) or part.value is None:
        return False
    calls = [n for n in ast.walk(part.value) if isinstance(n, ast.Call)]
    return all(
        isinstance(c.func, ast.Attribute)
        and c.func.attr in ("parameters", "named_parameters")
        or plain_name(c.func) in ("list", "filter", "chain", "float", "int")
        for c in calls
    )


def _scheduler(part: ast.Assign) -> bool:
    return isinstance(part.value, ast.Call) and (
        "lr_scheduler" in ast.unparse(part.value.func) or ast.unparse(part.value.func).endswith("LR")
    )


def _toggles(body: list[ast.stmt]) -> bool:
    """Whether the loop changes which parameters train: then the constructor may collect others each time."""
    return any(
        isinstance(node, ast.Attribute)
        and (
            node.attr in ("requires_grad_", "add_param_group")
            or node.attr == "requires_grad"
            and isinstance(node.ctx, ast.Store)
        )
        for top in body
        for node in ast.walk(top)
    )

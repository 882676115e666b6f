"""# return-inside-batch-loop

## What it does

Finds a `return` or `break` that ends the batch loop after its first batch, because it is indented too far or was left
there after a trial.

## Why is this bad?

Every epoch trains on one batch and says nothing about it. The loss printed is that of the batch, divided by the number
of batches as if all had been seen.

## How it looks from outside

* Training is suspiciously fast, each pass over the data takes no time.
* The average loss that is printed is far too small, because it is divided by all batches.
* The progress bar of the batch loop stops at its first batch.

## Example

```python
def train(model, loader, optimizer):
    total = 0.0
    for x, y in loader:
        total += update(model, optimizer, x, y)
        return total / len(loader)
```

## Fix

```python
def train(model, loader, optimizer):
    total = 0.0
    for x, y in loader:
        total += update(model, optimizer, x, y)
    return total / len(loader)
```

A forgotten `break` is deleted.

## When it is not a bug

Functions that are meant to train on one batch; a `return` or `break` under a test; generators; loops that try again
until something works. Only a loop that is known to be meant for more than one batch is reported: it adds something up
over its batches, reports on every so many of them or shows its progress, its function is about an epoch, or it is a
loop that a `break` ends in each of several epochs.

## Fix safety

Unsafe: the run takes as long as it should. Reported only where other statements follow the loop, which the `return`
would cut off.

## References

* The Python Tutorial, "More Control Flow Tools"
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods._claim import Claim, Delete, Edit, MoveAfter, claim, shown
from codemods._places import FUNCTIONS, assigned, body_of, function_of, names
from codemods._reveals import UPDATE
from fixer.findings import Applicability
from fixer.reading.reader import Reading
from fixer.reading.sizes import batches
from fixer.reading.source import Module
from fixer.reading.tree import Located, Loop
from fixer.reading.updates import Updated, updates

NAME = "return-inside-batch-loop"
SUMMARY = "a return or break ends the batch loop after its first batch"
REVEALS = UPDATE
"""Rules about what one batch leaves to the next."""
_MEANT = re.compile(r"\bone\b|one_|_one|first|single|once|sanity|debug|overfit|smoke|probe|peek|dry|\btest|only", re.I)
_EPOCH = re.compile(r"(one|single|first)?[_ ]?epochs?", re.I)


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per loop that ends with its first batch."""
    seen: set[ast.AST] = set()
    for updated in updates(reading):
        for step in updated.steps:
            found = _leaving(updated, step)
            if found is not None and found[1] not in seen and step.loops[-1].module is reading.module:
                seen.add(found[1])
                yield _claim(step, *found)


def _leaving(updated: Updated, step: Located) -> tuple[Loop, ast.Return | ast.Break] | None:
    """The batch loop around a step, and what ends it unconditionally."""
    loop = step.loops[-1] if step.loops else None
    if loop is None or not loop.signs & {"loader", "name"} or "tasks" in loop.signs:
        return None
    node, module = loop.node, loop.module
    if not isinstance(node, ast.For) or not isinstance(node.body[-1], (ast.Return, ast.Break)):
        return None
    leaves = node.body[-1]
    if not any(b.loops and b.loops[-1] is loop for b in updated.backwards) or batches(loop) == 1:
        return None
    if _generates(function_of(module, node)) or _meant(module, node, leaves):
        return None
    if not _more(module, node) and not (isinstance(leaves, ast.Break) and _each_epoch(step, loop)):
        return None
    return loop, leaves


def _each_epoch(step: Located, loop: Loop) -> bool:
    """Whether the loop stands in one of several epochs, and no comment around it speaks of a trial."""
    outer = step.loops[-2] if len(step.loops) > 1 and step.loops[-1] is loop else None
    if outer is None or outer.module is not loop.module or outer.range is None or outer.times == 1:
        return False
    if "tasks" in outer.signs or not isinstance(outer.node, ast.For):
        return False
    first, last = outer.node.lineno - 2, outer.node.end_lineno or outer.node.lineno
    said = [line.partition("#")[2] for line in loop.module.lines[max(first, 0) : last]]
    said.append(ast.get_docstring(loop.module.tree) or "")
    return not any(_MEANT.search(_EPOCH.sub("", text)) for text in said)


def _generates(function: ast.AST | None) -> bool:
    return function is not None and any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in ast.walk(function))


def _meant(module: Module, loop: ast.For, leaves: ast.stmt) -> bool:
    """Whether the function's name or a comment says that one batch is enough."""
    function = function_of(module, loop)
    said = [getattr(function, "name", ""), *module.lines[leaves.lineno - 2 : leaves.end_lineno]]
    return any(_MEANT.search(_EPOCH.sub("", text)) for text in said)


def _more(module: Module, loop: ast.For) -> bool:
    """Whether the loop is meant for more than one batch: it adds something up, reports every so many batches or shows
    its progress, or its function is about an epoch."""
    inside = [n for s in loop.body for n in ast.walk(s)]
    before = _bound_before(module, loop)
    sums = any(isinstance(n, ast.AugAssign) and assigned(n) & before for n in inside)
    lists = any(
        isinstance(n, ast.Call)
        and isinstance(n.func, ast.Attribute)
        and n.func.attr in ("append", "update")
        and ast.unparse(n.func.value) in before
        for n in inside
    )
    counters = {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
    every = any(isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mod) and names(n.left) & counters for n in inside)
    shows = any(isinstance(n, ast.Name) and n.id in _BARS for n in ast.walk(loop.iter))
    return sums or lists or every or shows or _about_an_epoch(function_of(module, loop))


_BARS = frozenset({"tqdm", "trange", "track"})


def _about_an_epoch(function: ast.AST | None) -> bool:
    if not isinstance(function, ast.FunctionDef):
        return False
    arguments = {a.arg for a in [*function.args.posonlyargs, *function.args.args]}
    return "epoch" in function.name.lower() or bool(arguments & {"epoch", "epoch_idx", "epoch_index"})


def _bound_before(module: Module, loop: ast.For) -> set[str]:
    """Names bound in the block of the loop, before it."""
    body = body_of(module, loop)
    return set().union(*(assigned(s) for s in body[: body.index(loop)])) if loop in body else set()


def _claim(step: Located, loop: Loop, leaves: ast.Return | ast.Break) -> Claim:
    module = loop.module
    what = "return" if isinstance(leaves, ast.Return) else "break"
    edits, reason = _edits(module, loop.node, leaves)
    path = [
        shown(module, loop.node, "batch", "the loop over the batches of an epoch"),
        shown(step.emit.module, step.emit.node, "step", "the first batch makes an update"),
        shown(module, leaves, what, "and the loop ends"),
    ]
    return claim(
        NAME,
        module,
        leaves,
        f"the {what} ends the batch loop after its first batch, so each epoch trains on one batch",
        path,
        Applicability.UNSAFE if edits else Applicability.NONE,
        "return behind the loop" if what == "return" else "delete the break",
        reason,
        edits,
    )


def _edits(module: Module, loop: ast.AST, leaves: ast.Return | ast.Break) -> tuple[list[Edit], str]:
    assert isinstance(loop, ast.For)
    if len(loop.body) == 1 or loop.orelse:
        return [], "nothing else stands in the loop" if not loop.orelse else "the loop has an else"
    place = module.place(leaves)
    if isinstance(leaves, ast.Break):
        return [Delete(place)], "each epoch takes as long as it should"
    body = body_of(module, loop)
    up = module.parent(loop)
    if body[-1] is not loop or not isinstance(up, (*FUNCTIONS, ast.With)):
        return [], "other statements stand behind the loop"
    return [MoveAfter((place,), module.place(loop))], "each epoch takes as long as it should"

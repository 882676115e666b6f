"""# loss-average-wrong-denominator

## What it does

Finds the losses of an epoch's batches that are added up as they are and divided by the number of samples: each of them
is a mean over its batch already.

## Why is this bad?

A loss with the usual `reduction="mean"` is an average over the batch. The sum of an epoch's batches divided by their
number (`len(loader)`) is the epoch's average; divided by `len(loader.dataset)` it is as many times smaller as a batch
has samples. Nothing is trained wrongly, but the curve cannot be compared with a run of another batch size, with
ln(number of classes) at the start, or with anybody else's figures; early stopping thresholds mean something else, too.

## How it looks from outside

* The loss is much smaller than expected: the training loss looks 64 times too small.
* The reported loss becomes smaller when the batch size grows, and nothing else changes.
* The first epoch's loss is far below ln(number of classes), yet the accuracy is that of guessing.
* The training loss and the validation loss differ by a fixed factor.

## Example

```python
from torch.utils.data import DataLoader

loader = DataLoader(dataset, batch_size=64, shuffle=True)
total = 0.0
for x, y in loader:
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    total += loss.item()
print(total / len(loader.dataset))
```

## Fix

```python
from torch.utils.data import DataLoader

loader = DataLoader(dataset, batch_size=64, shuffle=True)
total = 0.0
for x, y in loader:
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    total += loss.item()
print(total / len(loader))
```

Exact for equal batches only; with a smaller last batch, `total += loss.item() * x.size(0)` over the number of samples
is the exact mean.

## When it is not a bug

Each loss weighed with the size of its batch (`loss.item() * x.size(0)`); `reduction="sum"`; counts of right answers;
batches of one sample; loops that leave early or skip batches; the length of a sampler's share.

## Fix safety

Unsafe: the figure grows by the batch size, and thresholds, schedulers that watch it and notes of earlier runs were
made for the old one. Not rewritten where the loader has no name at the division. A short training does not look at the
figures that a script reports: `fixer verify` stays inconclusive about this repair.

## References

* PyTorch documentation, page "CrossEntropyLoss" (argument `reduction`)
* PyTorch documentation, page "torch.utils.data" (the length of a loader and of its data set)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, Replace, claim, shown
from codemods._events import readings
from codemods._modules import same_meaning
from codemods._places import dotted
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.loops import innermost
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.tree import Emit, Loop
from fixer.reading.values import NONE, Const, Loader

NAME = "loss-average-wrong-denominator"
SUMMARY = "losses that are means over a batch are summed and divided by the number of samples"


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per division of summed batch means by the length of their data set."""
    for found in readings(reading, Kind.AVERAGED).values():
        emits = [place.emit for _, place in found]
        first = emits[0]
        if first.module is reading.module and all(_too_small(emit) for emit in emits):
            yield _claim(first, first.facts["loop"])


def _too_small(emit: Emit) -> bool:
    if emit.facts["weighed"]:
        return False
    loop: Loop = emit.facts["loop"]
    if "some" in loop.signs or not isinstance(loop.node, ast.For) or _skips(loop.node):
        return False
    return loop.loader is None or _batched(loop.loader)


def _batched(loader: Loader) -> bool:
    """Whether a loader visits its whole data set in batches, as far as can be seen."""
    given = dict(loader.given)
    if any(given.get(name, NONE) != NONE for name in ("sampler", "batch_sampler")):
        return False
    if "batch_size" not in given:
        return loader.more
    return given["batch_size"] not in (Const(1), NONE)


def _skips(loop: ast.For) -> bool:
    """Whether a loop may leave batches out."""
    return any(isinstance(part, (ast.Break, ast.Continue, ast.Return)) for part in ast.walk(loop))


def _claim(emit: Emit, loop: Loop) -> Claim:
    module, divisor = emit.module, emit.facts["divisor"]
    name = _loader(module, loop, divisor)
    rows = module.text_of(divisor)
    edits: list[Edit] = [] if name is None else [Replace(module.place(divisor), f"len({name})")]
    path = [
        shown(loop.module, loop.node, "batch loop", "each batch's loss is a mean over its samples; they are added up"),
        shown(module, emit.node, "average", f"divided by {rows}, the number of samples"),
    ]
    return claim(
        NAME,
        module,
        emit.node,
        "a sum of batch means is divided by the number of samples: it comes out too small by the batch size",
        path,
        Applicability.NONE if name is None else Applicability.UNSAFE,
        "divide by the number of batches",
        "the loader has no name here"
        if name is None
        else "the figure grows by the batch size; exact for equal batches only",
        edits,
    )


def _loader(module: Module, loop: Loop, divisor: ast.expr) -> str | None:
    """The loader's name where the sum is divided."""
    if isinstance(divisor, ast.Call) and len(divisor.args) == 1:
        data = divisor.args[0]
        if isinstance(data, ast.Attribute) and data.attr == "dataset" and dotted(data, ast.Subscript, ast.Constant):
            return module.text_of(data.value)
    if loop.module is not module or not isinstance(loop.node, ast.For):
        return None
    loader = innermost(loop.node.iter)
    name = module.text_of(loader)
    if {"'", '"'} & set(name) and any(isinstance(up, ast.JoinedStr) for up in module.ancestors(divisor)):
        return None  # its quotes may end the string
    return (
        name if dotted(loader, ast.Subscript, ast.Constant) and same_meaning(module, name, loop.node, divisor) else None
    )

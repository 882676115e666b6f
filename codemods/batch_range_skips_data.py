"""# batch-range-skips-data

## What it does

Finds a loop over `range(0, n // batch_size, batch_size)` whose variable is the first row of a batch: the range ends at
the number of batches, but walks in rows.

## Why is this bad?

`x[i:i + batch_size]` needs `i` to go up to the number of rows. Ended at the number of batches, the loop visits one
row in `batch_size`: of 10,000 rows in batches of 100 it makes one batch of the first 100, over and over. Nothing
fails, and the epochs are pleasantly short.

## How it looks from outside

* Epochs are suspiciously fast: an epoch has only one batch, or a few.
* The model overfits a small part of the training data, and the validation loss explodes.
* With a smaller batch size the results suddenly get much better.
* Adding more training data changes nothing.

## Example

```python
for i in range(0, len(x) // batch_size, batch_size):
    loss = loss_fn(model(x[i:i + batch_size]), y[i:i + batch_size])
```

## Fix

```python
for i in range(0, len(x), batch_size):
    loss = loss_fn(model(x[i:i + batch_size]), y[i:i + batch_size])
```

The last batch may be smaller than the others.

## When it is not a bug

A range over batch numbers (`range(n // batch_size)` with `x[i * batch_size:(i + 1) * batch_size]`); a range that ends
at the last whole batch (`range(0, n - batch_size + 1, batch_size)`); windows of a sequence; data that is already
cut into batches.

## Fix safety

Unsafe: an epoch makes as many times more updates as a batch has rows, and the learning rate and the number of epochs
were chosen without them. Not rewritten when the sliced data has no name that its length could be taken of.

## References

* PyTorch documentation, page "torch.utils.data" (what a loader does instead)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, Replace, claim, shown
from codemods._places import dotted, scope_of
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.reader import Reading
from fixer.reading.tree import Emit, Loop, emits, locate
from fixer.reading.values import Const, Quotient, Sym

NAME = "batch-range-skips-data"
SUMMARY = "the range of a batch loop ends at the number of batches, but walks in rows"

_USES = frozenset({Kind.FORWARD, Kind.LOSS, Kind.BACKWARD})


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per loop whose range and slices disagree."""
    seen: dict[ast.AST, list[tuple[Loop, Emit, Quotient] | None]] = {}
    for entry in reading.entries:
        loops: dict[ast.AST, dict[int, Loop]] = {}
        slices: dict[int, list[Emit]] = {}
        for place in locate(entry.tree):
            for loop in place.loops:
                loops.setdefault(loop.node, {})[id(loop)] = loop
                if place.emit.kind is Kind.SLICE and place.emit.facts["loop"] == loop.ident:
                    slices.setdefault(id(loop), []).append(place.emit)
        for node, read in loops.items():
            for loop in read.values():
                seen.setdefault(node, []).append(_short(reading, loop, slices.get(id(loop), [])))
    for readings in seen.values():
        first = readings[0]
        if first is not None and all(found is not None for found in readings) and first[0].module is reading.module:
            yield _claim(*first)


def _short(reading: Reading, loop: Loop, slices: list[Emit]) -> tuple[Loop, Emit, Quotient] | None:
    """The first slice and the stop of a loop that trains on ``data[i:i + step]`` up to a number of batches."""
    parts = loop.range.parts if loop.range is not None else ()
    if len(parts) != 3 or parts[0] != Const(0) or not slices or not isinstance(loop.node, ast.For):
        return None
    stop, step = parts[1], parts[2]
    quotient = reading.quotients.get(stop.key) if isinstance(stop, Sym) else None
    if quotient is None or quotient.by != step or step == Const(1):
        return None
    if any(emit.facts["width"] != step for emit in slices):
        return None
    one = isinstance(step, Const) and isinstance(quotient.by, Const) and bool(step.of & quotient.by.of)
    if isinstance(step, Const) and not one and _step(loop) != quotient.text and not _own(slices[0], quotient):
        return None  # equal numbers that may mean different things
    if any(emit.facts["folded"] and not _own(emit, quotient) for emit in slices):
        return None  # its first axis may count batches already
    if not any(emit.kind in _USES for emit in emits(loop.body)):
        return None
    return loop, slices[0], quotient


def _own(piece: Emit, quotient: Quotient) -> bool:
    """Whether what was divided is the length of the sliced data itself."""
    assert isinstance(piece.node, ast.Subscript)
    data = ast.unparse(piece.node.value)
    return quotient.whole in (f"len({data})", f"{data}.shape[0]", f"{data}.size(0)", f"{data}.size()[0]")


def _step(loop: Loop) -> str:
    call = loop.range.node if loop.range is not None else None
    return ast.unparse(call.args[2]) if isinstance(call, ast.Call) and len(call.args) == 3 else ""


def _claim(loop: Loop, piece: Emit, quotient: Quotient) -> Claim:
    module = loop.module
    call = loop.range.node if loop.range is not None else None
    assert isinstance(call, ast.Call) and isinstance(piece.node, ast.Subscript)
    data = piece.node.value
    rows = quotient.whole if _own(piece, quotient) else f"len({ast.unparse(data)})"
    edits: list[Edit] = []
    trouble = (
        "" if dotted(data) and len(call.args) == 3 else "the sliced data has no name that its length could be taken of"
    )
    if piece.module is not module:
        trouble = "the data is sliced in another file"
    if not trouble:
        scope = scope_of(module, loop.node)
        same = ast.dump(call)
        for part in ast.walk(scope):
            # The same range elsewhere counts these batches, for an average: it goes along.
            if isinstance(part, ast.Call) and ast.dump(part) == same:
                edits.append(Replace(module.place(part.args[1]), rows, bare=True))
    path = [
        shown(module, loop.node, "batch loop", f"it ends at {quotient.whole} / {quotient.text}: batches"),
        shown(piece.module, piece.node, "batch", f"the step counts rows: only 1 in {quotient.text} is seen"),
    ]
    return claim(
        NAME,
        module,
        loop.node.iter if isinstance(loop.node, ast.For) else loop.node,
        f"the range stops at the number of batches but steps by rows: 1/{quotient.text} of the data is visited",
        path,
        Applicability.NONE if trouble else Applicability.UNSAFE,
        "end the range at the number of rows",
        trouble or "an epoch makes many more updates; learning rate and number of epochs were chosen without them",
        edits,
    )

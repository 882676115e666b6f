"""# missing-set-epoch

## What it does

Finds a training over several epochs whose loader draws through a `DistributedSampler` that is never told the epoch.

## Why is this bad?

The sampler shuffles with a generator seeded by `seed + epoch`, so that all processes agree on the order. Without
`set_epoch` the epoch is always 0: each epoch visits the data in one and the same order, and every process sees the same
part of the data in the same batches.

## How it looks from outside

* Distributed training generalises worse than on a single GPU with the same settings.
* The training loss has the same shape in every epoch.
* The order of the batches is the same every epoch although the sampler shuffles.

## Example

```python
sampler = DistributedSampler(data)
loader = DataLoader(data, batch_size=32, sampler=sampler)
for epoch in range(epochs):
    for x, y in loader:
        step(x, y)
```

## Fix

```python
sampler = DistributedSampler(data)
loader = DataLoader(data, batch_size=32, sampler=sampler)
for epoch in range(epochs):
    sampler.set_epoch(epoch)
    for x, y in loader:
        step(x, y)
```

## When it is not a bug

Loaders that Lightning, Accelerate or Fabric prepare (they call it); `shuffle=False`; a single epoch; samplers that are
built anew with a seed of the epoch.

## Fix safety

Safe: this is what the sampler's documentation asks for. Only reported where the epoch loop has no number, or the
sampler no name there.

## References

* PyTorch documentation, page "torch.utils.data" (DistributedSampler)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, InsertBefore, claim, shown
from codemods._loaders import Fed, fed, iterated, name_of
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.joins import options
from fixer.reading.reader import Reading
from fixer.reading.tree import Loop, allocated, emits
from fixer.reading.values import NONE, Const, Sampler, Value

NAME = "missing-set-epoch"
SUMMARY = "a DistributedSampler is never told the epoch: the same order in every epoch"


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per epoch loop whose distributed sampler repeats one order."""
    told = {emit.subject for entry in reading.entries for emit in emits(entry.tree) if emit.kind is Kind.EPOCH}
    if None in told or not told and "set_epoch" in reading.module.text:
        return  # it is not read whom that tells
    for found in fed(reading):
        sampler = _sampler(found)
        if sampler is None or sampler.ident in told or found.epochs.module is not reading.module:
            continue
        if not _renewed(found.epochs, found, sampler):
            yield _claim(reading, found, sampler)


def _sampler(found: Fed) -> Sampler | None:
    """The distributed sampler that shuffles for this loop."""
    kinds = _kinds(found)
    samplers = [v for v in kinds if isinstance(v, Sampler) and v.distributed]
    if len(samplers) != 1 or any(v != NONE and not isinstance(v, Sampler) for v in kinds):
        return None
    (sampler,) = samplers
    shuffles = sampler.shuffle is None or sampler.shuffle == Const(True)
    return sampler if shuffles and not sampler.more else None


def _kinds(found: Fed) -> list[Value]:
    """What the loader may draw by."""
    given = dict(found.loader.given)
    value = given.get("sampler") or given.get("batch_sampler")
    return options(value) if value is not None else []


def _renewed(loop: Loop, found: Fed, sampler: Sampler) -> bool:
    """Whether the epoch loop builds the sampler or the loader."""
    built = {getattr(sampler.node, "lineno", 0), getattr(found.loader.node, "lineno", 0)}
    first, last = getattr(loop.node, "lineno", 0), getattr(loop.node, "end_lineno", 0)
    inside = sampler.module is loop.module and any(first <= line <= last for line in built)
    made = {sampler.ident, found.loader.ident}
    return inside or any(ident in made for ident in allocated(loop.body))


def _claim(reading: Reading, found: Fed, sampler: Sampler) -> Claim:
    module, loop = reading.module, found.epochs.node
    others = [v for v in _kinds(found) if v is not sampler]
    beside = [v.node for v in others if isinstance(v, Sampler) and v.node is not None]
    optional, kind = bool(others), ast.unparse(sampler.node.func) if isinstance(sampler.node, ast.Call) else ""
    edits: list[Edit] = []
    trouble = ""
    target = loop.target if isinstance(loop, ast.For) else None
    if not isinstance(loop, ast.For) or not isinstance(target, ast.Name):
        trouble = "the loop over epochs has no variable that is the epoch"
    else:
        name = name_of(module, sampler.node, loop, beside) if sampler.module is module else None
        if name is None and not optional:
            owner = iterated(module, found.batches, loop)
            if owner is None and found.loader.module is module:
                owner = name_of(module, found.loader.node, loop)
            name = f"{owner}.sampler" if owner is not None else None
        call = f"{name}.set_epoch({target.id})"
        if name is None:
            trouble = "the sampler has no name where the epochs are counted"
        elif optional:
            test = f"isinstance({name}, {kind})" if beside else f"{name} is not None"
            edits = [InsertBefore(module.place(loop.body[0]), f"if {test}:\n    {call}")]
        else:
            edits = [InsertBefore(module.place(loop.body[0]), call)]
    path = [shown(module, loop, "epoch", "the sampler's epoch stays 0, so its order stays the same")]
    if sampler.node is not None and sampler.module is not None:
        path.insert(0, shown(sampler.module, sampler.node, "sampler", "shuffles by seed + epoch"))
    return claim(
        NAME,
        module,
        loop if not isinstance(loop, ast.For) else loop.target,
        "the DistributedSampler is never told the epoch: every epoch has the same order",
        path,
        Applicability.NONE if trouble else Applicability.SAFE,
        "tell the sampler the epoch",
        trouble or "the sampler's documentation asks for it",
        edits,
    )

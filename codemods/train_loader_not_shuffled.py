"""# train-loader-not-shuffled

## What it does

Finds a DataLoader that a training of several epochs draws from in one fixed order, where the data is sorted.

## Why is this bad?

Data is often stored class by class. Read in that order, many batches in a row hold a single class: the model forgets
the first classes while it sees the last, batch norm sees one class at a time, and every epoch repeats it.

## How it looks from outside

* The training loss oscillates within each epoch, with the same pattern in every epoch.
* The model predicts the class that came last in the data.
* Training accuracy is nearly perfect within a batch, but validation accuracy stays low.

## Example

```python
data = ImageFolder("train", transform)
loader = DataLoader(data, batch_size=32)
```

## Fix

```python
data = ImageFolder("train", transform)
loader = DataLoader(data, batch_size=32, shuffle=True)
```

## When it is not a bug

Time series, text read in order and other data with a meaningful order; samplers; data that was shuffled or split at
random; a batch of the whole data; `shuffle=False` written out. Only data that is seen to be sorted is reported.

## Fix safety

Unsafe: batches are made differently, and features that the same loader extracts come in another order.

## References

* PyTorch documentation, page "torch.utils.data"
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods._claim import AddArgument, Claim, claim, shown
from codemods._loaders import Fed, fed
from codemods._places import scope_of
from fixer.findings import Applicability
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.values import Const
from fixer.reading.written import argument

NAME = "train-loader-not-shuffled"
SUMMARY = "sorted training data is visited in one fixed order, epoch after epoch"

_ORDER = re.compile(
    r"lstm|\bgru\b|\brnn|time.?series|sequence|window|forecast|stock|stateful|random_split|train_test_split|randperm"
    r"|\.shuffle\(|permut|curricul|reproduc|deterministic|Iterable|Subset\(|video|sampler|sorted\(",
    re.I,
)
"""Words that speak for an order that means something, or for data that has been shuffled."""
_SORTED = re.compile(r"repeat_interleave|\bcat\(|concatenate\(|\bvstack\(|np\.repeat\(|\.sort\(|argsort\(")
_FOLDERS = frozenset({"ImageFolder", "DatasetFolder"})


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per loader of sorted data that is not shuffled."""
    if _ORDER.search(reading.module.text):
        return
    seen: set[ast.AST | None] = set()
    for found in fed(reading):
        loader = found.loader
        given = dict(loader.given)
        if loader.module is not reading.module or not isinstance(loader.node, ast.Call) or loader.node in seen:
            continue
        if {"shuffle", "sampler", "batch_sampler"} & set(given) or _whole(loader.node):
            continue
        why = _sorted(reading.module, loader.node)
        if why and given.get("batch_size", Const(1)) != Const(1):
            seen.add(loader.node)
            yield _claim(reading, found, loader.node, why)


def _whole(node: ast.Call) -> bool:
    """Whether a batch is the whole data."""
    size = argument(node, "batch_size", 1)
    return size is not None and any(isinstance(p, ast.Call) or isinstance(p, ast.Subscript) for p in ast.walk(size))


def _sorted(module: Module, node: ast.Call) -> str:
    """Why the data is known to be sorted: a folder per class, or tensors put together class by class."""
    given = argument(node, "dataset", 0)
    made = _made(module, node, given)
    if not isinstance(made, ast.Call):
        return ""
    name = ast.unparse(made.func).rpartition(".")[2]
    if name in _FOLDERS:
        return "the folders are read class by class"
    if name != "TensorDataset":
        return ""
    for part in made.args:
        values = _all(module, node, part)
        if any(_SORTED.search(ast.unparse(value)) for value in values):
            return "the rows are put together one group after the other"
    return ""


def _made(module: Module, node: ast.AST, value: ast.expr | None) -> ast.expr | None:
    if not isinstance(value, ast.Name):
        return value
    found = _all(module, node, value)
    return found[0] if len(found) == 1 else None


def _all(module: Module, node: ast.AST, value: ast.expr) -> list[ast.expr]:
    """What is assigned to a name in the function (or module) that ``node`` stands in."""
    if not isinstance(value, ast.Name):
        return [value]
    scope = scope_of(module, node)
    return [
        part.value
        for part in ast.walk(scope)
        if isinstance(part, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == value.id for target in part.targets for t in ast.walk(target))
    ]


def _claim(reading: Reading, found: Fed, node: ast.Call, why: str) -> Claim:
    module = reading.module
    return claim(
        NAME,
        module,
        node,
        "the training data is sorted and the loader does not shuffle: one order in every epoch",
        [
            shown(module, node, "loader", f"no shuffle and no sampler, and {why}"),
            shown(found.epochs.module, found.epochs.node, "epochs", "each one has the same order"),
        ],
        Applicability.UNSAFE,
        "shuffle",
        "batches are made differently",
        [AddArgument(module.place(node), "shuffle=True")],
    )

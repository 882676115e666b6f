"""# train-loader-not-shuffled

## What it does

Finds a DataLoader that a training of several epochs draws from in one fixed order, where the data is sorted, or is one
of the usual sets of labelled pictures, whose order means nothing.

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
random; a batch of the whole data; `shuffle=False` written out. Only data that is seen to be sorted (a folder per class,
groups put together one after the other) and the labelled pictures of torchvision are reported.

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
from codemods._modules import defined
from codemods._places import names, scope_of
from codemods._rows import grouped
from fixer.findings import Applicability
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.values import Const, Instance, Sym, Value
from fixer.reading.written import argument

NAME = "train-loader-not-shuffled"
SUMMARY = "training data whose order means nothing is visited in one fixed order, epoch after epoch"

_ORDER = re.compile(
    r"lstm|\bgru\b|\brnn|time.?series|sequence|window|forecast|stock|stateful|random_split|train_test_split|randperm"
    r"|\.shuffle\(|permut|curricul|reproduc|deterministic|Iterable|Subset\(|video|sampler"
    r"|sorted\((?!.*(listdir|glob|iterdir|scandir|walk|classes|set\())",
    re.I,
)
"""Words that speak for an order that means something, or for data that has been shuffled."""
_SORTED_ITSELF = re.compile(r"\bload_(iris|wine)\(")
_FOLDERS = frozenset({"ImageFolder", "DatasetFolder"})
_PICTURES = frozenset({"MNIST", "FashionMNIST", "KMNIST", "QMNIST", "EMNIST", "CIFAR10", "CIFAR100", "SVHN", "STL10"})


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per loader of such data that is not shuffled."""
    if _ORDER.search(reading.module.text):
        return
    seen: set[ast.AST | None] = set()
    for found in fed(reading):
        loader = found.loader
        given, module = dict(loader.given), loader.module
        if module is None or not isinstance(loader.node, ast.Call) or loader.node in seen:
            continue
        if {"shuffle", "sampler", "batch_sampler"} & set(given) or _whole(loader.node):
            continue
        if module is not reading.module and _ORDER.search(module.text):
            continue
        why = _named(reading, given.get("dataset")) or _sorted(module, loader.node)
        if why and given.get("batch_size", Const(1)) != Const(1):
            seen.add(loader.node)
            yield _claim(found, module, loader.node, why)


def _named(reading: Reading, dataset: Value | None) -> str:
    """Why the order of a dataset means nothing, by its class."""
    if isinstance(dataset, Instance):
        if _ORDER.search(dataset.of.module.text):
            return ""
        init = next((found for cls in dataset.of.mro() if (found := defined(cls.node, "__init__")) is not None), None)
        return "its items are put together class by class" if init is not None and _by_class(init) else ""
    name = reading.datasets.get(dataset.key, "") if isinstance(dataset, Sym) else ""
    last = name.rpartition(".")[2]
    if last in _FOLDERS:
        return "the folders are read class by class"
    return f"the order of {last} means nothing" if last in _PICTURES else ""


def _by_class(init: ast.FunctionDef) -> bool:
    """Whether a constructor walks the classes, and within each its items, which it collects with the class's label."""
    for part in ast.walk(init):
        if isinstance(part, ast.For) and (labels := _labels(part.target, part.iter)):
            inner = [n for n in ast.walk(part) if isinstance(n, ast.For) and n is not part]
            if any(_collects(call, labels) for loop in inner for call in ast.walk(loop)):
                return True
        elif isinstance(part, ast.ListComp) and len(part.generators) == 2:
            first = part.generators[0]
            if _labels(first.target, first.iter) & names(part.elt):
                return True
    return False


def _labels(target: ast.expr, source: ast.expr) -> set[str]:
    """The number of a class, in a loop that counts classes: ``for label, name in enumerate(classes)``."""
    counts = isinstance(source, ast.Call) and isinstance(source.func, ast.Name) and source.func.id == "enumerate"
    if counts and isinstance(target, ast.Tuple) and isinstance(target.elts[0], ast.Name):
        return {target.elts[0].id}
    return set()


def _collects(call: ast.AST, labels: set[str]) -> bool:
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "append"
        and any(labels & names(argument) for argument in call.args)
    )


def _whole(node: ast.Call) -> bool:
    """Whether a batch is the whole data."""
    size = argument(node, "batch_size", 1)
    asked = {getattr(p, "id", getattr(p, "attr", "")) for p in ast.walk(size)} if size is not None else set()
    return bool(asked & {"len", "__len__", "shape", "size", "numel"})


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
        if grouped(module, made, part):
            return "the rows are put together one group after the other"
        values = _all(module, node, part)
        if any(_SORTED_ITSELF.search(ast.unparse(value)) for value in _origins(module, node, values)):
            return "its rows come class by class"
    return ""


def _origins(module: Module, node: ast.AST, values: list[ast.expr], deep: int = 3) -> list[ast.expr]:
    """What values are computed from, as far as the function (or module) says."""
    if not deep:
        return values
    inner = [_all(module, node, part) for value in values for part in ast.walk(value) if isinstance(part, ast.Name)]
    return values + _origins(module, node, [part for parts in inner for part in parts if part not in values], deep - 1)


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


def _claim(found: Fed, module: Module, node: ast.Call, why: str) -> Claim:
    return claim(
        NAME,
        module,
        node,
        "the loader of the training data does not shuffle: every epoch has the same batches in the same order",
        [
            shown(module, node, "loader", f"no shuffle and no sampler, and {why}"),
            shown(found.epochs.module, found.epochs.node, "epochs", "each one has the same order"),
        ],
        Applicability.UNSAFE,
        "shuffle",
        "batches are made differently",
        [AddArgument(module.place(node), "shuffle=True")],
    )

"""# numpy-rng-in-workers

## What it does

Finds a dataset, or a transform of one, that draws random numbers from a generator made once, in a loader with workers;
and worker seeds that are constant.

## Why is this bad?

Each worker is a copy of the dataset, made anew every epoch, generator and all: all workers draw the same numbers, and
draw them again in every epoch. With four workers, augmentation has a quarter of the variety, and none over the epochs.
(PyTorch 1.9 and later seed the *global* NumPy generator per worker and epoch, unless a `worker_init_fn` sets it back to
a constant.)

## How it looks from outside

* Augmented images repeat: the same crops and flips come from every worker.
* Augmentation is the same in every epoch.
* More workers give worse validation accuracy.

## Example

```python
class Noisy(Dataset):
    def __init__(self, data):
        self.data, self.rng = data, np.random.default_rng(0)

    def __getitem__(self, i):
        return self.data[i] + self.rng.normal()

loader = DataLoader(Noisy(data), num_workers=4)
```

## Fix

```python
def seed_worker(worker_id):
    dataset = torch.utils.data.get_worker_info().dataset
    dataset.rng = np.random.default_rng(torch.initial_seed() % 2**32)

loader = DataLoader(Noisy(data), num_workers=4, worker_init_fn=seed_worker)
```

## When it is not a bug

No workers; torch's own or Python's global generator; numbers drawn in `__init__`; seeds made of the index; an init
function that takes `torch.initial_seed()`.

## Fix safety

Unsafe: other random numbers are drawn.

## References

* PyTorch documentation, pages "Reproducibility" and "torch.utils.data" (randomness in multi-process data loading)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods._claim import AddArgument, Claim, Edit, InsertBefore, Replace, claim, shown
from codemods._modules import defined
from codemods._places import fresh
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.tree import emits
from fixer.reading.values import NONE, ClassOf, Const, Function, Loader, Value

NAME = "numpy-rng-in-workers"
SUMMARY = "workers draw the same random numbers as each other, in every epoch"

_MAKES = re.compile(r"(^|\.)(default_rng|RandomState)$")
_SEEDED = re.compile(r"initial_seed|worker_info|urandom|time\(|entropy|SeedSequence|randint|info\.seed")


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per loader whose workers share their random numbers."""
    seen: set[ast.AST | None] = set()
    for entry in reading.entries:
        for emit in emits(entry.tree):
            loader = emit.facts.get("loader") if emit.kind is Kind.BATCH else None
            if not isinstance(loader, Loader) or loader.more or loader.node in seen:
                continue
            if loader.module is reading.module and isinstance(loader.node, ast.Call):
                seen.add(loader.node)
                yield from _judge(reading, loader, loader.node)


def _judge(reading: Reading, loader: Loader, node: ast.Call) -> Iterator[Claim]:
    given = dict(loader.given)
    if not _several(reading.module, given.get("num_workers"), node) or not loader.holds:
        return
    init_fn = given.get("worker_init_fn")
    if init_fn is None or init_fn == NONE:
        for path, held in loader.holds:
            found = _shared(held.of)
            if found is not None:
                yield _own(reading, node, path, *found)
                return
    elif isinstance(init_fn, Function) and init_fn.module is reading.module:
        seed = _constant(init_fn.node)
        if seed is not None and any(_global(held.of.node) for _, held in loader.holds):
            yield _seeds(reading, node, seed)


def _several(module: Module, workers: Value | None, node: ast.Call) -> bool:
    """Whether there are workers: the number is known, or is that of an option which is not 0 unless it is set."""
    if isinstance(workers, Const):
        return type(workers.value) is int and workers.value > 0
    written = next((k.value for k in node.keywords if k.arg == "num_workers"), None)
    if not isinstance(written, ast.Attribute) or "add_argument" not in module.text:
        return False
    for call in ast.walk(module.tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument":
            names = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if any(name.lstrip("-").replace("-", "_") == written.attr for name in names):
                default = next((k.value for k in call.keywords if k.arg == "default"), None)
                number = default.value if isinstance(default, ast.Constant) else None
                return type(number) is int and number > 0
    return False


def _shared(cls: ClassOf) -> tuple[Module, str, ast.Call] | None:
    """A generator that objects of a class draw from and that is made once: its module, the name (with a dot in front
    if it is an attribute), and where it is made. None if there is none, or more than one."""
    own = _generator(cls.node)
    if own is not None and _drawn(cls.node, own[0]):
        return cls.module, f".{own[0]}", own[1]
    found = []
    drawing = [m for m in cls.node.body if isinstance(m, ast.FunctionDef) and m.name in _DRAWS]
    used = {p.id for m in drawing for p in ast.walk(m) if isinstance(p, ast.Name) and isinstance(p.ctx, ast.Load)}
    for part in cls.module.tree.body:
        target = part.targets[0] if isinstance(part, ast.Assign) and len(part.targets) == 1 else None
        if isinstance(target, ast.Name) and target.id in used and isinstance(part, ast.Assign):
            value = part.value
            if isinstance(value, ast.Call) and _MAKES.search(ast.unparse(value.func)):
                found.append((cls.module, target.id, value))
    if len(found) != 1 or _renewed(cls.module, found[0][1]):
        return None
    return found[0]


def _renewed(module: Module, name: str) -> bool:
    """Whether a name of a module is bound more than once, or shadowed."""
    bound = [p for p in ast.walk(module.tree) if isinstance(p, ast.Name) and p.id == name]
    stores = [p for p in bound if not isinstance(p.ctx, ast.Load)]
    return len(stores) != 1 or any(isinstance(p, ast.arg) and p.arg == name for p in ast.walk(module.tree))


def _generator(cls: ast.ClassDef) -> tuple[str, ast.Call] | None:
    """The attribute that ``__init__`` makes a NumPy generator, if there is just one."""
    init = defined(cls, "__init__")
    found = []
    for part in ast.walk(init) if init is not None else ():
        if not isinstance(part, ast.Assign):
            continue
        pairs = [(t, part.value) for t in part.targets]
        if isinstance(part.targets[0], ast.Tuple) and isinstance(part.value, ast.Tuple):
            pairs = list(zip(part.targets[0].elts, part.value.elts, strict=False))
        for target, value in pairs:
            makes = isinstance(value, ast.Call) and _MAKES.search(ast.unparse(value.func))
            if makes and isinstance(target, ast.Attribute) and isinstance(value, ast.Call):
                found.append((target.attr, value))
    return found[0] if len(found) == 1 else None


_DRAWS = ("__getitem__", "__call__", "forward")


def _item(cls: ast.ClassDef) -> ast.FunctionDef | None:
    """The method that makes a sample, or changes one."""
    return next((found for name in _DRAWS if (found := defined(cls, name)) is not None), None)


def _drawn(cls: ast.ClassDef, name: str) -> bool:
    """Whether ``__getitem__`` (or a method it calls) draws from the attribute, and nobody renews it."""
    item = _item(cls)
    if item is None:
        return False
    called = {p.func.attr for p in ast.walk(item) if isinstance(p, ast.Call) and isinstance(p.func, ast.Attribute)}
    methods = [m for m in cls.body if isinstance(m, ast.FunctionDef) and (m is item or m.name in called)]
    used = any(
        isinstance(p, ast.Attribute) and p.attr == name and isinstance(p.ctx, ast.Load)
        for m in methods
        for p in ast.walk(m)
    )
    renewed = any(
        isinstance(p, ast.Attribute) and p.attr == name and isinstance(p.ctx, ast.Store)
        for m in cls.body
        if isinstance(m, ast.FunctionDef) and m.name != "__init__"
        for p in ast.walk(m)
    )
    return used and not renewed


def _global(cls: ast.ClassDef) -> bool:
    """Whether ``__getitem__`` draws from NumPy's global generator."""
    item = _item(cls)
    return item is not None and bool(re.search(r"\b(np|numpy)\.random\.(?!default_rng|RandomState)", ast.unparse(item)))


def _constant(code: ast.AST) -> ast.expr | None:
    """What an init function seeds NumPy with, if that is the same in every epoch."""
    if _SEEDED.search(ast.unparse(code)):
        return None
    calls = [
        p
        for p in ast.walk(code)
        if isinstance(p, ast.Call)
        and re.search(r"\b(np|numpy)\.random\.seed$", ast.unparse(p.func))
        and len(p.args) == 1
    ]
    return calls[0].args[0] if len(calls) == 1 else None


def _own(reading: Reading, node: ast.Call, path: str, home: Module, name: str, made: ast.Call) -> Claim:
    module = reading.module
    attribute = name.startswith(".")
    said = f"self{name}" if attribute and not path else f"{path}{name}" if attribute else name
    top = next((up for up in [node, *module.ancestors(node)] if module.parent(up) is module.tree), None)
    taken = {p.id for p in ast.walk(module.tree) if isinstance(p, ast.Name)}
    taken |= {p.name for p in ast.walk(module.tree) if isinstance(p, ast.FunctionDef)}
    function = fresh(taken, "seed_worker", "seed_this_worker")
    edits: list[Edit] = []
    trouble = ""
    if "torch" not in taken or not isinstance(top, ast.stmt):
        trouble = "the module does not import torch by that name"
    elif home is not module:
        trouble = "the generator is made in another file"
    else:
        renewed = f"{ast.unparse(made.func)}(torch.initial_seed() % 2**32)"
        lines = [f"    global {name}", f"    {name} = {renewed}"]
        if attribute:
            lines = ["    dataset = torch.utils.data.get_worker_info().dataset"]
            lines.append(f"    {'.'.join(part for part in ('dataset', path) if part)}{name} = {renewed}")
        code = "\n".join([f"def {function}(worker_id):", *lines])
        edits = [
            InsertBefore(module.place(top), code),
            AddArgument(module.place(node), f"worker_init_fn={function}"),
        ]
    return claim(
        NAME,
        module,
        node,
        f"every worker has a copy of {said} in the same state: all draw the same random numbers, in every epoch",
        [
            shown(home, made, "generator", "made once, before there are workers"),
            shown(module, node, "loader", "its workers are copies of the dataset, made anew every epoch"),
        ],
        Applicability.NONE if trouble else Applicability.UNSAFE,
        "give each worker a generator of its own",
        trouble or "other random numbers are drawn",
        edits,
    )


def _seeds(reading: Reading, node: ast.Call, seed: ast.expr) -> Claim:
    module: Module = reading.module
    return claim(
        NAME,
        module,
        seed,
        "the workers' seeds are the same in every epoch: so are the random numbers",
        [
            shown(module, seed, "seed", "NumPy is seeded alike whenever workers start"),
            shown(module, node, "loader", "its workers are started anew every epoch"),
        ],
        Applicability.UNSAFE,
        "seed from torch.initial_seed(), which differs by worker and epoch",
        "other random numbers are drawn",
        [Replace(module.place(seed), "torch.initial_seed() % 2**32")],
    )

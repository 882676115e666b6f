"""Runs a snippet whose names are not all defined: a loader, a model, a criterion that a forum post leaves out.

What is missing is made up by its name and by how it is used. The loop is the user's, the model is not: such a run
proves something about the order and the weights of updates only.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.util
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from .standins import Anything, note

ROWS, BATCH, FEATURES = 48, 8, 6
_MODULES = {
    "torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "optim": "torch.optim", "np": "numpy",
    "numpy": "numpy", "os": "os", "sys": "sys", "time": "time", "math": "math", "random": "random", "copy": "copy",
    "json": "json", "datetime": "datetime", "lr_scheduler": "torch.optim.lr_scheduler", "cudnn": "torch.backends.cudnn",
}  # fmt: skip
_OBJECTS = {
    "DataLoader": "torch.utils.data", "Dataset": "torch.utils.data", "TensorDataset": "torch.utils.data",
    "Variable": "torch.autograd", "autocast": "torch.amp", "tensor": "torch", "deepcopy": "copy",
    "defaultdict": "collections", "StepLR": "torch.optim.lr_scheduler", "clip_grad_norm_": "torch.nn.utils",
    "Adam": "torch.optim", "SGD": "torch.optim", "AdamW": "torch.optim", "RMSprop": "torch.optim",
    "CrossEntropyLoss": "torch.nn", "MSELoss": "torch.nn", "Linear": "torch.nn", "Module": "torch.nn",
}  # fmt: skip
_NUMBERS = (
    (r"epoch|^n_?iter|num_iter", 3), (r"accum|grad_steps|update_(every|freq)|micro", 4),
    (r"batch_?size|^bs$|^b_size$", BATCH), (r"learning_rate|^lr$|^alpha$|^eta$", 0.01),
    (r"momentum|gamma|beta|lambda|weight_decay|dropout", 0.5), (r"clip|max_norm", 1.0),
    (r"classes|n_out|output_size|output_dim", 3), (r"input_size|input_dim|n_feature", FEATURES),
    (r"log|print|save|interval|every|freq|steps", 2),
    (r"size|len|num|count|^n$|^k$|dim|hidden|seed|total", 8),
)  # fmt: skip


class Model(nn.Module):
    """Takes anything with a first tensor, and gives [N, outputs]."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.layer = nn.Linear(1, outputs)

    def forward(self, *given: Any, **named: Any) -> torch.Tensor:
        seen = next((t for t in (*given, *named.values()) if isinstance(t, torch.Tensor)), torch.zeros(BATCH, 1))
        flat = seen.float().reshape(len(seen) if seen.dim() else 1, -1)
        out: torch.Tensor = self.layer(flat.mean(1, keepdim=True))
        return out


class Criterion(nn.Module):
    """The mean square of the outputs less the targets, whatever their shapes."""

    def forward(self, outputs: Any, *targets: Any, **named: Any) -> torch.Tensor:
        given = next((t for t in (*targets, *named.values()) if isinstance(t, torch.Tensor)), torch.zeros(1))
        flat = outputs.float().reshape(len(outputs) if outputs.dim() else 1, -1).mean(1)
        wanted = given.float().reshape(len(given) if given.dim() else 1, -1).mean(1)
        loss: torch.Tensor = (flat - wanted[: len(flat)] if len(wanted) >= len(flat) else flat) ** 2
        return loss.mean()


class Batch(tuple[Any, ...]):
    """A batch: by position, by name, or as its parts."""

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            labels = any(word in key.lower() for word in ("label", "target", "y"))
            return super().__getitem__(1 if labels else 0)
        return super().__getitem__(key)

    def to(self, *_args: Any, **_more: Any) -> Batch:
        return self

    def items(self) -> Any:
        return {"inputs": self[0], "labels": self[1]}.items()


class Maker:
    """Makes the things that a snippet lacks. ``text`` is the snippet."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree, self.text = tree, ast.unparse(tree)
        self.numbers = bool(re.search(r"MSE|mse_loss|L1Loss|l1_loss|BCE|binary_cross|Huber", self.text))
        self.outputs = 1 if self.numbers else 3
        self.models: list[nn.Module] = []
        self.made: dict[str, Any] = {}

    def samples(self, rows: int = ROWS) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs [rows, FEATURES] and targets that fit the snippet's loss."""
        maker = torch.Generator().manual_seed(3)
        inputs = torch.randn(rows, FEATURES, generator=maker)
        if self.numbers:
            return inputs, (inputs[:, :1] > 0).float()
        return inputs, torch.randint(0, 3, (rows,), generator=maker)

    def loader(self, parts: int) -> Any:
        """A loader whose batches have so many parts."""
        inputs, targets = self.samples()
        data = torch.utils.data.TensorDataset(inputs, targets, *[inputs] * max(0, parts - 2))
        return torch.utils.data.DataLoader(
            data, BATCH, collate_fn=lambda rows: Batch(map(torch.stack, zip(*rows, strict=True)))
        )

    def module(self) -> nn.Module:
        """A model."""
        self.models.append(Model(self.outputs))
        return self.models[-1]

    def optimizer(self) -> Any:
        """An optimizer of all models there are."""
        owners = [m for m in self.made.values() if isinstance(m, nn.Module) and any(True for _ in m.parameters())]
        parameters = [p for m in (owners or [self.make("model")]) for p in m.parameters()]
        return torch.optim.SGD(list(dict.fromkeys(parameters)), lr=0.01)

    def make(self, name: str) -> Any:
        """The thing of a name, one and the same each time."""
        if name not in self.made:
            self.made[name] = self._new(name)
        return self.made[name]

    def _new(self, name: str) -> Any:
        word = name.lower()
        if name in _MODULES:
            return importlib.import_module(_MODULES[name])
        if name in _OBJECTS:
            return getattr(importlib.import_module(_OBJECTS[name]), name)
        if name in ("tqdm", "trange"):
            return (lambda data=(), *_a, **_m: data) if name == "tqdm" else (lambda n, *_a, **_m: range(n))
        used = self.uses(name)
        if used["added"]:
            return 0
        if "device" in word:
            return torch.device("cpu")
        if "sched" in word:
            return torch.optim.lr_scheduler.StepLR(self.make("optimizer"), 100)
        if (
            "zero_grad" in used["attributes"]
            and "step" in used["attributes"]
            or word.startswith("optim")
            or word == "opt"
        ):
            return self.optimizer()
        if used["range"] or _number(word) is not None and not used["called"] and not used["attributes"]:
            return _number(word) or 8
        if re.search(r"criterion|loss_?f|^loss$|crit$|objective", word):
            return Criterion()
        if used["iterated"]:
            loader = self.loader(used["parts"])
            return (lambda *_args, **_more: loader) if used["called"] else loader
        if used["attributes"] & {"parameters", "train", "eval", "state_dict"} or re.search(r"model|net$|^net", word):
            model = self.module()
            # A class that the snippet instantiates, or a model that it calls.
            return (lambda *_args, **_more: model) if name[:1].isupper() else model
        if re.search(r"label|target|^y|_y$", word) and not used["called"]:
            return self.samples()[1]
        if re.search(r"^x|_x$|input|image|data|feature|sample", word) and not used["called"]:
            return self.samples()[0]
        return Anything()

    def uses(self, name: str) -> dict[str, Any]:
        """How the snippet uses a name."""
        found: dict[str, Any] = {"attributes": set(), "called": False, "iterated": False, "range": False, "parts": 2}
        found["added"] = any(isinstance(n, ast.AugAssign) and _is(n.target, name) for n in ast.walk(self.tree))
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute) and _is(node.value, name):
                found["attributes"].add(node.attr)
            elif isinstance(node, ast.Call) and _is(node.func, name):
                found["called"] = True
            elif isinstance(node, ast.Call) and _is(node.func, "range") and any(_mentions(a, name) for a in node.args):
                found["range"] = not any(isinstance(a, ast.Call) for a in node.args)
            elif isinstance(node, ast.For) and _source(node.iter, name):
                found["iterated"] = True
                target = node.target
                if _wrapped(node.iter, "enumerate") and isinstance(target, ast.Tuple) and len(target.elts) == 2:
                    target = target.elts[1]
                found["parts"] = max(2, len(target.elts)) if isinstance(target, ast.Tuple) else 2
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("iter", "next"):
                found["iterated"] = found["iterated"] or any(_is(a, name) for a in node.args)
        return found


def _number(word: str) -> Any:
    return next((value for pattern, value in _NUMBERS if re.search(pattern, word)), None)


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _mentions(node: ast.AST, name: str) -> bool:
    return any(_is(n, name) for n in ast.walk(node))


def _wrapped(node: ast.AST, function: str) -> bool:
    return isinstance(node, ast.Call) and _is(node.func, function)


def _source(node: ast.AST, name: str) -> bool:
    """Whether a loop goes over a name: itself, called, or in ``enumerate``, ``tqdm``, ``zip``."""
    if _is(node, name):
        return True
    if isinstance(node, ast.Call):
        if _is(node.func, name):
            return True
        return isinstance(node.func, ast.Name) and node.func.id != "range" and any(_source(a, name) for a in node.args)
    return False


def unknown(tree: ast.Module) -> list[str]:
    """The names that are used and never bound, in the order of their first use."""
    bound = set(dir(builtins)) | {"__file__", "__name__"}
    added = {id(n.target) for n in ast.walk(tree) if isinstance(n, ast.AugAssign)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) and id(node) not in added:
            bound.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
    used = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id not in bound]
    used.sort(key=lambda n: (n.lineno, n.col_offset))
    return list(dict.fromkeys(n.id for n in used))


def without_missing_imports(tree: ast.Module) -> list[str]:
    """Take imports of modules that are not there out of a tree; returns the names that they would have bound."""
    names: list[str] = []

    class Taker(ast.NodeTransformer):
        def visit_Import(self, node: ast.Import) -> Any:
            gone = [a for a in node.names if not _there(a.name)]
            names.extend((a.asname or a.name).split(".")[0] for a in gone)
            node.names = [a for a in node.names if a not in gone]
            return node if node.names else ast.copy_location(ast.Pass(), node)

        def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
            if node.level == 0 and _there(node.module or ""):
                return node
            names.extend(a.asname or a.name for a in node.names if a.name != "*")
            return ast.copy_location(ast.Pass(), node)

    Taker().visit(tree)
    return names


def _there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module.split(".")[0]) is not None
    except (ImportError, ValueError):
        return False


def trainers(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """The functions of a module that make a backward and that no other function of it calls, with those first that
    hold the loop."""
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    called = {
        n.func.id for f in functions for n in ast.walk(f) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }
    names = {f.name for f in functions if _trains(f)}
    reach = [f for f in functions if f.name in names or any(_mentions(f, name) for name in names)]
    yield from sorted(reach, key=lambda f: (f.name in called, f.lineno))


def _trains(node: ast.AST) -> bool:
    return any(isinstance(n, ast.Attribute) and n.attr == "backward" for n in ast.walk(node))


def run(
    tree: ast.Module, namespace: dict[str, Any], execute: Callable[[ast.Module], None], steps: Callable[[], int]
) -> None:
    """Run a snippet with what it lacks made up; if that trains nothing, call its training function."""
    lost = without_missing_imports(tree)
    maker = Maker(tree)
    names = list(dict.fromkeys([*lost, *unknown(tree)]))
    # Optimizers need their models first, schedulers their optimizers.
    names.sort(key=lambda n: ("sched" in n.lower(), "opt" in n.lower()))
    for name in names:
        namespace[name] = maker.make(name)
    said = ", ".join(n for n in names if n not in _MODULES and n not in _OBJECTS)
    note.say(f"a harness made up what the script leaves out{': ' + said if said else ''}", model=True)
    execute(tree)
    if steps():
        return
    for function in trainers(tree):
        made = namespace.get(function.name)
        if not callable(made):
            continue
        maker.made.update({k: v for k, v in namespace.items() if isinstance(v, nn.Module)})
        made(**_arguments(made, maker))
        if steps():
            return


def _arguments(function: Any, maker: Maker) -> dict[str, Any]:
    wanted = [
        name for name, p in inspect.signature(function).parameters.items()
        if p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    ]  # fmt: skip
    order = sorted(wanted, key=lambda n: ("sched" in n.lower(), "opt" in n.lower()))
    return {name: maker.make(name) for name in order}

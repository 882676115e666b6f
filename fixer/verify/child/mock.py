"""Runs only the training region of a script, with every name in it replaced by an object that answers everything.

No torch, no data, no model: what is left is the order of the calls (optimizer made, zero_grad, backward, step,
scheduler step) and the loops around them. They are told as the events of a real run, with one set of parameters.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from .standins.modules import unpacked

ITEMS = 4
_LOSSES = re.compile(r"loss|criterion|crit$|cross_entropy|objective|nll", re.IGNORECASE)
_KEPT = {
    "range", "enumerate", "zip", "len", "print", "int", "float", "str", "list", "dict", "tuple", "set", "min", "max",
    "sum", "abs", "round", "isinstance", "super", "sorted", "reversed", "any", "all", "bool", "next", "iter", "hasattr",
    "getattr", "type", "Exception", "StopIteration", "KeyboardInterrupt",
}  # fmt: skip


class Everything:
    """Answers every question with another of its kind. ``path`` is how it was come by; ``seen`` the batches in it."""

    def __init__(self, book: Book, path: str, seen: frozenset[int] = frozenset()) -> None:
        self.__dict__.update(_book=book, _path=path, _seen=seen)

    _book: Book
    _path: str
    _seen: frozenset[int]

    def _more(self, path: str, *others: Any) -> Everything:
        seen = self._seen.union(*(o._seen for o in others if isinstance(o, Everything)))
        return Everything(self._book, path, seen)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = self._more(f"{self._path}.{name}")
        self.__dict__[name] = made
        return made

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._book.called(self, args, kwargs)

    def __getitem__(self, _key: Any) -> Any:
        return self._more(self._path + "[]")

    def __setitem__(self, _key: Any, _value: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return self._book.items(self)

    def __next__(self) -> Any:
        return next(self._book.items(self))

    def __enter__(self) -> Any:
        self._book.quiet += self._quiet()
        return self

    def __exit__(self, *_args: object) -> None:
        self._book.quiet -= self._quiet()

    def _quiet(self) -> bool:
        return self._path.endswith(("no_grad()", "inference_mode()"))

    def __len__(self) -> int:
        return ITEMS

    def __bool__(self) -> bool:
        return True

    def __index__(self) -> int:
        return ITEMS

    __int__ = __index__

    def __float__(self) -> float:
        return float(ITEMS)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, _other: object) -> bool:
        return True

    def __lt__(self, _other: Any) -> bool:
        return False

    __gt__ = __le__ = __ge__ = __contains__ = __lt__

    def __add__(self, other: Any) -> Any:
        return self._more(self._path, other)

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = __matmul__ = __add__
    __floordiv__ = __and__ = __or__ = __rmatmul__ = __iadd__ = __isub__ = __imul__ = __add__

    def __mod__(self, other: Any) -> Any:
        return 0 if isinstance(other, int) else self

    def __rmod__(self, other: Any) -> Any:
        # Every k-th iteration, for a k that is not known: every second one.
        return other % 2 if isinstance(other, int) else 0

    def __rfloordiv__(self, _other: Any) -> int:
        return ITEMS

    def __neg__(self) -> Any:
        return self

    def __format__(self, _spec: str) -> str:
        return self._path

    def __repr__(self) -> str:
        return str(self._path)

    __str__ = __repr__


class Book:
    """Writes the events down: ``emit`` takes an event's kind and facts, ``members`` gives the number of a set,
    ``stepped`` counts a step, ``heat`` is told of each backward. Loops over data have ``items`` batches."""

    def __init__(self, emit: Any, members: Any, stepped: Any, heat: Any, items: int = ITEMS) -> None:
        self.emit, self.members, self.stepped, self.heat, self.size = emit, members, stepped, heat, items
        self.quiet = 0
        self.objects: dict[str, int] = {}
        self.full: set[int] = set()
        self.emptied = False
        self.losses = self.backwards = self.batches = self.drawn = 0

    def thing(self, name: str = "") -> Everything:
        """An object by a name."""
        return Everything(self, name)

    def items(self, thing: Everything) -> Iterator[Any]:
        """A few items of what is looped over; what is unpacked gives as many as are asked for."""
        count = unpacked(sys._getframe(2))
        if count:
            return iter([thing._more(thing._path) for _ in range(count)])
        return self._batches(thing)

    def _batches(self, thing: Everything) -> Iterator[Any]:
        self.drawn += 1
        loader = self.drawn
        for n in range(self.size):
            self.batches += 1
            self.emit("batch", l=loader, e=0, b=n)
            yield Everything(self, "batch", thing._seen | {self.batches})

    def called(self, what: Everything, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call: one of those that train is written down."""
        owner, _, name = what._path.rpartition(".")
        given = [*args, *kwargs.values()]
        if name == "backward":
            self._backward(what)
        elif name == "step" and "sched" in owner.lower():
            self.emit("sched", s=self._number(owner), cls="mock", o=self._optimizer())
        elif name == "step" or name == "step_" and given:
            self._step(owner, given)
        elif name == "zero_grad":
            self.emptied = bool(self.full)
            self.full.clear()
            self.emit("zero", o=self._number(owner))
        elif _is_optimizer(name):
            return self._made(name)
        made = what._more(f"{what._path}()", *_flat(given))
        if _LOSSES.search(name) or (not owner and _LOSSES.search(what._path)):
            self.losses += 1
            self.emit(
                "loss", i=self.losses, fn="mock", grad=not self.quiet, inside=False, red="mean", value=None,
            )  # fmt: skip
            made.__dict__["_seen"] = made._seen | {-self.losses}
        return made

    def _number(self, name: str) -> int:
        return self.objects.setdefault(name, len(self.objects) + 1)

    def _optimizer(self) -> int:
        return next((n for name, n in self.objects.items() if "opt" in name.lower()), 0)

    def _made(self, cls: str) -> Everything:
        number = len(self.objects) + 1
        name = f"{cls.lower()} optimizer {number}"
        self.objects[name] = number
        self.emit("opt", o=number, cls=cls, hyper={}, set=self.members([0]), groups=1, numel=1)
        return Everything(self, name)

    def _look(self) -> Any:
        emptied, self.emptied = self.emptied, False
        return self.members([0]) if emptied else None

    def _backward(self, what: Everything) -> None:
        everything, nothing = self.members([0]), self.members([])
        self.backwards += 1
        self.heat()
        emptied = self._look()
        had = everything if self.full else nothing
        self.full.add(0)
        losses = [[-n, 1.0] for n in what._seen if n < 0]
        self.emit(
            "bwd", b=self.backwards, value=None, losses=losses, fws=[], emptied=emptied, inside=False,
            fresh=everything, has=everything, full=had,
        )  # fmt: skip

    def _step(self, owner: str, given: list[Any]) -> None:
        if "scaler" in owner.lower():
            owner = next((g._path for g in given if isinstance(g, Everything)), owner)
        role = self.members([0])
        closure = any(callable(g) and not isinstance(g, Everything) for g in given)
        self.emit(
            "step", o=self._number(owner), set=role, cls="mock", inside=False, closure=closure, lr=0.0, a=None,
            clip=1.0, emptied=self._look(), none=self.members([]), norm=1.0, stale=0.5, w=self.backwards, state=0,
        )  # fmt: skip
        self.stepped(role)


def _is_optimizer(name: str) -> bool:
    return bool(re.fullmatch(r"Adam\w*|SGD|RMSprop|Adagrad|Adadelta|NAdam|RAdam|LBFGS|Rprop|ASGD|Adamax|Lion", name))


def _flat(values: list[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _flat(list(value))
        elif isinstance(value, Everything):
            yield value


def region(tree: ast.Module) -> list[ast.stmt] | None:
    """The statements to run: the outermost loop around a backward, and the optimizers and constants that its block
    makes before it; None if there is no loop around any."""
    blocks: list[list[ast.stmt]] = [tree.body]
    blocks += [n.body for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    best: list[ast.stmt] | None = None
    for block in blocks:
        for n, statement in enumerate(block):
            if isinstance(statement, ast.For | ast.While) and _holds_backward(statement):
                size = sum(1 for s in ast.walk(statement) if isinstance(s, ast.For | ast.While))
                if best is None or size > sum(1 for s in ast.walk(best[-1]) if isinstance(s, ast.For | ast.While)):
                    kept = [s for s in block[:n] if isinstance(s, ast.Assign) and _makes_optimizer(s)]
                    best = [*kept, statement]
    return best


def _holds_backward(node: ast.AST) -> bool:
    return any(isinstance(n, ast.Attribute) and n.attr == "backward" for n in ast.walk(node))


def _makes_optimizer(node: ast.Assign) -> bool:
    value = node.value
    name = ast.unparse(value.func).split(".")[-1] if isinstance(value, ast.Call) else ""
    return _is_optimizer(name) or isinstance(value, ast.Constant)


class _Global(ast.NodeTransformer):
    """Makes a function's statements run at the top of a module."""

    def visit_Return(self, node: ast.Return) -> Any:
        return ast.copy_location(ast.Pass(), node)

    def visit_Import(self, node: ast.Import) -> Any:
        return ast.copy_location(ast.Pass(), node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        return ast.copy_location(ast.Pass(), node)

    def visit_Assert(self, node: ast.Assert) -> Any:
        return ast.copy_location(ast.Pass(), node)

    def visit_Global(self, node: ast.Global) -> Any:
        return ast.copy_location(ast.Pass(), node)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> Any:
        return ast.copy_location(ast.Pass(), node)


def prepared(tree: ast.Module) -> ast.Module | None:
    """The module to run for a script; None if it has no training loop."""
    found = region(tree)
    if found is None:
        return None
    module: ast.Module = _Global().visit(ast.Module(found, []))
    return ast.fix_missing_locations(module)


def run(tree: ast.Module, book: Book, namespace: dict[str, Any], execute: Callable[[ast.Module], None]) -> None:
    """Run a prepared region: every name that it reads and that is no plain builtin is an object that answers all."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in _KEPT and not node.id.startswith("__"):
            namespace[node.id] = _thing(book, node.id)
    execute(tree)


def _thing(book: Book, name: str) -> Any:
    if name == "tqdm":
        return lambda data=(), *_args, **_more: data
    if name == "trange":
        return lambda n, *_args, **_more: range(int(n))
    return book.thing(name)


def optimizers(tree: ast.Module) -> set[str]:
    """What the region calls ``step`` of, schedulers and scalers aside."""
    calls = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    owners = {ast.unparse(f.value) for f in calls if f.attr == "step"}
    return {o for o in owners if "sched" not in o.lower() and "scaler" not in o.lower() and "env" not in o.lower()}

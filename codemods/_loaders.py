"""What the rules about loaders share: the loops in which a loader feeds a training, and how the source names it."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from codemods._events import readings
from codemods._modules import same_meaning
from codemods._places import binds, dotted, function_of
from fixer.protocol.events import Kind
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.tree import Located, Loop, emits
from fixer.reading.values import Loader
from fixer.record import record

_MANAGED = re.compile(r"accelerat|\bfabric\b|lightning|deepspeed|horovod|\bhvd\b|\bray\b|transformers|fastai", re.I)


@record
class Fed:
    """A training loop over a loader, inside a loop of epochs."""

    batch: Located
    loader: Loader
    batches: Loop
    epochs: Loop


def fed(reading: Reading) -> list[Fed]:
    """The loops that train on what a DataLoader yields, each in a loop of several epochs; per loop of batches, the
    first reading, if every reading is alike. Files in which a library takes loaders over are left out."""
    if _MANAGED.search(reading.module.text):
        return []
    found = [[_fed(place) for _, place in places] for places in readings(reading, Kind.BATCH).values()]
    return [read[0] for read in found if read[0] is not None and all(r is not None for r in read)]


def _fed(place: Located) -> Fed | None:
    loader, batches = place.emit.facts.get("loader"), place.emit.facts.get("loop")
    if not isinstance(loader, Loader) or loader.more or batches not in place.loops:
        return None
    outer = place.loops[: place.loops.index(batches)]
    if not outer or outer[-1].times == 1 or outer[-1].signs & {"loader", "name", "tasks"}:
        return None
    if not any(e.kind is Kind.BACKWARD for e in emits(batches.body)):
        return None
    return Fed(place, loader, batches, outer[-1])


def name_of(module: Module, made: ast.AST | None, where: ast.AST, beside: Collection[ast.AST] = ()) -> str | None:
    """The name that something was bound to when it was made, if ``where`` sees it: in the same function or above.

    On another path the name may be None, or what was made by one of ``beside``.
    """
    if made is None:
        return None
    up: ast.AST | None = made
    while up is not None and not isinstance(up, ast.stmt):
        up = module.parent(up)
    if not isinstance(up, ast.Assign) or len(up.targets) != 1 or not _is_value(up.value, made):
        return None
    target = up.targets[0]
    if not isinstance(target, ast.Name):
        return None
    home, here = function_of(module, up), function_of(module, where)
    if home is not here and not (home is None and not binds(here, target.id)):
        return None
    others = [p for p in ast.walk(home or module.tree) if isinstance(p, ast.Name) and p.id == target.id]
    stores = [p for p in others if isinstance(p.ctx, ast.Store) and module.statement(p) is not up]
    stores = [p for p in stores if not _is_other(module.statement(p), beside)]
    return target.id if all(function_of(module, p) is not home for p in stores) else None


def _is_other(statement: ast.stmt, beside: Collection[ast.AST]) -> bool:
    """Whether a statement says that there is no such thing, or that it is another one (on another path)."""
    if not isinstance(statement, ast.Assign) or not all(isinstance(target, ast.Name) for target in statement.targets):
        return False
    value = statement.value
    return isinstance(value, ast.Constant) and value.value is None or any(_is_value(value, made) for made in beside)


def _is_value(value: ast.expr, made: ast.AST) -> bool:
    if isinstance(value, ast.IfExp):
        return value.body is made or value.orelse is made
    return value is made


def iterated(module: Module, loop: Loop, where: ast.AST) -> str | None:
    """How a loop over a loader names it, if that is its name at ``where``, too."""
    node = loop.node
    if not isinstance(node, ast.For) or loop.module is not module:
        return None
    inner = node.iter
    while isinstance(inner, ast.Call) and inner.args:
        inner = inner.args[0]
    name = ast.unparse(inner)
    return name if dotted(inner) and same_meaning(module, name, node, where) else None

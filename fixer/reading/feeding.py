"""How training is fed: loaders with their arguments, samplers, and the datasets behind them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fixer.protocol.events import Kind
from fixer.reading.interpreter import Interpreter
from fixer.reading.joins import options, samplers
from fixer.reading.values import NONE, UNKNOWN, Instance, Items, Loader, Sampler, Sym, Value, Wrapped

if TYPE_CHECKING:
    from fixer.reading.calls import Arguments

_ARGUMENTS = (
    "dataset",
    "batch_size",
    "shuffle",
    "sampler",
    "batch_sampler",
    "num_workers",
    "collate_fn",
    "pin_memory",
    "drop_last",
    "timeout",
    "worker_init_fn",
)
SAMPLERS = frozenset({"torch.utils.data.distributed.DistributedSampler", "torch.utils.data.DistributedSampler"})
_HOME = ("torch.utils.data.", "torch.utils.data.sampler.")
ALONE = frozenset(
    home + name
    for home in _HOME
    for name in ("RandomSampler", "SequentialSampler", "SubsetRandomSampler", "WeightedRandomSampler")
)
"""Samplers that know nothing of other processes, nor of epochs."""
BATCHED = frozenset(home + "BatchSampler" for home in _HOME)
_PLAIN = ("torch.utils.data.DataLoader", "torch.utils.data.dataloader.DataLoader")


def loader(i: Interpreter, name: str, node: ast.AST, given: Arguments) -> Loader:
    """A loader being built; the arguments of torch's own one are kept by name."""
    known: dict[str, Value] = {}
    if name in _PLAIN:
        known = {**dict(zip(_ARGUMENTS, given.positional, strict=False)), **given.named}
    ident, more = i.site(node, "loader"), name not in _PLAIN or given.star
    i.alloc(ident)
    holds = tuple(_held(i, known.get("dataset"))) if "num_workers" in known else ()
    return Loader(ident, "", given=tuple(known.items()), more=more, node=node, module=i.module, holds=holds)


def _held(i: Interpreter, value: Value | None, path: str = "", deep: int = 2) -> Iterator[tuple[str, Instance]]:
    """The objects of project classes that a dataset is, has as attributes, or composes its transform of."""
    if isinstance(value, Instance):
        yield path, value
        parts = [(f"{path}.{name}".lstrip("."), part) for name, part in i.state.names(value.ident)] if deep else []
        for inner, part in parts:
            if isinstance(part, (Instance, Sym)):
                yield from _held(i, part, inner, deep - 1)
    elif isinstance(value, Sym):
        composed = i.state.get(value.key, "transforms")
        for number, part in enumerate(composed.items if isinstance(composed, Items) and not composed.more else ()):
            yield from _held(i, part, f"{path}.transforms[{number}]", deep - 1)


def sampler(i: Interpreter, node: ast.AST, given: Arguments) -> Sampler:
    """A DistributedSampler being built: it shuffles unless told otherwise."""
    ident = i.site(node, "sampler")
    i.alloc(ident)
    return Sampler(ident, given.get(3, "shuffle"), given.star, node, i.module)


def tell(i: Interpreter, node: ast.AST, receiver: Value) -> None:
    """``receiver.set_epoch(...)``."""
    for value in options(receiver):
        known = [one.ident for one in samplers((value,))]
        for ident in known or [None] if value != NONE else []:
            i.emit(Kind.EPOCH, node, subject=ident)


def alone(i: Interpreter, node: ast.AST, given: Arguments) -> Sampler:
    """A sampler of one process being built."""
    ident = i.site(node, "sampler")
    i.alloc(ident)
    return Sampler(ident, None, given.star, node, i.module, False)


def batched(i: Interpreter, node: ast.AST, given: Arguments) -> Value:
    """``BatchSampler(sampler, ...)`` draws as its sampler does."""
    return given.get(0, "sampler") or UNKNOWN


def behind(value: Value) -> Loader | None:
    """The loader that an iterator or a wrapper goes through."""
    while isinstance(value, Wrapped) and value.how in ("iter", "enumerate", "tqdm", "list", "islice") and value.parts:
        value = value.parts[0]
    return value if isinstance(value, Loader) else None


def anew(node: ast.AST, value: Value) -> bool:
    """Whether an iterator is made in the very expression that draws from it: ``next(iter(loader))``."""
    return isinstance(value, Wrapped) and value.how == "iter" and any(part is value.node for part in ast.walk(node))

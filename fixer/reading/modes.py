"""Whether a module behaves differently in train and eval mode, and what a forward through it has to tell."""

from __future__ import annotations

import ast
import re
from typing import Any as Anything

from fixer.protocol.events import Kind
from fixer.reading.interpreter import Interpreter
from fixer.reading.values import (
    NONE,
    ClassOf,
    Const,
    Either,
    Ident,
    Instance,
    Items,
    Layer,
    Mapping,
    Source,
    Sym,
    Tensor,
    Value,
)

_MODAL_LIBRARY = ("torchvision.models.", "timm.", "transformers.", "segmentation_models_pytorch.")
_CRITERION = re.compile(r"loss|criterion|metric|entropy|^ce$|^bce|^mse", re.I)
_PLAIN = re.compile(r"\.vgg\d+$|fasterrcnn|maskrcnn|retinanet")


def forward_facts(
    i: Interpreter, value: Value | None, key: Ident, own: Source, given: list[Value]
) -> dict[str, Anything]:
    """What every FORWARD event says beside its tensors.

    ``grad``: False where gradients are certainly off, ``unsure``: they may be; ``inner``: it runs inside another
    module's forward; ``modal``: the kinds of layers in it that behave differently in eval mode (None: not known);
    ``within``: the modules that hold it; ``parts``: those in it, and itself; ``module``: it is one (or looks like one)
    rather than a criterion or any function; ``built``: it was seen being built; ``carried``: it is given
    a tensor, still with its graph, that it made itself in an earlier iteration; ``library``: the class of torch's that
    it is.
    """
    inner = i.forwards > 0
    return {
        "grad": i.grad,
        "unsure": i.unsure,
        "inner": inner,
        "modal": None if inner or value is None else modal(i, value),
        "within": frozenset() if inner else within(i, key),
        "parts": frozenset() if inner or value is None else parts(i, value),
        "module": value is not None and not _is_loss(value),
        "built": isinstance(value, (Instance, Layer)),
        "carried": Source(own.site, True) in graphed(given),
        "library": value.name if isinstance(value, Layer) and value.name.startswith("torch.nn.") else "",
    }


def _is_loss(value: Value) -> bool:
    """Whether the name of a module says that it is a criterion."""
    name = value.of.node.name if isinstance(value, Instance) else value.name if isinstance(value, (Layer, Sym)) else ""
    return bool(_CRITERION.search(name.rpartition(".")[2]))


def graphed(values: list[Value] | tuple[Value, ...]) -> frozenset[Source]:
    """The tensor-making places that the values hang on by a graph: a backward from the values passes them."""
    found: frozenset[Source] = frozenset()
    for value in values:
        if isinstance(value, (Tensor, Sym)) and (value.owners.owners or not value.owners.exact):
            found |= value.sources
        elif isinstance(value, Items):
            found |= graphed(value.items)
        elif isinstance(value, Mapping):
            found |= graphed([v for _, v in value.entries])
        elif isinstance(value, Either):
            found |= graphed([value.then, value.other])
    return found


def within(i: Interpreter, key: Ident) -> frozenset[Ident]:
    """What an unknown module is a part of."""
    found: set[Ident] = set()
    at: Ident | None = key
    while at is not None and at in i.parents and at not in found:
        at = i.parents[at]
        found.add(at)
    return frozenset(found)


def parts(i: Interpreter, value: Value, seen: set[Ident] | None = None) -> frozenset[Ident]:
    """The identities of a module and of all modules in it, as far as they are known."""
    seen = set() if seen is None else seen
    if isinstance(value, Sym):
        seen.add(value.key)
    elif isinstance(value, Layer):
        if value.ident not in seen:
            seen.add(value.ident)
            for item in value.items:
                parts(i, item, seen)
    elif isinstance(value, Instance):
        if value.ident not in seen:
            seen.add(value.ident)
            for _, item in i.state.names(value.ident):
                parts(i, item, seen)
    elif isinstance(value, Items):
        for item in value.items:
            parts(i, item, seen)
    elif isinstance(value, Mapping):
        for _, item in value.entries:
            parts(i, item, seen)
    elif isinstance(value, Either):
        parts(i, value.then, seen)
        parts(i, value.other, seen)
    return frozenset(seen)


def modal(i: Interpreter, value: Value, seen: set[Ident] | None = None) -> frozenset[str] | None:
    """The kinds of layers in a module that behave differently in eval mode; None if it cannot be told."""
    seen = set() if seen is None else seen
    if isinstance(value, Layer):
        return _modal_layer(i, value, seen)
    if isinstance(value, Instance):
        if value.ident in seen:
            return frozenset()
        seen.add(value.ident)
        kinds = (Layer, Instance, Items, Mapping, Either, Sym)
        held = [item for _, item in i.state.names(value.ident) if isinstance(item, kinds)]
        found = _all(modal(i, item, seen) for item in held if not isinstance(item, Sym))
        if value.of.node not in i.asking:
            i.asking[value.of.node] = _asks_mode(value.of)
        own = i.asking[value.of.node]
        if own:
            return (found or frozenset()) | {own}
        if found is None or found:
            return found
        unknown = "?" in set(value.of.externals()) or any(isinstance(item, Sym) and item.made for item in held)
        return None if unknown else found
    if isinstance(value, (Items, Mapping)):
        members = value.items if isinstance(value, Items) else tuple(v for _, v in value.entries)
        return _all(modal(i, item, seen) for item in members if isinstance(item, (Layer, Instance, Items, Mapping)))
    if isinstance(value, Either):
        one, two = modal(i, value.then, seen), modal(i, value.other, seen)
        return one & two if one is not None and two is not None else None
    return None


def _all(found: Anything) -> frozenset[str] | None:
    """All kinds that are known; None if there are none and something is not known."""
    kinds: frozenset[str] = frozenset()
    unknown = False
    for one in found:
        unknown = unknown or one is None
        kinds |= one or frozenset()
    return None if unknown and not kinds else kinds


def _modal_layer(i: Interpreter, value: Layer, seen: set[Ident]) -> frozenset[str] | None:
    last = value.name.rpartition(".")[2]
    if value.name.startswith("torch.nn."):
        if value.items:
            return _all(modal(i, item, seen) for item in value.items if isinstance(item, (Layer, Instance, Either)))
        if "Dropout" in last:
            return frozenset({"dropout"}) if _rate(value) != 0 else frozenset()
        if "BatchNorm" in last:
            return frozenset({"batch norm"})
        if last in ("Transformer", "TransformerEncoderLayer", "TransformerDecoderLayer"):
            return frozenset({"dropout"}) if _keyword(value, "dropout") != 0 else frozenset()
        if last in ("TransformerEncoder", "TransformerDecoder"):
            return frozenset({"dropout"})
        if last in ("LSTM", "GRU", "RNN", "MultiheadAttention"):
            rate = _keyword(value, "dropout")
            return frozenset() if rate in (None, 0) else frozenset({"dropout"})
        return frozenset()
    if value.name.startswith(_MODAL_LIBRARY):
        return frozenset({"dropout"}) if _PLAIN.search(value.name) else frozenset({"batch norm or dropout"})
    return None


def _rate(value: Layer) -> object:
    if isinstance(value.node, ast.Call) and value.node.args and isinstance(value.node.args[0], ast.Constant):
        return value.node.args[0].value
    return _keyword(value, "p")


def _keyword(value: Layer, name: str) -> object:
    """A constant keyword of a layer's constructor; "?" for one that is no constant, None if it is not given."""
    for word in value.node.keywords if isinstance(value.node, ast.Call) else ():
        if word.arg == name:
            return word.value.value if isinstance(word.value, ast.Constant) else "?"
    return None


def _asks_mode(cls: ClassOf) -> str:
    """What a class of the project does by itself that depends on its mode: it asks for ``self.training``."""
    for base in cls.mro():
        for part in ast.walk(base.node):
            if isinstance(part, ast.Attribute) and part.attr == "training" and isinstance(part.ctx, ast.Load):
                return "self.training"
    return ""


def set_mode(i: Interpreter, node: ast.AST, value: Value, train: bool, flag: Value | None = None) -> None:
    """``value.train(flag)`` or ``value.eval()``.

    Facts: ``modules``, all that change with it; ``within``, those that it is a part of; ``certain`` False where the
    flag is not known.
    """
    certain = True
    if train and flag is not None:
        if isinstance(flag, Const) and isinstance(flag.value, (bool, int)):
            train = bool(flag.value)
        else:
            certain = False
    modules = parts(i, value)
    kind = Kind.TRAIN_MODE if train else Kind.EVAL_MODE
    subject = value.ident if isinstance(value, (Layer, Instance)) else value.key if isinstance(value, Sym) else None
    i.emit(kind, node, subject=subject, modules=modules, certain=certain, value=value, within=within(i, subject))


def mode_unknown(i: Interpreter, node: ast.AST, value: Value) -> None:
    """Something sets the mode of a module, and it is not known to which."""
    if isinstance(value, (Layer, Instance, Sym)):
        set_mode(i, node, value, True, flag=NONE)


def kept_state(i: Interpreter, node: ast.AST, value: Value) -> None:
    """``name = module.state_dict()``, also inside a dict or tuple or behind a shallow copy: it shows live weights."""
    statement = i.assigned
    if statement is None:
        return
    whole, target = statement.value, statement.targets[0]
    pairs = [(whole, target)]
    if isinstance(whole, ast.Dict):
        pairs = [(part, target) for part in whole.values]
    elif isinstance(whole, ast.Tuple):
        several = isinstance(target, ast.Tuple) and len(target.elts) == len(whole.elts)
        pairs = [(part, target.elts[n] if several else target) for n, part in enumerate(whole.elts)]  # type: ignore[attr-defined]
    for part, name in pairs:
        if _shallow(part) is node:
            i.emit(Kind.SNAPSHOT, statement, parameters=i.parameters(value), target=name, source=part, whole=False)


def _shallow(node: ast.expr) -> ast.expr:
    """What an expression is a shallow copy of, as far down as it goes."""
    while True:
        inner: ast.expr | None = None
        if isinstance(node, ast.Call):
            last, given = node.func, node.args
            if isinstance(last, ast.Attribute) and last.attr == "copy":
                inner = given[0] if given else last.value
            elif isinstance(last, ast.Name) and last.id in ("dict", "OrderedDict", "copy") and len(given) == 1:
                inner = given[0]
            elif isinstance(last, ast.Attribute) and last.attr == "items" and not given:
                inner = last.value
        elif isinstance(node, ast.DictComp) and len(node.generators) == 1 and _same_tensor(node.value):
            inner = node.generators[0].iter
        if inner is None:
            return node
        node = inner


def _same_tensor(node: ast.expr) -> bool:
    """Whether an expression gives a name's tensor itself, with or without its graph."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "detach":
        node = node.func.value
    elif isinstance(node, ast.Attribute) and node.attr == "data":
        node = node.value
    return isinstance(node, ast.Name)


def snapshot(i: Interpreter, node: ast.Assign, source: ast.expr, value: Value, whole: bool) -> None:
    """A name is bound to the live state of a module."""
    owned = i.parameters(value)
    i.emit(Kind.SNAPSHOT, node, parameters=owned, target=node.targets[0], source=source, whole=whole)

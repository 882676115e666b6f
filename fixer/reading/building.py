"""How modules are made: what is built inside a forward, kept in plain containers, or set on a module by mistake."""

from __future__ import annotations

import ast

from fixer.protocol.events import Kind
from fixer.reading import syntax
from fixer.reading.interpreter import Interpreter
from fixer.reading.values import (
    Bound,
    ClassOf,
    Function,
    Ident,
    Instance,
    Layer,
    ParametersOf,
    Sym,
    Tensor,
    Value,
)
from fixer.record import record

DROPOUTS = frozenset("dropout dropout1d dropout2d dropout3d".split())
ATTENTION = "scaled_dot_product_attention"
FLAGS = frozenset("requires_grad require_grad requires_grads require_grads".split())
"""Attributes that are meant to freeze something."""
_LISTS = frozenset("modules children named_modules named_children".split())
_PARTS = frozenset(
    """fc classifier features layer1 layer2 layer3 layer4 conv1 bn1 head heads encoder avgpool backbone aux_classifier
    conv_proj norm stem blocks""".split()
)
"""Submodules of the models that libraries bring."""
_MODELS = ("torchvision.models.", "timm.")
_LANGUAGE_PARTS = frozenset(
    """embeddings encoder decoder pooler transformer bert roberta distilbert deberta electra albert vit base_model
    layer layers h wte wpe shared word_embeddings attention intermediate classifier lm_head""".split()
)
"""Submodules of the models of Transformers."""


@record
class Made:
    """An object of a class of the project when its ``__init__`` had run: what it then held."""

    of: ClassOf
    ident: Ident
    held: tuple[tuple[str, Value], ...]


def is_module_class(cls: ClassOf) -> bool:
    """Whether a class is certainly an ``nn.Module``."""
    known = ("torch.nn.", "pytorch_lightning.", "lightning.", "torch_geometric.nn.")
    return any(outside.startswith(known) for outside in cls.externals())


def made(i: Interpreter, value: Instance) -> None:
    """Remember what a module holds when it has been built."""
    if is_module_class(value.of):
        i.made.append(Made(value.of, value.ident, tuple(i.state.names(value.ident))))


def dropout(i: Interpreter, node: ast.AST, name: str, probability: Value | None, mode: Value | None) -> None:
    """A dropout that is no layer, in a method of a module."""
    this = i.frame.this
    if isinstance(this, Instance) and is_module_class(this.of):
        i.emit(Kind.DROPOUT, node, subject=this.ident, name=name, probability=probability, mode=mode)


def built(i: Interpreter, node: ast.AST, ident: Ident, name: str) -> None:
    """A layer of torch.nn is built where a module runs."""
    this = i.frame.this
    code = i.frame.node
    inside = i.forwards or isinstance(code, ast.FunctionDef) and code.name == "forward"
    if inside and isinstance(this, Instance) and is_module_class(this.of):
        i.emit(Kind.BUILT, node, subject=ident, name=name)


def flag(i: Interpreter, target: ast.Attribute, receiver: Value, value: Value) -> None:
    """``module.requires_grad = False``, or the same misspelt on a parameter."""
    if target.attr not in FLAGS:
        return
    kind = _kind(i, receiver)
    if kind == "parameter" and target.attr != "requires_grad" or kind == "module":
        i.emit(Kind.FLAG, target, name=target.attr, on=kind, value=value)


def _kind(i: Interpreter, value: Value) -> str:
    if isinstance(value, Instance):
        own = any(
            isinstance(found, Function) or found is not None
            for base in value.of.mro()
            for found in (i.state.get(("class", id(base.node)), name) for name in FLAGS)
        )
        return "module" if is_module_class(value.of) and not own else ""
    if isinstance(value, Layer):
        return "module"
    if isinstance(value, Bound):
        plain = isinstance(value.receiver, Layer) and value.receiver.name.startswith("torch.nn.")
        return "parameter" if plain and value.name in ("weight", "bias") else "module" if _part(value) else ""
    if isinstance(value, ParametersOf) or isinstance(value, Tensor) and value.leaf is not None:
        return "parameter"
    return "module" if isinstance(value, Sym) and _of_modules(i, value.key) else ""


def _part(value: Value) -> Layer | None:
    """The model of a library that something is a submodule of: ``model.encoder.layer``."""
    names = []
    while isinstance(value, Bound):
        names.append(value.name)
        value = value.receiver
    if not isinstance(value, Layer) or not names:
        return None
    known = _LANGUAGE_PARTS if value.name.startswith("transformers.") else _PARTS
    ours = value.name.startswith(("transformers.", *_MODELS))
    return value if ours and known.issuperset(names) else None


def members(i: Interpreter, value: Value) -> Value:
    """A submodule of a library's model as what it holds, where it is iterated or indexed: modules."""
    whole = _part(value)
    if whole is None or not isinstance(value, Bound):
        return value
    key = ("parts", whole.ident, value)
    i.parents[key] = whole.ident
    return listed(i, Sym(key, value.name), "children")


def _of_modules(i: Interpreter, key: Ident) -> bool:
    """Whether an unknown value is a member of ``module.children()`` and the like."""
    inner, named = key, False
    while isinstance(inner, tuple) and len(inner) > 1 and inner[0] in ("element", "member", "item"):
        if inner[0] == "member":
            if inner[2] != 1:
                return False  # the name
            named = True
        inner = inner[1]
    known = i.module_lists.get(inner)
    return inner != key and known is not None and named == known.startswith("named")


def listed(i: Interpreter, value: Sym, name: str) -> Sym:
    """Remember a list of modules that a method of a module gave."""
    if name in _LISTS:
        i.module_lists[value.key] = name
    return value


# Which functions are worth reading for this


def telling(tree: ast.Module) -> tuple[set[ast.AST], set[ast.AST]]:
    """Functions that may show something of this kind, though they take no part in an update; and classes that keep
    plain lists or dicts which may hold modules."""
    functions: set[ast.AST] = {code for code in syntax.functions(tree) if _mentions(code)}
    classes: set[ast.AST] = set()
    for part in syntax.classes(tree):
        if any("Module" in name for base in part.bases for name in syntax.said(base).names):
            methods = [m for m in part.body if isinstance(m, syntax.FUNCTIONS)]
            if any(m.name == "__init__" and _collects(m) for m in methods):
                classes.add(part)
            functions.update(m for m in methods if m.name == "forward" and _builds(m))
    return functions, classes


def _mentions(code: ast.AST) -> bool:
    said = syntax.said(code)
    if FLAGS.isdisjoint(said.attributes) and DROPOUTS.isdisjoint(said.names) and ATTENTION not in said.names:
        return False
    for part in ast.walk(code):
        if isinstance(part, ast.Attribute) and part.attr in FLAGS and isinstance(part.ctx, ast.Store):
            return True
        if isinstance(part, ast.Call):
            name = part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")
            own = isinstance(part.func, ast.Attribute) and getattr(part.func.value, "id", "") == "self"
            words = {k.arg for k in part.keywords}
            if name in DROPOUTS and not own and len(part.args) < 3 and "training" not in words:
                return True
            if name == ATTENTION and "dropout_p" in words:
                return True
    return False


def _collects(method: ast.AST) -> bool:
    """Whether a method keeps a plain list or dict on ``self`` that calls fill."""
    grows = any(isinstance(part, ast.Attribute) and part.attr in ("append", "extend") for part in ast.walk(method))
    for part in ast.walk(method):
        if isinstance(part, (ast.Assign, ast.AnnAssign)) and part.value is not None:
            targets = part.targets if isinstance(part, ast.Assign) else [part.target]
            if not any(isinstance(t, ast.Attribute) for t in targets):
                continue
            if isinstance(part.value, (ast.List, ast.ListComp, ast.Dict, ast.DictComp)):
                if grows or any(isinstance(inner, ast.Call) for inner in ast.walk(part.value)):
                    return True
                if isinstance(part.value, ast.Dict) and not part.value.keys:
                    return True
            elif isinstance(part.value, ast.Name) and grows:
                return True
    return False


def _builds(method: ast.AST) -> bool:
    """Whether a method builds a layer."""
    if BUILT_LAYERS.isdisjoint(syntax.said(method).names):
        return False
    for part in ast.walk(method):
        if isinstance(part, ast.Call):
            name = part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")
            if name in BUILT_LAYERS:
                return True
    return False


TRAINED = frozenset(
    """Linear Bilinear Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d BatchNorm1d BatchNorm2d
    BatchNorm3d LayerNorm GroupNorm Embedding EmbeddingBag LSTM GRU RNN LSTMCell GRUCell RNNCell MultiheadAttention
    TransformerEncoderLayer TransformerDecoderLayer PReLU""".split()
)
"""Layers with parameters of their own."""
BUILT_LAYERS = TRAINED | {"Dropout", "Dropout1d", "Dropout2d", "Dropout3d"}

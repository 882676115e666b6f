"""# modules-in-plain-list

## What it does

Finds layers that a module keeps in a plain list or dict.

## Why is this bad?

`nn.Module` registers what is assigned to an attribute if it is a module; it does not look into lists. Layers in a plain
list are missing from `parameters()`, so no optimizer trains them; from `.to(device)`, so they stay on the CPU; from
`state_dict()`, so they are not saved; and from `train()` and `eval()`.

## How it looks from outside

* A part of the model never trains: its weights stay as they were initialised.
* RuntimeError: expected all tensors to be on the same device, although `model.to(device)` was called.
* The model has fewer parameters than expected, and layers are missing in `state_dict()`.
* A loaded checkpoint gives random results.

## Example

```python
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(8, 8) for _ in range(3)]
```

## Fix

```python
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(8, 8) for _ in range(3)])
```

## When it is not a bug

A local list that becomes an `nn.Sequential`; layers that are registered elsewhere too (`add_module`, an `nn.ModuleList`
later on); a module hidden on purpose in a list of one; parameters handed to the optimizer by hand; layers without
parameters.

## Fix safety

Unsafe: the model gets parameters that its optimizer now trains, and its checkpoints get keys. Not rewritten when the
list is used in ways that `nn.ModuleList` does not know, or when a dict's keys are not plain strings.

## References

* PyTorch documentation, pages "ModuleList", "ModuleDict"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, Enclose, Replace, claim, shown
from codemods._modules import alias, class_of, method_of, own_name
from fixer.findings import Applicability
from fixer.reading.building import BUILT_LAYERS, Made, is_module_class
from fixer.reading.joins import options
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.values import Either, Instance, Items, Layer, Mapping, Value
from fixer.reading.written import plain_name

NAME = "modules-in-plain-list"
SUMMARY = "layers in a plain list or dict are not registered: not trained, not moved, not saved"

_BY_HAND = frozenset("add_module register_module setattr __setattr__ _modules parameters named_parameters".split())
_UNKNOWN = frozenset("sort remove clear reverse index count copy".split())


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per attribute that holds unregistered layers."""
    module = reading.module
    classes: dict[ast.ClassDef, list[Made]] = {}
    for made in reading.made:
        if made.of.module is module:
            classes.setdefault(made.of.node, []).append(made)
    for cls, objects in classes.items():
        if _registers_by_hand(cls):
            continue
        names = set.intersection(*({n for n, v in made.held if _plain(v)} for made in objects))
        for name in sorted(names):
            found = [_members(made, name) for made in objects]
            inside = {id(part) for part in ast.walk(cls)}
            if all(_lost(reading, made, name, members) for made, members in zip(objects, found, strict=True)) and all(
                _node_of(_ident(v)) in inside for members in found for v in members
            ):
                if _used(cls, name):
                    yield from _claim(reading, cls, name)


def _used(cls: ast.ClassDef, name: str) -> bool:
    """Whether a method that runs the module (not ``__init__``) reads the attribute."""
    methods = [m for m in cls.body if isinstance(m, ast.FunctionDef) and m.name != "__init__"]
    runs = any(m.name == "forward" for m in methods)
    return runs and any(isinstance(use.ctx, ast.Load) for m in methods for use in _uses(m, name))


def _plain(value: Value) -> bool:
    if isinstance(value, Either):
        return all(_plain(one) for one in options(value))
    return isinstance(value, Items) and value.key is not None or isinstance(value, Mapping) and not value.registered


def _node_of(ident: object) -> object:
    """The constructor call that an identity was given at."""
    return ident[1] if isinstance(ident, tuple) and len(ident) > 1 else None


def _ident(value: Value) -> object:
    return value.ident if isinstance(value, (Layer, Instance)) else None


def _members(made: Made, name: str) -> list[Value]:
    found: list[Value] = []
    for value in options(dict(made.held)[name]):
        held = value.items if isinstance(value, Items) else ()
        held = tuple(v for _, v in value.entries) if isinstance(value, Mapping) else held
        found += [v for v in held if v not in found]
    return found


def _lost(reading: Reading, made: Made, name: str, members: list[Value]) -> bool:
    """Whether the members are all modules, some of them worth registering, and none is registered elsewhere."""
    if not members or not all(
        isinstance(v, Layer) or isinstance(v, Instance) and is_module_class(v.of) for v in members
    ):
        return False
    if not any(_trains(reading, v) for v in members):
        return False
    registered = {i for other, v in made.held if other != name and not _plain(v) for i in _inside(v)}
    return not any(_ident(v) in registered for v in members)


def _inside(value: Value) -> Iterator[object]:
    yield _ident(value)
    if isinstance(value, Layer):
        for item in value.items:
            yield from _inside(item)


def _trains(reading: Reading, value: Value) -> bool:
    """Whether a module has parameters or a mode of its own, as far as can be seen."""
    if isinstance(value, Layer):
        last = value.name.rpartition(".")[2]
        return last in BUILT_LAYERS or any(_trains(reading, item) for item in value.items)
    if isinstance(value, Instance):
        held = next((made.held for made in reading.made if made.ident == value.ident), ())
        return any(_trains(reading, item) for _, item in held if isinstance(item, Layer))
    return False


def _registers_by_hand(cls: ast.ClassDef) -> bool:
    for part in ast.walk(cls):
        name = part.attr if isinstance(part, ast.Attribute) else part.id if isinstance(part, ast.Name) else ""
        name = part.name if isinstance(part, ast.FunctionDef) else name
        if name in _BY_HAND:
            return True
    return False


def _claim(reading: Reading, cls: ast.ClassDef, name: str) -> Iterator[Claim]:
    module = reading.module
    statements = [
        part
        for part in ast.walk(cls)
        if isinstance(part, (ast.Assign, ast.AnnAssign))
        and any(
            isinstance(t, ast.Attribute) and t.attr == name
            for t in (part.targets if isinstance(part, ast.Assign) else [part.target])
        )
    ]
    if len(statements) != 1 or statements[0].value is None or _elsewhere(module, cls, name):
        return
    statement, value = statements[0], statements[0].value
    if isinstance(value, (ast.List, ast.Tuple)) and len(value.elts) == 1 and not _grows(cls):
        return  # hidden on purpose
    mapping = (
        isinstance(value, (ast.Dict, ast.DictComp)) or isinstance(value, ast.Call) and plain_name(value.func) == "dict"
    )
    kind = "ModuleDict" if mapping else "ModuleList"
    package = alias(module, "torch.nn")
    trouble = _trouble(module, cls, name, statement, value, mapping)
    if package is None:
        trouble = "torch.nn cannot be named here"
    empty = isinstance(value, ast.List) and not value.elts or isinstance(value, ast.Dict) and not value.keys
    at = module.place(value)
    if empty or isinstance(value, ast.Call) and not value.args:
        edits: list[Edit] = [Replace(at, f"{package}.{kind}()")]
    else:
        edits = [Enclose(at, f"{package}.{kind}")]
    yield claim(
        NAME,
        module,
        statement,
        f"the layers in self.{name} are not registered: not trained, not moved to a device, not saved",
        [shown(module, statement, "modules", "nn.Module does not look into plain lists and dicts")],
        Applicability.NONE if trouble else Applicability.UNSAFE,
        f"make it an nn.{kind}",
        trouble or "the model gets parameters that the optimizer now trains, and its checkpoints get keys",
        edits,
    )


def _uses(cls: ast.AST, name: str) -> Iterator[ast.Attribute]:
    for part in ast.walk(cls):
        if isinstance(part, ast.Attribute) and part.attr == name:
            yield part


def _elsewhere(module: Module, cls: ast.ClassDef, name: str) -> bool:
    """Whether something outside the class takes the list: perhaps to hand its parameters over by hand."""
    mine = {id(part) for part in _uses(cls, name)}
    return any(id(part) not in mine and not _another(module, cls, part) for part in _uses(module.tree, name))


def _another(module: Module, cls: ast.ClassDef, use: ast.Attribute) -> bool:
    """Whether a method means its own object's attribute, in a class that sets it itself and is no kin of this one."""
    other, method = class_of(module, use), method_of(module, use)
    if other is None or not isinstance(use.value, ast.Name) or method is None or use.value.id != own_name(method):
        return False
    if cls.name in _line(module, other) or other.name in _line(module, cls):
        return False
    stores = [part for part in _uses(other, use.attr) if isinstance(part.ctx, ast.Store)]
    return any(isinstance(part.value, ast.Name) and part.value.id == use.value.id for part in stores)


def _line(module: Module, cls: ast.ClassDef) -> set[str]:
    """The names of a class and of all that it is derived from, as far as this file says."""
    classes = {node.name: node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)}
    found, todo = {cls.name}, [cls]
    while todo:
        bases = {plain_name(base) for base in todo.pop().bases} - found
        found |= bases
        todo += [classes[base] for base in bases if base in classes]
    return found


def _grows(cls: ast.ClassDef) -> bool:
    return any(isinstance(p, ast.Attribute) and p.attr in ("append", "extend", "insert") for p in ast.walk(cls))


def _trouble(module: Module, cls: ast.ClassDef, name: str, statement: ast.stmt, value: ast.expr, mapping: bool) -> str:
    for use in _uses(cls, name):
        up = module.parent(use)
        if isinstance(up, ast.Attribute) and up.attr in _UNKNOWN:
            return f"nn.ModuleList has no {up.attr}"
    if isinstance(value, ast.Dict):
        keys = [k.value for k in value.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)]
        if len(keys) < len(value.keys) or any("." in k or not k for k in keys):
            return "the keys of an nn.ModuleDict are strings without dots"
    elif mapping:
        return "the keys of an nn.ModuleDict are strings without dots; whether these are cannot be told"
    if mapping and not all(_word(key) for key in _keys(module, cls, name)):
        return "the keys of an nn.ModuleDict are strings without dots; whether these are cannot be told"
    if isinstance(value, ast.Name):
        function = next((up for up in module.ancestors(statement) if isinstance(up, ast.FunctionDef)), None)
        for part in ast.walk(function) if function is not None else ():
            if isinstance(part, ast.Name) and part.id == value.id and part.lineno > statement.lineno:
                return f"{value.id} is used after it was assigned"
    return ""


def _keys(module: Module, cls: ast.ClassDef, name: str) -> list[ast.expr]:
    """The keys under which entries are put into the dict."""
    ups = [module.parent(use) for use in _uses(cls, name)]
    return [up.slice for up in ups if isinstance(up, ast.Subscript) and isinstance(up.ctx, ast.Store)]


def _word(key: ast.expr) -> bool:
    """Whether a key is certainly a string without dots."""
    if isinstance(key, ast.JoinedStr):
        return not any(isinstance(v, ast.Constant) and "." in str(v.value) for v in key.values)
    if isinstance(key, ast.Call):
        return plain_name(key.func) == "str" and isinstance(key.func, ast.Name)
    return isinstance(key, ast.Constant) and isinstance(key.value, str) and "." not in key.value

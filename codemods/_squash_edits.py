"""The edits that take a squashing function out, or put its logarithm in its place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemods._claim import Delete, Edit, InsertBefore, RemoveElement, Replace
from codemods._places import scope_of
from fixer.reading.interpreter import Use
from fixer.reading.source import Module
from fixer.reading.tree import Emit
from fixer.reading.values import Squash
from fixer.reading.written import argument

if TYPE_CHECKING:
    from codemods._squash import Kind


def logarithm(module: Module, rule: Kind, squash: Squash, inner: ast.expr | None) -> list[Edit]:
    """The logarithmic form in the place of the function: of the call, of the method, or of the layer."""
    node = squash.node
    if squash.element is not None:
        layer = squash.element
        if not isinstance(layer, ast.Call) or squash.element_module is not module:
            return []
        name = ast.unparse(layer.func)
        if not isinstance(layer.func, ast.Attribute) or name.rpartition(".")[2] != rule.layer:
            return []
        if layer is not node and len(_loads(module, _target(module, layer))) != 1:
            return []
        written = f"{name.rpartition('.')[0]}.Log{rule.layer}({_arguments(layer, 0)})"
        return [Replace(module.place(layer), written)]
    if not isinstance(node, ast.Call) or inner is None:
        return []
    text = module.text_of(inner)
    if isinstance(node.func, ast.Attribute) and _library(node.func.value):
        place = ast.unparse(node.func.value)
        place = "torch" if place == "torch.special" else place
        return [Replace(module.place(node), f"{place}.{rule.logarithm}({text}, {_arguments(node, 1)})")]
    if not isinstance(inner, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
        text = f"({text})"
    first = 0 if _method(node, rule) else 1
    return [Replace(module.place(node), f"{text}.{rule.logarithm}({_arguments(node, first)})")]


def _arguments(node: ast.Call, first: int) -> str:
    """The arguments behind the input, as text; the axis is named where it was left to the rank."""
    rest = [ast.unparse(part) for part in node.args[first:]]
    rest += [f"{k.arg}={ast.unparse(k.value)}" for k in node.keywords if k.arg not in ("input", "_stacklevel")]
    return ", ".join(rest) or "dim=1"


def _target(module: Module, layer: ast.AST) -> str:
    """How the source names what a layer is bound to."""
    statement = module.statement(layer)
    if isinstance(statement, ast.Assign) and statement.value is layer and len(statement.targets) == 1:
        return ast.unparse(statement.targets[0])
    return ""


def _loads(module: Module, text: str) -> list[ast.AST]:
    return [
        part
        for part in ast.walk(module.tree)
        if isinstance(part, (ast.Attribute, ast.Name)) and isinstance(part.ctx, ast.Load) and ast.unparse(part) == text
    ]


def split(
    module: Module, node: ast.AST, inner: ast.expr, rest: str, losses: list[Emit], suffix: str = ""
) -> list[Edit] | None:
    """``p = softmax(scores)`` feeds the loss and others: name the scores, and give them to the loss.

    ``rest`` is what computes the probabilities from ``inner``; if the scores have no name yet, they get one. ``suffix``
    is what the loss needs done to them.
    """
    statement = module.statement(node)
    if not isinstance(statement, ast.Assign) or statement.value is not node or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    if not isinstance(target, ast.Name):
        return None
    arguments: list[ast.Name] = []
    for call in {emit.node: emit for emit in losses if emit.module is module}:
        argument = _name_in(_loss_input(call))
        if argument is None or argument.id != target.id:
            return None
        arguments.append(argument)
    if len(arguments) != len({emit.node for emit in losses}):
        return None
    if isinstance(inner, ast.Name):
        if inner.id == target.id:
            return None
        return [Replace(module.place(argument), inner.id + suffix) for argument in arguments]
    taken = {n.id for n in ast.walk(module.tree) if isinstance(n, ast.Name)}
    name = next((n for n in ("logits", "scores", f"{target.id}_logits") if n not in taken), None)
    if name is None:
        return None
    written = module.text_of(inner)
    return [
        InsertBefore(module.place(statement), f"{name} = {written}"),
        Replace(module.place(node), rest.replace(written, name, 1)),
        *(Replace(module.place(argument), name + suffix) for argument in arguments),
    ]


def moved(rule: Kind, squash: Squash, losses: list[Emit], values: list[Use]) -> list[Edit] | None:
    """The function (or the way back to probabilities) at the calls of the model whose probabilities are used; None if
    they cannot all be told."""
    if rule.logarithm:
        suffix = ".exp()"
    elif rule.function == "softmax":
        dim = axis(squash, rule)
        if dim is None:
            return None
        suffix = f".softmax(dim={dim})"
    else:
        suffix = f".{rule.function}()"
    trained: dict[ast.AST | None, list[Emit]] = {}
    for emit in losses:
        trained.setdefault(emit.facts["squash"].call, []).append(emit)
    edits: list[Edit] = []
    for call in dict.fromkeys(use.squash.call for use in values):
        mine = next(use.squash for use in values if use.squash.call is call)
        if not isinstance(call, ast.Call) or mine.where is None:
            return None
        written = mine.where.text_of(call)
        if "\n" in written:
            return None
        if call not in trained:
            edits.append(Replace(mine.where.place(call), f"{written}{suffix}"))
            continue
        both = split(mine.where, call, call, f"{written}{suffix}", trained[call])
        if both is None:
            return None
        edits += both
    return edits


def axis(squash: Squash, rule: Kind) -> str | None:
    """The source of the softmax's axis; 1 where it is left to the rank (a batch of rows)."""
    layer = squash.element if squash.element is not None else squash.node
    if not isinstance(layer, ast.Call):
        return None
    given = argument(layer, "dim", 0 if squash.element is not None or _method(layer, rule) else 1)
    if given is None or isinstance(given, ast.Constant) and given.value is None:
        return "1"
    text = ast.unparse(given)
    return text if text.lstrip("-").isdigit() else None


def _method(node: ast.Call, rule: Kind) -> bool:
    """Whether it is a method of the tensor rather than a function."""
    return (
        isinstance(node.func, ast.Attribute)
        and node.func.attr.rstrip("_") == rule.function
        and not _library(node.func.value)
    )


def input_of(node: ast.AST, layer: bool, rule: Kind) -> ast.expr | None:
    """The expression that the function is applied to."""
    if not isinstance(node, ast.Call):
        return None
    if not layer and _method(node, rule) and isinstance(node.func, ast.Attribute):
        return node.func.value
    return argument(node, "input", 0)


def _library(node: ast.expr) -> bool:
    text = ast.unparse(node)
    return text in ("F", "torch", "nn.functional", "torch.nn.functional", "functional", "torch.special", "nn.F")


def without_element(module: Module, node: ast.AST) -> list[Edit]:
    """Take the element (or the named pair it stands in) out of the Sequential."""
    up = module.parent(node)
    target: ast.AST = up if isinstance(up, ast.Tuple) and len(up.elts) == 2 else node
    call = module.parent(target)
    parts: list[ast.expr] = call.args if isinstance(call, ast.Call) else call.elts if isinstance(call, ast.List) else []
    if not parts or parts[-1] is not target:
        # In the middle (or somewhere else): removing it would renumber the parameters behind it.
        return [Replace(module.place(node), _identity(node))]
    return [RemoveElement(module.place(target))]


def _identity(node: ast.AST) -> str:
    name = ast.unparse(node.func) if isinstance(node, ast.Call) else "nn.Softmax"
    return f"{name.rpartition('.')[0]}.Identity()" if "." in name else "torch.nn.Identity()"


def _loss_input(node: ast.AST) -> ast.expr | None:
    return argument(node, "input", 0) if isinstance(node, ast.Call) else None


def _name_in(node: ast.expr | None) -> ast.Name | None:
    """The name in ``out``, ``out.squeeze(1)`` or ``out[:, 0]``."""
    while isinstance(node, (ast.Attribute, ast.Subscript)) or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node if isinstance(node, ast.Name) else None


def dropped(module: Module, statement: ast.stmt, node: ast.AST, inner: ast.expr, squash: Squash) -> list[Edit]:
    """Take the softmax out of its statement; an assignment that would say nothing goes whole."""
    edits: list[Edit] = []
    if squash.element is not None and squash.element is not node:
        constructor = _constructor(module, squash, node)
        if constructor is not None:
            edits.append(Delete(module.place(constructor)))
    written = module.text_of(inner)
    if isinstance(statement, ast.Assign) and statement.value is node and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Name) and isinstance(inner, ast.Name):
            if target.id == inner.id:
                return [*edits, Delete(module.place(statement))]
            readers = _readers(module, statement, target.id)
            if readers is not None and not _rebound(module, statement, inner.id, readers):
                return [*edits, Delete(module.place(statement)), *(Replace(module.place(r), inner.id) for r in readers)]
    return [*edits, Replace(module.place(node), _in_place(module, node, inner, written))]


def _in_place(module: Module, node: ast.AST, inner: ast.expr, written: str) -> str:
    """The text of ``inner`` as it may stand in the place of a call."""
    if isinstance(inner, (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.Constant)):
        return written
    up = module.parent(node)
    binds = isinstance(up, (ast.Attribute, ast.Subscript, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Await))
    return f"({written})" if binds or "\n" in written else written


def _readers(module: Module, statement: ast.stmt, name: str) -> list[ast.Name] | None:
    """All uses of a local name behind its only assignment; None if it is bound elsewhere too."""
    scope = scope_of(module, statement)
    found = []
    for part in ast.walk(scope):
        if isinstance(part, ast.Name) and part.id == name:
            if isinstance(part.ctx, ast.Load):
                found.append(part)
            elif module.statement(part) is not statement:
                return None
    if any(r.lineno < statement.lineno for r in found) or scope is module.tree and len(found) > 3:
        return None
    return found


def _rebound(module: Module, statement: ast.stmt, name: str, readers: list[ast.Name]) -> bool:
    """Whether the scores' own name is bound anew before the last use of the probabilities."""
    scope = scope_of(module, statement)
    last = max((r.lineno for r in readers), default=statement.lineno)
    return any(
        isinstance(part, ast.Name)
        and part.id == name
        and isinstance(part.ctx, ast.Store)
        and statement.lineno <= part.lineno <= last
        for part in ast.walk(scope)
    )


def _constructor(module: Module, squash: Squash, node: ast.AST) -> ast.stmt | None:
    """The statement that builds an ``nn.Softmax`` attribute, if only this call uses it."""
    element = squash.element
    if element is None or not isinstance(node, ast.Call) or not isinstance(node.func, (ast.Attribute, ast.Name)):
        return None
    statement = module.statement(element)
    if not isinstance(statement, ast.Assign) or statement.value is not element:
        return None
    text = ast.unparse(node.func)
    others = [
        part
        for part in ast.walk(module.tree)
        if isinstance(part, (ast.Attribute, ast.Name))
        and isinstance(part.ctx, ast.Load)
        and ast.unparse(part) == text
        and part is not node.func
    ]
    return None if others else statement

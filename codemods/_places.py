"""Finds statements and names around an event: what edits are anchored to and written with."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from itertools import chain, count

from fixer.protocol.events import Kind
from fixer.reading.reader import Entry
from fixer.reading.source import Module
from fixer.reading.tree import Call, Emit, Located, locate
from fixer.reading.written import argument

_SIMPLE = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_CELL = re.compile(r"#\s*(In\s?\[[\d ]*\]|%%|COMMAND -{5})")
"""What begins a cell in a notebook that was exported as a script, or in a script that an editor runs in cells."""


def body_of(module: Module, statement: ast.stmt) -> list[ast.stmt]:
    """The list of statements that holds a statement."""
    up = module.parent(statement)
    for name in ("body", "orelse", "finalbody"):
        body = getattr(up, name, None)
        if isinstance(body, list) and statement in body:
            return body
    return []


def following(module: Module, statement: ast.stmt) -> ast.stmt | None:
    """The next statement in the same list."""
    body = body_of(module, statement)
    at = body.index(statement) + 1
    return body[at] if at < len(body) else None


def shown_by_notebook(module: Module, node: ast.AST) -> bool:
    """Whether what stands here is the last statement of a notebook's cell: its value is displayed.

    Also where the notebook was exported as a script.
    """
    body, statement = module.tree.body, module.statement(node)
    if statement not in body:
        return False
    behind = body.index(statement) + 1
    marks = [n for n, part in enumerate(body) if _is_mark(part)]
    if marks:
        return behind == len(body) or behind in marks
    if not any(_CELL.match(line) for line in module.lines):
        return False
    end = body[behind].lineno - 1 if behind < len(body) else len(module.lines)
    return behind == len(body) or any(_CELL.match(line) for line in module.lines[statement.end_lineno or 0 : end])


def _is_mark(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        and node.value.value.startswith("fixer-cell ")
    )


def function_of(module: Module, node: ast.AST) -> ast.AST | None:
    """The function a node stands in; None at the top of the module."""
    return next((up for up in module.ancestors(node) if isinstance(up, FUNCTIONS)), None)


def scope_of(module: Module, node: ast.AST) -> ast.AST:
    """The function a node stands in, or the whole module."""
    return function_of(module, node) or module.tree


def around(module: Module, statement: ast.stmt, loop: ast.AST) -> ast.stmt | None:
    """The statement directly in the body of ``loop`` that holds ``statement``; None if it is in another function."""
    at: ast.AST = statement
    for up in module.ancestors(statement):
        if up is loop:
            return at if isinstance(at, ast.stmt) else None
        if isinstance(up, FUNCTIONS):
            return None
        at = up
    return None


def holding(module: Module, body: list[ast.stmt], place: Located) -> ast.stmt | None:
    """The statement of ``body`` that leads to an event: it holds the event itself or a call on the way to it."""
    leads = [*(part.node for part in place.above if isinstance(part, Call)), place.emit.node]
    for node in leads:
        at: ast.AST | None = node
        while at is not None and at not in body:
            at = module.parent(at)
        if isinstance(at, ast.stmt):
            return at
    return None


def unit(module: Module, statement: ast.stmt) -> ast.stmt:
    """A statement together with the tests, loops and contexts that stand around nothing else."""
    while True:
        up = module.parent(statement)
        alone = isinstance(up, (ast.If, ast.For, ast.With)) and up.body == [statement]
        if not isinstance(up, ast.stmt) or not alone or getattr(up, "orelse", []):
            return statement
        statement = up


def receiver(step: Emit) -> str | None:
    """How the source names the optimizer of a step: the receiver, or what a scaler is given."""
    node = step.node
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if step.facts.get("scaler"):
        given = argument(node, "optimizer", 0)
        return ast.unparse(given) if given is not None else None
    target = node.func.value
    return ast.unparse(target) if dotted(target, ast.Subscript, ast.Constant) else None


def updates_scaler(statement: ast.stmt | None) -> bool:
    """Whether a statement is the ``scaler.update()`` that belongs behind the scaler's step."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    func = statement.value.func
    return isinstance(func, ast.Attribute) and func.attr == "update" and "scaler" in ast.unparse(func.value).lower()


def first_forward(entry: Entry, backward: Emit, statement: ast.stmt, module: Module) -> ast.stmt | None:
    """The first statement in the list of ``statement`` that computes what the backward uses.

    Those in front of another backward or step do not count: that one's gradients come in between.
    """
    sites = {s.site for s in backward.uses}
    nodes: set[ast.AST] = set()
    others: set[ast.AST] = set()
    for place in locate(entry.tree):
        emit = place.emit
        if emit.kind in (Kind.FORWARD, Kind.LOSS) and emit.makes in sites and emit.facts.get("grad", True):
            nodes.add(emit.node)
            nodes.update(call.node for call in place.above if isinstance(call, Call))
        elif emit.kind in (Kind.BACKWARD, Kind.STEP) and emit is not backward:
            others.add(emit.node)
            others.update(call.node for call in place.above if isinstance(call, Call))
    body = body_of(module, statement)
    before = body[: body.index(statement) + 1] if statement in body else []
    cut = max((n + 1 for n, part in enumerate(before[:-1]) if any(x in others for x in ast.walk(part))), default=0)
    for part in before[cut:]:
        if isinstance(part, _SIMPLE) and any(node in nodes for node in ast.walk(part)):
            return part
    return None


def dotted(node: ast.AST, *more: type[ast.AST]) -> bool:
    """Whether an expression is a name or a dotted name, and so means the same thing wherever it is written again;
    ``more``: what may stand in it besides."""
    return all(isinstance(part, (ast.Name, ast.Attribute, ast.expr_context, *more)) for part in ast.walk(node))


def first_two(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    """The first two arguments of a call, if they are written one by one."""
    if not isinstance(node, ast.Call) or len(node.args) < 2 or any(isinstance(a, ast.Starred) for a in node.args[:2]):
        return None
    return node.args[0], node.args[1]


def fresh(taken: Collection[str], *wanted: str) -> str:
    """A name that is not taken: the first of those wanted, or else the first of them with a number behind."""
    numbered = (f"{wanted[0]}{number}" for number in count(2))
    return next(name for name in chain(wanted, numbered) if name not in taken)


def assigned(body: list[ast.stmt] | ast.AST) -> set[str]:
    """Names (and ``self.x`` as "self.x") that statements bind."""
    found: set[str] = set()
    for top in body if isinstance(body, list) else [body]:
        for node in ast.walk(top):
            if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
                found.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(ast.unparse(node))
    return found


def names(node: ast.AST) -> set[str]:
    """Names (and dotted names) that an expression reads."""
    found: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.Attribute):
            found.add(ast.unparse(part))
    return found


def binds(function: ast.AST | None, name: str) -> bool:
    """Whether a function has a parameter or a local of this name."""
    return function is not None and any(
        isinstance(p, ast.arg)
        and p.arg == name
        or isinstance(p, ast.Name)
        and p.id == name
        and isinstance(p.ctx, ast.Store)
        for p in ast.walk(function)
    )

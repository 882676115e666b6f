"""Context managers of the project: what entering one does, and what leaving it does, however control leaves.

A class with ``__enter__`` and ``__exit__`` runs them; a function under ``contextlib.contextmanager`` runs in two
halves, around its ``yield``. What has to run on the way out waits in ``Frame.finals`` until control falls
out of the block or leaves it by ``return``, ``break`` or ``continue``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from fixer.reading import calls, expressions, grads, statements
from fixer.reading.interpreter import MAX_DEPTH, Frame, Interpreter
from fixer.reading.joins import options
from fixer.reading.values import NONE, UNKNOWN, Function, Ident, Instance, Partial, Value, Wrapped
from fixer.record import replace

Leave = Callable[[], object]


def made(function: Function, node: ast.AST, given: calls.Arguments) -> Value | None:
    """What calling a ``contextmanager`` function gives: nothing of it runs before it is entered.

    None if its body cannot be told apart into what runs before the block and what runs behind it.
    """
    if given.star or not splits(function.node):
        return None
    call = Partial(function, tuple(given.positional), tuple(given.named.items()))
    return Wrapped("context", (call,), node)


def enter(i: Interpreter, value: Value, node: ast.expr) -> tuple[Value, Leave | None]:
    """Enter ``with value``: what it binds, and what to run when its block is left (None: nothing that is known)."""
    value = i.refine(value)
    found = options(value)
    if not any(readable(i, option) for option in found):
        return expressions.entered(i, value, node), None
    if len(found) == 1:
        return _one(i, value, node)
    ways: list[tuple[Value, Leave | None]] = []

    def each(option: Value) -> Value:
        bound, leave = _one(i, option, node) if readable(i, option) else (expressions.entered(i, option, node), None)
        ways.append((option, leave))
        return bound

    def leave_each(option: Value) -> Value:
        leave = next((way for known, way in ways if known is option), None)
        if leave is not None:
            leave()
        return NONE

    return i.each(value, each), lambda: i.each(value, leave_each)


def readable(i: Interpreter, value: Value) -> bool:
    """Whether it is known what entering a value does: it is written in the project."""
    if isinstance(value, Wrapped):
        return value.how == "context"
    return isinstance(value, Instance) and _method(i, value, "__enter__") is not None


def by_hand(i: Interpreter, value: Wrapped, name: str, node: ast.expr) -> Value:
    """A method of a context manager is called: when its halves run cannot be told."""
    call = value.parts[0]
    assert isinstance(call, Partial)
    given = [*call.positional, *(v for _, v in call.named)]
    i.unsure = True
    i.opaque(node, *given, why=f"the context manager is used by hand ({name})")
    i.given(node, name, *given)
    return UNKNOWN


def wait(i: Interpreter, leave: Leave | None) -> None:
    """Keep what has to run when control leaves the block that is being read."""
    if leave is not None:
        i.frame.finals.append((len(i.loops), leave))


def leave_to(i: Interpreter, depth: int, falls: bool) -> None:
    """The block ends that began with ``depth`` things waiting: they run if control falls out of it."""
    frame = i.frame
    while len(frame.finals) > depth:
        _, leave = frame.finals.pop()
        if falls:
            leave()


def jump(i: Interpreter, loops: int = 0) -> None:
    """Control leaves by ``return`` (or the loop of depth ``loops``): all that waits on the way runs."""
    frame = i.frame
    waiting = list(frame.finals)
    while frame.finals and frame.finals[-1][0] >= loops:
        _, leave = frame.finals.pop()
        leave()
    frame.finals[:] = waiting


def _one(i: Interpreter, value: Value, node: ast.expr) -> tuple[Value, Leave | None]:
    if isinstance(value, Wrapped):
        return _halves(i, value, node)
    assert isinstance(value, Instance)
    begin, end = _method(i, value, "__enter__"), _method(i, value, "__exit__")
    assert begin is not None
    bound = calls.inline(i, begin, node, calls.Arguments())
    if list(value.of.externals()) not in ([], ["contextlib.ContextDecorator"], ["contextlib.AbstractContextManager"]):
        grads.enter(i, value, node)
    if end is None:
        return bound, None
    return bound, lambda: calls.inline(i, end, node, calls.Arguments([NONE, NONE, NONE]))


def _method(i: Interpreter, value: Instance, name: str) -> Function | None:
    for base in value.of.mro():
        found = i.state.get(("class", id(base.node)), name)
        if isinstance(found, Function):
            return replace(found, this=value)
    return None


def _halves(i: Interpreter, value: Wrapped, node: ast.expr) -> tuple[Value, Leave | None]:
    call = value.parts[0]
    assert isinstance(call, Partial) and isinstance(call.function, Function)
    function, code = call.function, call.function.node
    if code in i.stack or len(i.frames) >= MAX_DEPTH or not isinstance(code, (ast.FunctionDef, ast.AsyncFunctionDef)):
        i.unsure = True
        i.opaque(node, *call.positional, *(v for _, v in call.named), why="calls nest too deep")
        return UNKNOWN, None
    i.entered.add(code)
    scope: Ident = ("call", id(code), id(value.node), i.chain)
    i.scopes[scope] = function.scope
    frame = Frame(scope, function.module, code, function.this or i.frame.this, function.owner or i.frame.owner)
    calls.bind_parameters(i, frame, function, value.node, calls.Arguments(list(call.positional), dict(call.named)))
    with _inside(i, frame, function, value.node):
        bound = _before(i, code.body)

    def leave() -> None:
        with _inside(i, frame, function, value.node):
            _behind(i, code.body)

    return bound, leave


@contextmanager
def _inside(i: Interpreter, frame: Frame, function: Function, node: ast.AST) -> Iterator[None]:
    """Read a part of a function's body as a part of its caller."""
    chain, step = i.chain, i.into_call(node, function.name)
    i.frames.append(frame)
    i.stack.append(function.node)
    i.chain = (*chain, id(node))
    frame.guards = len(i.guards)
    try:
        with i.block() as step.body:
            yield
    finally:
        i.frames.pop()
        i.stack.pop()
        i.chain = chain
    if step.body.nodes:
        i.out.append(step)


def _before(i: Interpreter, body: list[ast.stmt]) -> Value:
    """Run what stands before the ``yield``; its value."""
    at = _holder(body)
    statements.run(i, body[:at])
    holder = body[at]
    if isinstance(holder, ast.Try):
        return _before(i, holder.body)
    if isinstance(holder, ast.With):
        for item in holder.items:
            bound, leave = enter(i, expressions.evaluate(i, item.context_expr), item.context_expr)
            wait(i, leave)
            if item.optional_vars is not None:
                statements.bind(i, item.optional_vars, bound)
        return _before(i, holder.body)
    given = getattr(getattr(holder, "value", None), "value", None)
    return expressions.evaluate(i, given) if isinstance(given, ast.expr) else NONE


def _behind(i: Interpreter, body: list[ast.stmt]) -> None:
    """Run what stands behind the ``yield``."""
    at = _holder(body)
    holder = body[at]
    if isinstance(holder, ast.Try):
        _behind(i, holder.body)
        statements.run(i, [*holder.orelse, *holder.finalbody])
    elif isinstance(holder, ast.With):
        _behind(i, holder.body)
        for _, leave in reversed(i.frame.finals):
            leave()
        # ``finals`` stays: control may leave the block at several places.
    statements.run(i, body[at + 1 :])


def _holder(body: list[ast.stmt]) -> int:
    """The statement that the ``yield`` stands in."""
    return next(n for n, part in enumerate(body) if any(isinstance(p, ast.Yield) for p in ast.walk(part)))


@cache
def splits(code: ast.AST) -> bool:
    """Whether the body of a generator stands around one ``yield`` that runs exactly once."""
    inside = list(ast.walk(code))
    if sum(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in inside) != 1:
        return False
    if any(isinstance(part, (ast.Return, ast.YieldFrom, ast.Lambda)) for part in inside):
        return False
    if sum(isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)) for part in inside) != 1:
        return False
    withs = 0
    body: list[ast.stmt] = getattr(code, "body", [])
    while True:
        holder = body[_holder(body)]
        if isinstance(holder, ast.Try) and any(isinstance(p, ast.Yield) for s in holder.body for p in ast.walk(s)):
            body = holder.body
        elif isinstance(holder, ast.With) and withs == 0 and holder.body:
            body, withs = holder.body, withs + 1
            if not any(isinstance(p, ast.Yield) for s in body for p in ast.walk(s)):
                return False
        else:
            return isinstance(holder, (ast.Expr, ast.Assign)) and isinstance(holder.value, ast.Yield)

"""Knows which loops of the user's script are running, and in which iteration each is.

Source lines alone do not tell (a loop may hold no event, or one line may hold two loops), and tracing every line
costs a third of a small step. So the loops are counted where the code is compiled, in memory: ``for x in data`` reads
``data`` through a counter, ``while`` ticks in its test. Files, line numbers and results stay as they are.

A loop is named by its file, its header and the how-manieth loop with that header it is: the name survives edits
around it.
"""

from __future__ import annotations

import ast
import builtins
import importlib.machinery
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

_HOOK = "__fixer_loops__"
# Their loops run inside a module's forward, where compilers (torch.jit, dynamo) read them, and never hold a step.
_SKIPPED_FUNCTIONS = {"forward", "__getitem__", "__iter__", "__next__"}


class Activation:
    """One run of one loop. ``index`` is the iteration, from 0; ``entry`` how often the loop was entered before."""

    __slots__ = ("entry", "frame", "index", "loop")

    def __init__(self, loop: str, entry: int, frame: int) -> None:
        self.loop, self.entry, self.frame, self.index = loop, entry, frame, -1


class _Running(threading.local):
    """The loops that run in one thread, outermost first."""

    def __init__(self) -> None:
        self.stack: list[Activation] = []


_running = _Running()
_entries: dict[str, int] = {}
_hot: set[str] = set()
on_tick: list[Callable[[Activation], None]] = []
on_end: list[Callable[[Activation], None]] = []
on_part: list[Callable[[Any, Any], None]] = []
on_first: list[Callable[[Any], Any]] = []
"""If there is one, it answers ``x[0]`` in the script."""


def running(frames: set[int]) -> list[list[Any]]:
    """The loops that run now, outermost first: name, entry, iteration. ``frames``: ids of the frames on the stack."""
    stack = _running.stack
    while stack and stack[-1].frame not in frames:
        stack.pop()  # left by a return or an exception, or the loop of a generator that waits
    return [[a.loop, a.entry, a.index] for a in stack if a.frame in frames]


def inside() -> bool:
    """Whether any loop of the script runs."""
    return bool(_running.stack)


def heat() -> None:
    """Mark the loops that run now as training loops (called at a backward)."""
    for activation in _running.stack:
        _hot.add(activation.loop)


def _begin(loop: str, frame: int) -> Activation:
    entry = _entries.get(loop, 0)
    _entries[loop] = entry + 1
    activation = Activation(loop, entry, frame)
    _running.stack.append(activation)
    return activation


def _end(activation: Activation) -> None:
    stack = _running.stack
    if activation in stack:
        del stack[stack.index(activation) :]
    for call in on_end:
        call(activation)


def _tick(activation: Activation) -> None:
    activation.index += 1
    stack = _running.stack
    if activation in stack:
        del stack[stack.index(activation) + 1 :]
    else:
        stack.append(activation)
    if activation.loop in _hot:
        for call in on_tick:
            call(activation)


class _Hook:
    """What the compiled loops call."""

    slice = slice

    def part(self, whole: Any, key: Any) -> Any:
        for call in on_part:
            call(whole, key)
        return whole[key]

    def first(self, whole: Any) -> Any:
        return on_first[0](whole)

    def over(self, loop: str, data: Iterable[Any]) -> Iterator[Any]:
        return _count(loop, data, id(sys._getframe(1)))

    def enter(self, loop: str) -> None:
        _begin(loop, id(sys._getframe(1)))

    def tick(self, loop: str) -> bool:
        frame = id(sys._getframe(1))
        stack = _running.stack
        while stack and not (stack[-1].loop == loop and stack[-1].frame == frame):
            stack.pop()
        if not stack:
            _begin(loop, frame)
        _tick(stack[-1])
        return True

    def leave(self, loop: str) -> None:
        frame = id(sys._getframe(1))
        for activation in reversed(_running.stack):
            if activation.loop == loop and activation.frame == frame:
                _end(activation)
                return


def _count(loop: str, data: Iterable[Any], frame: int) -> Iterator[Any]:
    activation: Activation | None = None
    try:
        source = iter(data)
        activation = _begin(loop, frame)
        for item in source:
            stack = _running.stack
            if stack and stack[-1] is activation and activation.loop not in _hot:
                activation.index += 1  # by far the most iterations: those of data preparation
            else:
                _tick(activation)
            yield item
    finally:
        if activation is not None:
            _end(activation)


class _Counter(ast.NodeTransformer):
    """Puts the counters into a module's loops."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.seen: dict[str, int] = {}

    def _name(self, header: str) -> str:
        nth = self.seen.get(header, 0)
        self.seen[header] = nth + 1
        return f"{self.path}: {header}" + (f" #{nth + 1}" if nth else "")

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if node.name in _SKIPPED_FUNCTIONS or node.decorator_list and "jit" in ast.dump(node.decorator_list[0]):
            return node
        return self.generic_visit(node)

    def visit_For(self, node: ast.For) -> ast.AST:
        name = self._name(f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}")
        self.generic_visit(node)
        node.iter = _call("over", name, node.iter, at=node.iter)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """``data[i:j]``: seen here and not in torch, whose tensors become sequences when their indexing is patched."""
        self.generic_visit(node)
        keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        first = keys[0] if keys else None
        zero = isinstance(first, ast.Constant) and first.value == 0 and len(keys) == 1
        if on_first and zero and isinstance(node.ctx, ast.Load):
            return _hook("first", [node.value], at=node)
        plain = isinstance(first, ast.Slice) and first.lower is not None and first.upper is not None and not first.step
        if not (plain and isinstance(node.ctx, ast.Load)):
            return node
        made = [_slice(key) if isinstance(key, ast.Slice) else key for key in keys]
        whole = ast.copy_location(ast.Tuple(made, ast.Load()), node) if isinstance(node.slice, ast.Tuple) else made[0]
        return _hook("part", [node.value, whole], at=node)

    def visit_While(self, node: ast.While) -> list[ast.stmt]:
        name = self._name(f"while {ast.unparse(node.test)}")
        self.generic_visit(node)
        ticking = ast.BoolOp(ast.And(), [_call("tick", name, at=node.test), node.test])
        node.test = ast.copy_location(ticking, node.test)
        enter = ast.copy_location(ast.Expr(_call("enter", name, at=node)), node)
        leave = ast.copy_location(ast.Expr(_call("leave", name, at=node)), node)
        return [enter, node, leave]


def _call(method: str, loop: str, *values: ast.expr, at: ast.AST) -> ast.Call:
    return _hook(method, [ast.copy_location(ast.Constant(loop), at), *values], at)


def _slice(node: ast.Slice) -> ast.Call:
    nothing = ast.copy_location(ast.Constant(None), node)
    return _hook("slice", [part or nothing for part in (node.lower, node.upper, node.step)], node)


def _hook(method: str, values: list[ast.expr], at: ast.AST) -> ast.Call:
    hook = ast.Attribute(ast.Name(_HOOK, ast.Load()), method, ast.Load())
    call = ast.Call(hook, values, [])
    for node in (hook.value, hook, call):
        ast.copy_location(node, at)
    return call


def compile_counted(source: str | bytes, filename: str, shown: str) -> Any:
    """Compile a module of the user with its loops counted; ``shown`` is its path inside the project."""
    tree = ast.parse(source, filename)
    try:
        counted = ast.fix_missing_locations(_Counter(shown).visit(tree))
        return compile(counted, filename, "exec", dont_inherit=True)
    except (RecursionError, ValueError):
        return compile(source, filename, "exec", dont_inherit=True)


def install(relative: Callable[[str], str | None]) -> None:
    """Count the loops of every module of the project that is imported from now on."""
    setattr(builtins, _HOOK, _Hook())
    loader = importlib.machinery.SourceFileLoader
    plain = loader.get_code

    def get_code(self: Any, fullname: str) -> Any:
        path = self.get_filename(fullname)
        shown = relative(path)
        if shown is None:
            return plain(self, fullname)
        return compile_counted(self.get_data(path), path, shown)

    loader.get_code = get_code  # type: ignore[method-assign]

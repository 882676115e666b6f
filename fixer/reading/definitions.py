"""Interprets definitions and imports: what names of functions, classes and modules stand for."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fixer.reading import calls, expressions, shapes, statements, syntax
from fixer.reading.interpreter import Frame, Interpreter
from fixer.reading.source import Module
from fixer.reading.values import (
    ClassOf,
    Deferred,
    External,
    Function,
    Ident,
    ModuleOf,
    Pending,
    Sym,
    Value,
)

_GLOBAL = re.compile(r"\bglobal[ \t]+(\w[\w, \t]*)")


def define_function(i: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if not (i.imported_stack and i.at_the_top() and put_off(i, node.name, node)):
        i.state.set(i.frame.declared.get(node.name, i.frame.scope), node.name, _function(i, node))
    return True


def _function(i: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
    for default in [*node.args.defaults, *[d for d in node.args.kw_defaults if d is not None]]:
        expressions.evaluate(i, default)
    value = Function(node, i.module, i.frame.scope, node.name)
    i.functions.setdefault(node, value)
    return value


def wrapped(i: Interpreter, function: Function) -> bool:
    """Whether a decorator of the project makes a function take part in the update."""
    code = function.node
    if isinstance(code, ast.Lambda) or not code.decorator_list:
        return False
    if code not in i.wrapped:
        i.wrapped[code] = False
        with _apart(i, function.module, function.scope):
            for decorator in code.decorator_list:
                value = expressions.evaluate(i, decorator.func if isinstance(decorator, ast.Call) else decorator)
                if isinstance(value, Function) and syntax.takes_part(value.node):
                    i.wrapped[code] = True
    return i.wrapped[code]


def define_class(i: Interpreter, node: ast.ClassDef) -> bool:
    waits = i.at_the_top() and (i.imported_stack or not _calls(node)) and put_off(i, node.name, node)
    if not waits:
        i.state.set(i.frame.scope, node.name, _class(i, node))
    if node.decorator_list:
        i.unregistered.append((node, i.module))
    return True


def _calls(node: ast.ClassDef) -> bool:
    """Whether the body of a class calls something itself: that happens where the class stands."""
    values = [part.value for part in node.body if isinstance(part, (ast.Assign, ast.AnnAssign)) and part.value]
    return any(isinstance(part, ast.Call) for value in values for part in ast.walk(value))


def _class(i: Interpreter, node: ast.ClassDef) -> ClassOf:
    bases = tuple(i.refine(expressions.evaluate(i, base)) for base in node.bases)
    value = ClassOf(node, i.module, i.frame.scope, bases)
    i.classes.setdefault(node, value)
    scope: Ident = ("class", id(node))
    i.scopes[scope] = i.frame.scope
    for part in node.body:
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
            method = Function(part, i.module, i.frame.scope, part.name, None, value)
            i.functions.setdefault(part, method)
            i.state.set(scope, part.name, method)
        elif isinstance(part, (ast.Assign, ast.AnnAssign)) and part.value is not None:
            targets = part.targets if isinstance(part, ast.Assign) else [part.target]
            i.frames.append(Frame(scope, i.module))
            i.frame.guards = len(i.guards)
            constant = expressions.evaluate(i, part.value)
            i.frames.pop()
            for target in targets:
                if isinstance(target, ast.Name):
                    i.state.set(scope, target.id, constant)
    return value


# What an import leaves, read when it is asked for


def put_off(i: Interpreter, name: str, node: ast.stmt) -> bool:
    """Leave a definition at the top of a module for later, if nothing else there binds its name."""
    if name in bound_more_than_once(i.module):
        return False
    i.state.set(i.frame.scope, name, Pending(i.module, name, node))
    return True


def put_off_constant(i: Interpreter, node: ast.Assign | ast.AnnAssign) -> bool:
    """The same for ``NAME = f(...)``, if what it is made of is never bound anew."""
    target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
    target = node.target if isinstance(node, ast.AnnAssign) else target
    if not isinstance(target, ast.Name) or node.value is None:
        return False
    parts = list(ast.walk(node.value))
    if not any(isinstance(part, ast.Call) for part in parts):
        return False
    again = bound_more_than_once(i.module)
    if any(isinstance(part, ast.Name) and part.id in again for part in parts):
        return False
    return put_off(i, target.id, node)


def bound_more_than_once(module: Module) -> frozenset[str]:
    """Names of a module that are bound at several places, or by functions."""
    if module.rebound is None:
        seen: set[str] = set()
        again: set[str] = set()
        stack: list[ast.AST] = list(module.tree.body)
        while stack:
            part = stack.pop()
            names: list[str] = []
            if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names = [part.name]
            elif isinstance(part, (ast.Import, ast.ImportFrom)):
                names = [alias.asname or alias.name.partition(".")[0] for alias in part.names]
            elif isinstance(part, ast.Name):
                names = [] if isinstance(part.ctx, ast.Load) else [part.id]
            elif not isinstance(part, ast.Lambda):
                if isinstance(part, ast.AugAssign):
                    again |= {part.target.id} if isinstance(part.target, ast.Name) else set()
                stack += ast.iter_child_nodes(part)
            again |= seen & set(names)
            seen |= set(names)
        again |= {name.strip() for found in _GLOBAL.finditer(module.text) for name in found[1].split(",")}
        module.rebound = frozenset(again)
    return module.rebound


def complete_classes(i: Interpreter, module: Module, needed: Callable[[ast.ClassDef], bool]) -> None:
    """Define the classes of a module that were left for later, as far as they are needed."""
    for part in module.tree.body:
        if isinstance(part, ast.ClassDef):
            known = i.state.get(("module", module.path), part.name)
            if isinstance(known, Pending) and known.node is part and needed(part):
                completed(i, known)


def completed(i: Interpreter, value: Pending) -> Value:
    """What was put off, read now."""
    scope = ("module", value.module.path)
    known = i.state.get(scope, value.name)
    if known is not None and known != value:
        return known
    if value.node in i.completing:
        return Sym(("global", value.module.path, value.name), value.name)
    i.completing.add(value.node)
    try:
        with _apart(i, value.module):
            found = _value(i, value)
            i.state.settle(scope, value.name, found)
    finally:
        i.completing.discard(value.node)
    return found


def _value(i: Interpreter, value: Pending) -> Value:
    node = value.node
    if isinstance(node, ast.ClassDef):
        return _class(i, node)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return _function(i, node)
    assert isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None
    constant = i.refine(expressions.evaluate(i, node.value))
    return shapes.moved(i, constant, statements.named(constant, value.name))


@contextmanager
def _apart(i: Interpreter, module: Module, scope: Ident | None = None) -> Iterator[None]:
    """Read a part of an imported module: wherever that happens, it is as if it had run before everything else."""
    frame = Frame(("module", module.path) if scope is None else scope, module)
    i.imported_stack.append(module.path)
    i.frames.append(frame)
    outer = i.chain, i.loops, i.guards, i.stack, i.grad, i.unsure
    i.chain, i.loops, i.guards, i.stack, i.grad, i.unsure = (), [], [], [], True, False
    try:
        with i.silently(), i.state.ground():
            yield
    finally:
        i.chain, i.loops, i.guards, i.stack, i.grad, i.unsure = outer
    i.frames.pop()
    i.imported_stack.pop()


def register(i: Interpreter) -> bool:
    """Run the project's own decorators of the classes in sight for what they leave behind, entries in registries;
    False if there was none to run."""
    if not i.unregistered:
        return False
    waiting, i.unregistered = i.unregistered, []
    for node, module in waiting:
        with _apart(i, module):
            value = expressions.evaluate(i, ast.copy_location(ast.Name(node.name, ast.Load()), node))
            for decorator in reversed(node.decorator_list):
                function = i.refine(expressions.evaluate(i, decorator))
                if isinstance(function, Function) and not syntax.takes_part(function.node):
                    calls.call(i, function, decorator, [value], [])
    return True


def run_imports(i: Interpreter) -> bool:
    """Read what the modules in sight import, for what that leaves in registries; False if that was done before."""
    if register(i):
        return True
    if i.imports_run:
        return False
    i.imports_run = True
    done: set[str] = set()
    waiting = [i.frames[0].module, *i.modules.values()]
    while waiting:
        module = waiting.pop(0)
        if module.path in done:
            continue
        done.add(module.path)
        for node in module.tree.body:
            for name, level in _imported_names(node):
                part = i.project.find(module, name, level) if level or i.reads_imports(name) else None
                if part is not None:
                    imported(i, part)
                    waiting.append(part)
    register(i)
    return True


def _imported_names(node: ast.stmt) -> list[tuple[str, int]]:
    """The modules that an import statement may read: names and levels."""
    if isinstance(node, ast.Import):
        return [(alias.name, 0) for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    package = node.module or ""
    below = [f"{package}.{alias.name}" if package else alias.name for alias in node.names if alias.name != "*"]
    return [(package, node.level), *((name, node.level) for name in below)]


def declare_global(i: Interpreter, node: ast.Global) -> bool:
    for name in node.names:
        i.frame.declared[name] = ("module", i.module.path)
    return True


def declare_nonlocal(i: Interpreter, node: ast.Nonlocal) -> bool:
    for name in node.names:
        owner = expressions.binding_scope(i, name, skip=i.frame.scope)
        if owner is not None:
            i.frame.declared[name] = owner
    return True


def import_names(i: Interpreter, node: ast.Import) -> bool:
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        own = alias.name if alias.asname else name
        value: Value = Deferred(i.module, own, 0) if i.reads_imports(own) else External(own)
        i.state.set(i.frame.declared.get(name, i.frame.scope), name, value)
    return True


def import_from(i: Interpreter, node: ast.ImportFrom) -> bool:
    name = node.module or ""
    own = bool(node.level) or i.reads_imports(name)
    for alias in node.names:
        if alias.name == "*":
            module = i.project.find(i.module, name, node.level) if own else None
            if module is not None:
                scope = imported(i, module).scope
                for public, value in list(i.state.names(scope)):
                    if not public.startswith("_"):
                        i.state.set(i.frame.scope, public, value)
            continue
        value = Deferred(i.module, name, node.level, alias.name) if own else External(f"{name}.{alias.name}")
        i.state.set(i.frame.scope, alias.asname or alias.name, value)
    return True


def resolve(i: Interpreter, value: Deferred | Pending) -> Value:
    """What an import brings, read now that it is needed."""
    if isinstance(value, Pending):
        return completed(i, value)
    module = i.project.find(value.importer, value.module, value.level)
    if value.name is None:
        return imported(i, module) if module is not None else External(value.module)
    if module is not None:
        scope = imported(i, module).scope
        known = i.state.get(scope, value.name)
        if isinstance(known, Deferred):
            # A package that imports its own modules by name leads back to itself: then it is the module below.
            key = (value.importer.path, value.name)
            if known == value or key in i.resolving:
                known = None
            else:
                i.resolving.add(key)
                known = resolve(i, known)
                i.resolving.discard(key)
        if isinstance(known, Pending):
            known = completed(i, known)
        if known is not None:
            return known
    below = f"{value.module}.{value.name}" if value.module else value.name
    part = i.project.find(value.importer, below, value.level)
    if part is not None:
        return imported(i, part)
    return External(f"{'.' * value.level}{below}")


def imported(i: Interpreter, module: Module) -> ModuleOf:
    """A project module, run as an import runs it (once)."""
    value = ModuleOf(("module", module.path))
    if module.path not in i.imported:
        i.imported[module.path] = ("module", module.path)
        i.modules[("module", module.path)] = module
        with _apart(i, module):
            statements.run(i, module.tree.body)
    return value


def submodule(i: Interpreter, package: ModuleOf, name: str) -> Value | None:
    """``package.name`` where ``name`` is a module inside a package of the project."""
    module = i.modules.get(package.scope)
    if module is None or not module.path.endswith("__init__.py"):
        return None
    part = i.project.find(module, name, 1)
    return imported(i, part) if part is not None else None

"""Interprets definitions and imports: what names of functions, classes and modules stand for."""

from __future__ import annotations

import ast

from fixer.reading import calls, expressions, statements
from fixer.reading.interpreter import Frame, Interpreter
from fixer.reading.source import Module
from fixer.reading.values import (
    ClassOf,
    Deferred,
    External,
    Function,
    Ident,
    ModuleOf,
    Value,
)


def define_function(i: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    for default in [*node.args.defaults, *[d for d in node.args.kw_defaults if d is not None]]:
        expressions.evaluate(i, default)
    value = Function(node, i.module, i.frame.scope, node.name)
    decorators(i, node)
    i.functions.setdefault(node, value)
    i.state.set(i.frame.declared.get(node.name, i.frame.scope), node.name, value)
    return True


def decorators(i: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """Remember functions that a decorator of the project makes take part in the update."""
    for decorator in node.decorator_list:
        value = expressions.evaluate(i, decorator.func if isinstance(decorator, ast.Call) else decorator)
        if isinstance(value, Function) and calls.takes_part(value.node):
            i.wrapped.add(node)


def define_class(i: Interpreter, node: ast.ClassDef) -> bool:
    bases = tuple(i.refine(expressions.evaluate(i, base)) for base in node.bases)
    value = ClassOf(node, i.module, i.frame.scope, bases)
    i.classes.setdefault(node, value)
    scope: Ident = ("class", id(node))
    i.scopes[scope] = i.frame.scope
    for part in node.body:
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
            method = Function(part, i.module, i.frame.scope, part.name, None, value)
            decorators(i, part)
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
    i.state.set(i.frame.scope, node.name, value)
    _register(i, node, value)
    return True


def _register(i: Interpreter, node: ast.ClassDef, value: ClassOf) -> None:
    """Run the project's own decorators of a class for what they leave behind: an entry in a registry."""
    for decorator in reversed(node.decorator_list):
        with i.silently():
            function = i.refine(expressions.evaluate(i, decorator))
            if isinstance(function, Function) and not calls.takes_part(function.node):
                calls.call(i, function, decorator, [value], [])


def run_imports(i: Interpreter) -> bool:
    """Read what the modules in sight import, for what that leaves in registries; False if that was done before."""
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


def resolve(i: Interpreter, value: Deferred) -> Value:
    """What an import brings, read now that it is needed."""
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
        frame = Frame(("module", module.path), module)
        i.imported_stack.append(module.path)
        i.frames.append(frame)
        frame.guards = len(i.guards)
        grad, i.grad, i.unsure = (i.grad, i.unsure), True, False
        with i.silently(), i.state.ground():
            statements.run(i, module.tree.body)
        i.grad, i.unsure = grad
        i.frames.pop()
        i.imported_stack.pop()
    return value


def submodule(i: Interpreter, package: ModuleOf, name: str) -> Value | None:
    """``package.name`` where ``name`` is a module inside a package of the project."""
    module = i.modules.get(package.scope)
    if module is None or not module.path.endswith("__init__.py"):
        return None
    part = i.project.find(module, name, 1)
    return imported(i, part) if part is not None else None

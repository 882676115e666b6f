"""Reads one source: every entry point of it, each into an event tree of its own."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable

from fixer.reading import (
    building,
    calls,
    classes,
    definitions,
    grads,
    statements,  # noqa: I001  (first: the interpreter's modules import each other)
    syntax,
)
from fixer.reading.building import Made
from fixer.reading.foreign import foreign
from fixer.reading.interpreter import MAX_STEPS, Frame, Interpreter, OutOfBudget, Use
from fixer.reading.source import Module, Project
from fixer.reading.tree import Block
from fixer.reading.values import ClassOf, Function, Ident, Instance, Quotient
from fixer.record import field, mutable

MAX_RECURSION = 5000
"""Python frames while reading: inlined calls take about 30 each."""
MAX_TOTAL_STEPS = 80_000
"""Statements and expressions interpreted for one source, over all its entry points."""
MAX_LIGHT_STEPS, MAX_LIGHT_TOTAL = 4_000, 12_000
"""The same for functions that take no part in training but may show how modules are made: of each, and of all."""


_WORDS = frozenset({"backward", "zero_grad"})
_WORD = re.compile(r"backward|zero_grad|cross_entropy|CrossEntropy|criterion|loss", re.I)


@mutable
class Entry:
    """One entry point: the module body, or a function that nothing in sight calls."""

    name: str
    line: int
    tree: Block


@mutable
class Reading:
    """What was read of one source. ``gaps``: (line, what, why) of what was not."""

    module: Module
    project: Project
    """Holds the module and those it imports, each parsed once: readings of one project share their syntax trees."""
    entries: list[Entry] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    quotients: dict[Ident, Quotient] = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)
    datasets: dict[Ident, str] = field(default_factory=dict)
    gaps: list[tuple[int, str, str]] = field(default_factory=list)
    cache: dict[str, object] = field(default_factory=dict)
    """Answers that several rules ask for."""


def read(text: str, path: str, project: Project | None = None, training: bool = True) -> Reading:
    """Read a source; without ``training``, only what shows how modules are made.

    Raises SyntaxError, ValueError, RecursionError or MemoryError if it does not parse.
    """
    module = Module(text, path)
    project = project if project is not None else Project()
    project.add(module)
    return read_module(module, project, training=training)


def read_module(module: Module, project: Project, wide: bool = False, training: bool = True) -> Reading:
    """Read a module that the project holds already. ``wide``: functions that take no part in training, too."""
    reading = Reading(module, project)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, MAX_RECURSION))
    try:
        _read_all(reading, project, wide, training)
    finally:
        sys.setrecursionlimit(limit)
    return reading


def consumers(reading: Reading, path: str) -> list[Reading] | None:
    """Wide readings of a module and of all files of the project that import it; None if they cannot all be read."""
    known = reading.cache.setdefault(f"consumers of {path}", None)
    if known is None:
        files = reading.project.importers(path)
        modules = [reading.project.at(file) for file in dict.fromkeys([path, reading.module.path, *(files or ())])]
        if files is None or any(module is None for module in modules):
            return None
        known = [read_module(module, reading.project, wide=True) for module in modules if module is not None]
        reading.cache[f"consumers of {path}"] = known
    return known  # type: ignore[return-value]


def _read_all(reading: Reading, project: Project, wide: bool, training: bool) -> None:
    module = reading.module
    other = foreign(module)
    if other:
        reading.gaps.append((1, "the file", f"it trains with {other}, not with PyTorch"))
        return
    i = Interpreter(project)
    scope = ("module", module.path)
    i.imported[module.path] = scope
    _enter(i, reading, "the module", 1, Frame(scope, module), module.tree.body)
    i.spent = i.steps
    telling = _telling(module) if training else set()
    worth, collecting = building.telling(module.tree)
    shown: set[ast.AST] = set(syntax.functions(module.tree)) if wide else telling | worth

    def needed(cls: ast.ClassDef) -> bool:
        return cls in collecting or syntax.takes_part(cls) or not shown.isdisjoint(syntax.functions(cls))

    _complete(i, module, needed)
    for function, cls in _inherited(i, module):
        if i.spent <= MAX_TOTAL_STEPS:
            _enter_function(i, reading, function, cls)
    for function in _uncalled(i, module, shown if wide else telling):
        if i.spent > MAX_TOTAL_STEPS:
            reading.gaps.append((function.node.lineno, function.name, "the file needs more work than is allowed"))
            continue
        if function.node in i.entered:
            continue
        _enter_function(i, reading, function)
    _modules(i, reading, worth, collecting)
    reading.uses = i.uses
    reading.quotients = i.quotients
    reading.made = i.made
    reading.datasets = i.datasets


def _complete(i: Interpreter, module: Module, needed: Callable[[ast.ClassDef], bool]) -> None:
    """Define the classes that are needed and that nothing has asked for so far."""
    i.begin()
    i.frames.append(Frame(("module", module.path), module))
    i.entry_depth = len(i.frames)
    try:
        definitions.complete_classes(i, module, needed)
    except (OutOfBudget, RecursionError):
        _recover(i, 1)
    i.frames.clear()
    i.spent += i.steps


def _modules(i: Interpreter, reading: Reading, worth: set[ast.AST], collecting: set[ast.AST]) -> None:
    """Read what takes no part in training, but may show how modules are made; at less expense, and without notes."""
    module, gaps = reading.module, len(reading.gaps)
    functions = [f for f in i.functions.values() if f.module is module and f.node in worth and f.node not in i.entered]
    classes_ = [c for c in i.classes.values() if c.node in collecting and c.node not in {m.of.node for m in i.made}]
    i.limit, stop = MAX_LIGHT_STEPS, i.spent + MAX_LIGHT_TOTAL
    for cls in classes_:
        if i.spent < stop and cls.node not in i.symbols:
            i.frames.append(Frame(("module", module.path), module))
            _symbol(i, cls)
            i.frames.clear()
    for function in functions:
        if i.spent < stop and function.node not in i.entered:
            _enter_function(i, reading, function)
    del reading.gaps[gaps:]
    i.limit = MAX_STEPS


def _enter(i: Interpreter, reading: Reading, name: str, line: int, frame: Frame, body: list[ast.stmt]) -> None:
    i.begin()
    i.frames.append(frame)
    frame.guards = len(i.guards)
    depth = len(i.frames)
    i.entry_depth = depth
    try:
        with i.block() as tree:
            statements.run(i, body)
        reading.entries.append(Entry(name, line, tree))
    except (OutOfBudget, RecursionError) as error:
        why = "it nests too deep" if isinstance(error, RecursionError) else "it needs more work than is allowed"
        if frame.module is reading.module:
            reading.gaps.append((line, name, why))
        _recover(i, depth)
    i.frames.pop()


def _recover(i: Interpreter, depth: int) -> None:
    """Leave everything that was being read when work stopped."""
    del i.frames[depth:]
    i.loops.clear()
    i.guards.clear()
    i.stack.clear()
    i.imported_stack.clear()
    i.chain, i.grad, i.unsure, i.quiet = (), True, False, 0
    i.state.flatten()


def _inherited(i: Interpreter, module: Module) -> list[tuple[Function, ClassOf]]:
    """Methods from other files that call methods of a class of this one: a base class's loop over its steps."""
    found: list[tuple[Function, ClassOf]] = []
    for cls in [c for c in i.classes.values() if c.module is module and any(isinstance(b, ClassOf) for b in c.bases)]:
        own = {f.name for f in i.functions.values() if f.owner is cls and syntax.takes_part(f.node)}
        seen = {part.name for part in cls.node.body if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))}
        for base in list(cls.mro())[1:]:
            for name, method in i.state.names(("class", id(base.node))):
                if not isinstance(method, Function) or name in seen:
                    continue
                seen.add(name)
                if base.module is not module and method.node not in i.entered and own & syntax.said(method.node).names:
                    found.append((method, cls))
    return found


def _uncalled(i: Interpreter, module: Module, telling: set[ast.AST]) -> list[Function]:
    """Functions of the module, among those that tell, that were not interpreted yet: callers before what they call."""
    mine = [f for f in i.functions.values() if f.module is module and f.node not in i.entered]
    mentioned: dict[str, set[ast.AST]] = {}
    for function in mine:
        for name in syntax.said(function.node).names:
            mentioned.setdefault(name, set()).add(function.node)
    mine = [f for f in mine if f.node in telling]
    first = [f for f in mine if not mentioned.get(_called_as(f), set()) - {f.node}]
    return first + [f for f in mine if f not in first]


def _called_as(function: Function) -> str:
    """The name that code mentions which calls a function: special methods, and forward, go by that of the class."""
    special = (function.name.startswith("__") or function.name == "forward") and function.owner is not None
    return function.owner.node.name if special and function.owner is not None else function.name


def _telling(module: Module) -> set[ast.AST]:
    """Functions that take part in the protocol, or mention one that does: only they can show a finding."""
    if _WORD.search(module.text) is None:
        return set()
    words = set(_WORDS)
    for part in ast.walk(module.tree):
        if isinstance(part, ast.ImportFrom):
            words |= {a.asname for a in part.names if a.asname and _WORD.search(a.name)}
        elif isinstance(part, ast.Assign) and any(_WORD.search(name) for name in syntax.said(part.value).names):
            for target in part.targets:
                words |= {target.id} if isinstance(target, ast.Name) else {getattr(target, "attr", "")}
    said = {code: syntax.said(code).names for code in syntax.functions(module.tree)}
    telling: set[ast.AST] = {
        code
        for code, names in said.items()
        # Where an object is made, a loss is chosen, not computed.
        if names & words or code.name != "__init__" and any(_WORD.search(n) for n in names)
    }
    by_name: dict[str, list[ast.AST]] = {}
    for code in said:
        by_name.setdefault(code.name, []).append(code)
    grew = True
    while grew:
        called = {name for name, codes in by_name.items() if any(c in telling for c in codes)}
        more = {code for code, names in said.items() if code not in telling and names & called}
        telling |= more
        grew = bool(more)
    return telling


def _enter_function(i: Interpreter, reading: Reading, function: Function, cls: ClassOf | None = None) -> None:
    """Read a function by itself; a method with an object of its class, or of ``cls``, which inherits it."""
    code = function.node
    assert not isinstance(code, ast.Lambda)
    i.entered.add(code)
    i.frames.append(Frame(("module", function.module.path), function.module))
    try:
        _enter_bound(i, reading, function, code, cls or function.owner)
    finally:
        i.frames.clear()


def _symbol(i: Interpreter, cls: ClassOf) -> Instance:
    """An object of a class, as its ``__init__`` leaves it."""
    i.begin()
    known = i.symbols[cls.node] = classes.symbol(cls)
    try:
        classes.initialise(i, known)
    except (OutOfBudget, RecursionError):
        _recover(i, 1)
    i.spent += i.steps
    return known


def _enter_bound(
    i: Interpreter,
    reading: Reading,
    function: Function,
    code: ast.FunctionDef | ast.AsyncFunctionDef,
    cls: ClassOf | None,
) -> None:
    this: Instance | None = None
    if cls is not None and not calls.decorated(code, "staticmethod", "classmethod"):
        this = i.symbols.get(cls.node) or _symbol(i, cls)
    i.state.push()
    scope = ("entry", id(code))
    i.scopes[scope] = function.scope
    frame = Frame(scope, function.module, code, this, function.owner)
    bound = Function(code, function.module, function.scope, function.name, this, function.owner)
    i.begin()
    calls.bind_parameters(i, frame, bound, code, calls.Arguments())
    i.grad, i.unsure = True, False
    grads.decorated_with(i, code)
    i.stack.append(code)
    _enter(i, reading, function.name, code.lineno, frame, code.body)
    i.spent += i.steps
    if i.stack:
        i.stack.pop()
    i.grad, i.unsure = True, False
    # What this entry point did to the object is not there when another method is entered.
    i.state.drop(this.ident if this is not None else None)

"""The interpreter's core: what it keeps while it walks a program, and how it emits events."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any as Anything

from fixer.protocol.events import NO_PARAMETERS, UNKNOWN_PARAMETERS, Kind, Parameters
from fixer.reading.conditions import Formula, conjunction, negate
from fixer.reading.joins import join, samplers, union
from fixer.reading.library import TRAINERS, looks_like_optimizer
from fixer.reading.source import Module, Project
from fixer.reading.state import State
from fixer.reading.tree import Alloc, Block, Branch, Call, Emit, Loop, Node
from fixer.reading.values import (
    NONE,
    Bound,
    Const,
    Either,
    Function,
    Ident,
    Instance,
    Items,
    Layer,
    Managed,
    Mapping,
    Optimizer,
    ParametersOf,
    Prepared,
    Quotient,
    Scaler,
    Source,
    Squash,
    Sym,
    Tensor,
    Value,
)
from fixer.record import field, mutable

MAX_DEPTH = 12
"""Calls inlined into each other."""
MAX_STEPS = 25_000
"""Statements and expressions interpreted for one entry point."""
MAX_CALL_STEPS = 8_000
"""The same for one inlined call: with more, it counts as one that cannot be read."""
MAX_UNROLL = 8
"""Members of a list of known values that a loop over it is unrolled for."""
MAX_LOOP_DEPTH = 5
"""Nested loops read twice each; deeper ones are read once."""


class OutOfBudget(Exception):
    """The entry point needs more work than is allowed."""


@mutable
class Frame:
    """One call being interpreted."""

    scope: Ident
    module: Module
    node: ast.AST | None = None
    this: Value | None = None
    owner: Anything = None
    returns: list[tuple[Formula, Value]] = field(default_factory=list)
    guards: int = 0
    declared: dict[str, Ident] = field(default_factory=dict)
    finals: list[tuple[int, Callable[[], object]]] = field(default_factory=list)
    """What runs when control leaves the blocks being read, outermost first, each with the loops around its block."""


@mutable
class Use:
    """A consumer of a softmaxed tensor: "loss", "rank" (order only), "value" or "export" (with the model)."""

    squash: Squash
    how: str
    node: ast.AST
    module: Module


class Interpreter:
    """Walks one entry point at a time; what it finds accumulates in ``out`` (events) and ``uses``."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.state = State()
        self.out: list[Node] = []
        self.frames: list[Frame] = []
        self.loops: list[tuple[Loop, int]] = []
        self.guards: list[Formula] = []
        self.chain: tuple[int, ...] = ()
        self.grad = True
        self.unsure = False
        """Whether gradients may be switched off here, though that is not certain."""
        self.assigned: ast.Assign | None = None
        """The assignment whose value is being read."""
        self.dropped: ast.AST | None = None
        """The expression whose value the statement being read drops."""
        self.steps = 0
        self.spent = 0
        self.symbols: dict[ast.AST, Instance] = {}
        self.uses: list[Use] = []
        self.parents: dict[Ident, Ident] = {}
        self.mixed: set[Ident] = set()
        """What calls out of sight made of values that own parameters: it may hold these parameters."""
        self.held: dict[Ident, Parameters] = {}
        """What the modules own whose parts were asked for."""
        self.swapped: set[Ident] = set()
        """Modules into which weights were written from outside, which may be made of anything."""
        self.entered: set[ast.AST] = set()
        self.functions: dict[ast.AST, Function] = {}
        self.classes: dict[ast.AST, Anything] = {}
        self.imported: dict[str, Ident] = {}
        self.imported_stack: list[str] = []
        self.modules: dict[Ident, Module] = {}
        self.resolving: set[tuple[str, str]] = set()
        self.imports_run = False
        self.completing: set[ast.stmt] = set()
        self.unregistered: list[tuple[ast.ClassDef, Module]] = []
        """Decorated classes whose decorators of the project have not been run."""
        self.entry_depth = 1
        self.scopes: dict[Ident, Ident] = {}
        self.consulted: set[tuple[Ident, ast.AST]] = set()
        self.module_like: set[Ident] = set()
        self.hooked = False
        self.forwards = 0
        self.wrapped: dict[ast.AST, bool] = {}
        self.wrappers: set[Ident] = set()
        self.stack: list[ast.AST] = []
        self.asking: dict[ast.AST, str] = {}
        """Classes by what of theirs asks for the mode (worked out once)."""
        self.rebuilt: dict[Ident, tuple[ast.AST, Module, bool]] = {}
        """Tensors that ask for gradients and were made of what a model computed, without its graph."""
        self.tensor_data: set[Ident] = set()
        """Data sets whose samples are tensors (or numbers, which loaders make tensors of)."""
        self.quiet = 0
        self.quotients: dict[Ident, Quotient] = {}
        self.limit = MAX_STEPS
        self.until = MAX_STEPS
        """How many steps may be taken where we stand: an inlined call gets a share of what its caller has left."""
        self.shapes: dict[int, tuple[Value, tuple[int | None, ...]]] = {}
        self.widths: dict[Ident, int | None] = {}
        self.members: dict[Ident, Anything] = {}
        self.batches: dict[int, tuple[Value, Anything]] = {}
        self.made: list[Anything] = []
        self.prepared: dict[Ident, Prepared] = {}
        """Parameters and optimizers that an Accelerator has prepared."""
        self.datasets: dict[Ident, str] = {}
        """Datasets of torchvision, by their qualified class."""
        self.module_lists: dict[Ident, str] = {}
        self.summed: dict[Ident, Loop] = {}
        """Loops over whose batches losses are added up."""
        self.averaged: dict[Ident, ast.AST] = {}
        """Divisions of such sums by numbers of rows."""

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    @property
    def module(self) -> Module:
        return self.frames[-1].module

    @staticmethod
    def reads_imports(name: str) -> bool:
        """Whether a module of this name could be the project's own (torch and its trainers are not looked for)."""
        root = name.partition(".")[0]
        return root not in TRAINERS and root not in sys.stdlib_module_names and root != "numpy"

    def at_the_top(self) -> bool:
        """Whether we stand at the top of a module, under no condition."""
        frame = self.frames[-1]
        top = frame.node is None and frame.scope == ("module", frame.module.path)
        return top and not self.guards and not self.loops

    def spend(self) -> None:
        """Count one step of work. Raises OutOfBudget."""
        self.steps += 1
        if self.steps > self.until:
            raise OutOfBudget

    def begin(self) -> None:
        """Start an entry point, with all of its steps."""
        self.steps, self.until = 0, self.limit

    def attempt(self, run: Callable[[], Value], most: int) -> Value | None:
        """Interpret a part with a share of the steps that are left; None if it needs more: then all is as before it.

        ``most``: the steps that it may take at most.
        """
        outer = self.until
        self.until = min(outer, self.steps + min(most, (outer - self.steps) * 3 // 4))
        lists: tuple[list[Anything], ...] = (self.frames, self.loops, self.guards, self.stack, self.imported_stack)
        lengths = [len(part) for part in lists]
        kept = self.chain, self.grad, self.unsure, self.forwards, self.dropped, self.assigned, self.quiet
        layers, entered = self.state.depth(), set(self.entered)
        try:
            return run()
        except OutOfBudget:
            if self.steps >= outer:
                raise
            for part, length in zip(lists, lengths, strict=True):
                del part[length:]
            self.chain, self.grad, self.unsure, self.forwards, self.dropped, self.assigned, self.quiet = kept
            self.state.cut(layers)
            self.entered &= entered  # they are read by themselves
            return None
        finally:
            self.until = outer

    def site(self, node: ast.AST, what: str = "") -> Ident:
        """The identity of what ``node`` makes here, told apart by the calls that led here."""
        return (what, id(node), self.chain)

    def emit(
        self,
        kind: Kind,
        node: ast.AST,
        *,
        subject: Ident = None,
        parameters: Parameters = NO_PARAMETERS,
        makes: Ident = None,
        uses: frozenset[Source] = frozenset(),
        **facts: Anything,
    ) -> None:
        """Add an event template to the tree."""
        self.out.append(Emit(kind, node, self.module, subject, parameters, makes, uses, facts))

    def alloc(self, ident: Ident) -> None:
        """Say that a new object comes into being here."""
        self.out.append(Alloc(ident))

    def drawn_here(self) -> bool:
        """Whether we stand in the very function that holds the innermost loop (not in one it calls)."""
        loop = self.loops[-1][0].node
        code = self.frame.node
        return code is None or any(part is loop for part in ast.walk(code))

    def wraps_optimizer(self, key: Ident) -> bool:
        """Whether a value (or what it is a part of) was made by a call out of sight that was given an optimizer."""
        at: Ident | None = key
        while at is not None:
            if at in self.wrappers:
                return True
            at = self.parents.get(at)
        return False

    def fresh(self, node: ast.AST, name: str = "", *values: Value) -> Sym:
        """An unknown new value, derived from ``values``."""
        ident = self.site(node, "made")
        self.alloc(ident)
        if self.reach(values) != NO_PARAMETERS:
            self.mixed.add(ident)
        loops = frozenset(loop.ident for loop, _ in self.loops)
        return Sym(ident, name, sources(*values), NO_PARAMETERS, loops, True)

    @contextmanager
    def block(self) -> Iterator[Block]:
        """Collect the events of the body in a block of their own."""
        outer, block = self.out, Block()
        self.out = block.nodes
        try:
            yield block
        finally:
            self.out = outer

    @contextmanager
    def silently(self) -> Iterator[None]:
        """Throw the events of the body away."""
        with self.block():
            self.quiet += 1
            try:
                yield
            finally:
                self.quiet -= 1

    def fork(self, test: Formula, then: Callable[[], bool], other: Callable[[], bool], choice: bool = False) -> bool:
        """Run both sides of a test and join what they leave; each side says whether control gets past it."""
        test = self.known(test)
        if isinstance(test, bool):
            return then() if test else other()
        sides = []
        recording, left = (self.grad, self.unsure), set()
        for formula, run in ((test, then), (negate(test), other)):
            self.state.push()
            self.guards.append(formula)
            with self.block() as block:
                falls = run()
            if falls:
                left.add((self.grad, self.unsure))
            self.grad, self.unsure = recording
            self.guards.pop()
            sides.append((block, self.state.pop(), falls))
        if left:
            self.grad, self.unsure = left.pop() if len(left) == 1 else (True, True)
        (a, one, falls_a), (b, two, falls_b) = sides
        self.state.merge(test, one if falls_a else None, two if falls_b else None)
        if a.nodes or b.nodes:
            self.out.append(Branch(test, a, b, choice))
        return falls_a or falls_b

    def choose(
        self, test: Formula, then: Callable[[], Value], other: Callable[[], Value], choice: bool = False
    ) -> Value:
        """The value of a conditional: both sides run, the results are joined."""
        results: dict[bool, Value] = {}

        def side(which: bool, run: Callable[[], Value]) -> bool:
            results[which] = run()
            return True

        self.fork(test, lambda: side(True, then), lambda: side(False, other), choice)
        if len(results) == 1:
            return next(iter(results.values()))
        return join(self.known(test), results[True], results[False])

    def known(self, test: Formula) -> Formula:
        """A test, decided if the branch we are in decides it."""
        if not self.guards or isinstance(test, bool):
            return test
        opposite = negate(test)
        for guard in self.guards:
            if guard == test:
                return True
            if guard == opposite:
                return False
        return test

    def refine(self, value: Value) -> Value:
        """A value without the alternatives that the branch we are in excludes."""
        while isinstance(value, Either):
            test = self.known(value.test)
            if not isinstance(test, bool):
                break
            value = value.then if test else value.other
        return value

    def each(self, value: Value, run: Callable[[Value], Value]) -> Value:
        """Do something with a value; with each alternative in its own branch, if there are several.

        An alternative None is left out: using it would raise.
        """
        value = self.refine(value)
        if not isinstance(value, Either):
            return run(value)
        if value.then == NONE:
            return self.each(value.other, run)
        if value.other == NONE:
            return self.each(value.then, run)
        then, other = value.then, value.other
        return self.choose(value.test, lambda: self.each(then, run), lambda: self.each(other, run), choice=True)

    def invariant_loops(self, version: int) -> frozenset[Ident]:
        """The loops in which a binding of this version may have changed."""
        return frozenset(loop.ident for loop, start in self.loops if version > start)

    def all_loops(self) -> frozenset[Ident]:
        """All loops we stand in."""
        return frozenset(loop.ident for loop, _ in self.loops)

    def guard(self) -> Formula:
        """What had to hold for control to come here within this call."""
        return conjunction(list(self.guards[self.frame.guards :]))

    def opaque(self, node: ast.AST, *values: Value, why: str = "") -> None:
        """Note a call that cannot be read and is given these values."""
        owners = self.reach(values)
        if owners.owners or not owners.exact:
            self.emit(Kind.OPAQUE, node, parameters=owners, why=why)

    def given(self, node: ast.AST, name: str, *values: Value) -> None:
        """Note that code out of sight, called ``name``, is given these values."""
        if self.quiet:
            return
        for sampler in samplers(values):
            self.emit(Kind.EPOCH, node, subject=sampler.ident)
        found, owned = sources(*values), self.reach(values)
        if found or owned.owners or not owned.exact:
            self.emit(Kind.GIVEN, node, parameters=owned, uses=found, name=name)

    def reach(
        self, values: tuple[Value, ...] | list[Value], deep: int = 3, seen: set[Ident] | None = None
    ) -> Parameters:
        """Parameters that code holding these values could empty or step."""
        found = NO_PARAMETERS
        seen = set() if seen is None else seen
        for value in values:
            if isinstance(value, Optimizer):
                found = union(found, value.parameters, Parameters(frozenset({value.ident})))
            elif isinstance(value, (Layer, ParametersOf)):
                found = union(found, self.parameters(value))
            elif isinstance(value, Sym):
                if value.key in self.module_like or looks_like_optimizer(value.name) or looks_like_module(value.name):
                    found = union(found, Parameters(frozenset({value.key}), False))
            elif isinstance(value, Instance):
                if value.ident not in seen:
                    seen.add(value.ident)
                    found = union(found, self.parameters(value))
                    if deep:
                        found = union(found, self.reach([v for _, v in self.state.names(value.ident)], deep - 1, seen))
            elif isinstance(value, Items):
                found = union(found, self.reach(value.items, deep, seen))
            elif isinstance(value, Mapping):
                found = union(found, self.reach([v for _, v in value.entries], deep, seen))
            elif isinstance(value, Either):
                found = union(found, self.reach([value.then, value.other], deep, seen))
            elif isinstance(value, (Managed, Scaler)):
                found = union(found, Parameters(frozenset({value.ident})))
            elif isinstance(value, Bound):
                found = union(found, self.reach([value.receiver], deep, seen))
            elif isinstance(value, Function) and value.this is not None:
                found = union(found, self.reach([value.this], deep, seen))
        return found

    def own(self, key: Ident) -> Parameters:
        """The parameters of something out of sight; they may be another's where it was made of that."""
        return self._as_written(Parameters(frozenset({key}), key not in self.parents and key not in self.mixed))

    def swap(self, module: Value) -> None:
        """Weights are written into a module from outside: a backward through it may reach anything then."""
        if isinstance(module, (Layer, Instance)):
            self.swapped |= {module.ident, *self.parameters(module).owners}
        at = module.key if isinstance(module, Sym) else None
        while at is not None:
            self.swapped |= {at, *self.held.get(at, NO_PARAMETERS).owners}
            at = self.parents.get(at)

    def _as_written(self, owned: Parameters) -> Parameters:
        return Parameters(owned.owners, False) if owned.exact and owned.owners & self.swapped else owned

    def parameters(self, value: Value, seen: set[Ident] | None = None) -> Parameters:
        """The parameters of a module, an iterable of parameters, or a container of either."""
        seen = set() if seen is None else seen
        if isinstance(value, ParametersOf):
            return value.parameters
        if isinstance(value, Layer):
            inner = [self.parameters(v, seen) for v in value.items]
            return self._as_written(union(*inner) if inner else Parameters(frozenset({value.ident})))
        if isinstance(value, Instance):
            return self._parameters_of_instance(value, seen)
        if isinstance(value, Tensor):
            return Parameters(frozenset({value.leaf})) if value.leaf is not None else UNKNOWN_PARAMETERS
        if isinstance(value, Sym):
            return self.own(value.key)
        if isinstance(value, Items):
            owned = union(*[self.parameters(v, seen) for v in value.items]) if value.items else NO_PARAMETERS
            return Parameters(owned.owners, owned.exact and not value.more)
        if isinstance(value, Mapping):
            params = value.get("params")
            if params is not None:
                return self.parameters(params, seen)
            owned = union(*[self.parameters(v, seen) for _, v in value.entries]) if value.entries else NO_PARAMETERS
            return Parameters(owned.owners, owned.exact and not value.more)
        if isinstance(value, Either):
            both = union(self.parameters(value.then, seen), self.parameters(value.other, seen))
            return Parameters(both.owners, False)
        if isinstance(value, Const):
            return NO_PARAMETERS
        return UNKNOWN_PARAMETERS

    def _parameters_of_instance(self, value: Instance, seen: set[Ident]) -> Parameters:
        if value.ident in seen:
            return NO_PARAMETERS  # counted where it was met first
        seen.add(value.ident)
        parts = []
        for _, part in self.state.names(value.ident):
            if isinstance(part, (Layer, Items, Mapping, Instance)):
                parts.append(self.parameters(part, seen))
            elif isinstance(part, Tensor) and part.leaf is not None:
                parts.append(Parameters(frozenset({part.leaf})))
            elif isinstance(part, Sym) and part.made:
                parts.append(Parameters(frozenset({part.key})))
            elif isinstance(part, Either):
                parts += [self.parameters(v, seen) for v in (part.then, part.other)]
        owned = union(*parts) if parts else NO_PARAMETERS
        exact = owned.exact and "?" not in set(value.of.externals())
        return self._as_written(Parameters(owned.owners or frozenset({value.ident}), exact))

    def used(self, value: Value, how: str, node: ast.AST) -> None:
        """Note that softmaxed tensors among ``value`` are consumed here."""
        if isinstance(value, Tensor) and value.squash is not None:
            self.uses.append(Use(value.squash, how, node, self.module))
        elif isinstance(value, Items):
            for item in value.items:
                self.used(item, how, node)
        elif isinstance(value, Mapping):
            for _, item in value.entries:
                self.used(item, how, node)
        elif isinstance(value, Either):
            self.used(value.then, how, node)
            self.used(value.other, how, node)

    def into_call(self, node: ast.AST, name: str) -> Call:
        """A tree node for an inlined call."""
        return Call(node, self.module, name)


_MODULE_NAME = re.compile(
    r"model|^net|net$|^net_?[A-Z]|_net|encoder|decoder|generator$|discriminator|critic|actor|policy|^agent|backbone",
    re.I,
)
_NOT_MODULE = re.compile(
    r"path|name|_dir$|_id$|type|config|cfg|_args|file|url|version|loss|size|dim|kwargs|loader", re.I
)


def looks_like_module(name: str) -> bool:
    """Whether an unknown variable's name says that it is (or holds) a module."""
    return bool(_MODULE_NAME.search(name)) and not _NOT_MODULE.search(name)


def sources(*values: Value) -> frozenset[Source]:
    """All tensor-making places the values are derived from."""
    found: frozenset[Source] = frozenset()
    for value in values:
        if isinstance(value, (Tensor, Sym)):
            found |= value.sources
        elif isinstance(value, Items):
            inner = sources(*value.items)
            # A list that grew in a loop also holds what earlier iterations put there.
            found |= inner | (frozenset(Source(s.site, True) for s in inner) if value.more else frozenset())
        elif isinstance(value, Mapping):
            found |= sources(*(v for _, v in value.entries))
        elif isinstance(value, Either):
            found |= sources(value.then, value.other)
    return found


def owners(*values: Value) -> Parameters:
    """All parameters a backward from the values reaches."""
    found = NO_PARAMETERS
    for value in values:
        if isinstance(value, (Tensor, Sym)):
            found = union(found, value.owners)
        elif isinstance(value, Items):
            found = union(found, owners(*value.items))
        elif isinstance(value, Mapping):
            found = union(found, owners(*(v for _, v in value.entries)))
        elif isinstance(value, Either):
            found = union(found, owners(value.then, value.other))
        elif isinstance(value, ParametersOf):
            found = union(found, value.parameters)
    return found

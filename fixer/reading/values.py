"""Abstract values: what the reader knows about a value of the program.

All are immutable; what changes (variables, attributes) lives in the state. ``Sym`` is the honest unknown: it has an
identity, so that two uses of one unknown thing are known to be the same, and nothing more.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from fixer.protocol.events import NO_PARAMETERS, Parameters
from fixer.reading.conditions import Formula
from fixer.record import field, record

if TYPE_CHECKING:
    from fixer.reading.source import Module

Ident = Hashable


@record
class Source:
    """A tensor-making place (batch, forward, loss). ``old``: a value that an earlier loop iteration left there."""

    site: Ident
    old: bool = False


@record
class Value:
    """Any value; the base class is also the wholly unknown one."""


UNKNOWN = Value()


@record
class Const(Value):
    """A known value. ``of``: where in the source a number was written, or those it was computed from."""

    value: object
    of: frozenset[Ident] = field(default=frozenset(), compare=False)


NONE = Const(None)


@record
class Sym(Value):
    """Unknown, with an identity. ``made``: it is the fresh result of a call or loop rather than something given."""

    key: Ident
    name: str = ""
    sources: frozenset[Source] = frozenset()
    owners: Parameters = NO_PARAMETERS
    loops: frozenset[Ident] = frozenset()
    made: bool = False


@record
class External(Value):
    """A thing of a library outside the project, by its qualified name (``torch.optim.SGD``)."""

    name: str


@record
class Squash(Value):
    """A squashing function whose output reached here through shape-only operations."""

    node: ast.AST
    module: Module
    element: ast.AST | None = None
    """The constructor of the layer (``nn.Softmax``) that was applied, if it was one."""
    call: ast.AST | None = None
    """The outermost call of a module that returned it, if it returned just this."""
    where: Module | None = None
    """The module that call stands in."""
    shaped: bool = False
    """Axes may have moved since."""
    function: str = "softmax"
    """"softmax" or "sigmoid"."""
    element_module: Module | None = None
    """The module in which the layer was built."""


@record
class ScaledBy:
    """The call of a GradScaler's ``scale``. ``enabled``: None if it cannot be told whether the scaler does anything."""

    scaler: Ident
    node: ast.Call = field(compare=False)
    enabled: bool | None = None


@record
class Tensor(Value):
    """A tensor: the places it is derived from, the parameters a backward from it reaches, and its role.

    ``mean``: it is the mean over one batch (None: not known). ``scaled``: divided by something that may be the number
    of accumulated batches (None: not known). ``leaf``: the parameter it is, if it is one. ``sure``: it is a tensor,
    whatever the code out of sight may be (an operation of torch made it); otherwise it may be a dict, a tuple ...
    ``folded``: its first axis may no longer count what it counted. ``amp``: what a GradScaler
    multiplied it by. ``total``: it is the plain sum over a loop's batches of losses that are means over one.
    """

    sources: frozenset[Source] = frozenset()
    owners: Parameters = NO_PARAMETERS
    squash: Squash | None = None
    role: str = ""
    mean: bool | None = None
    scaled: bool | None = False
    leaf: Ident | None = None
    summed: bool = False
    managed: bool = False
    sure: bool = False
    folded: bool = False
    amp: ScaledBy | None = None
    total: Ident | None = None


@record
class Figure(Value):
    """A number read off a loss that is the mean over one batch: of that batch, whose tensors come from ``batches``, or
    the plain sum of these over a loop's (``total``). ``old``: an earlier iteration left it there."""

    total: Ident | None = None
    old: bool = False
    batches: frozenset[Ident] = field(default=frozenset(), compare=False)


@record
class Items(Value):
    """A tuple, list or set with known members; ``more``: other members may be in it."""

    items: tuple[Value, ...]
    more: bool = False
    key: Ident | None = None


@record
class Mapping(Value):
    """A dict with known keys; ``more``: other entries may be in it; ``registered``: it is an ``nn.ModuleDict``."""

    entries: tuple[tuple[object, Value], ...]
    more: bool = False
    registered: bool = False

    def get(self, key: object) -> Value | None:
        for known, value in self.entries:
            if known == key and type(known) is type(key):
                return value
        return None


@record
class ModuleOf(Value):
    """A module of the project; its names are in the state under ``scope``."""

    scope: Ident


@record
class Deferred(Value):
    """An import that is read when its name is first used. ``name`` None: the module itself."""

    importer: Module
    module: str
    level: int
    name: str | None = None


@record
class Pending(Value):
    """A definition (of an imported module also a constant) that is read when its name is first used."""

    module: Module
    name: str
    node: ast.stmt


@record
class Function(Value):
    """A function or lambda of the project with the scope it closes over; ``this``: the instance it is bound to."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    module: Module
    scope: Ident
    name: str = ""
    this: Value | None = None
    owner: ClassOf | None = None


@record
class ClassOf(Value):
    """A class of the project."""

    node: ast.ClassDef
    module: Module
    scope: Ident
    bases: tuple[Value, ...] = ()

    def __hash__(self) -> int:
        return id(self.node)

    def mro(self) -> Iterator[ClassOf]:
        """Project classes, this one first (depth first; good enough for the single inheritance of real code)."""
        yield self
        for base in self.bases:
            if isinstance(base, ClassOf):
                yield from base.mro()

    def externals(self) -> Iterator[str]:
        """Names of the outside classes it inherits from; an unknown base gives ``"?"``."""
        for base in self.bases:
            if isinstance(base, ClassOf):
                yield from base.externals()
            elif isinstance(base, External):
                yield base.name
            else:
                yield "?"


@record
class Instance(Value):
    """An object of a project class; its attributes are in the state under ``ident``."""

    ident: Ident
    of: ClassOf


@record
class Layer(Value):
    """A module of a library (``torch.nn.Linear``), or any module-like thing whose inside is out of sight.

    ``items`` are the layers of a Sequential, in order; ``arguments`` are its constructor's.
    """

    ident: Ident
    name: str
    node: ast.AST | None = None
    module: Module | None = None
    items: tuple[Value, ...] = ()


@record
class Criterion(Value):
    """A loss of torch: its functional name (``cross_entropy``) and reduction ("mean", "sum", "none" or "?")."""

    kind: str
    reduction: str = "mean"


@record
class Optimizer(Value):
    """An optimizer seen being built: class name, what it steps, and whether it keeps state between steps."""

    ident: Ident
    name: str
    parameters: Parameters
    stateful: bool
    node: ast.AST = field(compare=False)
    custom: ClassOf | None = None


@record
class ParametersOf(Value):
    """Parameters, or anything that iterates over them."""

    parameters: Parameters


@record
class Loader(Value):
    """Something that yields batches: a DataLoader, or a wrapper around one. ``text``: how the source names it.

    ``tensors``: the members of its batches are known to be tensors.
    ``given``: the arguments of a DataLoader, by name; ``more``: there may be others.
    ``node``: the call that built it, in ``module``.
    ``holds``: the objects of project classes that its workers get a copy of, and how to come to them from the dataset
    ("", the dataset itself; "transform"; ...).
    """

    ident: Ident
    text: str = ""
    tensors: bool = False
    given: tuple[tuple[str, Value], ...] = field(default=(), compare=False)
    more: bool = field(default=True, compare=False)
    node: ast.AST | None = field(default=None, compare=False)
    module: Module | None = field(default=None, compare=False)
    holds: tuple[tuple[str, Instance], ...] = field(default=(), compare=False)


@record
class Sampler(Value):
    """A DistributedSampler, or another one of torch's; ``shuffle`` is that argument (None: not given)."""

    ident: Ident
    shuffle: Value | None = field(default=None, compare=False)
    more: bool = field(default=False, compare=False)
    node: ast.AST | None = field(default=None, compare=False)
    module: Module | None = field(default=None, compare=False)
    distributed: bool = field(default=True, compare=False)


@record
class Wrapped(Value):
    """An iterable built from others: ``how`` is enumerate, zip, range, iter, reversed ..."""

    how: str
    parts: tuple[Value, ...]
    node: ast.AST = field(compare=False)
    start: int = 0


@record
class Scaler(Value):
    """A GradScaler. ``enabled``: as it was built (None: that depends)."""

    ident: Ident
    enabled: bool | None = True


@record
class Amount:
    """What a number was computed from. ``of``: unknown values and written numbers; ``lengths``: of these loaders;
    ``times``: it is a multiple of something other than a loader's length; ``most``: its value, if that is known."""

    of: frozenset[Ident] = frozenset()
    lengths: frozenset[Ident] = frozenset()
    times: bool = False
    most: float | None = None


@record
class Scheduler(Value):
    """A learning-rate scheduler of a library: the optimizer it moves (``of``) and its class (``name``).

    ``horizon``: how many of its steps its schedule lasts, as it was given. ``decay``: what the rate is multiplied by
    every so many steps, if that is one known number.
    """

    ident: Ident
    of: Value
    name: str = ""
    horizon: Amount | None = field(default=None, compare=False)
    decay: float | None = field(default=None, compare=False)


@record
class Managed(Value):
    """An object of a library that runs (part of) the protocol itself: accelerate, fabric, deepspeed, lightning.

    ``accumulates``: an Accelerator was told how many batches make one update (None: not known).
    """

    kind: str
    ident: Ident
    accumulates: bool | None = field(default=None, compare=False)


@record
class Prepared:
    """What an Accelerator was given to prepare: by which call (in ``module``), under which tests."""

    by: Managed
    node: ast.Call = field(compare=False)
    module: Module = field(compare=False)
    guards: tuple[Formula, ...] = field(default=(), compare=False)


@record
class Counter(Value):
    """A number that counts iterations of a loop: the iteration's number plus ``offset`` (None: not known).

    ``text``: its name in the source. ``stride``: it does not go up by one. ``ahead``: what was added to it, if that is
    no known number.
    """

    loop: Ident
    text: str = ""
    offset: int | None = 0
    stride: bool = False
    ahead: Value | None = None


@record
class Quotient:
    """What an unknown number is: something divided by ``by``, give or take a constant. ``whole`` is the source of what
    was divided, ``text`` that of the divisor."""

    by: Value
    whole: str
    text: str


@record
class Remainder(Value):
    """A counter modulo k; ``text`` is the source of k, ``period`` its value, if it is known."""

    counter: Counter
    text: str
    period: int | None = None


@record
class Truth(Value):
    """A boolean whose formula is known."""

    formula: Formula


@record
class Either(Value):
    """One of two values, decided by a test: what a join of two branches leaves."""

    test: Formula
    then: Value
    other: Value


@record
class Bound(Value):
    """A method of a known receiver, not yet called."""

    receiver: Value
    name: str


@record
class Partial(Value):
    """``functools.partial(function, ...)``."""

    function: Value
    positional: tuple[Value, ...]
    named: tuple[tuple[str, Value], ...]


@record
class Super(Value):
    """``super()`` inside a method: looks for names behind ``of`` in the order of the classes of ``this``."""

    this: Instance
    of: ClassOf

"""Events of the gradient protocol, as plain data.

A training run, real or read, is a sequence of events. Parameters, optimizers, modules and tensors are named by any
hashable identity: the reader uses allocation sites, the verifier ``id``-like counters.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType


class Kind(str, Enum):
    """What happened. The words are those of the field and are shown to users."""

    BATCH = "batch"
    """Facts: ``loader`` it comes from, ``loop`` over it, or ``anew``: its iterator is made for this batch alone."""
    WORKERS = "workers started"
    """Workers of a loader (in a run). Facts: ``same``, whether they draw the same random numbers."""
    EPOCH = "epoch told"
    """A sampler, ``subject``, is told the epoch, or may be (None: it cannot be told which one)."""
    SLICE = "slice of the data"
    CREATED = "optimizer created"
    ZERO_GRAD = "zero_grad"
    FORWARD = "forward"
    SOFTMAX = "softmax"
    """Facts: ``shape`` of what it is applied to and the ``axis`` it runs over, counted from the front (None: not
    known), and the constructor of its ``layer``."""
    LOSS = "loss"
    """Facts: ``criterion``, its functional name; ``given``, its first two positional arguments, and their
    ``shapes``; ``squash``: what its
    input was squashed by; ``grad``."""
    CROSSED = "all pairs"
    """A column is subtracted from a row of numbers, or the other way round. Facts: both (``given``) and their
    ``shapes``; ``grad``."""
    BACKWARD = "backward"
    """Facts: ``mean``, ``scaled``, ``summed`` (of what it starts from); ``managed``: a library makes it; ``prepared``:
    by which Accelerator all parameters it reaches were prepared."""
    UNSCALE = "unscale"
    CLIP = "clip"
    STEP = "step"
    SCHEDULER_STEP = "scheduler step"
    TRAIN_MODE = "train mode"
    EVAL_MODE = "eval mode"
    OPAQUE = "unreadable call"
    UNCALLED = "attribute read"
    """A statement that only reads an attribute (``model.eval``). Facts: ``value`` (the receiver), ``name``."""
    DROPPED = "result dropped"
    """A statement that drops what a tensor method returns. Facts: ``value`` (the receiver), ``name``."""
    GIVEN = "given out of sight"
    """A call that cannot be read is given tensors (``uses``) or parameters. Facts: ``name`` of what is called."""
    KEPT = "kept over iterations"
    """A tensor with its graph is added to what an earlier iteration left. Facts: ``target`` (the syntax), ``how``."""
    DROPOUT = "functional dropout"
    """A functional dropout (or attention with one) in a method of a module, ``subject``. Facts: ``name``,
    ``probability`` and ``mode``, the values of its arguments (None: not given)."""
    BUILT = "layer built"
    """A layer, ``subject``, is built while a module runs. Facts: ``name``, its class."""
    FLAG = "attribute set"
    """An attribute that is meant to freeze something is set where it has no such meaning. Facts: ``name``, ``on``
    ("module" or "parameter"), ``value``."""
    SNAPSHOT = "state kept"
    """Something is bound to the live state of a module. Facts: ``target`` and ``source`` (the syntax), ``whole``: it is
    the module itself rather than its state dict."""
    AVERAGED = "losses averaged"
    """The sum over a loop's batches of losses that are means over one is divided by the number of rows of the loop's
    data. Facts: the ``loop``, the ``divisor`` (the syntax); ``weighed``: what comes out is multiplied or divided once
    more (then only this is known)."""
    GRADIENT = "gradient taken"
    """A gradient is asked for without a backward (``torch.autograd.grad``); ``uses`` is what it is the gradient of."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the source: the statement or call. Lines from 1, columns from 1 in characters, end exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Parameters:
    """A set of parameters, by the identities of their owners (modules or tensors).

    ``exact``: the set is known to the last member. Otherwise it holds at least ``owners`` and perhaps others.
    """

    owners: frozenset[Hashable] = frozenset()
    exact: bool = True

    def covers(self, other: Parameters) -> bool | None:
        """Whether every parameter of ``other`` is in this set; None when that cannot be told."""
        if other.exact and other.owners and other.owners <= self.owners:
            return True
        if not other.owners and other.exact:
            return False
        if self.exact and other.exact and not self.owners & other.owners:
            return False
        return None

    def meets(self, other: Parameters) -> bool | None:
        """Whether the two sets have a member in common; None when that cannot be told."""
        if self.owners & other.owners:
            return True
        return False if self.exact and other.exact else None


NO_PARAMETERS = Parameters()
UNKNOWN_PARAMETERS = Parameters(exact=False)

Iteration = tuple[tuple[Hashable, int], ...]
"""The loops an event stands in, outermost first, each with the number of its iteration (from 0)."""

_NO_FACTS: Mapping[str, object] = MappingProxyType({})


def _no_facts() -> Mapping[str, object]:
    return _NO_FACTS  # a factory: before Python 3.12 a mapping proxy may not be a default


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    * ``subject``: the optimizer, module, scheduler or criterion concerned;
    * ``parameters``: those it owns (CREATED, STEP), empties (ZERO_GRAD), reaches (BACKWARD), or touches (OPAQUE);
    * ``makes`` / ``uses``: the tensor instances it makes (BATCH, FORWARD, LOSS) and consumes (FORWARD, LOSS, BACKWARD);
    * ``facts``: what else is known, by name; each invariant says which facts it reads.

    A SLICE is rows ``data[i:i + width]`` of something, ``i`` the variable of a loop over a range; ``folded``: its first
    axis may no longer count what it counted when the data was made.
    """

    kind: Kind
    place: Place
    subject: Hashable = None
    parameters: Parameters = NO_PARAMETERS
    makes: Hashable = None
    uses: frozenset[Hashable] = frozenset()
    iteration: Iteration = ()
    facts: Mapping[str, object] = field(default_factory=_no_facts, hash=False, compare=False)


def carried_by(earlier: Event, later: Event) -> Hashable:
    """The outermost loop whose iteration changed between two events; None if both are of the same iteration."""
    for (loop, first), (other, second) in zip(earlier.iteration, later.iteration, strict=False):
        if loop != other:
            return None
        if first != second:
            return loop
    return None

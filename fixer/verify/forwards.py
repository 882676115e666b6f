"""Invariants about data, modules and loss functions: what a run says of them.

Each entry of ``PROOFS`` belongs to one rule: the invariant in words, how a run is judged, and the outcome in a
sentence with {share} ("3 of 4").
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

from fixer.protocol import feeding, invariants, losses, modules
from fixer.protocol.events import Event, Kind
from fixer.protocol.invariants import Outcome
from fixer.verify.judged import Judged, judged, known
from fixer.verify.trace import Trace


@dataclass(frozen=True, slots=True)
class Proof:
    """How the repair of a rule is proven. ``alarm``: the invariant also speaks against a repair of another rule."""

    invariant: str
    judge: Callable[[Trace], list[Judged]]
    sentence: str
    alarm: bool = False
    changes: frozenset[str] = frozenset()


def _rows(trace: Trace) -> list[Judged]:
    found = []
    for outcome in known(invariants.every_row(trace.events)):
        seen = {outcome.at, *outcome.because}
        rows = {r for e in seen for r in range(int(str(e.facts["start"])), int(str(e.facts["stop"])))}
        found.append(judged(trace, outcome, round(len(rows) / int(str(outcome.at.facts["of"])), 4)))
    return found


def _input_of(criterion: str) -> Callable[[Trace], list[Judged]]:
    """Judge what a loss receives where its value is trained on."""

    def judge(trace: Trace) -> list[Judged]:
        outcomes = known(invariants.logits(trace.events, criterion))
        used = frozenset[Hashable]().union(*(e.uses for e in trace.events if e.kind is Kind.BACKWARD))
        trained = {o.at.place for o in outcomes if o.at.makes in used}
        return [judged(trace, o) for o in outcomes if o.at.place in trained]

    return judge


def _by(invariant: Callable[[Sequence[Event]], Iterator[Outcome]]) -> Callable[[Trace], list[Judged]]:
    """Judge by an invariant over all events of a run."""
    return lambda trace: [judged(trace, outcome) for outcome in known(invariant(trace.events))]


PROOFS: dict[str, Proof] = {
    "batch-range-skips-data": Proof(
        "a loop that walks through data in batches visits all of it",
        _rows,
        "{share} passes over the data ended with less than half of its rows visited",
        changes=frozenset({"scheduler steps per iteration"}),
    ),
    "functional-dropout-always-on": Proof(
        "a module in eval mode drops nothing",
        _by(modules.dropout_follows_mode),
        "{share} dropouts of a model in eval mode dropped units",
    ),
    "module-built-in-forward": Proof(
        "a forward uses layers that exist already",
        _by(modules.built_before_use),
        "{share} forward passes built layers",
        changes=frozenset({"trained parameters", "first input"}),
    ),
    "module-requires-grad-attribute": Proof(
        "what is set to freeze parameters freezes them",
        _by(modules.flags_are_kept),
        "{share} settings froze nothing",
        changes=frozenset({"trained parameters", "forward passes per iteration"}),
    ),
    "modules-in-plain-list": Proof(
        "what a backward reaches is stepped by some optimizer",
        _by(modules.gradients_are_owned),
        "{share} backward passes reached parameters that no optimizer has",
        changes=frozenset({"trained parameters"}),
    ),
    "missing-set-epoch": Proof(
        "a training visits its data in another order each epoch",
        _by(feeding.orders_differ),
        "{share} epochs began with the same batch as the one before",
        changes=frozenset({"first input"}),
    ),
    "next-iter-each-step": Proof(
        "a loader is asked for more than the first batch of a pass",
        _by(feeding.passes_are_completed),
        "{share} batches came from an iterator made for them alone",
    ),
    "train-loader-not-shuffled": Proof(
        "a training visits its data in another order each epoch",
        _by(feeding.orders_differ),
        "{share} epochs began with the same batch as the one before",
        changes=frozenset({"first input", "backward passes per update"}),
    ),
    "swapped-loss-arguments": Proof(
        "a loss gets the output as its input and the label as its target",
        _by(losses.inputs_come_first),
        "{share} losses got the label as their input and the output as their target",
        alarm=True,
        changes=frozenset({"trained parameters"}),
    ),
    "regression-broadcast": Proof(
        "a loss compares each output with its own target",
        _by(losses.shapes_agree),
        "{share} losses compared every output with every target ([N, 1] against [N])",
        alarm=True,
    ),
    "softmax-wrong-dim": Proof(
        "the probabilities of one sample sum to 1",
        _by(losses.softmax_over_classes),
        "{share} softmaxes ran over the samples of the batch",
    ),
    "numpy-rng-in-workers": Proof(
        "each worker, in each epoch, draws random numbers of its own",
        _by(feeding.workers_differ),
        "{share} loaders had workers that draw the same random numbers",
    ),
    "redundant-sigmoid": Proof(
        "binary cross-entropy with logits receives logits",
        _input_of("binary_cross_entropy_with_logits"),
        "{share} losses with logits received the output of a sigmoid",
        alarm=True,
        changes=frozenset({"forward passes per iteration"}),
    ),
    "softmax-with-nll-loss": Proof(
        "negative log likelihood receives logarithms of probabilities",
        _input_of("nll_loss"),
        "{share} negative log likelihoods received probabilities instead of their logarithms",
        alarm=True,
        changes=frozenset({"forward passes per iteration"}),
    ),
}

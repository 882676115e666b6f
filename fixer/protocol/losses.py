"""The invariants of what a loss is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fixer.protocol.events import Event, Kind
from fixer.protocol.invariants import Outcome, Verdict

ASYMMETRIC = frozenset(
    """cross_entropy nll_loss binary_cross_entropy binary_cross_entropy_with_logits kl_div poisson_nll_loss
    gaussian_nll_loss""".split()
)
"""Losses whose input and target are no equals."""
ELEMENTWISE = frozenset("mse_loss l1_loss smooth_l1_loss huber_loss".split())
"""Losses that compare element by element, and broadcast."""


def inputs_come_first(events: Sequence[Event]) -> Iterator[Outcome]:
    """A loss gets the model's output as its input, and the label as its target.

    Exercised at each LOSS by an asymmetric criterion where exactly one of both has a gradient. Reads ``facts``:
    "criterion" and "wants", whether the input and the target require a gradient.
    """
    for event in events:
        if event.kind is Kind.LOSS and event.facts.get("criterion") in ASYMMETRIC:
            wants = event.facts.get("wants")
            if isinstance(wants, list) and wants[0] != wants[1]:
                yield Outcome(Verdict.VIOLATED if wants[1] else Verdict.HOLDS, event)


def shapes_agree(events: Sequence[Event]) -> Iterator[Outcome]:
    """A loss compares each output with its own target.

    Exercised at each LOSS by an elementwise criterion, and at each CROSSED (a difference of outputs and labels);
    violated when a vector meets a column and all pairs count: [N, 1] against [N], or the other way round. Reads
    ``facts``: "criterion" and "shapes".
    """
    for event in events:
        shapes = event.facts.get("shapes")
        compares = event.kind is Kind.LOSS and event.facts.get("criterion") in ELEMENTWISE
        if (compares or event.kind is Kind.CROSSED) and isinstance(shapes, list):
            short, long = sorted(shapes, key=len)
            rows = short[0] if len(short) == 1 else 0
            crossed = rows > 1 and len(long) == 2 and long == [rows, 1]
            yield Outcome(Verdict.VIOLATED if crossed else Verdict.HOLDS, event)


def softmax_over_classes(events: Sequence[Event]) -> Iterator[Outcome]:
    """The probabilities of one sample sum to 1.

    Exercised at each SOFTMAX of several axes and rows; violated when it runs over the first of two or three. Reads
    ``facts``: "axis", "axes" (how many there are) and "rows" (the length of the first).
    """
    for event in events:
        if event.kind is Kind.SOFTMAX and event.facts["axes"] in (2, 3) and event.facts["rows"] != 1:
            yield Outcome(Verdict.VIOLATED if event.facts["axis"] == 0 else Verdict.HOLDS, event)

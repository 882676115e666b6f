"""Invariants about data, modules and loss functions: what a run says of them.

Each entry of ``PROOFS`` belongs to one rule: the invariant in words, how a run is judged, and the outcome in a
sentence with {share} ("3 of 4").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fixer.protocol import invariants
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


PROOFS: dict[str, Proof] = {
    "batch-range-skips-data": Proof(
        "a loop that walks through data in batches visits all of it",
        _rows,
        "{share} passes over the data ended with less than half of its rows visited",
        changes=frozenset({"scheduler steps per iteration"}),
    ),
}

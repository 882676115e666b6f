"""What judging a run by an invariant gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fixer.protocol.events import Event
from fixer.protocol.invariants import Outcome, Verdict
from fixer.verify.trace import Trace, lines_of


@dataclass(frozen=True, slots=True)
class Judged:
    """One exercise of an invariant in a run: whether it held, and the script's lines that it concerns."""

    bad: bool
    line: int
    lines: frozenset[int]
    event: Event
    magnitude: float | None = None


def judged(trace: Trace, outcome: Outcome, magnitude: float | None = None) -> Judged:
    """An outcome of an invariant, with the lines of the script that it concerns."""
    lines = frozenset[int]().union(*(lines_of(e, trace.script) for e in (outcome.at, *outcome.because)))
    bad = outcome.verdict is Verdict.VIOLATED
    return Judged(bad, outcome.at.place.line, lines, outcome.at, magnitude)


def known(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Those outcomes that the events tell."""
    return [o for o in outcomes if o.verdict is not Verdict.UNKNOWN]

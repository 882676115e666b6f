"""What is asked of the verifier and what it answers: plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Outcome(str, Enum):
    """What a smoke training proved."""

    CONFIRMED = "confirmed"
    NO_NUMERIC_EFFECT = "confirmed-no-numeric-effect"
    REFUTED = "refuted"
    NOT_REPRODUCED = "not-reproduced"
    INCONCLUSIVE = "inconclusive"
    COULD_NOT_RUN = "could-not-run"
    EQUIVALENT = "equivalent"
    DIFFERS = "differs"

    @property
    def good(self) -> bool:
        return self in (Outcome.CONFIRMED, Outcome.NO_NUMERIC_EFFECT, Outcome.EQUIVALENT)


@dataclass(frozen=True, slots=True)
class Target:
    """One repair to judge: the rule, and the line of the finding in the text before.

    For a notebook, also the ``cell`` and the line in that cell (``shown``), as its reader counts. For a repair in
    another file of the project, its ``path`` and the line there (``shown``); ``line`` is then 0: no line of the script.
    """

    rule: str
    line: int
    cell: int | None = None
    shown: int | None = None
    path: str | None = None

    @property
    def where(self) -> str:
        """The place in words."""
        if self.path is not None:
            return f"{self.path}, line {self.shown}"
        return f"line {self.line}" if self.cell is None else f"cell {self.cell}, line {self.shown}"


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a run may last: optimizer steps, batches per epoch of a loader, seconds. ``seed`` varies the run."""

    steps: int = 12
    batches: int = 6
    wall_s: float = 25.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class VerifyJob:
    """A script before and after, and the repairs that the rewrite claims to make (none: it claims to change nothing).

    ``path`` is where the script lives: its project is copied and its text replaced there; the original is never
    written. ``python`` is the interpreter that runs it, ``module`` its name if it is run as ``python -m``, from the
    working directory; ``data`` a folder in which files are looked for that the script does not find.
    """

    path: str
    before: str
    after: str
    targets: tuple[Target, ...] = ()
    args: tuple[str, ...] = ()
    device: str = "auto"
    python: str | None = None
    budget: Budget = field(default_factory=Budget)
    module: str | None = None
    data: str | None = None
    others: tuple[tuple[str, str], ...] = ()
    """Other files of the project that the rewrite changes: paths and texts after it."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How often an invariant was violated in one run: ``bad`` of ``of`` exercises.

    ``magnitude`` is the invariant's own figure (say, the gradient as a multiple of the mean), None if it has none.
    """

    bad: int = 0
    of: int = 0
    magnitude: float | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class TargetAnswer:
    """What became of one repair."""

    target: Target
    invariant: str
    before: Measure
    after: Measure
    verdict: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The verifier's answer for one script.

    ``tier``: how close the run came to the user's own ("user", "stand-ins", "harness", "mock", or "none"
    if there was no run; see ``tiers``).
    ``targets``: one answer per repair, in the order of the job; ``stand_ins``: what was replaced, in sentences.
    ``loss_before``, ``loss_after``: the first training losses of each run, in order. ``seconds``: wall-clock time of
    it all. ``traces``: files of the runs, if they were to be kept.
    ``alarms``: what the run before violates beside the targets, in sentences, for a person to read.
    """

    path: str
    verdict: Outcome
    reason: str
    tier: str
    targets: tuple[TargetAnswer, ...] = ()
    stand_ins: tuple[str, ...] = ()
    loss_before: tuple[float, ...] = ()
    loss_after: tuple[float, ...] = ()
    seconds: float = 0.0
    traces: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()

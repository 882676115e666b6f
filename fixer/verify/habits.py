"""Judges what a run leaves behind: modes, graphs that stay alive, kept state dicts, dropped results, calls never made.

Each judge takes the trace of a run and the line of the finding in it, and gives (bad, line, lines) per exercise.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from fixer.verify.job import Measure
from fixer.verify.trace import Raw, Trace

CALLED = "a method that is named is called"
TRAINS = "a module trains in train mode"
EVALUATES = "a module is evaluated in eval mode"
UNRECORDED = "an evaluation records no graph"
RELEASED = "no iteration leaves its graph behind"
COPIED = "a kept state is a copy"
USED = "the result of a tensor operation is used"
CONNECTED = "a loss hangs on the model"

ALL = (CALLED, TRAINS, EVALUATES, UNRECORDED, RELEASED, COPIED, USED, CONNECTED)
INVARIANTS: dict[str, tuple[str, ...]] = {
    "uncalled-method": (CALLED,),
    "model-left-in-eval": (TRAINS,),
    "missing-eval-mode": (EVALUATES,),
    "eval-without-no-grad": (UNRECORDED,),
    "loss-graph-accumulated": (RELEASED,),
    "hidden-state-not-detached": (RELEASED,),
    "best-state-by-reference": (COPIED,),
    "discarded-tensor-op": (USED,),
    "detached-loss": (CONNECTED,),
}
_MODES = frozenset({"training mode"})
_UPDATES = frozenset(
    {"backward passes per update", "updates per iteration", "backward passes per iteration", "learning rates",
     "scheduler steps per iteration", "trained parameters"}
)  # fmt: skip
_RECORDING = frozenset({"forward passes per iteration", "losses per iteration", "training mode", "loss functions"})
ALLOWED: dict[str, frozenset[str]] = {
    "uncalled-method": _MODES | _UPDATES,
    "model-left-in-eval": _MODES,
    "missing-eval-mode": _MODES,
    "eval-without-no-grad": _RECORDING,
    "loss-graph-accumulated": frozenset(),
    "hidden-state-not-detached": frozenset({"forward passes per iteration", "losses per iteration", "loop lengths"}),
    "best-state-by-reference": frozenset(),
    "discarded-tensor-op": frozenset({"trained parameters"}),
    "detached-loss": _UPDATES | _RECORDING,
}
"""What the repair of each rule may change beside its fault."""


def measures(
    invariant: str, before: Trace, after: Trace, line: int, text: str, back: dict[int, int]
) -> tuple[Measure, Measure]:
    """What both runs say about an invariant at ``line`` of the script before, ``text``.

    ``back`` maps lines of the rewritten script to those before. A line that opens a block stands for all of it.
    Exercises that do not concern it count only where none does.
    """
    wanted = _block(text, line)
    sides: list[list[bool]] = []
    for trace, old in ((before, None), (after, back)):
        told = _JUDGES[invariant](trace)
        found = [(bad, here if old is None else {_old(old, n) for n in here}) for bad, here in told]
        mine = [bad for bad, here in found if here & wanted]
        sides.append(mine if mine or invariant in (CALLED, COPIED) else [bad for bad, _ in found])
    if invariant in (CALLED, COPIED):
        # A call that is never made leaves nothing in a run; the run after shows whether control comes to the line.
        if invariant == COPIED and not any(sides):
            sides = [[bad for bad, _ in _JUDGES[invariant](trace)] for trace in (before, after)]
        sides = [sides[0] or [True] * len(sides[1]), sides[1] or [True] * len(sides[0])]
    one, two = (Measure(sum(side), len(side), None, _text(invariant, sum(side), len(side))) for side in sides)
    return one, two


Judged = Iterable[tuple[bool, set[int]]]


def _old(back: dict[int, int], line: int) -> int:
    """The line before the rewrite; for a rewritten one, counted from the nearest above that was not."""
    for up in range(4):
        if line - up in back:
            return back[line - up] + up
    return 0


def _block(text: str, line: int) -> set[int]:
    """The lines of the loop or other block that starts in a line; else that line alone."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return {line}
    for part in ast.walk(tree):
        if isinstance(part, (ast.For, ast.While, ast.With, ast.If)) and part.lineno == line:
            return set(range(line, (part.end_lineno or line) + 1))
    return {line}


def _lines(trace: Trace, raw: Raw) -> set[int]:
    """The script's lines on the stack of an event."""
    return {line for path, line in raw.get("at", ()) if path == trace.script}


def _called(trace: Trace) -> Judged:
    return [(False, _lines(trace, raw)) for raw in trace.of("mode", "zero", "step", "bwd", "sched")]


def _reached(trace: Trace) -> set[int]:
    return {number for raw in trace.of("bwd") for number in raw["fws"]}


def _trains(trace: Trace) -> Judged:
    reached = _reached(trace)
    trained = [raw for raw in trace.of("fwd") if raw["f"] in reached and raw["modal"] and raw["owned"]]
    live = {raw["m"] for raw in trained if True in raw["modal"]}
    return [(raw["modal"] == [False], _lines(trace, raw)) for raw in trained if raw["m"] in live]


def _evaluations(trace: Trace) -> list[Raw]:
    """Forwards of trained modules that no backward reaches, in iterations of their own."""
    reached = _reached(trace)
    trained = {raw["m"] for raw in trace.of("fwd") if raw["f"] in reached}
    return [raw for raw in trace.of("fwd") if raw["f"] not in reached and (raw["m"] in trained or not reached)]


def _evaluates(trace: Trace) -> Judged:
    return [(True in raw["modal"], _lines(trace, raw)) for raw in _evaluations(trace) if raw["modal"]]


def _unrecorded(trace: Trace) -> Judged:
    return [(bool(raw["grad"]), _lines(trace, raw)) for raw in _evaluations(trace)]


def _released(trace: Trace) -> Judged:
    """Per iteration of a loop: whether more old graphs live than in the one before, and in that more than before it."""
    most: dict[tuple[str, int], dict[int, tuple[int, set[int]]]] = {}
    for raw in trace.of("fwd"):
        if raw["it"] and raw["alive"] is not None:
            name, entry, index = raw["it"][-1]
            known = most.setdefault((name, entry), {})
            alive, lines = known.get(index, (0, set()))
            known[index] = (max(alive, raw["alive"]), lines | _lines(trace, raw))
    found = []
    for iterations in most.values():
        for index, (alive, lines) in iterations.items():
            before = [iterations[index - n][0] for n in (1, 2) if index - n in iterations]
            if len(before) == 2:
                found.append((alive > before[0] > before[1], lines))
    return found


def _copied(trace: Trace) -> Judged:
    aliased = {raw["of"] for raw in trace.of("alias")}
    return [(raw["t"] in aliased, _lines(trace, raw)) for raw in trace.of("state")]


def _used(trace: Trace) -> Judged:
    return [(bool(raw["dropped"]), _lines(trace, raw)) for raw in trace.of("move")]


def _connected(trace: Trace) -> Judged:
    return [(not raw["fws"], _lines(trace, raw)) for raw in trace.of("bwd")]


_JUDGES: dict[str, Callable[[Trace], Judged]] = {
    CALLED: _called,
    TRAINS: _trains,
    EVALUATES: _evaluates,
    UNRECORDED: _unrecorded,
    RELEASED: _released,
    COPIED: _copied,
    USED: _used,
    CONNECTED: _connected,
}


def _text(invariant: str, bad: int, of: int) -> str:
    share = f"{bad} of {of}"
    if not of:
        return "not exercised in this run"
    return {
        CALLED: f"{share} times control came there, the method was not called",
        TRAINS: f"{share} training forwards ran with the module in eval mode",
        EVALUATES: f"{share} evaluation forwards ran with dropout or batch norm in train mode",
        UNRECORDED: f"{share} evaluation forwards recorded a graph",
        RELEASED: f"{share} iterations kept the graphs of all iterations before",
        COPIED: f"{share} kept states still showed the live weights after the next step",
        USED: f"{share} results of tensor operations were dropped",
        CONNECTED: f"{share} backward passes reached no forward of a model",
    }[invariant]

"""What a repair must leave as it was, and what each rule may change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from fixer.verify import forwards, habits, order_proofs
from fixer.verify.trace import Trace, innermost_loop
from fixer.verify.windows import windows

Profile = Mapping[str, object]

# What the repair of each rule is meant to change; everything else must stay.
ALLOWED: dict[str, frozenset[str]] = {
    "optimizer-in-loop": frozenset({"learning rates"}),
    "missing-zero-grad": frozenset({"backward passes per update"}),
    "step-outside-batch-loop": frozenset(
        {"updates per iteration", "backward passes per iteration", "backward passes per update",
         "forward passes per iteration", "learning rates", "losses per iteration", "clipping per iteration"}
    ),
    "redundant-softmax": frozenset({"forward passes per iteration"}),
    "unscaled-accumulation": frozenset(),
    "scheduler-before-optimizer": frozenset({"learning rates"}),
    "epoch-scheduler-per-batch": frozenset({"learning rates", "scheduler steps per iteration"}),
    **{rule: proof.changes for rule, proof in {**forwards.PROOFS, **order_proofs.PROOFS}.items()},
}  # fmt: skip


def profile(trace: Trace) -> Profile:
    """The facts of a run that a repair must not change, by name.

    Rates are told by the loop in which something happens and how often per iteration at most: a run that is cut off in
    the middle of an epoch then gives the same answer as a whole one.
    """
    return {
        "updates per iteration": _rates(trace, "step", lambda r: _role(trace, r["set"])),
        "backward passes per iteration": _rates(trace, "bwd"),
        "forward passes per iteration": _rates(trace, "fwd", only=lambda r: r["grad"]),
        "losses per iteration": _rates(trace, "loss", lambda r: r["fn"], lambda r: r["grad"]),
        "scheduler steps per iteration": _rates(trace, "sched", lambda r: r["cls"]),
        "clipping per iteration": _rates(trace, "clip"),
        "backward passes per update": tuple(_usual(w.size for w in windows(trace, role)) for role in trace.roles),
        "optimizers": _optimizers(trace),
        "learning rates": _learning_rates(trace),
        "trained parameters": _numels(trace),
        "loss functions": tuple(sorted({(r["fn"], r["red"]) for r in trace.of("loss") if r["grad"]})),
        "training mode": tuple(sorted({r["training"] for r in trace.of("fwd") if r["grad"]})),
        "first input": next((r["x"] for r in trace.of("fwd")), None),
        "first batches": tuple((r["l"], r["e"], r["b"]) for r in trace.of("batch")[:1]),
    }


def drift(before: Trace, after: Trace, rules: Iterable[str], also: Iterable[str] = ()) -> list[str]:
    """What changed though no rule of the repair may change it, in words. ``also``: what else may change."""
    permitted = {**habits.ALLOWED, **ALLOWED}
    allowed = frozenset(also).union(*(permitted.get(rule, frozenset()) for rule in rules))
    was, now = profile(before), profile(after)
    renamed = _renamed(before, after)
    found = []
    for name, value in was.items():
        if name not in allowed and _with(now[name], renamed) != value:
            found.append(f"{name} changed: {_words(value)} before, {_words(now[name])} after")
    return found if "loop lengths" in allowed else found + _shorter(before, after)


def _renamed(before: Trace, after: Trace) -> dict[str, str]:
    """Loops whose header the repair rewrote: their new name and their old one."""
    was, now = _loops(before), _loops(after)
    gone, new = [n for n in was if n not in now], [n for n in now if n not in was]
    return dict(zip(new, gone, strict=True)) if len(gone) == len(new) else {}


def _loops(trace: Trace) -> list[str]:
    return list(dict.fromkeys(loop for raw in trace.raws for loop, _, _ in raw.get("it", ())))


def _with(value: object, names: Mapping[str, str]) -> object:
    """Rates of a profile with loops called by their old names; anything else as it is."""
    if not names or not isinstance(value, tuple) or not all(isinstance(p, tuple) and len(p) == 3 for p in value):
        return value
    return tuple(sorted((s, names.get(loop, loop), n) for s, loop, n in value))


def _shorter(before: Trace, after: Trace) -> list[str]:
    """Training loops whose number of iterations changed (a ``break``, a step of the range): where it is the same in
    every run of the loop, before as after. ``while`` loops may end earlier as the training gets better."""
    found = []
    trained = {loop for trace in (before, after) for raw in trace.of("bwd") for loop, _, _ in raw["it"]}
    was, now = _lengths(before, trained), _lengths(after, trained)
    for loop in was:
        lengths = was[loop], now.get(loop, set())
        if all(len(n) == 1 for n in lengths) and lengths[0] != lengths[1]:
            found.append(f"iterations of {loop} changed: {lengths[0].pop()} before, {lengths[1].pop()} after")
    return found


def _lengths(trace: Trace, trained: set[str]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for raw in trace.of("loop"):
        if raw["loop"] in trained and ": for " in raw["loop"]:
            found.setdefault(raw["loop"], set()).add(raw["n"])
    return found


def _rates(trace: Trace, kind: str, key: Any = lambda _: "", only: Any = lambda _: True) -> tuple[object, ...]:
    """For each subject and loop: at most how many events per iteration."""
    counts: Counter[tuple[object, str | None, str]] = Counter()
    for raw in trace.of(kind):
        if only(raw) and not raw.get("inside"):
            counts[key(raw), innermost_loop(raw), str(raw["it"])] += 1
    most: dict[tuple[object, str], int] = {}
    for (subject, loop, _), count in counts.items():
        spot = (subject, _plain_loop(loop))
        most[spot] = max(most.get(spot, 0), count)
    return tuple(sorted(((str(s), loop, n) for (s, loop), n in most.items())))


def _plain_loop(loop: str | None) -> str:
    return "outside all loops" if loop is None else loop


def _role(trace: Trace, number: int) -> int:
    return trace.roles.index(number)


def _optimizers(trace: Trace) -> tuple[object, ...]:
    """Class and settings of each optimizer that stepped, by role (the learning rate at its creation included)."""
    made = {raw["o"]: raw for raw in trace.of("opt")}
    seen: dict[int, object] = {}
    for raw in trace.of("step"):
        birth = made.get(raw["o"])
        if birth is not None and raw["set"] not in seen:
            hyper = {k: v for k, v in birth["hyper"].items() if k not in ("initial_lr",)}
            seen[raw["set"]] = (birth["cls"], birth["groups"], tuple(sorted((k, str(v)) for k, v in hyper.items())))
        else:
            seen.setdefault(raw["set"], (raw["cls"],))
    return tuple(seen.values())


def _learning_rates(trace: Trace) -> tuple[tuple[float, ...], ...]:
    """The first two learning rates of each role's steps (one, where the schedule depends on the loss)."""
    most = 1 if any(raw["cls"] == "ReduceLROnPlateau" for raw in trace.of("sched")) else 2
    rates = []
    for role in trace.roles:
        values = [float(raw["lr"]) for raw in trace.of("step") if raw["set"] == role]
        rates.append(tuple(v for n, v in enumerate(values) if n == 0 or v != values[n - 1]))
    return tuple(r[:most] for r in rates)


def _numels(trace: Trace) -> tuple[object, ...]:
    """How many parameters there are behind each role, and how many of them ever have a gradient (be it zero: which
    coordinates are zero depends on the batches)."""
    reached = frozenset[int]().union(*(trace.sets[raw["has"]] for raw in trace.of("bwd")))
    return tuple((len(trace.sets[role]), len(trace.sets[role] & reached)) for role in trace.roles)


def _usual(values: Iterable[int]) -> int:
    counts = Counter(v for v in values if v)
    return max(counts, key=lambda v: (counts[v], v)) if counts else 0


def _words(value: object) -> str:
    if not isinstance(value, tuple):
        return str(value)
    words = (" ".join(str(v) for v in item) if isinstance(item, tuple) else str(item) for item in value)
    return "; ".join(words) or "none"

"""Accumulation windows of a run: the backward passes that one step applies together, and how they were weighted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fixer.protocol.events import Event, Kind
from fixer.verify.trace import Raw, Trace, place_of

EXACT = 0.02


@dataclass(frozen=True, slots=True)
class Window:
    """The backward passes behind one step. ``total``: the sum of their losses' weights in the gradient that the step
    applied, before clipping (1 for a mean, k for a plain sum of k); None where no criterion of torch was used."""

    step: Raw
    backwards: tuple[Raw, ...]
    total: float | None
    weights: tuple[float, ...]

    @property
    def size(self) -> int:
        return len(self.backwards)

    @property
    def scaled(self) -> bool | None:
        """Whether the gradient is the mean of its batches; None where the weights alone do not tell."""
        if self.total is None:
            return None
        if abs(self.total - 1) < EXACT:
            return True
        return False if all(abs(w - 1) < EXACT for w in self.weights) else None


def windows(trace: Trace, role: int) -> list[Window]:
    """All windows of the optimizer steps on one set of parameters."""
    members = trace.sets[role]
    open_: list[Raw] = []
    found = []
    for raw in trace.raws:
        if raw["k"] not in ("bwd", "step"):
            continue
        emptied = raw.get("emptied")
        if emptied is not None and members & trace.live <= trace.sets[emptied]:
            open_.clear()
        if raw["k"] == "bwd" and trace.sets[raw["fresh"]] & members:
            open_.append(raw)
        elif raw["k"] == "step" and raw["set"] == role and not raw["closure"]:
            found.append(_window(raw, open_))
            open_ = []
    return found


def _window(step: Raw, backwards: Sequence[Raw]) -> Window:
    weights = [sum(abs(c) for _, c in b["losses"]) for b in backwards]
    factor = step.get("a")
    total = None
    if factor is not None and all(b["losses"] for b in backwards):
        factor = float(factor) / (float(step.get("clip") or 1.0) or 1.0)
        weights = [w * factor for w in weights]
        total = sum(weights)
    return Window(step, tuple(backwards), total, tuple(weights))


def full_windows(trace: Trace, role: int) -> list[Window]:
    """The windows of the usual length that were filled within one run of their loop, each batch another one.

    The last window of an epoch may hold fewer batches, and what it leaves behind lengthens the next one: both are
    another rule's affair.
    """
    found = [w for w in windows(trace, role) if w.size]
    sizes = Counter(w.size for w in found)
    if not sizes:
        return []
    usual = max(sizes, key=lambda s: (sizes[s], s))
    return [w for w in found if w.size == usual > 1 and _one_entry(w) and _different(trace, w)]


def _one_entry(window: Window) -> bool:
    """Whether all backward passes of one place belong to the same run of the loop around them."""
    entries = Counter((str(place_of(b)), tuple((loop, e) for loop, e, _ in b["it"])) for b in window.backwards)
    places = {place for place, _ in entries}
    return len(entries) == len(places)


def _different(trace: Trace, window: Window) -> bool:
    """Whether the batches differ: passes over one and the same input are no accumulation over data."""
    prints: dict[int, Any] = {f["f"]: f["x"] for f in trace.of("fwd")}
    seen = [tuple(prints.get(f) for f in b["fws"]) for b in window.backwards]
    known = [s for s in seen if s]
    return len(known) < 2 or len(set(known)) > 1


def with_scale(events: Sequence[Event], trace: Trace, found: Sequence[Window]) -> list[Event]:
    """The events of a run, with what ``protocol.invariants.mean_gradients`` reads added to the backward passes."""
    means = {raw["i"]: raw["red"] == "mean" for raw in trace.of("loss")}
    scale: dict[object, dict[str, Any]] = {}
    for window in found:
        for raw in window.backwards:
            mean = all(means.get(i, False) for i, _ in raw["losses"]) if raw["losses"] else None
            scale[raw["t"]] = {"mean": mean or None, "scaled": window.scaled}
    wanted = {w.step["t"] for w in found}
    told = []
    for event in events:
        if event.kind is Kind.BACKWARD:
            added = scale.get(event.facts["t"], {"mean": None, "scaled": None})
            event = replace(event, facts={**event.facts, **added})
        elif event.kind is Kind.STEP and event.facts["t"] not in wanted:
            event = replace(event, facts={**event.facts, "scaled": None})
        told.append(event)
    return told

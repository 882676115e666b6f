"""Reads the trace of a run and tells it in the protocol's events."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from fixer.protocol.events import Event, Iteration, Kind, Parameters, Place
from fixer.protocol.invariants import RUN

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Trace:
    """One run. ``raws``: its records in order; ``sets``: the sets of parameters they name; ``script``: the file traced.

    A *role* is a set of parameters that is stepped as one, whichever optimizer object steps it.
    """

    raws: tuple[Raw, ...]
    sets: Mapping[int, frozenset[int]]
    end: Raw
    script: str = ""

    def of(self, *kinds: str) -> list[Raw]:
        """The records of some kinds, in order."""
        return [raw for raw in self.raws if raw["k"] in kinds]

    @property
    def steps(self) -> int:
        return len(self.of("step"))

    @cached_property
    def live(self) -> frozenset[int]:
        """The parameters that ever received a gradient other than zero."""
        return frozenset[int]().union(*(self.sets[raw["fresh"]] for raw in self.of("bwd")))

    @cached_property
    def roles(self) -> list[int]:
        """The sets that were stepped, in the order of their first step."""
        return list(dict.fromkeys(raw["set"] for raw in self.of("step")))

    @cached_property
    def classes(self) -> list[Parameters]:
        """The live parameters, grouped by the sets that they are in: members of one group behave alike."""
        groups: dict[tuple[int, ...], list[int]] = {}
        membership: dict[int, list[int]] = {}
        for number, members in self.sets.items():
            for member in members:
                membership.setdefault(member, []).append(number)
        for member in sorted(self.live):
            groups.setdefault(tuple(membership.get(member, [])), []).append(member)
        return [Parameters(frozenset[Hashable](members)) for members in groups.values()]

    @cached_property
    def events(self) -> list[Event]:
        """The run as protocol events; optimizers are named by object, and ``facts`` is the record itself."""
        told: list[Event] = []
        for raw in self.raws:
            told.extend(self._tell(raw))
        return told

    @cached_property
    def role_events(self) -> list[Event]:
        """The same, with optimizers named by role."""
        named = (Kind.STEP, Kind.UNSCALE)
        return [replace(e, subject=e.facts["set"]) if e.kind in named else e for e in self.events]

    def of_role(self, role: int, parameters: Parameters) -> list[Event]:
        """The same, with the steps of one role seen by some of its parameters only."""
        return [
            replace(e, parameters=parameters) if e.kind is Kind.STEP and e.subject == role else e
            for e in self.role_events
        ]

    def _tell(self, raw: Raw) -> list[Event]:
        place, iteration = place_of(raw), _iteration(raw)
        match raw["k"]:
            case "opt":
                members = self._parameters(raw["set"])
                return [Event(Kind.CREATED, place, raw["o"], members, iteration=iteration, facts=raw)]
            case "batch":
                batch = ("batch", raw["l"], raw["e"], raw["b"])
                return [Event(Kind.BATCH, place, raw["l"], makes=batch, iteration=iteration, facts=raw)]
            case "fwd":
                made = ("fwd", raw["f"])
                return [Event(Kind.FORWARD, place, raw["m"], makes=made, iteration=iteration, facts=raw)]
            case "loss":
                facts = {**raw, "criterion": raw["fn"], "input": _input(raw)}
                made = ("loss", raw["i"])
                return [Event(Kind.LOSS, place, raw["fn"], makes=made, iteration=iteration, facts=facts)]
            case "bwd":
                uses = frozenset([("loss", i) for i, _ in raw["losses"]] + [("fwd", f) for f in raw["fws"]])
                reached = self._parameters(raw["fresh"])
                event = Event(Kind.BACKWARD, place, None, reached, uses=uses, iteration=iteration, facts=raw)
                return [*self._emptied(raw, place, iteration), event]
            case "step":
                event = Event(Kind.STEP, place, raw["o"], self._parameters(raw["set"]), iteration=iteration, facts=raw)
                return [*self._emptied(raw, place, iteration), event]
            case "sched":
                facts = {**raw, "optimizer": raw["o"]}
                return [Event(Kind.SCHEDULER_STEP, place, raw["s"], iteration=iteration, facts=facts)]
            case "rows":
                return [Event(Kind.SLICE, place, raw["d"], iteration=iteration, facts={**raw, "over": self._over(raw)})]
            case "softmax":
                return [Event(Kind.SOFTMAX, place, iteration=iteration, facts=raw)]
            case "minus":
                return [Event(Kind.CROSSED, place, iteration=iteration, facts=raw)]
            case "workers":
                return [Event(Kind.WORKERS, place, iteration=iteration, facts=raw)]
            case "drop":
                return [Event(Kind.DROPOUT, place, iteration=iteration, facts=raw)]
            case "built":
                return [Event(Kind.BUILT, place, iteration=iteration, facts=raw)]
            case "flag":
                return [Event(Kind.FLAG, place, iteration=iteration, facts=raw)]
            case "clip":
                clipped = self._parameters(raw["set"])
                return [Event(Kind.CLIP, place, None, clipped, iteration=iteration, facts=raw)]
            case "unscale":
                members = self._parameters(raw["set"])
                return [Event(Kind.UNSCALE, place, raw["o"], members, iteration=iteration, facts=raw)]
        return []

    def _over(self, raw: Raw) -> bool:
        """Whether the innermost loop around an event came to its end."""
        return bool(raw["it"]) and tuple(raw["it"][-1][:2]) in self._ended

    @cached_property
    def _ended(self) -> frozenset[tuple[object, ...]]:
        return frozenset((raw["loop"], raw["entry"]) for raw in self.of("loop"))

    def _emptied(self, raw: Raw, place: Place, iteration: Iteration) -> list[Event]:
        """Gradients seen to be empty now that were not at the last look, however the script emptied them."""
        number = raw.get("emptied")
        if number is None:
            return []
        return [Event(Kind.ZERO_GRAD, place, None, self._parameters(number), iteration=iteration)]

    def _parameters(self, number: int) -> Parameters:
        return Parameters(frozenset[Hashable](self.sets[number]))


def read(path: Path, script: str = "") -> Trace:
    """Read a trace. A run that was killed has no last line: its end is then told as a time-out."""
    raws: list[Raw] = []
    sets: dict[int, frozenset[int]] = {}
    end: Raw = {"k": "exit", "status": "killed", "at": []}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                raw = json.loads(line)
            except ValueError:
                continue  # the last line of a run that was killed while writing
            if "\\u" in line or "\x7f" in line or not line.isascii():
                raw = _printable(raw)
            if raw["k"] == "set":
                sets[raw["id"]] = frozenset(raw["members"])
            elif raw["k"] == "exit":
                end = raw
            else:
                raws.append(raw)
    return Trace(tuple(raws), sets, end, script)


def _printable(value: Any) -> Any:
    """The same with "?" for characters that cannot be shown: what a script says of itself must not steer a terminal."""
    if isinstance(value, str):
        return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in value)
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, list) else value


def place_of(raw: Raw) -> Place:
    """Where the user's code made an event: its innermost line."""
    path, line = raw["at"][0] if raw.get("at") else ("", 0)
    return Place(path, line, 1, line, 1)


def lines_of(event: Event, script: str) -> frozenset[int]:
    """All lines of ``script`` on the stack of an event."""
    at = cast("list[tuple[str, int]]", event.facts.get("at", ()))
    return frozenset(line for path, line in at if path == script)


def innermost_loop(raw: Raw) -> str | None:
    """The name of the innermost loop around an event."""
    return str(raw["it"][-1][0]) if raw["it"] else None


def _iteration(raw: Raw) -> Iteration:
    return tuple((loop, entry * RUN + index) for loop, entry, index in raw["it"])


def _input(raw: Raw) -> str:
    """The protocol's word for what a cross-entropy was given: a scaled softmax counts as probabilities."""
    kind = raw.get("input", "unknown")
    return "probabilities" if kind == "softmax" else str(kind)

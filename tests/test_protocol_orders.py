"""The invariants on the order of events within one window."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from test_protocol import HOLDS, UNKNOWN, VIOLATED, D, back, event, opaque, step, verdicts, zero

from fixer.protocol.events import UNKNOWN_PARAMETERS, Event, Kind, Parameters
from fixer.protocol.invariants import Verdict
from fixer.protocol.orders import (
    clips_reach_step,
    clips_true_gradients,
    one_step_per_gradient,
    steps_apply_true_gradients,
    steps_find_gradients,
)

MODEL = Parameters(frozenset({"model"}))


def clip(parameters: Parameters = MODEL, **facts: object) -> Event:
    return event(Kind.CLIP, 5, None, parameters, **facts)  # type: ignore[arg-type]


def unscale(subject: object = "opt") -> Event:
    return event(Kind.UNSCALE, 6, subject, MODEL)  # type: ignore[arg-type]


def scaled(parameters: Parameters = MODEL) -> Event:
    return back(parameters=parameters, scaler="s")


EDIT, RAW, OWN = clip(edits=True), step(), step(scaler=True)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([back(), zero(), step()], [VIOLATED]),
        ([zero(), back(), step(), zero(), back(), step()], [HOLDS, HOLDS]),
        ([back(), step(), zero(), back(), step()], [HOLDS, HOLDS]),
        ([step(), back(), zero(), step(), back(), zero()], [VIOLATED]),
        ([back(), zero(subject="other", parameters=D), step()], [HOLDS]),
        ([back(), zero(), back(), step()], [HOLDS]),
        ([back(), zero(), EDIT, step()], [UNKNOWN]),
        ([back(), zero(), opaque(), step()], [UNKNOWN]),
        ([back(), opaque(), step()], [UNKNOWN]),
        ([back(), zero(), step(closure=True)], []),
        ([zero(), step()], []),
        ([back(), zero()], []),
    ],
)
def test_steps_find_gradients(events: Iterable[Event], expected: list[Verdict]) -> None:
    assert verdicts(steps_find_gradients(list(events), "opt")) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([back(), step(), clip(), zero(), back(), step(), clip()], [VIOLATED]),
        ([zero(), back(), step(), clip()] * 2, [VIOLATED]),
        ([back(), step(), zero(), clip(), back(), step()], [VIOLATED]),
        ([zero(), clip(), back(), step()] * 2, [VIOLATED]),
        ([back(), clip(), step(), zero()] * 2, [HOLDS, HOLDS]),
        ([back(), step(), clip()] * 2, []),  # the running sum is clipped
        ([back(), step(), clip(bound=None), zero()] * 2, []),
        ([back(), step(), clip(D), zero()] * 2, []),
        ([back(), step(), clip(), opaque()] * 2, []),
        ([back(), step(), EDIT, clip(), zero()], [UNKNOWN]),
        ([clip(), zero(), back()], []),
        # another loss's backward in between: what it adds is emptied with the rest, or applied
        ([back(), OWN, clip(), back(), zero(), back(), OWN], [VIOLATED]),
        ([back(), OWN, clip(), back(), OWN, zero()], []),
    ],
)
def test_clips_reach_step(events: Iterable[Event], expected: list[Verdict]) -> None:
    assert verdicts(clips_reach_step(list(events), "opt")) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([scaled(), clip(), OWN], [VIOLATED]),
        ([scaled(), unscale(), clip(), OWN], [HOLDS]),
        ([scaled(), unscale("other"), clip(), OWN], [HOLDS]),  # it names the optimizer's own parameters
        ([scaled(), scaled(), clip(), OWN], [VIOLATED]),
        ([scaled(), unscale(), scaled(), clip(), OWN], [VIOLATED]),
        ([back(), clip(), OWN], []),
        ([scaled(), back(), clip(), OWN], []),
        ([scaled(), EDIT, clip(), OWN], [UNKNOWN]),
        ([scaled(), opaque(), clip(), OWN], [UNKNOWN]),
        ([scaled(), clip(bound="scaled"), OWN], []),
        ([scaled(), clip(D), OWN], []),
        ([scaled(), zero(), clip(), OWN], []),
    ],
)
def test_clips_true_gradients(events: Iterable[Event], expected: list[Verdict]) -> None:
    assert verdicts(clips_true_gradients(list(events), "opt")) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([scaled(), OWN, zero()], [HOLDS]),
        ([scaled(), RAW, zero()] * 2, [VIOLATED, VIOLATED]),
        ([scaled(), unscale(), RAW, zero()], [HOLDS]),
        ([scaled(), OWN, RAW, zero()], [HOLDS, VIOLATED]),
        ([scaled(), EDIT, RAW], [UNKNOWN]),
        ([scaled(), opaque(), RAW], [UNKNOWN]),
        ([scaled(), opaque(parameters=UNKNOWN_PARAMETERS), RAW], [UNKNOWN]),
        ([scaled(D), RAW], []),
        ([back(), RAW], []),
    ],
)
def test_steps_apply_true_gradients(events: Iterable[Event], expected: list[Verdict]) -> None:
    assert verdicts(steps_apply_true_gradients(list(events), "opt")) == expected


def test_the_scalers_own_step_is_named() -> None:
    events = [scaled(), OWN, RAW]
    assert list(steps_apply_true_gradients(events, "opt"))[1].because == (events[0], OWN)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([back(), step(), step(), zero()], [VIOLATED]),
        ([back(), step(), zero(), back(), step()], [HOLDS]),
        ([back(), step(), back(), step()], [HOLDS]),
        ([back(), step(), back(parameters=D), step()], [VIOLATED]),
        ([back(), step(), step(subject="other"), back(), step()], [HOLDS]),
        ([back(), step(), zero(), step()], [UNKNOWN]),
        ([back(), step(), EDIT, step()], [UNKNOWN]),
        ([back(), step(), opaque(), step()], [UNKNOWN]),
        ([step(closure=True), step(closure=True)], []),
    ],
)
def test_one_step_per_gradient(events: Iterable[Event], expected: list[Verdict]) -> None:
    assert verdicts(one_step_per_gradient(list(events), "opt")) == expected

"""The invariants about data, modules and losses on hand-made sequences of events."""

from __future__ import annotations

from fixer.protocol.events import Event, Kind, Place
from fixer.protocol.invariants import RUN, Verdict, every_row


def rows(start: int, stop: int, iteration: int, of: int = 100, over: bool = True, entry: int = 0) -> Event:
    facts = {"start": start, "stop": stop, "of": of, "over": over}
    at = (("epochs", entry), ("batches", entry * RUN + iteration))
    return Event(Kind.SLICE, Place("train.py", 3, 1, 3, 9), "data", iteration=at, facts=facts)


def verdicts(*events: Event) -> list[Verdict]:
    return [outcome.verdict for outcome in every_row(events)]


def test_a_loop_that_ends_early_skips_rows() -> None:
    assert verdicts(rows(0, 10, 0)) == [Verdict.VIOLATED]
    assert verdicts(rows(0, 10, 0), rows(10, 20, 1)) == [Verdict.VIOLATED]


def test_a_loop_that_drops_the_last_batch_visits_all() -> None:
    assert verdicts(*[rows(10 * n, 10 * n + 10, n) for n in range(9)]) == [Verdict.HOLDS]


def test_a_loop_that_was_cut_off_is_judged_by_how_it_walked() -> None:
    assert verdicts(rows(0, 10, 0, over=False)) == []
    assert verdicts(rows(0, 10, 0, over=False), rows(10, 20, 1, over=False)) == [Verdict.HOLDS]
    assert verdicts(rows(0, 10, 0, over=False), rows(50, 60, 1, over=False)) == [Verdict.UNKNOWN]


def test_random_draws_are_no_walk() -> None:
    assert verdicts(rows(40, 50, 0), rows(0, 10, 1)) == []


def test_each_run_of_the_loop_counts_for_itself() -> None:
    whole = [rows(50 * n, 50 * n + 50, n, entry=1) for n in range(2)]
    assert verdicts(rows(0, 10, 0), *whole) == [Verdict.VIOLATED, Verdict.HOLDS]

"""The invariants on hand-made sequences of events: each holds, is violated, or cannot be told."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixer.protocol.events import (
    NO_PARAMETERS,
    UNKNOWN_PARAMETERS,
    Event,
    Iteration,
    Kind,
    Parameters,
    Place,
    carried_by,
)
from fixer.protocol.invariants import (
    Outcome,
    Verdict,
    gradients_reach_step,
    logits,
    losses_reach_backward,
    mean_gradients,
    persistent_optimizer,
    schedulers_follow_steps,
    steps_apply_fresh_gradients,
)

HOLDS, VIOLATED, UNKNOWN = Verdict.HOLDS, Verdict.VIOLATED, Verdict.UNKNOWN
MODEL, G, D = (Parameters(frozenset({name})) for name in ("model", "generator", "discriminator"))
BOTH = Parameters(frozenset({"generator", "discriminator"}))
AT_LEAST_MODEL = Parameters(frozenset({"model"}), exact=False)


def place(line: int) -> Place:
    return Place("train.py", line, 1, line, 20)


def event(
    kind: Kind,
    line: int = 1,
    subject: Hashable = None,
    parameters: Parameters = NO_PARAMETERS,
    at: Iteration = (),
    makes: Hashable = None,
    uses: Iterable[Hashable] = (),
    **facts: object,
) -> Event:
    return Event(kind, place(line), subject, parameters, makes, frozenset(uses), at, facts)


def zero(line: int = 1, subject: Hashable = "opt", parameters: Parameters = MODEL, **more: object) -> Event:
    return event(Kind.ZERO_GRAD, line, subject, parameters, **more)  # type: ignore[arg-type]


def back(line: int = 2, parameters: Parameters = MODEL, **more: object) -> Event:
    return event(Kind.BACKWARD, line, None, parameters, **more)  # type: ignore[arg-type]


def step(line: int = 3, subject: Hashable = "opt", parameters: Parameters = MODEL, **more: object) -> Event:
    return event(Kind.STEP, line, subject, parameters, **more)  # type: ignore[arg-type]


def opaque(line: int = 4, parameters: Parameters = MODEL) -> Event:
    return event(Kind.OPAQUE, line, None, parameters)


def created(subject: Hashable, line: int = 1, parameters: Parameters = MODEL, **facts: object) -> Event:
    return event(Kind.CREATED, line, subject, parameters, **facts)  # type: ignore[arg-type]


def verdicts(outcomes: Iterable[Outcome]) -> list[Verdict]:
    return [outcome.verdict for outcome in outcomes]


# --- sets of parameters ---------------------------------------------------------------------------------------------

A, AB, B = (Parameters(frozenset(owners)) for owners in ("a", "ab", "b"))
SOME_A, SOME_B = (Parameters(frozenset(owners), exact=False) for owners in ("a", "b"))


@pytest.mark.parametrize(
    ("left", "right", "covers", "meets"),
    [
        (A, A, True, True),
        (AB, A, True, True),
        (A, AB, None, True),
        (A, B, False, False),
        (A, NO_PARAMETERS, False, False),
        (NO_PARAMETERS, A, False, False),
        (NO_PARAMETERS, NO_PARAMETERS, False, False),
        (SOME_A, A, True, True),
        (SOME_A, B, None, None),
        (A, SOME_A, None, True),
        (A, SOME_B, None, None),
        (SOME_A, SOME_A, None, True),
        (SOME_A, SOME_B, None, None),
        (UNKNOWN_PARAMETERS, A, None, None),
        (A, UNKNOWN_PARAMETERS, None, None),
        (UNKNOWN_PARAMETERS, UNKNOWN_PARAMETERS, None, None),
        (UNKNOWN_PARAMETERS, NO_PARAMETERS, False, None),
        (SOME_A, AB, None, True),
    ],
)
def test_covers_and_meets(left: Parameters, right: Parameters, covers: bool | None, meets: bool | None) -> None:
    assert left.covers(right) is covers
    assert left.meets(right) is meets


SETS = st.builds(Parameters, st.frozensets(st.sampled_from("abcd")), st.booleans())


@settings(derandomize=True, max_examples=200, deadline=None)
@given(SETS, SETS)
def test_meets_is_symmetric(left: Parameters, right: Parameters) -> None:
    assert left.meets(right) is right.meets(left)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(SETS, SETS)
def test_what_covers_a_set_meets_it(left: Parameters, right: Parameters) -> None:
    if left.covers(right):
        assert right.owners and left.meets(right)
    if left.meets(right) is False:
        assert left.covers(right) is not True


@settings(derandomize=True, max_examples=200, deadline=None)
@given(SETS, SETS, st.frozensets(st.sampled_from("abcdef")), st.frozensets(st.sampled_from("abcdef")))
def test_an_answer_holds_for_whatever_the_unknown_members_are(
    left: Parameters, right: Parameters, more: frozenset[str], others: frozenset[str]
) -> None:
    """``exact=False`` means "at least": a definite answer must be true of every set it can stand for."""
    whole = left.owners if left.exact else left.owners | more
    part = right.owners if right.exact else right.owners | others
    covers, meets = left.covers(right), left.meets(right)
    if part:
        assert covers is None or covers is (part <= whole)
        assert meets is None or meets is bool(whole & part)


# --- which loop lies between two events -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("earlier", "later", "loop"),
    [
        ((), (), None),
        ((("e", 0),), (("e", 0),), None),
        ((("e", 0),), (("e", 1),), "e"),
        ((("e", 0), ("b", 0)), (("e", 0), ("b", 1)), "b"),
        ((("e", 0), ("b", 1)), (("e", 1), ("b", 0)), "e"),
        ((("e", 0), ("b", 0)), (("e", 0), ("c", 1)), None),
        ((("e", 0),), (("e", 0), ("b", 1)), None),
        ((), (("e", 1),), None),
    ],
)
def test_carried_by(earlier: Iteration, later: Iteration, loop: str | None) -> None:
    assert carried_by(step(at=earlier), step(at=later)) == loop


# --- an optimizer lives as long as the parameters it steps ----------------------------------------------------------


def test_one_optimizer_stepped_twice() -> None:
    assert verdicts(persistent_optimizer([created("o"), step(subject="o"), step(subject="o")])) == [HOLDS]


def test_rebuilt_for_the_same_parameters() -> None:
    events = [
        created("o1", at=(("b", 0),)),
        step(subject="o1", at=(("b", 0),)),
        created("o2", at=(("b", 1),)),
        step(subject="o2", at=(("b", 1),)),
    ]
    (outcome,) = persistent_optimizer(events)
    assert outcome.verdict is VIOLATED
    assert (outcome.at, outcome.because, outcome.carried_by) == (events[3], (events[2], events[1]), "b")


def test_rebuilt_for_new_parameters() -> None:
    first, second = (Parameters(frozenset({("model", n)})) for n in (1, 2))
    events = [
        created("o1", parameters=first),
        step(subject="o1", parameters=first),
        created("o2", parameters=second),
        step(subject="o2", parameters=second),
    ]
    assert verdicts(persistent_optimizer(events)) == [HOLDS]


def test_rebuilt_for_parameters_that_cannot_be_told() -> None:
    unknown = UNKNOWN_PARAMETERS
    events = [created("o1"), step(subject="o1", parameters=unknown), created("o2"), step(subject="o2")]
    assert verdicts(persistent_optimizer(events)) == [UNKNOWN]


def test_two_optimizers_built_at_two_places() -> None:
    events = [created("o1", 1), created("o2", 2), step(subject="o1"), step(subject="o2"), step(subject="o1")]
    assert verdicts(persistent_optimizer(events)) == [HOLDS]


def test_a_site_tells_several_optimizers_of_one_place_apart() -> None:
    """A list comprehension builds several at one place: they are told apart by their sites."""
    events = [created("o1", 1, site="s1"), created("o2", 1, site="s2"), step(subject="o1"), step(subject="o2")]
    assert verdicts(persistent_optimizer(events)) == []


def test_a_step_of_an_optimizer_born_out_of_sight_is_not_judged() -> None:
    assert verdicts(persistent_optimizer([step(subject="o1"), step(subject="o2")])) == []


# --- a step consumes fresh gradients only ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([zero(), back(), step(), zero(), back(), step()], [HOLDS]),
        ([back(), step(), zero(), back(), step()], [HOLDS]),
        ([back(), step(), back(), step()], [VIOLATED]),
        ([back(), step(), back(), step(), back(), step()], [VIOLATED, VIOLATED]),
        ([zero(), back(), step()], []),
        ([back(), back()], []),
        ([], []),
        ([back(), step(), opaque(), back(), step()], [UNKNOWN]),
        ([back(), step(), opaque(parameters=D), back(), step()], [VIOLATED]),
        ([back(), step(), opaque(parameters=UNKNOWN_PARAMETERS), back(), step()], [UNKNOWN]),
        ([back(), step(), opaque(), zero(), back(), step()], [HOLDS]),
        ([back(), step(), zero(certain=False), back(), step()], [UNKNOWN]),
        ([back(), step(), zero(certain=False), zero(), back(), step()], [HOLDS]),
        ([back(), step(), zero(subject="other", parameters=D), back(), step()], [VIOLATED]),
        ([back(), step(), zero(subject=None, parameters=MODEL), back(), step()], [HOLDS]),
        ([back(), step(), zero(subject=None, parameters=AT_LEAST_MODEL), back(), step()], [HOLDS]),
        ([back(), step(), zero(subject="other", parameters=UNKNOWN_PARAMETERS), back(), step()], [UNKNOWN]),
        ([back(), step(), back(parameters=D), zero(), back(), step()], [HOLDS]),
    ],
)
def test_fresh(events: list[Event], expected: list[Verdict]) -> None:
    assert verdicts(steps_apply_fresh_gradients(events, "opt")) == expected


def test_an_optimizer_empties_what_it_owns_even_if_that_is_unknown() -> None:
    unknown = UNKNOWN_PARAMETERS
    events = [back(), step(parameters=unknown), zero(parameters=unknown), back(), step(parameters=unknown)]
    assert verdicts(steps_apply_fresh_gradients(events, "opt")) == [HOLDS]


def test_the_same_optimizer_rebuilt_is_told_by_its_site() -> None:
    events = [
        back(),
        step(subject="o1", site="opt"),
        zero(subject="o2", parameters=UNKNOWN_PARAMETERS, site="opt"),
        back(),
        step(subject="o2", site="opt"),
    ]
    assert verdicts(steps_apply_fresh_gradients(events, "opt")) == [HOLDS]


def test_who_is_to_blame() -> None:
    first, second = (("b", 0),), (("b", 1),)
    events = [back(at=first), step(at=first), back(at=second), step(at=second)]
    (outcome,) = steps_apply_fresh_gradients(events, "opt")
    assert outcome.because[0] == events[1]
    assert outcome.carried_by == "b"
    assert outcome.at is events[3]


def test_an_accumulation_window_is_one_use_of_the_gradients() -> None:
    right = [back(), back(), step(), zero(), back(), back(), step(), zero()]
    wrong = [e for e in right if e.kind is not Kind.ZERO_GRAD]
    assert verdicts(steps_apply_fresh_gradients(right, "opt")) == [HOLDS]
    assert verdicts(steps_apply_fresh_gradients(wrong, "opt")) == [VIOLATED]


def gan(zero_d: bool = True, zero_g: bool = True) -> list[Event]:
    """One batch of a GAN: the generator's loss also reaches the discriminator."""
    events = [
        zero(1, "D", D) if zero_d else None,
        back(2, D),
        back(3, D),
        step(4, "D", D),
        zero(5, "G", G) if zero_g else None,
        back(6, BOTH),
        step(7, "G", G),
    ]
    return [e for e in events if e is not None]


def test_alternating_updates() -> None:
    """What the generator's backward leaves in the discriminator is emptied in time: no fault at its next step."""
    events = gan() * 3
    assert verdicts(steps_apply_fresh_gradients(events, "D")) == [HOLDS, HOLDS]
    assert verdicts(steps_apply_fresh_gradients(events, "G")) == [HOLDS, HOLDS]


def test_alternating_updates_without_one_of_the_zeros() -> None:
    assert verdicts(steps_apply_fresh_gradients(gan(zero_d=False) * 2, "D")) == [VIOLATED]
    assert verdicts(steps_apply_fresh_gradients(gan(zero_d=False) * 2, "G")) == [HOLDS]
    assert verdicts(steps_apply_fresh_gradients(gan(zero_g=False) * 2, "D")) == [HOLDS]
    assert verdicts(steps_apply_fresh_gradients(gan(zero_g=False) * 2, "G")) == [VIOLATED]


def test_one_backward_for_two_optimizers() -> None:
    shared = [back(2, BOTH), step(3, "D", D), step(4, "G", G)]
    right = [zero(1, "D", D), zero(1, "G", G), *shared] * 2
    only_d = [zero(1, "D", D), *shared] * 2
    for optimizer, expected in (("D", HOLDS), ("G", HOLDS)):
        assert verdicts(steps_apply_fresh_gradients(right, optimizer)) == [expected]
    for optimizer, expected in (("D", HOLDS), ("G", VIOLATED)):
        assert verdicts(steps_apply_fresh_gradients(only_d, optimizer)) == [expected]


def test_zeroing_a_part_of_the_parameters_cannot_be_judged() -> None:
    part = [
        back(parameters=BOTH),
        step(parameters=BOTH),
        zero(1, None, D),
        back(parameters=BOTH),
        step(parameters=BOTH),
    ]
    assert verdicts(steps_apply_fresh_gradients(part, "opt")) == [UNKNOWN]
    whole = [*part[:2], zero(1, None, BOTH), *part[3:]]
    assert verdicts(steps_apply_fresh_gradients(whole, "opt")) == [HOLDS]


# --- no gradient is thrown away -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([zero(), back(), step()], [HOLDS]),
        ([zero(), back(), zero(), back(), step()], [VIOLATED, HOLDS]),
        ([back(), back(), step()], [HOLDS, HOLDS]),
        ([back(), opaque(), step()], [UNKNOWN]),
        ([back(), opaque(parameters=D), step()], [HOLDS]),
        ([back(), zero(certain=False), step()], [UNKNOWN]),
        ([back(), step(), back()], [HOLDS]),
        ([back()], []),
        ([back(), zero()], []),
        ([back(parameters=D), zero(subject="D", parameters=D), back(), step()], [HOLDS]),
        ([back(), zero(subject="D", parameters=D), step()], [HOLDS]),
    ],
)
def test_gradients_reach_step(events: list[Event], expected: list[Verdict]) -> None:
    assert verdicts(gradients_reach_step(events, "opt")) == expected


def test_the_zero_that_throws_it_away_is_named() -> None:
    events = [back(at=(("b", 0),)), zero(at=(("b", 1),)), back(at=(("b", 1),)), step()]
    first, second = gradients_reach_step(events, "opt")
    assert (first.at, first.because, first.carried_by) == (events[0], (events[1],), "b")
    assert second.verdict is HOLDS


# --- each batch's loss reaches a backward ---------------------------------------------------------------------------


def loss(makes: Hashable, line: int = 1, **facts: object) -> Event:
    return event(Kind.LOSS, line, makes=makes, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([loss(1), back(uses=[1]), loss(2), back(uses=[2])], [HOLDS, HOLDS]),
        ([loss(1), loss(2), back(uses=[2])], [VIOLATED, HOLDS]),
        ([loss(1), loss(2), back(uses=[1, 2])], [HOLDS, HOLDS]),
        ([loss(1), loss(2, 9), back(uses=[1])], [HOLDS]),
        ([loss(1), loss(2, grad=False), back(uses=[1])], [HOLDS]),
        ([loss(1), loss(2)], []),
        ([], []),
    ],
    ids=["each", "last only", "summed", "another place", "evaluation", "no backward", "nothing"],
)
def test_losses_reach_backward(events: list[Event], expected: list[Verdict]) -> None:
    assert verdicts(losses_reach_backward(events)) == expected


# --- cross-entropy receives logits ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"criterion": "cross_entropy", "input": "logits"}, [HOLDS]),
        ({"criterion": "cross_entropy", "input": "probabilities"}, [VIOLATED]),
        ({"criterion": "cross_entropy", "input": "unknown"}, [UNKNOWN]),
        ({"criterion": "cross_entropy"}, [UNKNOWN]),
        ({"criterion": "nll_loss", "input": "probabilities"}, []),
        ({}, []),
    ],
)
def test_logits(facts: dict[str, str], expected: list[Verdict]) -> None:
    assert verdicts(logits([loss(1, **facts), back(uses=[1])])) == expected


# --- the gradient of k batches is their mean ------------------------------------------------------------------------


def window(k: int = 2, **facts: object) -> list[Event]:
    return [*(back(2, **facts) for _ in range(k)), step(), zero()]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (window(mean=True), [VIOLATED]),
        (window(mean=True) * 2, [VIOLATED, VIOLATED]),
        (window(mean=True, scaled=True), [HOLDS]),
        (window(mean=False, scaled=True), [HOLDS]),
        (window(mean=True, scaled=None), [UNKNOWN]),
        (window(mean=None), [UNKNOWN]),
        (window(mean=False), [UNKNOWN]),
        (window(), [UNKNOWN]),
        (window(k=1, mean=True), []),
        ([*window(mean=True)[:2], step(scaled=True)], [HOLDS]),
        ([*window(mean=True)[:2], step(scaled=None)], [UNKNOWN]),
        ([back(2, mean=True), back(5, mean=True), step()], []),
        ([back(2, mean=True), zero(), back(2, mean=True), step()], []),
        ([back(2, mean=True), back(2, mean=True)], []),
        ([back(2, mean=True), back(5, mean=None), back(2, mean=True), step()], [VIOLATED]),
        ([back(2, D, mean=True), back(2, D, mean=True), back(3), step()], []),
    ],
)
def test_mean_gradients(events: list[Event], expected: list[Verdict]) -> None:
    assert verdicts(mean_gradients(events, "opt")) == expected


def test_the_window_names_its_backwards() -> None:
    events = [back(2, at=(("b", 0),), mean=True), back(5, mean=True), back(2, at=(("b", 1),), mean=True), step()]
    (outcome,) = mean_gradients(events, "opt")
    assert outcome.because == (events[0], events[2])
    assert outcome.carried_by == "b"


def test_another_optimizers_step_takes_its_own_gradients() -> None:
    """Backwards that only may reach this optimizer were meant for the one that stepped."""
    theirs = [back(2, UNKNOWN_PARAMETERS, mean=True), step(3, "other", UNKNOWN_PARAMETERS)]
    assert verdicts(mean_gradients([*theirs, *theirs, back(4, mean=True), step()], "opt")) == []
    mine = [back(2, mean=True), step(3, "other", D)]
    assert verdicts(mean_gradients([*mine, *mine, step()], "opt")) == [VIOLATED]


# --- a scheduler moves on after its optimizer -----------------------------------------------------------------------


def scheduler(subject: Hashable = "s", **facts: object) -> Event:
    return event(Kind.SCHEDULER_STEP, 9, subject, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([step(), scheduler(optimizer="opt")], [HOLDS]),
        ([scheduler(optimizer="opt"), step()], [VIOLATED]),
        ([scheduler(optimizer="opt"), step(), scheduler(optimizer="opt")], [VIOLATED]),
        ([step(subject="other"), scheduler(optimizer="opt")], [VIOLATED]),
        ([step(), scheduler("s", optimizer="opt"), scheduler("t", optimizer="other")], [HOLDS, VIOLATED]),
        ([opaque(), scheduler(optimizer="opt"), step()], [VIOLATED]),
        ([opaque(4, UNKNOWN_PARAMETERS), scheduler(optimizer="opt"), step()], [UNKNOWN]),
        ([opaque(4, Parameters(frozenset({"opt"}))), scheduler(optimizer="opt"), step()], [UNKNOWN]),
        ([scheduler(), step()], []),
        ([scheduler(optimizer=None), step()], []),
        ([step()], []),
    ],
)
def test_schedulers_follow_steps(events: list[Event], expected: list[Verdict]) -> None:
    assert verdicts(schedulers_follow_steps(events)) == expected


# --- properties -----------------------------------------------------------------------------------------------------

KINDS = st.sampled_from([Kind.ZERO_GRAD, Kind.BACKWARD, Kind.STEP, Kind.OPAQUE])


@st.composite
def sequences(draw: st.DrawFn) -> list[Event]:
    lines = count(1)
    found = []
    for kind in draw(st.lists(KINDS, max_size=12)):
        subject = "opt" if kind in (Kind.ZERO_GRAD, Kind.STEP) else None
        found.append(event(kind, next(lines), subject, MODEL))
    return found


@settings(derandomize=True, max_examples=150, deadline=None)
@given(sequences())
def test_emptying_before_every_backward_always_helps(events: list[Event]) -> None:
    helped = [e for one in events for e in ([zero(), one] if one.kind is Kind.BACKWARD else [one])]
    assert all(v is HOLDS for v in verdicts(steps_apply_fresh_gradients(helped, "opt")))


@settings(derandomize=True, max_examples=150, deadline=None)
@given(sequences())
def test_without_emptying_nothing_is_fresh_or_lost(events: list[Event]) -> None:
    bare = [e for e in events if e.kind in (Kind.BACKWARD, Kind.STEP)]
    assert all(v is VIOLATED for v in verdicts(steps_apply_fresh_gradients(bare, "opt")))
    assert all(v is HOLDS for v in verdicts(gradients_reach_step(bare, "opt")))


@settings(derandomize=True, max_examples=150, deadline=None)
@given(sequences())
def test_each_backward_and_each_step_is_judged_at_most_once(events: list[Event]) -> None:
    backwards = sum(e.kind is Kind.BACKWARD for e in events)
    steps = sum(e.kind is Kind.STEP for e in events)
    assert len(list(gradients_reach_step(events, "opt"))) <= backwards
    assert len(list(steps_apply_fresh_gradients(events, "opt"))) <= max(0, steps - 1)
    assert len(list(mean_gradients([*events, step()], "opt"))) <= steps + 1


@settings(derandomize=True, max_examples=150, deadline=None)
@given(sequences(), sequences())
def test_what_another_optimizer_does_to_other_parameters_does_not_matter(
    events: list[Event], others: list[Event]
) -> None:
    foreign = [
        Event(e.kind, place(100 + n), "D" if e.subject else None, D, facts=e.facts) for n, e in enumerate(others)
    ]
    middle = len(events) // 2
    mixed = [*events[:middle], *foreign, *events[middle:]]
    for judge in (steps_apply_fresh_gradients, gradients_reach_step):
        assert verdicts(judge(mixed, "opt")) == verdicts(judge(events, "opt"))

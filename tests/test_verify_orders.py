"""What runs say of the order of events in a window, of what epochs leave over, and of steps that train nothing."""

from __future__ import annotations

from typing import Any

import pytest
from test_verify_parts import backward, run_of, step

from fixer.verify.order_proofs import ALSO, PROOFS
from fixer.verify.pace import pace
from fixer.verify.trace import Trace

BATCHES = "train.py: for x in y"
SETS = {0: [0, 1], 1: [0], 2: [2], 3: []}


def bad(rule: str, *records: dict[str, Any]) -> list[bool]:
    return [j.bad for j in PROOFS[rule].judge(run_of(*records, sets=SETS))]


def at(entry: int, index: int) -> list[list[Any]]:
    return [["train.py: for e in r", 0, entry], [BATCHES, entry, index]]


def ended(entry: int, count: int) -> dict[str, Any]:
    return {"k": "loop", "loop": BATCHES, "entry": entry, "n": count, "it": at(entry, 0)[:1]}


def clip(**more: Any) -> dict[str, Any]:
    return {"k": "clip", "factor": 1.0, "set": 0, "bound": "plain", **more}


def unscale() -> dict[str, Any]:
    return {"k": "unscale", "o": 1, "set": 0}


def test_a_step_that_finds_nothing() -> None:
    assert bad("zero-grad-before-step", backward(), step(emptied=0), backward(), step()) == [True, False]


def test_a_clip_behind_the_step() -> None:
    late = [backward(), step(), clip(), backward(emptied=0), step(), clip()]
    assert bad("clip-after-step", *late) == [True]
    assert bad("clip-after-step", backward(), clip(), step()) == [False]
    assert bad("clip-after-step", backward(), step(), clip(bound=None), backward(emptied=0), step()) == []


def test_scaled_gradients() -> None:
    scaled = backward(scaler=7)
    assert bad("clip-without-unscale", scaled, clip(), unscale(), step()) == [True]
    assert bad("clip-without-unscale", scaled, unscale(), clip(), step()) == [False]
    assert bad("clip-without-unscale", backward(), clip(), step()) == []
    assert bad("amp-raw-step", scaled, step()) == [True]
    assert bad("amp-raw-step", scaled, unscale(), step()) == [False]


def test_a_second_step_on_one_gradient() -> None:
    assert bad("double-step", backward(), step(), step(), backward(), step()) == [True, False]
    assert ALSO["amp-raw-step"] == (PROOFS["double-step"].invariant,)


def test_what_an_epoch_leaves_over() -> None:
    def epoch(number: int, steps: set[int]) -> list[dict[str, Any]]:
        records = []
        for n in range(5):
            records.append(backward(it=at(number, n)))
            records += [step(it=at(number, n))] if n in steps else []
        return [*records, ended(number, 5)]

    assert bad("dropped-accumulation-tail", *epoch(0, {1, 3}), *epoch(1, {1, 3})) == [True, True]
    assert bad("dropped-accumulation-tail", *epoch(0, {1, 3, 4}), *epoch(1, {1, 3})) == [False, True]


def test_a_loop_that_ends_with_its_first_batch() -> None:
    one = [backward(it=at(0, 0)), step(it=at(0, 0)), ended(0, 1)]
    two = [backward(it=at(1, 0)), backward(it=at(1, 1)), ended(1, 2)]
    assert bad("return-inside-batch-loop", *one, *two) == [True, False]


def test_steps_that_train_nothing() -> None:
    frozen = [backward(fresh=2, has=2), step(set=1), backward(fresh=2, has=2), step(set=1)]
    assert bad("frozen-parameters-in-optimizer", *frozen) == [True, True]
    assert bad("frozen-parameters-in-optimizer", *frozen, backward(fresh=1, has=1), step(set=1)) == [False] * 3
    assert bad("frozen-parameters-in-optimizer", backward(fresh=3, has=3), step(set=1)) == []


COSINE = """
import torch
opt = torch.optim.SGD(model.parameters(), 0.1)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, EPOCHS)
for epoch in range(EPOCHS):
    for x in loader:
        opt.zero_grad()
        model(x).mean().backward()
        opt.step()
{inside}
{behind}
"""
PER_BATCH = COSINE.format(inside="        sched.step()", behind="")
PER_EPOCH = COSINE.format(inside="", behind="    sched.step()")


def moves(inner: bool) -> Trace:
    records = [step(it=at(0, n)) for n in range(3)]
    return run_of(*records, {"k": "sched", "s": 1, "cls": "C", "o": 1, "line": 11, "it": at(0, 2)[: 1 + inner]})


@pytest.mark.parametrize(("texts", "first", "second"), [((PER_BATCH, PER_EPOCH), 1, 0), ((PER_EPOCH, PER_BATCH), 0, 1)])
def test_which_way_a_schedule_is_off_is_read(texts: tuple[str, str], first: int, second: int) -> None:
    before, after = moves(texts[0] is PER_BATCH), moves(texts[1] is PER_BATCH)
    assert [m.bad for m in pace(before, after, texts, 11)] == [first, second]

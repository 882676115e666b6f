"""The verifier's parts by themselves, without a training: line maps, plans, ladders, traces and their judgement."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fixer.protocol import invariants
from fixer.protocol.events import Event, Kind, Parameters, Place
from fixer.protocol.invariants import Verdict
from fixer.verify import measures
from fixer.verify.compare import compare
from fixer.verify.job import Answer, Measure, Outcome, Target, TargetAnswer
from fixer.verify.ladder import next_stand_in
from fixer.verify.lines import line_map
from fixer.verify.plan import (
    above_packages,
    accumulation_lengths,
    batches,
    fit,
    module_path,
    package_of,
    package_of_module,
)
from fixer.verify.scratch import copy_project, project_root
from fixer.verify.show import curve_of, plot
from fixer.verify.trace import Trace, read


def test_line_map_follows_moved_and_inserted_lines() -> None:
    before = "a = 1\nfor x in y:\n    b()\n    c()\nend()\n"
    after = "a = 1\nnew()\nfor x in y:\n    inserted()\n    b()\n        c()\nend()\n"
    assert line_map(before, after) == {1: 1, 3: 2, 5: 3, 6: 4, 7: 5}


def test_line_map_of_repeated_lines_grows_from_anchors() -> None:
    before = "one\nstep()\nstep()\ntwo\nstep()\n"
    after = "zero\none\nstep()\nstep()\ntwo\nstep()\n"
    assert line_map(before, after) == {2: 1, 3: 2, 4: 3, 5: 4, 6: 5}
    assert line_map("", "x\n") == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("if (i + 1) % 4 == 0:\n    opt.step()\n", {4}),
        ("K = 8\nif (i + 1) % K == 0:\n    opt.step()\n", {8}),
        ("p.add_argument('--acc-steps', default=5)\nif i % args.acc_steps == 0:\n    opt.step()\n", {5}),
        ("def f(k=3):\n    if i % k == 0:\n        opt.zero_grad()\n", {3}),
        ("if i % 100 == 0:\n    print(i)\n", set()),
        ("this is no Python", set()),
    ],
)
def test_accumulation_lengths(text: str, found: set[int]) -> None:
    assert accumulation_lengths(text) == found


def test_batches_hold_two_windows() -> None:
    assert fit(6, 4) == 8
    assert fit(6, 3) == 6
    assert fit(6, 8) == 16
    assert fit(6, 1) == 6
    text = "if (i + 1) % 32 == 0:\n    opt.step()\n"
    assert batches((text, text), 6) == 64


def test_package_of_relative_imports(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for folder in ("a", "a/b"):
        (tmp_path / folder / "__init__.py").touch()
    assert package_of(tmp_path / "a" / "b" / "train.py", "from . import net") == ("a.b", tmp_path)
    assert package_of(tmp_path / "a" / "b" / "train.py", "import net") == (None, tmp_path / "a" / "b")
    assert above_packages(tmp_path / "a" / "b" / "train.py") == tmp_path
    assert module_path("a.b", tmp_path) is None
    (tmp_path / "a" / "b" / "__main__.py").touch()
    assert module_path("a.b", tmp_path) == tmp_path / "a" / "b" / "__main__.py"
    assert package_of_module(tmp_path / "a" / "b" / "__main__.py", "a.b") == "a.b"
    assert package_of_module(tmp_path / "a" / "b.py", "a.b") == "a"


def test_big_projects_are_copied_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "project"
    (root / "lib").mkdir(parents=True)
    (root / "pyproject.toml").touch()
    for n in range(80):
        (root / f"unused{n}.txt").touch()
    (root / "lib" / "__init__.py").write_text("OPEN = 'words.txt'")
    (root / "words.txt").write_text("w")
    script = root / "train.py"
    script.write_text("import lib")
    monkeypatch.chdir(root)
    assert project_root(script) == root
    assert not copy_project(root, tmp_path / "part", script, "import lib", whole=False)
    here = sorted(p.name for p in (tmp_path / "part").rglob("*") if p.is_file())
    assert here == ["__init__.py", "train.py", "words.txt"]
    assert copy_project(root, tmp_path / "whole", script, "import lib", whole=True)
    assert len(list((tmp_path / "whole").glob("unused*"))) == 80


def test_ladder_replaces_only_what_is_missing() -> None:
    def after(**end: Any) -> str | None:
        return next_stand_in({"status": "error", **end}, [], ())

    assert after(err="RuntimeError", msg="operator torchvision::nms does not exist") == "library:torchvision"
    assert after(err="IndexError", msg="invalid index of a 0-dim tensor. Use ...") == "old libraries"
    assert after(err="ModuleNotFoundError", module="my_model") is None
    assert after(err="AssertionError", msg="Torch not compiled with CUDA enabled") == "cuda"
    assert after(err="SystemExit", msg="2") == "arguments"
    assert after(err="KeyError", msg="'LOCAL_RANK'") == "launcher"
    assert after(err="ValueError", msg="wrong shape") is None
    assert next_stand_in({"status": "error", "err": "SystemExit", "msg": "2"}, ["arguments"], ()) is None
    assert next_stand_in({"status": "end"}, [], ()) is None


def run_of(*records: dict[str, Any], sets: dict[int, list[int]] | None = None, status: str = "end") -> Trace:
    """A trace made by hand."""
    told = [{"t": n, "at": [["train.py", r.pop("line", 1)]], "it": r.pop("it", []), **r} for n, r in enumerate(records)]
    members = {n: frozenset(m) for n, m in (sets or {0: [0, 1]}).items()}
    return Trace(tuple(told), members, {"k": "exit", "status": status, "at": []}, "train.py")


def backward(**more: Any) -> dict[str, Any]:
    plain = {"k": "bwd", "value": 1.0, "losses": [], "fws": [], "emptied": None, "line": 5}
    plain.update(fresh=0, has=0, full=0)
    return {**plain, **more}


def step(**more: Any) -> dict[str, Any]:
    plain = {"k": "step", "o": 1, "set": 0, "cls": "SGD", "closure": False, "lr": 0.1, "a": 1.0, "clip": 1.0, "w": 0,
             "emptied": None, "stale": 0.5, "g": [1.0], "line": 6}  # fmt: skip
    return {**plain, **more}


def test_old_gradients_are_counted_at_the_step() -> None:
    dirty = run_of(backward(), step(), backward(), step())
    clean = run_of(backward(), step(), backward(emptied=0), step())
    assert [j.bad for j in measures.judge(dirty, measures.FRESH)] == [True]
    assert [j.bad for j in measures.judge(clean, measures.FRESH)] == [False]


def test_a_gradient_erased_before_the_step_is_lost() -> None:
    lost = run_of(backward(), step(emptied=0), backward(), step(emptied=0))
    assert [j.bad for j in measures.judge(lost, measures.REACHES)] == [True, True]


def test_two_optimizers_may_leave_each_other_gradients() -> None:
    sets = {0: [0], 1: [1], 2: [0, 1], 3: []}
    records = []
    for _ in range(3):  # the generator's backward reaches the discriminator, which is emptied before its own
        records += [backward(fresh=1, emptied=1), step(o=2, set=1), backward(fresh=2, emptied=0), step(o=1, set=0)]
    trace = run_of(*records, sets=sets)
    assert not any(j.bad for j in measures.judge(trace, measures.FRESH))
    assert not any(j.bad for j in measures.judge(trace, measures.REACHES))


@pytest.mark.parametrize(
    ("weights", "bad", "total"), [([1, 1], True, 2.0), ([0.5, 0.5], False, 1.0), ([1, 0.5], None, None)]
)
def test_weights_of_accumulated_losses(weights: list[float], bad: bool | None, total: float | None) -> None:
    loop = [["train.py: for x in y", 0, 0]]
    losses = [{"k": "loss", "i": n, "fn": "mse_loss", "red": "mean", "grad": True, "value": 1.0} for n in (1, 2)]
    passes = [backward(losses=[[n, w]], it=loop) for n, w in zip((1, 2), weights, strict=True)]
    judged = measures.judge(run_of(*losses, *passes, step()), measures.MEAN)
    assert [j.bad for j in judged] == ([] if bad is None else [bad])
    assert [j.magnitude for j in judged] == ([] if total is None else [total])


def test_a_run_without_steps_cannot_confirm() -> None:
    nothing = run_of(status="error")
    found = compare(nothing, nothing, ("", ""), (Target("missing-zero-grad", 5),))
    assert found.verdict is Outcome.COULD_NOT_RUN
    silent = run_of()
    assert compare(silent, silent, ("", ""), ()).verdict is Outcome.INCONCLUSIVE


def test_a_rule_without_a_proof_is_inconclusive() -> None:
    trace = run_of(backward(), step(), backward(emptied=0), step())
    assert compare(trace, trace, ("", ""), (Target("some-other-rule", 1),)).verdict is Outcome.INCONCLUSIVE
    # What its repair is meant to change is not known, so a change is no reason to refute it.
    stale = run_of(backward(), step(), backward(), step())
    faster = run_of(backward(), step(lr=0.2), backward(emptied=0), step(lr=0.2))
    known, unknown = Target("missing-zero-grad", 5), Target("some-other-rule", 1)
    assert compare(stale, faster, ("", ""), (known,)).verdict is Outcome.REFUTED
    assert compare(stale, faster, ("", ""), (unknown,)).verdict is Outcome.INCONCLUSIVE
    assert compare(stale, faster, ("", ""), (known, unknown)).verdict is Outcome.INCONCLUSIVE


def test_a_trace_cut_off_in_the_middle_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    whole = [json.dumps({"k": "set", "id": 0, "members": [1]}), json.dumps({"k": "zero", "t": 1})]
    path.write_text("\n".join([*whole, '{"k": "b']))
    trace = read(path)
    assert len(trace.raws) == 1
    assert trace.end["status"] == "killed"
    assert read(tmp_path / "nothing").end["status"] == "killed"


def test_schedulers_follow_steps() -> None:
    place = Place("train.py", 1, 1, 1, 1)
    owned = Parameters(frozenset({1}))
    move = Event(Kind.SCHEDULER_STEP, place, "s", facts={"optimizer": "o"})
    stepped = Event(Kind.STEP, place, "o", owned)
    assert [o.verdict for o in invariants.schedulers_follow_steps([move, stepped, move])] == [Verdict.VIOLATED]
    assert [o.verdict for o in invariants.schedulers_follow_steps([stepped, move])] == [Verdict.HOLDS]


def test_curves_are_short_and_total() -> None:
    assert len(curve_of([float(n) for n in range(500)], 0.0, 499.0)) <= 48
    assert len(set(curve_of([1.0, 1.0], 1.0, 1.0))) == 1
    assert curve_of([float("nan"), 1.0], 0.0, 1.0)


def test_answers_name_cells_of_notebooks() -> None:
    from fixer.verify.core import as_json

    target = TargetAnswer(Target("missing-zero-grad", 40, 3, 7), "x", Measure(), Measure(), Outcome.CONFIRMED)
    told = as_json(Answer("n.ipynb", Outcome.CONFIRMED, "", "user", (target,)))["targets"][0]
    assert (told["cell"], told["line"]) == (3, 7)


def test_losses_on_a_gpu_are_equal_within_rounding() -> None:
    def gpu(value: float | None) -> Trace:
        trace = run_of(backward(value=value), step(w=value), backward(value=1.0), step(w=1))
        return Trace(trace.raws, trace.sets, {**trace.end, "cuda": True}, trace.script)

    assert compare(gpu(0.5), gpu(0.50001), ("", ""), ()).verdict is Outcome.EQUIVALENT
    assert compare(gpu(0.5), gpu(0.6), ("", ""), ()).verdict is Outcome.DIFFERS
    assert compare(gpu(float("nan")), gpu(float("nan")), ("", ""), ()).verdict is Outcome.EQUIVALENT
    assert compare(gpu(None), gpu(0.5), ("", ""), ()).verdict is Outcome.DIFFERS
    cpu = [run_of(backward(value=v), step(), backward(), step()) for v in (0.5, 0.50001)]
    assert compare(cpu[0], cpu[1], ("", ""), ()).verdict is Outcome.DIFFERS
    assert compare(cpu[0], cpu[1], ("", ""), (), repeatable=False).verdict is Outcome.INCONCLUSIVE


def test_plot_shows_both_losses() -> None:
    lines = ["".join(text for text, _ in line) for line in plot([4.0, 3.0, 2.0, 1.0], [4.0, 2.0, 1.0, float("nan")])]
    assert len(lines) == 8
    assert "before" in lines[0] and "after" in lines[0]
    assert lines[1] == "  4 │◉  ●"
    assert lines[-1].startswith("  1 │")
    assert not list(plot([float("nan")], [float("inf")]))
    assert len("".join(text for text, _ in list(plot([float(n) for n in range(500)], [1.0]))[3])) < 70

"""``fixer verify`` and ``apply --verify`` from end to end, on the engine's own repairs."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from verify_cases import GOLDEN, text_of

pytest.importorskip("torch")

from fixer import engine
from fixer.verify.client import Server
from fixer.verify.command import confirm_fixes, run_verify
from fixer.verify.core import verify
from fixer.verify.job import Outcome, Target, VerifyJob

pytestmark = pytest.mark.slow


def run(path: Path, fmt: str = "text", args: tuple[str, ...] = (), **more: bool) -> int:
    return run_verify(
        str(path), script_args=list(args), device="cpu", python=None, fmt=fmt, unsafe=None, select=[], ignore=[],
        keep=more.get("keep", False), quiet=False, sandbox=more.get("sandbox", False),
    )  # fmt: skip


@pytest.fixture
def buggy(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_bytes((GOLDEN / "missing-zero-grad/flat_enumerate/before.py").read_bytes())
    return path


def test_json_is_as_promised(buggy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(buggy, "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["version"] == 1
    assert told["verdict"] == "confirmed"
    assert told["tier"] == "user"
    assert told["stand_ins"] == []
    assert set(told["targets"][0]) == {"rule", "line", "invariant", "before", "after", "verdict", "reason"}
    assert set(told["targets"][0]["before"]) == {"bad", "of", "magnitude", "text"}
    assert told["loss"]["before"] and told["loss"]["after"]


def test_text_is_plain_when_piped(buggy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(buggy) == 0
    out = capsys.readouterr().out
    assert "confirmed" in out
    assert "11 of 11 steps" in out
    assert "\x1b" not in out


def test_kept_traces_are_named(
    buggy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(kept))
    assert run(buggy, "json", keep=True) == 0
    traces = [Path(t) for t in json.loads(capsys.readouterr().out)["traces"]]
    assert {t.name for t in traces} == {"before.jsonl", "after.jsonl", "before.txt", "after.txt"}
    assert all(json.loads(line)["k"] for line in traces[0].with_name("before.jsonl").read_text().splitlines())
    assert [folder.name for folder in kept.iterdir()] == [traces[0].parent.name]
    shutil.rmtree(traces[0].parent)
    monkeypatch.setattr("fixer.verify.command.interpreter", lambda python: str(tmp_path / "none"))
    assert run(buggy, "json", keep=True) == 2
    assert list(kept.iterdir()) == [], "no folder is left when nothing could be run"


def test_clean_scripts_have_nothing_to_verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "train.py"
    path.write_bytes((GOLDEN / "missing-zero-grad/flat_enumerate/after.py").read_bytes())
    assert run(path) == 0
    assert "nothing to verify" in capsys.readouterr().out
    assert run(path, "json") == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "nothing-to-verify"


def test_scripts_that_cannot_run_end_with_two(buggy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # No weaker tier can stand in for the run: what a loss receives is not a matter of order.
    squashed = text_of(GOLDEN / "redundant-softmax/loss_expression/before.py")
    buggy.write_text("import not_to_be_found\n" + squashed)
    assert run(buggy) == 2
    assert "not_to_be_found is missing (train.py, line 1)" in capsys.readouterr().out
    assert run(buggy.with_name("none.py")) == 2
    assert "none.py" in capsys.readouterr().err


def test_notebooks_are_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = "%matplotlib inline\n" + (GOLDEN / "missing-zero-grad/flat_enumerate/before.py").read_text()
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": code}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "train.ipynb"
    path.write_text(json.dumps(notebook))
    assert run(path, "json") == 0
    target = json.loads(capsys.readouterr().out)["targets"][0]
    assert (target["cell"], target["line"]) == (1, 26)


def test_confirm_fixes_keeps_what_is_confirmed(buggy: Path) -> None:
    before = text_of(buggy)
    repaired = engine.repair(before, str(buggy), unsafe=True)
    found = confirm_fixes(str(buggy), before, repaired.text, repaired.applied)
    assert found.text == repaired.text
    assert found.confirmed == repaired.applied
    assert found.others == ()


def test_confirm_fixes_refuses_the_rest_and_says_why(buggy: Path) -> None:
    before = text_of(buggy)
    repaired = engine.repair(before, str(buggy), unsafe=True)
    wrong = before.replace("        optimizer.step()\n", "        optimizer.zero_grad()\n        optimizer.step()\n")
    found = confirm_fixes(str(buggy), before, wrong, repaired.applied)
    assert (found.text, found.confirmed) == (None, ())
    assert "refuted" in found.others[0][1]


def test_confirm_fixes_separates_the_rules(tmp_path: Path) -> None:
    """Two bugs, one of them in code that the run never reaches: that one is left, the other is repaired."""
    text = text_of(GOLDEN / "missing-zero-grad/flat_enumerate/before.py")
    text += (
        "\nif len(data) < 5:\n    smax = nn.Softmax(dim=1)\n    for inputs, target in loader:\n"
        "        optimizer.zero_grad()\n        loss = criterion(smax(net(inputs)), target)\n        loss.backward()\n"
        "        optimizer.step()\n"
    )
    path = tmp_path / "train.py"
    path.write_text(text)
    repaired = engine.repair(text, str(path), unsafe=True)
    assert {f.rule for f in repaired.applied} == {"missing-zero-grad", "redundant-softmax"}
    found = confirm_fixes(str(path), text, repaired.text, repaired.applied)
    assert [f.rule for f in found.confirmed] == ["missing-zero-grad"]
    assert found.text is not None and "smax(net(inputs))" in found.text
    assert [f.rule for f, _ in found.others] == ["redundant-softmax"]
    assert found.others[0][1].split(":")[0] in ("inconclusive", "not-reproduced")


def two(before: str, after: str, rule: str, tmp_path: Path) -> VerifyJob:
    path = tmp_path / "train.py"
    path.write_text(before)
    return VerifyJob(str(path), before, after, (Target(rule, 1),), device="cpu")


def test_scheduler_order(tmp_path: Path) -> None:
    """The bug of seed 001, its repair, and the wrong repair that an order check alone would accept."""
    before = text_of(GOLDEN / "scheduler-before-optimizer/seed_001/before.py")
    (call,) = re.findall(r"^ *scheduler\.step\(\).*\n", before, re.MULTILINE)
    lines = before.replace(call, "").splitlines(keepends=True)
    train = next(n for n, line in enumerate(lines) if line.startswith("    train(epoch"))
    after = "".join([*lines[: train + 1], call, *lines[train + 1 :]])
    inner = before.replace(call, "").replace("        optimizer.step()\n", "        optimizer.step()\n    " + call)
    with Server(device="cpu") as server:
        right = verify(two(before, after, "scheduler-before-optimizer", tmp_path), server)
        wrong = verify(two(before, inner, "scheduler-before-optimizer", tmp_path), server)
    assert right.verdict is Outcome.CONFIRMED, right
    assert wrong.verdict is Outcome.REFUTED, wrong


def test_one_batch_proves_nothing_about_accumulation(tmp_path: Path) -> None:
    """Seed 003 as it was posted: its range visits one batch, so dividing by their number changes nothing."""
    folder = GOLDEN / "unscaled-accumulation/seed_003"
    whole, posted = "range(0, X_train.size(0), batch_size)", "range(0, X_train.size(0) // batch_size - 1, batch_size)"
    texts = [text_of(folder / name).replace(whole, posted) for name in ("before.py", "after.py")]
    assert texts[0] != text_of(folder / "before.py")
    with Server(device="cpu") as server:
        answer = verify(two(texts[0], texts[1], "unscaled-accumulation", tmp_path), server)
    assert answer.verdict is Outcome.INCONCLUSIVE
    assert "no step applied more than one batch" in answer.reason


def test_two_bugs_at_once(tmp_path: Path) -> None:
    before = text_of(GOLDEN / "redundant-softmax/forward_functional/before.py")
    before = before.replace("        optimizer.zero_grad()\n", "")
    path = tmp_path / "train.py"
    path.write_text(before)
    repaired = engine.repair(before, str(path), unsafe=True)
    targets = tuple(Target(f.rule, f.line) for f in repaired.applied)
    assert {t.rule for t in targets} == {"missing-zero-grad", "redundant-softmax"}
    half = engine.repair(before, str(path), ["redundant-softmax"], unsafe=True).text
    with Server(device="cpu") as server:
        whole = verify(VerifyJob(str(path), before, repaired.text, targets, device="cpu"), server)
        part = verify(VerifyJob(str(path), before, half, targets, device="cpu"), server)
    assert whole.verdict is Outcome.CONFIRMED, whole
    assert part.verdict is Outcome.REFUTED
    assert {t.target.rule: t.verdict for t in part.targets}["redundant-softmax"] is Outcome.CONFIRMED


def test_no_sandbox_is_said_and_nothing_is_run(
    buggy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    note = tmp_path / "ran"
    buggy.write_text(f"open({str(note)!r}, 'w')\n" + buggy.read_text())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(buggy, sandbox=True) == 2
    assert "apt-get install bubblewrap" in capsys.readouterr().out
    assert not note.exists()


def test_the_working_directory_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script in a folder of a project, started from the project's root, finds what lies beside that root."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "rate.txt").write_text("0.05")
    text = text_of(GOLDEN / "missing-zero-grad/flat_enumerate/before.py")
    text = text.replace("lr=0.05", "lr=float(open('rate.txt').read())")
    path = tmp_path / "scripts" / "train.py"
    path.write_text(text)
    monkeypatch.chdir(tmp_path)
    assert run(Path("scripts/train.py")) == 0
    assert sorted(os.listdir(tmp_path)) == ["pyproject.toml", "rate.txt", "scripts"]

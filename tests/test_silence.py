"""Comments that silence a rule, and reports about those that silence nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Run

from fixer.silence import comments

pytestmark = pytest.mark.usefixtures("fake")

ZERO = "missing-zero-grad"


def found(run: Run, text: str, *options: str) -> list[tuple[int, str]]:
    Path("a.py").write_text(text)
    answer = json.loads(run("check", "a.py", "--format", "json", *options).out)
    assert not answer["errors"]
    return [(finding["line"], finding["rule"]) for finding in answer["findings"]]


@pytest.mark.parametrize(
    "text",
    [
        "backward(safe)  # fixer: ignore[missing-zero-grad]\n",
        "backward(safe)  #fixer:ignore[missing-zero-grad] the sum is wanted here\n",
        "backward(safe)  # noqa: E501  # fixer: ignore[redundant-softmax,missing-zero-grad]\nsoftmax(safe)\n",
        "# fixer: ignore[missing-zero-grad]\nbackward(safe)\n",
        "for x in y:\n    # fixer: ignore[missing-zero-grad]\n    # the sum is wanted here\n    backward(safe)\n",
        "# fixer: ignore-file[missing-zero-grad]\nbackward(safe)\nbackward(safe)\n",
        "backward(safe)\nbackward(safe)\n# fixer: ignore-file[missing-zero-grad]\n",
        "backward(safe)  # noqa: missing-zero-grad\n",
        "backward(safe)  # NOQA: E501, missing-zero-grad\n",
        "backward(safe)  # fixer: ignore[missing-zero-grad]\r\n",
        "x = 1\rbackward(safe)  # fixer: ignore[missing-zero-grad]\r",
    ],
)
def test_silenced(run: Run, here: Path, text: str) -> None:
    (here / "a.py").write_bytes(text.encode())
    answer = json.loads(run("check", "a.py", "--format", "json").out)
    assert ZERO not in [finding["rule"] for finding in answer["findings"]]


@pytest.mark.parametrize(
    "text",
    [
        "backward(safe)  # noqa\n",
        "backward(safe)  # noqa: E501\n",
        "backward(safe); x = '# fixer: ignore[missing-zero-grad]'\n",
        "backward(safe); x = '''\n# fixer: ignore-file[missing-zero-grad]\n'''\n",
        "# noqa: missing-zero-grad\nbackward(safe)\n",
    ],
)
def test_not_silenced(run: Run, here: Path, text: str) -> None:
    assert [rule for _, rule in found(run, text)] == [ZERO]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("x = 1  # fixer: ignore[missing-zero-grad]\n", 1, "`missing-zero-grad` finds no bug here"),
        ("x = 1\n# fixer: ignore[missing-zero-grad]\n\nx = 2\n", 2, "finds no bug here"),
        ("# fixer: ignore-file[redundant-softmax]\n", 1, "`redundant-softmax` finds no bug here"),
        ("x = 1  # fixer: ignore[missing-zero-gard]\n", 1, "did you mean 'missing-zero-grad'?"),
        ("x = 1  # fixer: ignore\n", 1, "names no rule"),
        ("x = 1  # fixer: ignore[]\n", 1, "names no rule"),
        (
            "backward(safe)  # fixer: ignore[missing-zero-grad, redundant-softmax]\n",
            1,
            "`redundant-softmax` finds no bug",
        ),
    ],
)
def test_a_comment_without_use_is_reported(run: Run, here: Path, text: str, line: int, words: str) -> None:
    assert found(run, text) == [(line, "unused-ignore")]
    ran = run("check", "a.py")
    assert ran.status == 1
    assert words in ran.out


def test_a_comment_for_a_rule_that_did_not_run_is_not_unused(run: Run, here: Path) -> None:
    text = "x = 1  # fixer: ignore[missing-zero-grad]\n"
    assert found(run, text, "--ignore", "missing-zero-grad") == []
    assert found(run, text, "--select", "redundant-softmax,unused-ignore") == []
    assert found(run, text, "--ignore", "unused-ignore") == []
    assert found(run, text, "--select", "unused-ignore,missing-zero-grad") == [(1, "unused-ignore")]


def test_a_comment_can_silence_the_report_about_itself(run: Run, here: Path) -> None:
    assert found(run, "x = 1  # fixer: ignore[missing-zero-grad, unused-ignore]\n") == []


def test_apply_leaves_silenced_code_alone(run: Run, here: Path) -> None:
    text = "backward(safe)  # fixer: ignore[missing-zero-grad]\nbackward(safe)\nsoftmax(safe)\n"
    Path("a.py").write_text(text)
    ran = run("apply", "a.py")
    assert Path("a.py").read_text() == text.replace("softmax(safe)", "zero()\nsoftmax(done)")
    assert "a.py:2:1  kept missing-zero-grad: another finding of this rule is silenced in this file" in ran.out
    assert ran.status == 1


def test_comments_of_a_broken_text_end_where_it_breaks() -> None:
    text = "x = 1  # fixer: ignore[missing-zero-grad]\ny = '''\n# fixer: ignore[redundant-softmax]\n"
    assert [comment.rules for comment in comments(text)] == [(ZERO,)]

"""The library: fixer.check, fixer.fix and fixer.verify."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fixer
import fixer.api

ROOT = Path(__file__).parent.parent
DIGITS = (ROOT / "examples" / "digits.py").read_text(encoding="utf-8")


def python(code: str) -> str:
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_importing_it_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import fixer; print(sorted(set(sys.modules) - before))"
    assert python(code) == "['fixer']"


def test_its_names_are_there_when_asked_for() -> None:
    assert set(fixer.__all__) <= set(dir(fixer))
    # Written out twice, for type checkers.
    assert set(fixer.__all__) == {*fixer.api.__all__, "__version__"}
    for name in fixer.__all__:
        assert getattr(fixer, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        fixer.nonsense  # type: ignore[attr-defined]  # noqa: B018


def test_verify_is_a_function_before_and_after_its_package_is_imported() -> None:
    code = """
import fixer
first = callable(fixer.verify)
import fixer.verify.command
try:
    fixer.verify("nope.py")
except fixer.SourceError as error:
    print(first, error)
"""
    assert python(code) == "True nope.py: no such file or folder; check the spelling"


def test_check(here: Path) -> None:
    (here / "a").mkdir()
    (here / "a" / "train.py").write_text(DIGITS)
    (here / "clean.py").write_text("x = 1\n")
    (here / "bad.py").write_text("def (\n")
    report = fixer.check([here / "a", "clean.py", "bad.py", "nope.py"])
    assert [(f.rule, f.path, f.line) for f in report.findings] == [
        ("redundant-softmax", "a/train.py", 26),
        ("optimizer-in-loop", "a/train.py", 48),
        ("missing-zero-grad", "a/train.py", 51),
    ]
    assert report.files == 2
    assert [(p.path, p.line) for p in report.problems] == [("nope.py", None), ("bad.py", 1)]
    one = fixer.check("a/train.py", select=["missing-zero-grad"])
    assert [f.rule for f in one.findings] == ["missing-zero-grad"]
    assert one.findings[0].fix.applicability is fixer.Applicability.SAFE
    assert (
        fixer.check(here / "a", ignore=["missing-zero-grad", "optimizer-in-loop", "redundant-softmax"]).findings == ()
    )
    assert (here / "a" / "train.py").read_text() == DIGITS


def test_settings_are_read_in_each_call(here: Path) -> None:
    (here / "train.py").write_text(DIGITS)
    assert len(fixer.check("train.py").findings) == 3
    (here / "pyproject.toml").write_text('[tool.fixer]\nselect = ["missing-zero-grad"]\n')
    assert len(fixer.check("train.py").findings) == 1
    (here / "other.toml").write_text('select = ["redundant-softmax", "optimizer-in-loop"]\n')
    assert len(fixer.check("train.py", config=here / "other.toml").findings) == 2


def test_standard_input_is_for_the_command_line() -> None:
    with pytest.raises(ValueError, match="give the text to fixer.fix"):
        fixer.check(["-"])


def test_a_wrong_rule() -> None:
    with pytest.raises(fixer.UnknownRule, match="did you mean 'redundant-softmax'"):
        fixer.check(".", select=["redundant-sofmax"])
    with pytest.raises(ValueError, match="unknown rule"):
        fixer.fix("", ignore=["nonsense"])


def test_fix(here: Path) -> None:
    safe = fixer.fix(DIGITS)
    assert safe.changed and [f.rule for f in safe.applied] == ["missing-zero-grad"]
    assert [(k.finding.rule, k.why) for k in safe.kept] == [
        ("redundant-softmax", "unsafe"),
        ("optimizer-in-loop", "unsafe"),
    ]
    every = fixer.fix(DIGITS, unsafe=True)
    assert len(every.applied) == 3 and every.kept == ()
    again = fixer.fix(every.text, unsafe=True)
    assert not again.changed and again.text == every.text
    assert fixer.fix("x = 1\r\n").text == "x = 1\r\n"


def test_fix_keeps_encodings_and_line_ends(here: Path) -> None:
    text = "# coding: latin-1\n# Maß\n" + DIGITS
    assert fixer.fix(text).text == "# coding: latin-1\n# Maß\n" + fixer.fix(DIGITS).text
    windows = DIGITS.replace("\n", "\r\n")
    assert fixer.fix(windows).text == fixer.fix(DIGITS).text.replace("\n", "\r\n")


def test_fix_of_a_notebook_and_of_markdown(here: Path) -> None:
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": DIGITS}]
    book = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    new = json.loads(fixer.fix(book, "a.ipynb").text)
    assert "            optimizer.zero_grad()\n" in new["cells"][0]["source"]
    text = fixer.fix(f"# Title\n\n```python\n{DIGITS}```\n", "a.md").text
    assert text.startswith("# Title\n\n```python\n") and "            optimizer.zero_grad()\n" in text


@pytest.mark.parametrize("text", ["def (", "x\0", "# coding: rot13\n"])
def test_fix_of_what_is_no_python(text: str) -> None:
    with pytest.raises(fixer.SourceError) as raised:
        fixer.fix(text, "a.py")
    assert raised.value.line == 1 and str(raised.value).startswith("a.py, line 1: ")


@pytest.mark.slow
def test_verify(here: Path) -> None:
    shutil.copy(ROOT / "examples" / "digits.py", here)
    answer = fixer.verify(here / "digits.py")
    assert answer is not None and answer.verdict.value == "confirmed" and answer.verdict.good
    assert [target.target.rule for target in answer.targets] == [
        "redundant-softmax",
        "optimizer-in-loop",
        "missing-zero-grad",
    ]
    assert len(answer.loss_before) >= 12 <= len(answer.loss_after)
    assert (here / "digits.py").read_text() == DIGITS


def test_nothing_to_verify(here: Path) -> None:
    (here / "a.py").write_text("x = 1\n")
    assert fixer.verify("a.py") is None
    with pytest.raises(ValueError, match="unknown device 'tpu'"):
        fixer.verify("a.py", device="tpu")


def test_it_is_typed(tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(
        "import fixer\n"
        "report: fixer.Report = fixer.check('a.py', jobs=2)\n"
        "text: str = fixer.fix('x = 1').text\n"
        "answer = fixer.verify('a.py')\n"
        "good: bool = answer is not None and answer.verdict.good\n"
        "fixer.check(3)\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={ROOT / '.mypy_cache'}"]
    ran = subprocess.run(
        [*command, str(tmp_path / "use.py")], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    errors = [line for line in ran.stdout.splitlines() if "use.py" in line and "error" in line]
    assert len(errors) == 1 and "use.py:6: error: Argument 1" in errors[0], ran.stdout


def test_the_example_of_the_documentation_runs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    assert code.count("fixer.verify") == 1
    (here / "train.py").write_text(DIGITS)
    (here / "experiments").mkdir()
    (here / "experiments" / "a.py").write_text("x = 1\n")
    exec(code.split("\nanswer")[0], {})
    out = capsys.readouterr().out
    assert out.startswith("train.py 26 redundant-softmax ") and fixer.fix(DIGITS, unsafe=True).text in out

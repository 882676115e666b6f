"""Bringing the tool to an old code base: silencing comments added, baselines, and warnings about uncommitted work."""

from __future__ import annotations

import ast
import json
import subprocess
from pathlib import Path

import pytest
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st

from fixer.adopt import with_ignore
from fixer.findings import Applicability, Finding, Fix, Span
from fixer.silence import silence
from fixer.sources.lines import split_lines

fake = pytest.mark.usefixtures("fake")

OLD = "for x in y:\n    backward(safe)\n    softmax(unsafe)  # why not\n    backward(none)\n"
QUIET = (
    "for x in y:\n    backward(safe)  # fixer: ignore[missing-zero-grad]\n"
    "    softmax(unsafe)  # why not  # fixer: ignore[redundant-softmax]\n"
    "    backward(none)  # fixer: ignore[missing-zero-grad]\n"
)


@fake
def test_add_ignore_silences_everything_and_changes_nothing_else(run: Run, here: Path) -> None:
    (here / "a.py").write_bytes(b"\xef\xbb\xbf" + OLD.replace("\n", "\r\n").encode())
    ran = run("apply", "--add-ignore", ".")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "a.py:2:5  silenced missing-zero-grad",
        "a.py:3:5  silenced redundant-softmax",
        "a.py:4:5  silenced missing-zero-grad",
        "Silenced 3 findings in 1 file.",
    ]
    assert (here / "a.py").read_bytes() == b"\xef\xbb\xbf" + QUIET.replace("\n", "\r\n").encode()
    assert run("check", "a.py").out == "No findings in 1 file.\n"
    assert run("apply", "--add-ignore", ".").out == "Nothing to repair.\n"


@fake
def test_a_comment_that_is_there_is_extended_and_a_useless_one_stays_reported(run: Run, here: Path) -> None:
    (here / "a.py").write_text("backward(safe)  # fixer: ignore[redundant-softmax]\nx = 1  # fixer: ignore[nope]\n")
    ran = run("apply", "--add-ignore", "a.py")
    assert ran.status == 1 and "a.py:2:8  kept unused-ignore" in ran.out
    first = "backward(safe)  # fixer: ignore[redundant-softmax, missing-zero-grad]\n"
    assert (here / "a.py").read_text() == first + "x = 1  # fixer: ignore[nope]\n"


@fake
def test_add_ignore_in_a_notebook(run: Run, here: Path) -> None:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": ["%time\n", "backward(safe)"]}
    (here / "a.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}))
    assert run("apply", "--add-ignore", "a.ipynb").status == 0
    source = json.loads((here / "a.ipynb").read_text())["cells"][0]["source"]
    assert source == ["%time\n", "backward(safe)  # fixer: ignore[missing-zero-grad]"]
    assert run("check", "a.ipynb").status == 0


FOUND = st.sampled_from(
    [
        'step("""a\n# b\nc""")',
        "step(\n    1,\n    2)",
        "step(1) \\\n    .go()",
        "step('#')",
        "x = 1; step(2)",
        "step(  # fixer: ignore[other]\n)",
        'f("""\n"""); step()',
    ]
)


@settings(deadline=None)
@given(FOUND, st.sampled_from(["", "    ", "\t"]), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_a_comment_finds_its_place_in_any_statement(code: str, indent: str, end: str, last: bool) -> None:
    lines = [indent + line if not at else line for at, line in enumerate(code.split("\n"))]
    text = ("if x:\n" if indent else "y = 0\n") + "\n".join(lines) + ("" if last else "\nz = 1\n")
    text = text.replace("\n", end)
    tree = ast.parse(text)
    call = next(n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "step")
    span = Span(call.lineno, call.col_offset + 1, call.end_lineno or 0, (call.end_col_offset or 0) + 1)
    finding = Finding("missing-zero-grad", "a.py", span, "m", (), Fix(Applicability.NONE, "", ""))
    changed = with_ignore(text, finding)
    assert changed is not None
    assert ast.dump(ast.parse(changed)) == ast.dump(tree)
    moved = len(split_lines(changed)) - len(split_lines(text))
    here = Span(span.line + moved, span.column, span.end_line + moved, span.end_column)
    again = Finding("missing-zero-grad", "a.py", here, "m", (), finding.fix)
    assert silence(changed, "a.py", [again], None).kept == ()


@fake
def test_a_baseline_knows_what_was_there_and_nothing_else(run: Run, here: Path) -> None:
    (here / "sub").mkdir()
    (here / "sub" / "a.py").write_text(OLD)
    (here / "b.py").write_text("backward(safe)\nbackward(safe)\n")
    ran = run("check", "--baseline", "known.json", "--write-baseline", ".")
    assert ran.status == 0
    assert ran.out.startswith("5 findings known in known.json;")
    assert run("check", "--baseline", "known.json", ".").out == "No findings in 2 files.\n"
    assert json.loads((here / "known.json").read_text())["findings"][0] == {
        "rule": "missing-zero-grad",
        "path": "b.py",
        "source": "backward(safe)",
        "count": 2,
    }
    # Lines move, indentation changes: still known. One more of the same, another file: new.
    (here / "sub" / "a.py").write_text("z = 1\n\n" + OLD.replace("    ", "\t"))
    (here / "b.py").write_text("backward(safe)\n" * 3)
    (here / "c.py").write_text("backward(safe)\n")
    found = json.loads(run("check", "--baseline", "known.json", "--format", "json", ".").out)["findings"]
    assert [(one["path"], one["line"]) for one in found] == [("b.py", 3), ("c.py", 1)]


@fake
def test_a_baseline_of_the_settings_holds_apply_back_too(run: Run, here: Path) -> None:
    (here / "pyproject.toml").write_text("[tool.fixer]\nbaseline = 'old/known.json'\n")
    (here / "old").mkdir()
    (here / "a.py").write_text(OLD)
    assert run("check", ".").status == 2, "a baseline that is missing is an error, not an empty one"
    assert "write it with `fixer check --write-baseline`" in run("check", ".").err
    assert run("check", "--write-baseline", ".").status == 0
    assert json.loads((here / "old" / "known.json").read_text())["findings"][0]["path"] == "../a.py"
    assert run("apply", "--unsafe", ".").out == "Nothing to repair.\n"
    (here / "a.py").write_text(OLD + "softmax(safe)\n")
    ran = run("apply", ".")
    assert ran.status == 1 and "another finding of this rule is silenced in this file" in ran.out
    assert (here / "a.py").read_text() == OLD + "softmax(safe)\n"


@fake
@pytest.mark.parametrize("text", ["[]", "{", '{"version": 1}', '{"version": 2, "findings": []}', "[" * 100_000])
def test_a_broken_baseline_is_one_line(run: Run, here: Path, text: str) -> None:
    (here / "a.py").write_text(OLD)
    (here / "known.json").write_text(text)
    ran = run("check", "--baseline", "known.json", "a.py")
    assert ran.status == 2
    (only,) = ran.err.splitlines()
    assert only.startswith("error: known.json: ")


@fake
def test_writing_a_baseline_needs_a_name_and_a_place(run: Run, here: Path) -> None:
    (here / "a.py").write_text(OLD)
    assert "--baseline FILE" in run("check", "--write-baseline", "a.py").err
    ran = run("check", "--write-baseline", "--baseline", "no/where.json", "a.py")
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)


def git(*arguments: str) -> None:
    names = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *names, *arguments], check=True, capture_output=True)


@fake
def test_check_clean_warns_of_what_git_could_not_give_back(run: Run, here: Path) -> None:
    (here / "out.py").write_text(OLD)
    assert "warning: out.py: it is in no git repository; " in run("apply", "--check-clean", "out.py").err
    git("init", "-q")
    (here / ".gitignore").write_text("secret*\n")
    for name in ("clean.py", "dirty [1].py", "staged.py", "none.py"):
        (here / name).write_text(OLD if name != "none.py" else "x = 1\n")
    (here / "secret.py").write_text(OLD)
    assert "staged.py: git does not track it" in run("apply", "--check-clean", "staged.py").err
    git("add", ".")
    assert "it has changes that are not committed" in run("apply", "--check-clean", "clean.py").err
    (here / "clean.py").write_text(OLD)
    (here / "staged.py").write_text(OLD)
    git("add", ".")
    git("commit", "-qm", "first")
    (here / "dirty [1].py").write_text("\n" + OLD)
    (here / "staged.py").write_text("\n\n" + OLD)
    (here / "none.py").write_text("x = 2\n")
    git("add", "staged.py")
    ran = run("apply", "--check-clean", ".", "secret.py")
    assert [line.split("; ")[0] for line in ran.err.splitlines()] == [
        "warning: dirty [1].py: it has changes that are not committed",
        "warning: staged.py: it has changes that are not committed",
        "warning: secret.py: git does not track it",
    ]
    assert run("apply", ".").err == "", "without the option nobody is asked"

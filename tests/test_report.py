"""Reports for people (plain and coloured) and for programs (JSON, SARIF, GitHub)."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from conftest import Run

from fixer.findings import Applicability, Finding, Fix, Problem, Shown, Span
from fixer.report import github, layout, sarif, text
from fixer.report import json as report_json
from fixer.run import Result

FIX = Fix(Applicability.UNSAFE, "insert zero()", "the training changes")
STEPS = (Shown(1, "backward", "first"), Shown(12, "step", "second", "other.py"))


def finding(**changes: object) -> Finding:
    span = Span(2, 2, 2, 12)
    values: dict[str, object] = {
        "rule": "r",
        "path": "a.py",
        "span": span,
        "message": "Bad.",
        "path_shown": STEPS,
        "fix": FIX,
    }
    return Finding(**{**values, **changes})  # type: ignore[arg-type]


def lines(found: Finding, source: str = "x = 1\n\tbackward()\n") -> list[str]:
    excerpt = (source.splitlines(keepends=True) + [""] * 9)[found.line - 1]
    return [layout.plain(line) for line in text.findings(Result("a.py", (found,), text=source, excerpts=(excerpt,)))]


def test_the_marker_stands_under_the_statement_and_the_steps_name_their_file() -> None:
    assert lines(finding()) == [
        "a.py:2:2  r",
        "  2 | backward()",
        "    | ^^^^^^^^^^",
        "  Bad.",
        "    1. line 1       backward  first",
        "    2. other.py:12  step      second",
        "  unsafe fix: insert zero() (the training changes)",
        "",
    ]


def test_a_statement_of_several_lines_shows_its_first() -> None:
    assert lines(finding(span=Span(1, 1, 2, 3)), "x = (\n1)\n")[1:3] == ["  1 | x = (", "    | ^^^^^"]


def test_a_line_that_is_not_there_is_not_shown() -> None:
    assert lines(finding(span=Span(9, 1, 9, 2)))[1] == "  Bad."


def test_a_notebook_cell_is_named() -> None:
    assert lines(finding(cell=3))[:2] == ["a.py:cell 3:2:2  r", "  2 | backward()"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured, piped, asked_not_to = Terminal(), io.StringIO(), Terminal()
    line = (("[bold]not markup[/bold]", "bold red"), (" :smile:", ""))
    layout.show([line], coloured)
    layout.show([line], piped)
    monkeypatch.setenv("NO_COLOR", "1")
    layout.show([line], asked_not_to)
    assert "\x1b[1;31m[bold]not markup[/bold]\x1b[0m" in coloured.getvalue()
    assert piped.getvalue() == asked_not_to.getvalue() == "[bold]not markup[/bold] :smile:\n"


def test_output_that_cannot_encode_a_name_escapes_it() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    layout.show([(("é\udce9", ""),)], stream)
    stream.flush()
    assert raw.getvalue() == b"\\xe9\\udce9\n"


def test_the_json_object_is_the_contract() -> None:
    results = [Result("a.py", (finding(),)), Result("b.py", problems=(Problem("b.py", "broken", 3),))]
    assert report_json.checked(results, [Problem("b.py", "broken", 3)]) == {
        "version": 1,
        "files_checked": 1,
        "findings": [
            {
                "rule": "r",
                "path": "a.py",
                "line": 2,
                "column": 2,
                "end_line": 2,
                "end_column": 12,
                "message": "Bad.",
                "path_shown": [
                    {"line": 1, "event": "backward", "note": "first"},
                    {"line": 12, "event": "step", "note": "second", "path": "other.py"},
                ],
                "fix": {"applicability": "unsafe", "summary": "insert zero()", "reason": "the training changes"},
            }
        ],
        "errors": [{"path": "b.py", "line": 3, "message": "broken"}],
    }
    assert report_json.finding(finding(cell=3))["cell"] == 3


def test_github_annotations_escape_what_would_end_them() -> None:
    problem = Problem("a,b:c.py", "100%\nbroken", 3)
    assert list(github.lines([Result("a.py", (finding(), finding(cell=1)))], [problem])) == [
        "::error file=a%2Cb%3Ac.py,line=3,title=fixer::100%25%0Abroken",
        "::warning file=a.py,line=2,endLine=2,col=2,title=fixer%3A r::Bad. Fix: insert zero()",
        "::warning file=a.py,title=fixer%3A r::Bad. (cell 1, line 2) Fix: insert zero()",
    ]


def test_sarif_holds_place_path_and_repair() -> None:
    result = Result("sub dir/a.py", (finding(path="sub dir/a.py"),), text="x = 1\n\tbackward()")
    log = sarif.log(
        [result], [Problem("b.py", "broken", 3)], {"r": "about r"}, lambda r, rule: "x = 1\n\tzero()\n\tbackward()"
    )
    (run,) = log["runs"]
    assert run["tool"]["driver"]["rules"] == [{"id": "r", "shortDescription": {"text": "about r"}}]
    (shown,) = run["results"]
    place = shown["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "sub%20dir/a.py"}
    assert place["region"] == {"startLine": 2, "startColumn": 2, "endLine": 2, "endColumn": 12}
    steps = shown["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["physicalLocation"]["artifactLocation"]["uri"] for step in steps] == [
        "sub%20dir/a.py",
        "other.py",
    ]
    (change,) = shown["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    assert replacement["insertedContent"] == {"text": "\tzero()\n"}
    assert replacement["deletedRegion"] == {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 1}
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"] == {"text": "broken"}


@pytest.mark.usefixtures("fake")
def test_sarif_repairs_give_what_apply_writes(run: Run, here: Path) -> None:
    (here / "a.py").write_text("x = 1\nfor x in y:\n    backward(safe)\n    z = 1\n    backward(unsafe)")
    log = json.loads(run("check", "--format", "sarif", "a.py").out)
    fix = log["runs"][0]["results"][0]["fixes"][0]
    old = (here / "a.py").read_text().splitlines(keepends=True)
    for change in reversed(fix["artifactChanges"][0]["replacements"]):
        region = change["deletedRegion"]
        last = region["endLine"] - 1 if region["endColumn"] == 1 else region["endLine"]
        old[region["startLine"] - 1 : last] = [change["insertedContent"]["text"]]
    run("apply", "--unsafe", "a.py")
    assert "".join(old) == (here / "a.py").read_text()


@pytest.mark.usefixtures("fake")
def test_the_formats_of_check(run: Run, here: Path) -> None:
    (here / "a.py").write_text("backward(safe)\n")
    assert run("check", "--format", "github", "a.py", "nope.py").out.splitlines() == [
        "::error file=nope.py,title=fixer::no such file or folder; check the spelling",
        "::warning file=a.py,line=1,endLine=1,col=1,title=fixer%3A missing-zero-grad::"
        "The gradient is never cleared. Fix: insert zero()",
    ]
    answer = json.loads(run("check", "--format", "json", "a.py", "nope.py").out)
    assert answer["errors"] == [
        {"path": "nope.py", "line": None, "message": "no such file or folder; check the spelling"}
    ]
    assert run("check", "--format", "json", "a.py", "nope.py").err == ""

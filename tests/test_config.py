"""[tool.fixer]: which file applies, what its keys do, and what is said about mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Run

from fixer.names import nearest

pytestmark = pytest.mark.usefixtures("fake")

BOTH = "for x in y:\n    backward(safe)\n    softmax(unsafe)\n"


def settings(folder: Path, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(f"[project]\nname = 'x'\n\n[tool.fixer]\n{text}")
    (folder / "a.py").write_text(BOTH)


def found(run: Run, *arguments: str) -> list[tuple[str, str]]:
    answer = json.loads(run("check", "--format", "json", *arguments).out)
    assert not answer["errors"]
    return [(finding["path"], finding["rule"]) for finding in answer["findings"]]


ZERO, SOFTMAX = ("a.py", "missing-zero-grad"), ("a.py", "redundant-softmax")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [ZERO, SOFTMAX]),
        ("select = ['redundant-softmax']", [SOFTMAX]),
        ("select = ['redundant-softmax']\nextend-select = ['missing-zero-grad']", [ZERO, SOFTMAX]),
        ("ignore = ['redundant-softmax']", [ZERO]),
        ("select = ['redundant-softmax']\nignore = ['redundant-softmax']", []),
        ("per-file-ignores = { 'a*.py' = ['missing-zero-grad'] }", [SOFTMAX]),
        ("per-file-ignores = { 'sub/' = ['missing-zero-grad'] }", [ZERO, SOFTMAX]),
    ],
)
def test_rules_are_chosen(run: Run, here: Path, text: str, expected: list[tuple[str, str]]) -> None:
    settings(here, text)
    assert found(run, "a.py") == expected


def test_the_command_line_wins(run: Run, here: Path) -> None:
    settings(here, "select = ['redundant-softmax']\nper-file-ignores = { '*' = ['missing-zero-grad'] }")
    assert found(run, "a.py", "--select", "missing-zero-grad") == [ZERO]
    settings(here, "ignore = ['redundant-softmax']")
    assert found(run, "a.py", "--ignore", "missing-zero-grad") == []


def test_the_nearest_settings_count(run: Run, here: Path) -> None:
    settings(here, "select = ['redundant-softmax']")
    settings(here / "sub", "select = ['missing-zero-grad']")
    (here / "sub" / "deep").mkdir()
    (here / "sub" / "deep" / "a.py").write_text(BOTH)
    (here / "other").mkdir()
    (here / "other" / "pyproject.toml").write_text("[project]\nname = 'without a table of ours'\n")
    (here / "other" / "a.py").write_text(BOTH)
    assert found(run, ".") == [
        ("a.py", "redundant-softmax"),
        ("other/a.py", "redundant-softmax"),
        ("sub/a.py", "missing-zero-grad"),
        ("sub/deep/a.py", "missing-zero-grad"),
    ]


def test_exclude_holds_for_folders_and_not_for_named_files(run: Run, here: Path) -> None:
    settings(here, "exclude = ['vendored/', '/b*.py']")
    for name in ("b1.py", "vendored/c.py", "sub/b2.py"):
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_text("backward(safe)\n")
    assert [path for path, _ in found(run, ".")] == ["a.py", "a.py", "sub/b2.py"]
    assert [path for path, _ in found(run, "b1.py", "vendored/c.py")] == ["b1.py", "vendored/c.py"]


def test_unsafe_is_a_setting_that_the_command_line_can_take_back(run: Run, here: Path) -> None:
    settings(here, "unsafe = true")
    assert run("diff", "a.py").out.count("+    zero()") == 2
    assert run("diff", "--no-unsafe", "a.py").out.count("+    zero()") == 1


def test_a_settings_file_of_ones_own(run: Run, here: Path) -> None:
    settings(here, "select = ['missing-zero-grad']")
    (here / "fixer.toml").write_text("select = ['redundant-softmax']\n")
    assert found(run, "a.py", "--config", "fixer.toml") == [SOFTMAX]
    assert found(run, "a.py", "--config", "pyproject.toml") == [ZERO]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("selct = []", 5, "unknown key 'selct'; did you mean 'select'? (in [tool.fixer])"),
        ("zzzzzz = 1", 5, "unknown key 'zzzzzz'; known: exclude,"),
        ("\nselect = ['missing-zerograd']", 6, "unknown rule 'missing-zerograd'; did you mean 'missing-zero-grad'?"),
        ("select = 'missing-zero-grad'", 5, "select must be a list of strings"),
        ("exclude = [1]", 5, "exclude must be a list of strings"),
        ("unsafe = 'yes'", 5, "unsafe must be true or false"),
        ("per-file-ignores = ['a.py']", 5, "per-file-ignores must be a table"),
        ("per-file-ignores = { 'a.py' = ['zero'] }", None, "unknown rule 'zero'"),
        ("select == []", 5, "not valid TOML"),
    ],
)
def test_a_mistake_is_one_error_with_its_line(run: Run, here: Path, text: str, line: int | None, words: str) -> None:
    settings(here, text)
    (here / "b.py").write_text(BOTH)
    ran = run("check", ".")
    assert ran.status == 2
    (only,) = ran.err.splitlines()
    place = "error: pyproject.toml:" if line is None else f"error: pyproject.toml:{line}: "
    assert only.startswith(place) and words in only
    assert run("config", "a.py").status == 2
    explicit = run("check", "--config", "pyproject.toml", "a.py")
    assert explicit.status == 2 and words in explicit.err


def test_a_missing_settings_file(run: Run, here: Path) -> None:
    settings(here, "")
    ran = run("check", "--config", "nope.toml", "a.py")
    assert (ran.status, ran.err) == (2, "error: nope.toml: cannot be read: no such file or directory\n")


def test_config_tells_what_applies_and_why(run: Run, here: Path) -> None:
    settings(here, "ignore = ['redundant-softmax']\nunsafe = true\nexclude = ['old/']")
    (here / "old").mkdir()
    assert run("config", "a.py").out.splitlines() == [
        "settings from pyproject.toml",
        "rules = missing-zero-grad, unused-ignore",
        "unsafe = true",
        "exclude = old/",
    ]
    assert "excluded" in run("config", "old").out
    assert run("config", "nope").status == 2


def test_the_nearest_name() -> None:
    names = ["select", "extend-select", "ignore"]
    assert nearest("selcet", names) == "select"
    assert nearest("IGNORE", names) == "ignore"
    assert nearest("exclude-files", names) is None
    assert nearest("x", []) is None

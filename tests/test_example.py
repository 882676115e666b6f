"""The shipped example, and what the README shows of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import Run

ROOT = Path(__file__).parent.parent


@pytest.fixture
def digits(here: Path) -> Path:
    shutil.copy(ROOT / "examples" / "digits.py", here)
    return here / "digits.py"


def test_the_readme_shows_what_the_commands_print(run: Run, digits: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = run("check", "digits.py").out.split("\n\n")
    assert f"```\n{blocks[2]}\n```" in readme
    assert f"```diff\n{run('diff', '--unsafe', 'digits.py').out}```" in readme


def test_the_example_is_repaired_whole(run: Run, digits: Path) -> None:
    assert run("check", "digits.py").out.count("\n  safe fix: ") == 1
    assert run("apply", "digits.py").status == 1
    assert run("apply", "--unsafe", "digits.py").status == 0
    assert run("check", "digits.py").status == 0
    assert run("diff", "--unsafe", "digits.py").raw == b""


def test_all_rules_are_in_the_readme(run: Run) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in run("rules").out.splitlines():
        assert f"`{line.split()[0]}`" in readme
        assert run("explain", line.split()[0]).out.startswith("# ")

"""Every golden case, found by its folder: adding one needs no Python.

``golden/<rule>/<case>/before.py`` becomes ``after.py``; ``expected.json`` may list the findings exactly:
{"findings": [{"rule": ..., "line": ..., "applicability": ...}]}. Scripts in ``golden/clean`` have no finding.
"""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixer import engine
from fixer.findings import Applicability
from fixer.silence import silence
from fixer.sources.python import decode

GOLDEN = Path(__file__).parent.parent / "golden"
SECONDS = 120

CASES = sorted(folder.parent for folder in GOLDEN.glob("*/*/before.py"))
CLEAN = sorted((GOLDEN / "clean").glob("*.py"))


def name(path: Path) -> str:
    return str(path.relative_to(GOLDEN))


def read(path: Path) -> str:
    return decode(path.read_bytes()).text


def shown(path: Path) -> list[tuple[int, str]]:
    """What ``fixer check`` would report: (line, rule)."""
    text = read(path)
    found = engine.check(text, str(path)).findings
    kept = silence(text, str(path), found, None)
    return [(finding.line, finding.rule) for finding in (*kept.kept, *kept.unused)]


def comments(text: str) -> Counter[str]:
    """The comments that have a line of their own; one behind code may go with its line."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return Counter(t.string for t in tokens if t.type == tokenize.COMMENT and t.line.strip().startswith("#"))


def test_every_case_has_both_halves() -> None:
    halves = {path.parent for path in GOLDEN.glob("*/*/*.py") if path.parent.parent.name != "clean"}
    assert halves == set(CASES)
    assert all((folder / "after.py").is_file() for folder in CASES)
    assert CASES and CLEAN


def test_every_rule_has_cases() -> None:
    from codemods._registry import rules

    assert {folder.parent.name for folder in CASES} == set(rules())


@pytest.mark.parametrize("folder", CASES, ids=name)
def test_before_is_reported(folder: Path) -> None:
    path = folder / "before.py"
    found = engine.check(read(path), str(path)).findings
    expected = folder / "expected.json"
    if expected.exists():
        wanted = json.loads(expected.read_text())["findings"]
        seen = [{"rule": f.rule, "line": f.line, "applicability": f.fix.applicability.value} for f in found]
        # A case may say less than everything about a finding, but it names each of them.
        assert [{key: one[key] for key in want} for one, want in zip(seen, wanted, strict=False)] == wanted
        assert len(seen) == len(wanted), seen
    else:
        assert folder.parent.name in {finding.rule for finding in found}
    for finding in found:
        assert finding.message and finding.path_shown and finding.fix.summary
        assert finding.fix.reason or finding.fix.applicability is Applicability.SAFE


@pytest.mark.parametrize("folder", CASES, ids=name)
def test_before_becomes_after(folder: Path) -> None:
    path = folder / "before.py"
    before, after = read(path), read(folder / "after.py")
    repaired = engine.repair(before, str(path), unsafe=True)
    assert repaired.text == after
    assert comments(before) - comments(repaired.text) == Counter()
    # The bytes too: a byte order mark, an encoding or a line end must not change on the way.
    assert decode(path.read_bytes()).with_text(repaired.text) == (folder / "after.py").read_bytes()


@pytest.mark.parametrize("folder", CASES, ids=name)
def test_after_is_clean_and_stays_as_it_is(folder: Path) -> None:
    path = folder / "after.py"
    after = read(path)
    ast.parse(after)
    repaired = engine.repair(read(folder / "before.py"), str(folder / "before.py"), unsafe=True)
    # What could not be repaired is all that may still be reported.
    assert Counter(rule for _, rule in shown(path)) == Counter(kept.finding.rule for kept in repaired.kept)
    repaired = engine.repair(after, str(path), unsafe=True)
    assert repaired.text == after
    assert repaired.applied == ()


@pytest.mark.parametrize("path", CLEAN, ids=name)
def test_a_look_alike_has_no_finding(path: Path) -> None:
    assert shown(path) == []
    assert engine.repair(read(path), str(path), unsafe=True).text == read(path)


# --- the scripts themselves ----------------------------------------------------------------------------------------

Script = Callable[[Path], None]


@pytest.fixture(scope="session")
def run_script() -> Iterator[Script]:
    """Run a script in a process that shares its import of torch with the others; fail if it fails."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(Path(__file__).with_name("golden_runner.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdin and server.stdout

        def run(path: Path) -> None:
            assert server.stdin and server.stdout
            server.stdin.write(json.dumps({"path": str(path), "seconds": SECONDS}) + "\n")
            server.stdin.flush()
            answer = json.loads(server.stdout.readline())
            assert answer["status"] == 0, answer["output"]

        yield run
        server.stdin.close()


@pytest.mark.slow
@pytest.mark.parametrize("path", [folder / half for folder in CASES for half in ("before.py", "after.py")], ids=name)
def test_a_case_runs(path: Path, run_script: Script) -> None:
    run_script(path)


@pytest.mark.slow
@pytest.mark.parametrize("path", CLEAN, ids=name)
def test_a_look_alike_runs(path: Path, run_script: Script) -> None:
    run_script(path)

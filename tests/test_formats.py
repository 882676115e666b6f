"""SARIF against the official schema, JUnit, statistics, and reports written to a file."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from conftest import Run

from fixer.sources.lines import split_lines

SCHEMA = Path(__file__).parent / "data" / "sarif" / "sarif-schema-2.1.0.json"
GOLDEN = Path(__file__).parent.parent / "golden"
EVERY = sorted(GOLDEN.glob("*/*/before.py"))
CASES = EVERY[:: len(EVERY) // 12]

fake = pytest.mark.usefixtures("fake")
BOTH = "for x in y:\n    backward(safe)\n    softmax(unsafe)\n"


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads(SCHEMA.read_text())
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


def replaced(text: str, change: dict[str, Any]) -> str:
    """What a consumer of SARIF makes of a fix: characters cut and put in by line and column."""
    starts = [0]
    for line in split_lines(text):
        starts.append(starts[-1] + len(line))
    for one in sorted(change["replacements"], key=lambda r: -r["deletedRegion"]["startLine"]):
        region = one["deletedRegion"]
        first = starts[region["startLine"] - 1] + region["startColumn"] - 1
        last = starts[region["endLine"] - 1] + region["endColumn"] - 1
        text = text[:first] + one["insertedContent"]["text"] + text[last:]
    return text


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.parent.name}/{path.parent.name}")
def test_sarif_of_golden_cases_is_valid_and_its_fixes_repair(run: Run, here: Path, validator: Any, path: Path) -> None:
    (here / "a b.py").write_bytes(path.read_bytes())
    log = json.loads(run("check", "--format", "sarif", "a b.py").out)
    validator.validate(log)
    results = log["runs"][0]["results"]
    assert results
    for result in results:
        steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
        assert steps and all(step["location"]["message"]["text"] for step in steps)
    fixable = [result for result in results if result["properties"]["applicability"] != "none"]
    for rule in {result["ruleId"] for result in fixable}:
        fixes = next(result.get("fixes", []) for result in fixable if result["ruleId"] == rule)
        expected = path.read_bytes().decode()
        for change in fixes[:1]:  # none if another rule's repair has to come first
            expected = replaced(expected, change["artifactChanges"][0])
        run("apply", "--unsafe", "--select", rule, "a b.py")
        assert expected == (here / "a b.py").read_bytes().decode()
        (here / "a b.py").write_bytes(path.read_bytes())


def test_sarif_of_odd_things_is_valid(run: Run, here: Path, validator: Any) -> None:
    name = "b\udce9.py"
    text = (GOLDEN / "missing-zero-grad").glob("*/before.py")
    source = sorted(text)[0].read_text()
    (here / name).write_text(source)
    (here / "bad.py").write_text("x = backward(\n")
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": source}
    (here / "n.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}))
    (here / "m.md").write_text(f"# x\n\n```python\n{source}```\n")
    ran = run("check", "--format", "sarif", ".", "m.md", "nope.py", "/nowhere/x.py")
    assert ran.status == 2
    log = json.loads(ran.out)
    validator.validate(log)
    assert len(log["runs"][0]["invocations"][0]["toolExecutionNotifications"]) == 3
    assert (
        len(
            {
                result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                for result in log["runs"][0]["results"]
            }
        )
        == 3
    )
    with pytest.raises(jsonschema.ValidationError):
        log["runs"][0]["results"][0]["message"] = "no object"
        validator.validate(log)


@fake
def test_junit_has_a_test_for_each_finding_problem_and_clean_file(run: Run, here: Path) -> None:
    (here / "a.py").write_text(BOTH)
    (here / "clean.py").write_text("x = 1\n")
    (here / "bad.py").write_text("x = backward(\n")
    ran = run("check", "--format", "junit", ".")
    assert ran.status == 2
    top = ElementTree.fromstring(ran.out)
    assert dict(top.attrib) == {"name": "fixer", "tests": "4", "failures": "2", "errors": "1"}
    (suite,) = top
    cases = [(case.get("classname"), case.get("name"), [child.tag for child in case]) for case in suite]
    assert cases == [
        ("bad.py", "fixer", ["error"]),
        ("a.py", "missing-zero-grad line 2", ["failure"]),
        ("a.py", "redundant-softmax line 3", ["failure"]),
        ("clean.py", "fixer", []),
    ]
    failure = suite[1][0]
    assert failure.get("message") == "The gradient is never cleared."
    assert "  2 | backward(safe)\n" in (failure.text or "")


@fake
def test_junit_escapes_what_xml_cannot_hold(run: Run, here: Path) -> None:
    (here / os.fsdecode(b"caf\xe9 <&>.py")).write_text("backward(safe)  # \f\x01 ]]> \U0001f600\n")
    (case,) = ElementTree.fromstring(run("check", "--format", "junit", ".").out)[0]
    assert case.get("classname") == "caf\\udce9 <&>.py"
    assert case[0].text is not None


@fake
def test_statistics(run: Run, here: Path) -> None:
    (here / "a.py").write_text(BOTH + BOTH)
    (here / "b.py").write_text("backward(none)\n")
    ran = run("check", "--statistics", ".")
    assert ran.status == 1
    assert ran.out.splitlines()[:3] == [
        "     3  missing-zero-grad  in 2 files (2 safe, 1 without a fix)",
        "     2  redundant-softmax  in 1 file (2 unsafe)",
        "5 findings (2 safe fixes, 2 unsafe, 1 without a fix) in 2 files of 2.",
    ]
    answer = json.loads(run("check", "--statistics", "--format", "json", ".").out)
    assert answer["statistics"][0] == {
        "rule": "missing-zero-grad",
        "count": 3,
        "files": 2,
        "safe": 2,
        "unsafe": 0,
        "none": 1,
    }
    assert (answer["files_checked"], answer["errors"]) == (2, [])
    assert run("check", "--statistics", "--format", "sarif", ".").status == 2
    (here / "a.py").write_text("x = 1\n")
    assert run("check", "--statistics", "a.py").out == "No findings in 1 file.\n"


@fake
@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "junit"])
def test_output_goes_to_a_file_and_nowhere_else(run: Run, here: Path, form: str) -> None:
    (here / "a.py").write_text(BOTH)
    printed = run("check", "--format", form, "a.py")
    (here / "report").write_text("old")
    (here / "report").chmod(0o640)
    ran = run("check", "--format", form, "--output", "report", "a.py")
    assert (ran.status, ran.raw, ran.err) == (1, b"", "")
    assert (here / "report").read_bytes() == printed.raw
    assert stat.S_IMODE((here / "report").stat().st_mode) == 0o640
    assert sorted(os.listdir(here)) == ["a.py", "report"]


@fake
def test_output_of_diff_is_the_patch_byte_for_byte(run: Run, here: Path) -> None:
    (here / "a.py").write_bytes("# coding: latin-1\n# café\r\nbackward(safe)".encode("latin-1"))
    patch = run("diff", "a.py").raw
    assert run("diff", "--output", "a.patch", "a.py").status == 1
    assert (here / "a.patch").read_bytes() == patch
    assert b"caf\xe9" in patch


@fake
def test_output_that_cannot_be_written_is_one_line(run: Run, here: Path) -> None:
    (here / "a.py").write_text(BOTH)
    for place in ("no/where", "."):
        ran = run("check", "--output", place, "a.py")
        assert (ran.status, len(ran.err.splitlines())) == (2, 1), place
        assert ran.err.startswith(f"error: {place}: ")
    assert run("check", "--output", "/dev/null", "a.py").status == 1
    assert os.path.exists("/dev/null") and not os.path.isfile("/dev/null")


@fake
@pytest.mark.parametrize("tool", [("git", "apply", "-"), ("patch", "-p1", "-s", "--binary")])
@pytest.mark.parametrize(
    "raw",
    [
        b"for x in y:\r\n    backward(safe)\r\n",
        b"for x in y:\n    backward(safe)",
        b"\xef\xbb\xbffor x in y:\n    backward(safe)\r\n    x = 1",
        "# coding: latin-1\n# caf\u00e9\nbackward(safe)  # \u00e9\n".encode("latin-1"),
        b"x = 1\n\x0c\nfor x in y:\n\tbackward(safe)\n" * 9,
    ],
)
def test_a_piped_diff_is_taken_by_both_tools(run: Run, here: Path, raw: bytes, tool: tuple[str, ...]) -> None:
    names = ["a.py", "with spaces/in it.py", "caf\u00e9 [1].py"]
    for name in names:
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_bytes(raw)
    patch = run("diff", ".").raw
    subprocess.run(tool, input=patch, check=True, capture_output=True)
    patched = {name: (here / name).read_bytes() for name in names}
    for name in names:
        (here / name).write_bytes(raw)
    assert run("apply", ".").status == 0
    assert {name: (here / name).read_bytes() for name in names} == patched
    assert all(b"zero()" in one for one in patched.values())

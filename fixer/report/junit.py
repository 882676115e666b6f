"""Findings as JUnit XML, which CI servers show as tests: a file without findings passes, each finding is a failure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fixer.findings import Finding, Problem
from fixer.report import layout, text
from fixer.run import Result

# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(results: Sequence[Result], problems: Sequence[Problem]) -> str:
    """One ``testsuite``: a ``testcase`` for each finding, for each problem (an ``error``), and for each clean file."""
    from xml.etree import ElementTree as xml

    found = [(result, at) for result in results for at in range(len(result.findings))]
    broken = {problem.path for problem in problems}
    clean = [result for result in results if not result.findings and result.path not in broken]
    counts = {"tests": str(len(found) + len(problems) + len(clean)), "failures": str(len(found))}
    suites = xml.Element("testsuites", {"name": "fixer", **counts, "errors": str(len(problems))})
    suite = xml.SubElement(suites, "testsuite", {"name": "fixer", **counts, "errors": str(len(problems))})
    for problem in problems:
        line = {} if problem.line is None else {"line": str(problem.line)}
        case = xml.SubElement(suite, "testcase", _escaped({"name": "fixer", "classname": problem.path, **line}))
        xml.SubElement(case, "error", _escaped({"message": problem.message, "type": "error"}))
    for result, at in found:
        finding = result.findings[at]
        case = xml.SubElement(suite, "testcase", _escaped(_case(finding)))
        failure = xml.SubElement(case, "failure", _escaped({"message": finding.message, "type": finding.rule}))
        failure.text = _safe(_block(result, at))
    for result in clean:
        xml.SubElement(suite, "testcase", _escaped({"name": "fixer", "classname": result.path, "file": result.path}))
    xml.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + xml.tostring(suites, encoding="unicode")


def _case(finding: Finding) -> dict[str, str]:
    cell = "" if finding.cell is None else f" cell {finding.cell}"
    name = f"{finding.rule}{cell} line {finding.span.line}"
    return {"name": name, "classname": finding.path, "file": finding.path, "line": str(finding.span.line)}


def _block(result: Result, at: int) -> str:
    """The finding as the text report shows it."""
    one = Result(result.path, (result.findings[at],), excerpts=(result.excerpts[at],))
    return "\n" + "\n".join(map(layout.plain, text.findings(one)))


def _escaped(values: dict[str, str]) -> dict[str, str]:
    return {name: _safe(value) for name, value in values.items()}


def _safe(value: str) -> str:
    return _FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", value)

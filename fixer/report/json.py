"""Results as one JSON object, stable since version 1: the contract for editors, bots and scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fixer.findings import Finding, Problem
from fixer.run import Result

VERSION = 1


def finding(found: Finding) -> dict[str, Any]:
    """A finding as JSON shows it; ``cell`` only for notebooks, a step's ``path`` only if it is in another file."""
    span = found.span
    place = {"rule": found.rule, "path": found.path}
    cell = {} if found.cell is None else {"cell": found.cell}
    shown = [
        {"line": step.line, "event": step.event, "note": step.note, **({"path": step.path} if step.path else {})}
        for step in found.path_shown
    ]
    fix = {"applicability": found.fix.applicability.value, "summary": found.fix.summary, "reason": found.fix.reason}
    return {
        **place,
        **cell,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "message": found.message,
        "path_shown": shown,
        "fix": fix,
    }


def checked(results: Sequence[Result], problems: Sequence[Problem], verbose: bool = False) -> dict[str, Any]:
    """The object of ``fixer check``; ``not_checked`` only if ``verbose``."""
    answer: dict[str, Any] = {
        "version": VERSION,
        "files_checked": sum(1 for result in results if result.asked and not result.problems),
        "findings": [finding(found) for result in results for found in result.findings],
        "errors": [{"path": problem.path, "line": problem.line, "message": problem.message} for problem in problems],
    }
    if verbose:
        answer["not_checked"] = [
            {"path": item.path, "line": item.line, "what": item.what, "why": item.why}
            for result in results
            for item in result.not_checked
        ]
    return answer


def counted(results: Sequence[Result], problems: Sequence[Problem], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The object of ``fixer check --statistics``: as that of check, with counts by rule for the findings."""
    answer = checked((), problems)
    del answer["findings"]
    answer["files_checked"] = sum(1 for result in results if not result.problems)
    return {**answer, "statistics": rows}


def changed(
    results: Sequence[Result], problems: Sequence[Problem], diffs: dict[str, str] | None = None
) -> dict[str, Any]:
    """The object of ``fixer apply``, and (with ``diffs``: the diff of each path) of ``fixer diff``."""
    answer = checked(results, problems)
    answer["changed"] = [result.path for result in results if result.new is not None]
    answer["applied"] = [finding(found) for result in results for found in result.applied]
    answer["kept"] = [{"finding": finding(kept.finding), "why": kept.why} for result in results for kept in result.kept]
    if diffs is not None:
        answer["diffs"] = [{"path": path, "diff": text} for path, text in diffs.items()]
    return answer


def dumps(answer: dict[str, Any]) -> str:
    """The object as text: ASCII only, so that no terminal or pipe can spoil it."""
    import json

    return json.dumps(answer, indent=2)

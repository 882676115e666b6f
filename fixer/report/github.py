"""Findings as GitHub Actions workflow commands: annotations on the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fixer.findings import Problem
from fixer.run import Result


def lines(results: Sequence[Result], problems: Sequence[Problem]) -> Iterator[str]:
    """One command per finding (a warning) and per problem (an error)."""
    for problem in problems:
        line = {} if problem.line is None else {"line": str(problem.line)}
        yield command("error", {"file": problem.path, **line, "title": "fixer"}, problem.message)
    for result in results:
        for found in result.findings:
            span = found.span
            cell = "" if found.cell is None else f" (cell {found.cell}, line {span.line})"
            # A line inside a cell is no line of the notebook's file.
            where = {"line": str(span.line), "endLine": str(span.end_line), "col": str(span.column)} if not cell else {}
            text = f"{found.message}{cell} Fix: {found.fix.summary}"
            yield command("warning", {"file": found.path, **where, "title": f"fixer: {found.rule}"}, text)


def command(kind: str, properties: dict[str, str], message: str) -> str:
    """A workflow command as the runner reads it from standard output."""
    shown = ",".join(f"{key}={_escape(value, True)}" for key, value in properties.items())
    return f"::{kind} {shown}::{_escape(message, False)}"


def _escape(text: str, is_property: bool) -> str:
    """As the runner undoes it: percent first, then what would end the command."""
    pairs = [("%", "%25"), ("\r", "%0D"), ("\n", "%0A")] + ([(":", "%3A"), (",", "%2C")] if is_property else [])
    for raw, escaped in pairs:
        text = text.replace(raw, escaped)
    return text

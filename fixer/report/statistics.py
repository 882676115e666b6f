"""How many findings each rule has, and how many of them can be repaired: ``fixer check --statistics``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fixer.findings import Applicability
from fixer.report.layout import Line
from fixer.report.text import count
from fixer.run import Result

_SURE = (Applicability.SAFE, Applicability.UNSAFE, Applicability.NONE)


def counted(results: Sequence[Result]) -> list[dict[str, Any]]:
    """For each rule with findings its ``rule``, ``count``, ``files``, and how many fixes are safe, unsafe, none.

    The commonest rule comes first.
    """
    found: dict[str, dict[str, Any]] = {}
    for result in results:
        for finding in result.findings:
            new = {"rule": finding.rule, "count": 0, "files": set(), **{kind.value: 0 for kind in _SURE}}
            one = found.setdefault(finding.rule, new)
            one["count"] += 1
            one["files"].add(finding.path)
            one[finding.fix.applicability.value] += 1
    rows = sorted(found.values(), key=lambda one: (-one["count"], one["rule"]))
    return [{**one, "files": len(one["files"])} for one in rows]


def lines(results: Sequence[Result]) -> Iterator[Line]:
    """One line for each rule."""
    rows = counted(results)
    wide = max((len(one["rule"]) for one in rows), default=0)
    for one in rows:
        kinds = [f"{one[kind.value]} {'without a fix' if kind.value == 'none' else kind.value}" for kind in _SURE]
        told = ", ".join(text for text, kind in zip(kinds, _SURE, strict=True) if one[kind.value])
        yield (
            (f"{one['count']:>6}  ", "bold"),
            (f"{one['rule']:<{wide}}", "bold red"),
            (f"  in {count(one['files'], 'file')} ({told})", ""),
        )

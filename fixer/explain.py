"""The command ``fixer explain``: a rule's page, or the rules that fit a symptom."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from fixer.report import layout
from fixer.rules import page, pages
from fixer.symptoms import Match, search

FOUND, NOTHING = 0, 1
_MOST = 5


def show_page(rule: str) -> int:
    """Print a rule's page: drawn on a terminal, as Markdown elsewhere. Raises UnknownRule."""
    text = page(rule)
    if layout.is_terminal(sys.stdout):
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(text))
    else:
        print(text)
    return FOUND


def show_matches(question: str) -> int:
    """Print the rules whose symptoms fit the question, the best first. Returns 1 if there are none."""
    every = pages()
    found = search(question, {name: page(name) for name in every})
    if not found:
        print(f"no rule's page tells of {question!r}; use other words, or see them all with `fixer rules`")
        return NOTHING
    layout.show(_lines(found[:_MOST], {name: module.SUMMARY for name, module in every.items()}))
    return FOUND


def _lines(found: Sequence[Match], summaries: dict[str, str]) -> Iterator[layout.Line]:
    for match in found:
        yield ((match.rule, "bold"), (f"  {summaries[match.rule]}", ""))
        yield (("  symptom: ", "dim"), (match.symptom, "cyan"))
    yield ()
    hint = f"Read a rule's page with `fixer explain {found[0].rule}`; `fixer check PATH` tells whether a script has it."
    yield ((hint, "dim"),)

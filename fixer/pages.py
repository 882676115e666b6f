"""The parts of a rule's page: what each is called, in which order they stand, and how to take one out.

A page is the docstring of the rule's module, in Markdown. ``fixer explain`` prints it whole; the search by symptom,
the language server and the documentation site show parts of it.
"""

from __future__ import annotations

import re

SYMPTOMS = "How it looks from outside"

SECTIONS = (
    "What it does",
    "Why is this bad?",
    SYMPTOMS,
    "Example",
    "Fix",
    "When it is not a bug",
    "Fix safety",
    "References",
)
"""The sections of a page, in their order."""

_FENCE = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)[ \t]*$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^## +(.+?)[ \t]*$", re.MULTILINE)
_ITEM = re.compile(r"^[*-] +(.*(?:\n(?![*-] |\n).*)*)", re.MULTILINE)


def sections(page: str) -> dict[str, str]:
    """The text under each heading of the second level, in order; what looks like one inside a code block is none."""
    code = [match.span() for match in _FENCE.finditer(page)]
    heads = [head for head in _HEADING.finditer(page) if not any(start <= head.start() < end for start, end in code)]
    ends = [head.start() for head in heads[1:]] + [len(page)]
    return {head[1]: page[head.end() : end].strip() for head, end in zip(heads, ends, strict=True)}


def symptoms(page: str) -> tuple[str, ...]:
    """What a person sees who has this bug, one sentence or two each; without such a section, none."""
    text = sections(page).get(SYMPTOMS, "")
    items = [" ".join(item.split()) for item in _ITEM.findall(text)]
    # A page of somebody else's rule may tell it in a paragraph instead of a list.
    return tuple(items or ([" ".join(text.split())] if text else []))

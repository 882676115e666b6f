"""Which tests are passed in the middle of a loop, and not only at its end."""

from __future__ import annotations

import ast
import re

from fixer.reading.conditions import All, Any, Atom, Formula, Not, Test
from fixer.reading.sizes import batches
from fixer.reading.tree import Loop

_WHOLE = re.compile(r"len\(|length|epoch|batches|total|n_?iter|num_?iter|num_?steps|n_?steps", re.I)
"""What the length of an epoch is called, in batches."""


def passes_midway(test: Formula, side: bool, loop: Loop) -> bool:
    """Whether control surely comes by this side of a test in an iteration of ``loop`` that is not its last.

    A test whose answer is not known to differ within the loop counts as passed: this side is what is asked about.
    """
    if isinstance(test, bool):
        return test is side
    if isinstance(test, Not):
        return passes_midway(test.inner, not side, loop)
    if isinstance(test, (All, Any)):
        each = [passes_midway(part, side, loop) for part in test.parts]
        return all(each) if isinstance(test, All) is side else any(each)
    if loop.ident not in test.loops:
        return True
    if test.kind is Test.EVERY:
        return not side or not _fills(test, loop)
    if test.kind is Test.FIRST:
        return True
    return test.kind is Test.LAST and not side


def _fills(every: Atom, loop: Loop) -> bool:
    """Whether "every k-th iteration" may mean the last one alone: k is, or may be, the length of the loop."""
    if every.period is not None:
        count = batches(loop)
        return count is not None and every.period >= count
    text = every.count or ""
    if "/" in text:
        return False
    bound = [
        ast.unparse(part.value)
        for part in ast.walk(loop.module.tree)
        if isinstance(part, ast.Assign) and any(ast.unparse(target) == text for target in part.targets)
    ]
    return any(_WHOLE.search(one) and "/" not in one for one in (text, *bound))

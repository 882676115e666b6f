"""Pieces of code from one document (cells, fenced blocks) as one Python text, and the text divided among them again.

Before each piece stands a statement of its own that names it: comments travel with the code that follows them, and a
piece must not end early.
"""

from __future__ import annotations

import re

from fixer.sources.python import Unusable

_MARK = "'fixer-cell {}'{}"
_MARKS = re.compile(r"(?:\A|(?<=[\r\n]))'fixer-cell (\d+)'(?:\r\n?|\n)")


def marked(number: int, text: str, end: str = "\n") -> str:
    """``text`` with the mark ``number`` before it, on a line of its own that ends with ``end``."""
    return _MARK.format(number, end) + text


def has_mark(text: str) -> bool:
    """Whether ``text`` holds what looks like a mark already, so that it could not be told apart."""
    return _MARKS.search(text + "\n") is not None


def divided(text: str, numbers: list[int]) -> list[str]:
    """The pieces of ``text`` in order. Raises Unusable if the marks between them are not ``numbers`` any more."""
    pieces = _MARKS.split(text)
    if pieces[0].strip() or [int(number) for number in pieces[1::2]] != numbers:
        raise Unusable("the repair reaches over several cells or blocks; make it by hand")
    return pieces[2::2]

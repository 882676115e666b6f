"""Python in syntax colours, line by line."""

from __future__ import annotations

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

Piece = tuple[str, str]
"""A piece of a line: its class of colour (or empty) and its text."""

_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "c"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (String, "s"),
    (Number, "n"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Builtin, "b"),
    (Name.Decorator, "d"),
)


def colours(text: str) -> list[list[Piece]]:
    r"""The lines of a Python text (ended by ``\n``, ``\r\n`` or ``\r``) in coloured pieces, without their ends."""
    lines: list[list[Piece]] = [[]]
    for kind, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens(text):
        name = next((name for known, name in _CLASSES if kind in known), "")
        for place, part in enumerate(value.split("\n")):
            if place:
                lines.append([])
            if part:
                lines[-1].append((name, part))
    return lines


def plain(pieces: list[Piece]) -> str:
    """The text of a line."""
    return "".join(text for _, text in pieces)

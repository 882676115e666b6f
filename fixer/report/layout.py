"""Lines of styled text, printed with rich on a terminal and plain everywhere else.

Rich is imported only where there is a terminal to colour: a piped report starts and runs without it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TextIO

Piece = tuple[str, str]
"""A piece of text and its style (a rich style, or empty)."""

Line = tuple[Piece, ...]


def plain(line: Line) -> str:
    """The text of a line without its styles."""
    return "".join(text for text, _ in line)


def is_terminal(stream: TextIO) -> bool:
    """Whether ``stream`` shows colours: a terminal, unless NO_COLOR or TERM say otherwise."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def show(lines: Iterable[Line], stream: TextIO | None = None) -> None:
    """Print ``lines`` to ``stream`` (default: standard output); text that it cannot encode is escaped."""
    out = stream or sys.stdout
    if not is_terminal(out):
        encoding = getattr(out, "encoding", None) or "utf-8"
        for line in lines:
            # Names of files need not be text at all; a report about them must still be printed.
            out.write(plain(line).encode(encoding, "backslashreplace").decode(encoding) + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, highlight=False, markup=False, emoji=False, soft_wrap=True)
    for line in lines:
        text = Text()
        for piece, style in line:
            text.append(piece.encode("utf-8", "backslashreplace").decode(), style or None)
        console.print(text)

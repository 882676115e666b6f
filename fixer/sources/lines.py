"""Lines as Python counts them.

``str.splitlines`` also splits at form feeds, U+2028 and others, which are no line ends of Python source; every
part that turns a line number into text must use these functions instead.
"""

from __future__ import annotations

import io


def split_lines(text: str) -> list[str]:
    r"""The lines of ``text`` with their ends, which are ``\n``, ``\r\n`` or ``\r``; nothing is translated."""
    return list(io.StringIO(text, newline=""))


def line_of_offset(raw: bytes, offset: int) -> int:
    r"""The line, from 1, that holds the byte at ``offset`` (for encodings in which ``\n`` is one byte)."""
    before = raw[:offset]
    return before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1

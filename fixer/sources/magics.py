"""Lines of a notebook that are IPython's and not Python's: they become ``pass`` and come back as they were.

A line that begins with ``%`` can also continue an expression over several lines (a string format), so only the
beginning of a statement counts.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence

from fixer.sources.lines import split_lines

# Cell magics whose cell is Python all the same; a cell under any other (%%bash, %%html, ...) is not.
_PYTHON_CELLS = frozenset({"capture", "prun", "time", "timeit"})
_MAGIC = re.compile(r"\s*(?:[%!?]|[\w.]+\s*\?{1,2}\s*$|[\w.,\s\[\]]+=\s*[%!])")
_STAND_IN = re.compile(r"(?:\A|(?<=[\r\n]))([ \t]*)pass  # fixer-magic (\d+)(?=[\r\n]|\Z)")
_STRING = re.compile(r"[rRbBuUfFtT]{0,2}(\"\"\"|'''|\"|')")


Hidden = tuple[str, str]
"""A line that was replaced: the indentation of its stand-in, and the line."""


def hide(cell: str, hidden: list[Hidden]) -> str | None:
    """The Python of a cell, line by line, its magics replaced and appended to ``hidden``; None if it is no Python."""
    if _parses(cell):
        return cell
    first = cell.lstrip()
    if first.startswith("%%"):
        name = re.match(r"%%(\w*)", first)
        if name is None or name[1] not in _PYTHON_CELLS:
            return None
    known = len(hidden)
    out: list[str] = []
    state = _State()
    continued = False
    indent = ""
    for line in split_lines(cell):
        body = line.rstrip("\r\n")
        if continued or (state.fresh and _MAGIC.match(body)):
            indent = indent if continued else body[: len(body) - len(body.lstrip())]
            out.append(f"{indent}pass  # fixer-magic {len(hidden)}{line[len(body) :]}")
            hidden.append((indent, body))
            continued = body.endswith("\\")
        else:
            out.append(line)
            state.read(line)
    text = "".join(out)
    if _parses(text):
        return text
    del hidden[known:]
    return None


def show(text: str, hidden: Sequence[Hidden]) -> str:
    """``text`` with the magics back in their places, moved with them if these are indented otherwise now."""

    def back(match: re.Match[str]) -> str:
        indent, line = hidden[int(match[2])]
        return line if match[1] == indent else match[1] + line.lstrip()

    return _STAND_IN.sub(back, text)


class _State:
    """Reads Python line by line, just far enough to know where statements begin."""

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""
        self._joined = False

    @property
    def fresh(self) -> bool:
        """Whether the next line begins a statement."""
        return not self._depth and not self._quote and not self._joined

    def read(self, line: str) -> None:
        """Take in one line."""
        self._joined = False
        at = 0
        while at < len(line):
            char = line[at]
            if self._quote:
                if char == "\\":
                    at += 1
                elif line.startswith(self._quote, at):
                    at += len(self._quote) - 1
                    self._quote = ""
            elif char == "#":
                break
            elif char == "\\" and line[at + 1 :].strip("\r\n") == "":
                self._joined = True
                break
            elif char in "([{":
                self._depth += 1
            elif char in ")]}":
                self._depth = max(0, self._depth - 1)
            else:
                match = _STRING.match(line, at)
                if match:
                    self._quote = match[1]
                    at = match.end() - 1
            at += 1
        if len(self._quote) == 1:  # a string in single quotes ends with its line, unless that is continued
            self._joined = line.rstrip("\r\n").endswith("\\")
            self._quote = self._quote if self._joined else ""


def _parses(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True

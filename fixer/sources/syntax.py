"""Why a text is no Python 3, in one sentence with the line and what to do."""

from __future__ import annotations

import ast
import re
import sys
import warnings

from fixer.sources.lines import split_lines
from fixer.sources.python import Unusable

# Source with more characters than this is refused where it would have to be parsed: Python's parser needs about 100
# bytes of memory per byte of source and a second per megabyte, and no script written by a person comes near it.
MAX_SIZE = 2 * 1024 * 1024

_TOO_DEEP = "blocks or expressions are nested too deeply for Python's own parser; split the code into functions"

# A line of a megabyte (data, say) is not searched to its end.
_LONGEST = 400

# Looked for on the line of the error only, so that a string elsewhere cannot mislead.
_PYTHON_2 = (
    (r"^\s*(?:.*:\s*)?print\s+[^\s(=]|^\s*(?:.*:\s*)?print\s*>>", "a print statement"),
    (r"^\s*except\s+[\w.()\s,]+,\s*\w+\s*:", "'except Error, name'"),
    (r"^\s*(?:.*:\s*)?raise\s+[\w.]+\s*,", "'raise Error, message'"),
    (r"^\s*(?:.*:\s*)?exec\s+[\w'\"]", "an exec statement"),
    (r"<>", "the operator <>"),
    (r"`[^`]+`", "backquotes"),
    (r"(?<![\w.])(?:0[0-7]+|(?:0[xX][0-9a-fA-F]+|\d+)[lL])\b", "an old integer literal"),
    (r"\b[uU][rR]['\"]", "a ur'' string"),
)
_MAGIC = r"^\s*(?:[%!]|\?\w|\w[\w.]*\?{1,2}\s*$)"


def check_syntax(text: str) -> None:
    """Raise Unusable, with the line and what to do, if ``text`` is no Python 3 (or too large to be read)."""
    check_size(text)
    try:
        # A warning about an escape sequence in somebody's string is not ours to print.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        raise _explain(text, error) from None
    except (RecursionError, MemoryError):
        raise Unusable(_TOO_DEEP) from None
    except ValueError as error:  # a null byte, where the text did not come from a file
        raise Unusable(f"{error}; this is no Python text") from None


def check_size(text: str) -> None:
    """Raise Unusable if ``text`` is larger than is read."""
    if len(text) > MAX_SIZE:
        limit = MAX_SIZE // 1048576
        raise Unusable(
            f"the source has {len(text) / 1048576:.1f} MiB, more than the {limit} MiB that are read; split the file"
        )


def too_deep() -> Unusable:
    """The problem to report when reading a text that parses ran out of stack."""
    return Unusable(_TOO_DEEP)


def _explain(text: str, error: SyntaxError) -> Unusable:
    message = (error.msg or "invalid syntax").rstrip(".")
    lines = split_lines(text)
    number = error.lineno
    if number is not None:
        number = max(1, min(number, len(lines) or 1))
    line = lines[number - 1][:_LONGEST].rstrip() if number and lines else ""
    if "too many levels of indentation" in message or "too many statically nested" in message:
        return Unusable(f"{message}; {_TOO_DEEP}", number)
    old = _python_2(line, message)
    if old:
        return Unusable(f"Python 2 code ({old}); convert it with 2to3, then check again", number)
    if re.match(_MAGIC, line):
        return Unusable(
            f"a notebook or shell command ({line.strip()[:40]}) is no Python; check the notebook or drop the line",
            number,
        )
    if isinstance(error, TabError):
        return Unusable(f"{message}; indent with one of the two", number)
    if isinstance(error, IndentationError):
        return Unusable(f"{message}; the indentation was lost or changed here, restore it", number)
    if "never closed" in message or "unmatched" in message or "does not match opening" in message:
        return Unusable(f"syntax error: {message}; balance the brackets", number)
    if "non-printable character" in message:
        return Unusable(f"syntax error: {message}, as copied from a web page; replace it by a space", number)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return Unusable(f"syntax error: {message}; correct this line (read as Python {version})", number)


def _python_2(line: str, message: str) -> str | None:
    """What on this line, where the parser stopped, only Python 2 allows."""
    if "Missing parentheses in call to 'print'" in message:
        return "a print statement"
    if "Missing parentheses in call to 'exec'" in message:
        return "an exec statement"
    if "multiple exception types must be parenthesized" in message:
        return "'except Error, name'"
    code = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", "''", line).split("#")[0].rstrip()
    for pattern, what in _PYTHON_2:
        if re.search(pattern, code):
            return what
    return None

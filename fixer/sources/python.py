"""A Python file as text and back: BOM, PEP 263 encodings and line ends survive byte for byte."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from fixer.sources.lines import line_of_offset

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Unusable(Exception):
    """A source that cannot be read or written: what is wrong and what to do, and the line (from 1) if there is one."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class PythonSource:
    """A Python file: its bytes as they were read, and the text that the engine sees (line ends as they are)."""

    raw: bytes
    text: str
    encoding: str
    bom: bytes = b""

    def with_text(self, new: str) -> bytes:
        """The bytes of the file with ``new`` as its text.

        Raises Unusable if the encoding cannot hold ``new``, or does not give back the bytes it was decoded from
        (then a rewrite would touch more than its own lines).
        """
        try:
            if self.bom + self.text.encode(self.encoding) != self.raw:
                raise Unusable(f"its encoding {self.encoding} is not written back exactly; convert the file to UTF-8")
            return self.bom + new.encode(self.encoding)
        except UnicodeEncodeError as error:
            char = new[error.start] if error.start < len(new) else "?"
            raise Unusable(
                f"its encoding {self.encoding} has no character {char!r}; convert the file to UTF-8"
            ) from None

    def locate(self, line: int) -> tuple[int | None, int]:
        """The cell (none) and the line that a reader of the file counts."""
        return None, line

    def indent(self, line: int) -> int:
        """The characters that stand before a line of ``text`` in the file: none."""
        return 0


def decode(raw: bytes) -> PythonSource:
    """Read the bytes of a Python file as Python itself does (BOM, coding cookie, else UTF-8).

    Raises Unusable on null bytes, an unknown encoding, or bytes that the encoding does not allow.
    """
    if raw.startswith(_UTF16):
        raise Unusable("the file is UTF-16, which Python does not read; save it as UTF-8", 1)
    null = raw.find(b"\0")
    if null >= 0:
        raise Unusable(
            "the file contains a null byte and is no Python text; restore or delete it", line_of_offset(raw, null)
        )
    bom = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    encoding = _encoding(raw)
    try:
        text = raw[len(bom) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = line_of_offset(raw, error.start + len(bom))
        found = raw[error.start + len(bom)]
        hint = "save it as UTF-8 or name its encoding in the first line, as in '# -*- coding: latin-1 -*-'"
        raise Unusable(f"byte 0x{found:02x} is not valid {encoding.upper()}; {hint}", line) from None
    return PythonSource(raw, text, encoding, bom)


def encoded(text: str) -> bytes:
    """The bytes of a text that is held in memory, in the encoding that its own cookie names, else UTF-8."""
    raw = text.encode("utf-8", "surrogatepass")
    try:
        return text.encode(_encoding(raw))
    except (Unusable, UnicodeEncodeError):
        return raw


def _encoding(raw: bytes) -> str:
    """The encoding that a coding cookie in the first two lines names, else UTF-8 (PEP 263)."""
    # Nearly all files have no cookie: do not pay for the tokenizer, whose rules decide the rest.
    head = raw[:4096]
    if b"coding" not in head:
        return "utf-8"
    import re
    import tokenize
    from io import BytesIO

    # As tokenize, but bytes that are not UTF-8 are the decoder's matter: it names their line.
    ends = re.split(rb"\r\n?|\n", head.removeprefix(codecs.BOM_UTF8), maxsplit=2)[:2]
    lines = b"\n".join(line.decode("ascii", "replace").encode("ascii", "replace") for line in ends)
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(lines).readline)
    except SyntaxError as error:
        raise Unusable(f"{error}; name a known encoding in the first line", 1) from None
    if head.startswith(codecs.BOM_UTF8) and encoding not in ("utf-8", "utf-8-sig"):
        raise Unusable(
            f"the file begins with a UTF-8 mark but names the encoding {encoding}; drop the one or the other", 1
        )
    if not _is_text(encoding):
        raise Unusable(f"the encoding {encoding} is not one for source text; save the file as UTF-8", 1)
    return encoding


def _is_text(encoding: str) -> bool:
    """Whether the codec maps ASCII text to the same bytes, as Python demands (``rot13`` and ``utf-16`` do not)."""
    try:
        return "#a".encode(encoding) == b"#a"
    except (LookupError, UnicodeError):
        return False

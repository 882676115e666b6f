"""Markdown and Quarto: the fenced Python blocks of one file, in order, as one Python text.

A block counts if its info string says Python: ``python``, ``py``, ``python3``, ``ipython3`` (whatever follows),
Quarto's and R Markdown's ``{python ...}``, Pandoc's ``{.python ...}``, MyST's ``{code-cell} ipython3``. A block that
is no Python 3 by itself (an excerpt, a session with prompts) is left out. A repair changes lines inside of its blocks
and nothing else.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from fixer.diff import matches
from fixer.sources.lines import line_of_offset, split_lines
from fixer.sources.magics import Hidden, hide, show
from fixer.sources.marks import divided, has_mark, marked
from fixer.sources.python import Unusable

_PYTHON = re.compile(
    r"(?:i?python|py)3?(?![\w+#-])|\{\s*\.?(?:i?python|py)3?(?![\w+#-])|\{code-(?:cell|block)\}\s*i?python3?\b", re.I
)
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the index of its first line in the file, what stands before each of its lines (a list's
    indentation, a quote's mark), its code without that, and how many lines lie between it and the next block."""

    start: int
    prefixes: tuple[str, ...]
    code: str
    gap: int


@dataclass(frozen=True, slots=True)
class MarkdownSource:
    """A Markdown file: its bytes, its Python blocks as one text, line for line where they stand, and what was left out.

    In ``text`` the line that opens a block is its mark, and every other line that is no code is blank.
    """

    raw: bytes
    text: str
    document: str
    blocks: tuple[Block, ...]
    hidden: tuple[Hidden, ...]
    left_out: tuple[tuple[int, str], ...] = ()

    def with_text(self, new: str) -> bytes:
        """The bytes of the file with ``new`` divided among its blocks. Raises Unusable if it cannot be."""
        lines = split_lines(self.document)
        out: list[str] = []
        at = 0
        for block, piece in zip(self.blocks, divided(new, list(range(1, len(self.blocks) + 1))), strict=True):
            code = show(_code(piece, block), self.hidden)
            if code != block.code:
                out += [*lines[at : block.start], *_prefixed(block, code)]
                at = block.start + len(block.prefixes)
        text = "".join([*out, *lines[at:]])
        return (_BOM if self.raw.startswith(_BOM) else b"") + text.encode()

    def locate(self, line: int) -> tuple[None, int]:
        """The line in the file: the same as in ``text``."""
        return None, line

    def indent(self, line: int) -> int:
        """The characters that stand before a line of ``text`` in the file."""
        at = bisect_right([block.start for block in self.blocks], line - 1) - 1
        inside = line - 1 - self.blocks[at].start if at >= 0 else -1
        return len(self.blocks[at].prefixes[inside]) if 0 <= inside < len(self.blocks[at].prefixes) else 0


def read_markdown(raw: bytes) -> MarkdownSource:
    """Read the bytes of a Markdown file. Raises Unusable if it is not UTF-8."""
    body = raw.removeprefix(_BOM)
    try:
        document = body.decode()
    except UnicodeDecodeError as error:
        where = line_of_offset(body, error.start)
        raise Unusable(f"byte 0x{body[error.start]:02x} is not valid UTF-8; save the file as UTF-8", where) from None
    lines = split_lines(document)
    hidden: list[Hidden] = []
    left_out: list[tuple[int, str]] = []
    read: list[tuple[int, tuple[str, ...], str, str]] = []
    for start, codes in _fences(document, lines):
        prefixes = _prefixes(lines[start : start + len(codes)], codes)
        if prefixes is None:
            left_out.append((start + 1, "tabs indent it together with the list around it"))
            continue
        code = "".join(whole[len(before) :] for whole, before in zip(lines[start:], prefixes, strict=False))
        python = None if has_mark(code) else hide(code, hidden)
        if python is None:
            left_out.append((start + 1, "it is no Python 3 by itself (an excerpt, or another language)"))
            continue
        read.append((start, prefixes, code, python))
    return _joined(raw, document, lines, read, hidden, left_out)


def _joined(
    raw: bytes,
    document: str,
    lines: list[str],
    read: list[tuple[int, tuple[str, ...], str, str]],
    hidden: list[Hidden],
    left_out: list[tuple[int, str]],
) -> MarkdownSource:
    """The blocks as one text that has every line where the file has it."""
    text: list[str] = []
    blocks: list[Block] = []
    at = 0
    starts = [start for start, *_ in read]
    for number, (start, prefixes, code, python) in enumerate(read, 1):
        text += [_end(line) for line in lines[at : start - 1]]
        text.append(marked(number, python, _end(lines[start - 1])))
        at = start + len(prefixes)
        gap = starts[number] - 1 - at if number < len(starts) else 0
        blocks.append(Block(start, prefixes, code, gap))
    return MarkdownSource(raw, "".join(text), document, tuple(blocks), tuple(hidden), tuple(left_out))


def _end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _code(piece: str, block: Block) -> str:
    """A piece of the text without the blank lines that stand for what follows the block. Raises Unusable."""
    lines = split_lines(piece)
    keep = len(lines) - block.gap
    if keep < 0 or any(line.strip() for line in lines[keep:]):
        raise Unusable("the repair reaches over several blocks; make it by hand")
    return "".join(lines[:keep])


def _fences(document: str, lines: list[str]) -> list[tuple[int, list[str]]]:
    """The Python blocks that are not empty: the index of the first line, and the lines as Markdown reads them."""
    if "```" not in document and "~~~" not in document:
        return []
    from markdown_it import MarkdownIt

    found = []
    for token in MarkdownIt("commonmark").parse(document):
        if token.type == "fence" and token.map and _PYTHON.match(token.info.strip()) and token.content.strip():
            codes = token.content.removesuffix("\n").split("\n")
            found.append((token.map[0] + 1, codes))
    return [(start, codes) for start, codes in found if start + len(codes) <= len(lines)]


def _prefixes(lines: list[str], codes: list[str]) -> tuple[str, ...] | None:
    """What stands before the code in each line; None if the code is not what the line ends with."""
    found = []
    for line, code in zip(lines, codes, strict=True):
        bare = line.rstrip("\r\n")
        if not bare.endswith(code):
            return None
        found.append(bare[: len(bare) - len(code)])
    return tuple(found)


def _prefixed(block: Block, code: str) -> list[str]:
    """The lines of a block as the file holds them: lines that stay keep what stands before them."""
    old, new = split_lines(block.code), split_lines(code)
    stay = {j + step: i + step for i, j, size in matches(old, new) for step in range(size)}
    usual = next((p for p, line in zip(block.prefixes, old, strict=True) if line.strip()), "")
    out = []
    for at, line in enumerate(new):
        before = block.prefixes[stay[at]] if at in stay else usual if line.strip() else usual.rstrip()
        out.append(before + line)
    return out

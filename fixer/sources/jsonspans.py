"""Where values stand in a JSON text, so that one can be replaced and every other byte left as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import Any

_SPACE = re.compile(r"[ \t\n\r]*")
# Not strict about control characters in strings, as Jupyter is not.
_DECODER = JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where its text begins and ends. Children are nodes: by key, or in order."""

    start: int
    end: int
    value: Any


def parse(text: str) -> Node:
    """The value of a JSON text. Raises ValueError (JSONDecodeError) as ``json.loads`` does, and RecursionError."""
    node = _value(text, _skip(text, 0))
    if _skip(text, node.end) != len(text):
        raise JSONDecodeError("Extra data", text, node.end)
    return node


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int) -> Node:
    char = text[at : at + 1]
    if char == "{":
        return _object(text, at)
    if char == "[":
        return _array(text, at)
    value, end = _DECODER.raw_decode(text, at)
    return Node(at, end, value)


def _object(text: str, start: int) -> Node:
    members: dict[str, Node] = {}
    at = _skip(text, start + 1)
    while text[at : at + 1] != "}":
        if members:
            at = _skip(text, _expect(text, at, ","))
        if text[at : at + 1] != '"':
            raise JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _expect(text, _skip(text, at), ":"))
        members[key] = _value(text, at)
        at = _skip(text, members[key].end)
    return Node(start, at + 1, members)


def _array(text: str, start: int) -> Node:
    items: list[Node] = []
    at = _skip(text, start + 1)
    while text[at : at + 1] != "]":
        if items:
            at = _skip(text, _expect(text, at, ","))
        items.append(_value(text, at))
        at = _skip(text, items[-1].end)
    return Node(start, at + 1, items)


def _expect(text: str, at: int, char: str) -> int:
    if text[at : at + 1] != char:
        raise JSONDecodeError(f"Expecting '{char}' delimiter", text, at)
    return at + 1

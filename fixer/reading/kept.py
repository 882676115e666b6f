"""Answers about a reading that several rules ask for: worked out once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from fixer.reading.reader import Reading

Answer = TypeVar("Answer")


def kept(reading: Reading, name: str, make: Callable[[], Answer]) -> Answer:
    """The answer that a reading keeps under a name; ``make`` works it out when it is asked for first."""
    if name not in reading.cache:
        reading.cache[name] = make()
    return cast(Answer, reading.cache[name])

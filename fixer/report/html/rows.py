"""What a picture is made of."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layer:
    """One backward's share of what the gradients hold. ``old``: a step has applied it already."""

    name: str
    old: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """One iteration of a loop: its number (from 1, or 0 if it is not known), where the loop stands, and its text."""

    loop: Hashable
    number: int
    where: str
    text: str
    what: str
    """What an iteration is called: "batch", "epoch", or "round" where that is not known."""


@dataclass(frozen=True, slots=True)
class Row:
    """One event. ``where``: its line as the reader of the file counts. ``badges``: the numbers (from 1) of the
    finding's steps that speak of it.

    ``holds`` is what the gradients hold afterwards; ``says`` what happens to them; ``bad``: that is the bug.
    ``memory``: how many steps the optimizer remembers afterwards (None: not drawn).
    """

    event: str
    where: str
    code: str
    boxes: tuple[Box, ...] = ()
    badges: tuple[int, ...] = ()
    path: str | None = None
    mine: bool = True
    holds: tuple[Layer, ...] = ()
    says: str = ""
    bad: bool = False
    memory: int | None = None
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """The rows of one picture, from top to bottom. ``whole``: they come from a path that was read."""

    rows: tuple[Row, ...]
    whole: bool = True

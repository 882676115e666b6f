"""What passes between the parts: findings, fixes, and what could not be checked.

Plain data; imports nothing of the project, so every part may use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Applicability(str, Enum):
    """How sure a rewrite is to be what the author wants.

    * ``SAFE``: the intent is certain and no other behaviour can be lost. ``apply`` writes it.
    * ``UNSAFE``: very likely right, but the training, a checkpoint or an output changes. Written with ``--unsafe``.
    * ``NONE``: reported with the reason why it is not rewritten.
    """

    SAFE = "safe"
    UNSAFE = "unsafe"
    NONE = "none"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A piece of source text: lines and columns count from 1, columns in characters; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One step of the path that shows a bug: the line (from 1), the protocol's event, and a sentence about it.

    ``path`` is set only when the step stands in another file than the finding.
    """

    line: int
    event: str
    note: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """How a finding would be repaired: a one-line summary, and the reason for its applicability.

    ``files``: the other files that the repair changes.
    """

    applicability: Applicability
    summary: str
    reason: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation of the gradient protocol, at the statement a person would point at.

    ``path`` as the file was named, or relative to the working directory; of a notebook, ``cell`` is the number of the
    cell (from 1), and the lines of ``span`` and ``path_shown`` count in that cell.
    """

    rule: str
    path: str
    span: Span
    message: str
    path_shown: tuple[Shown, ...]
    fix: Fix
    cell: int | None = None

    @property
    def line(self) -> int:
        return self.span.line


@dataclass(frozen=True, slots=True)
class NotChecked:
    """A training loop (or a part of one) that could not be judged, and why. Listed under ``--verbose``.

    ``line`` counts from 1.
    """

    path: str
    line: int
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the tool could not do: which file, where, what is wrong and what to do about it.

    ``line`` counts from 1; None if there is none to name.
    """

    path: str
    message: str
    line: int | None = None

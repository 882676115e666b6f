"""What passes between the parts of the bot: plain data that goes through JSON unchanged."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

MAX_BODY = 65_536
"""Characters in the body of a comment (docs.github.com; a longer one is answered with 422)."""


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file of a pull request, as GitHub lists it. ``patch`` is None where GitHub shows no diff (binary, too large).

    ``base`` holds the file's text at the base, base64, for files without a patch whose base was fetched.
    """

    path: str
    status: str
    previous: str | None = None
    patch: str | None = None
    base: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the path that shows a bug."""

    path: str
    line: int
    event: str
    note: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Lines ``start`` to ``end`` (from 1, inclusive) of the file at the head, and what replaces them.

    All of them lie in one hunk of the pull request's diff.
    """

    start: int
    end: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as the bot reports it. Lines count in the file itself, also for a notebook (its JSON).

    ``touched``: the pull request changes the finding's lines, its cause, or brought it about. ``anchor`` is a line of
    the diff at which it can be shown (None: there is none). ``diff`` is its repair alone, as a unified diff.
    """

    rule: str
    path: str
    line: int
    end_line: int
    message: str
    fingerprint: str
    applicability: str
    summary: str
    reason: str = ""
    steps: tuple[Step, ...] = ()
    excerpt: str = ""
    cell: int | None = None
    cell_line: int | None = None
    touched: bool = False
    anchor: int | None = None
    suggestion: Suggestion | None = None
    diff: str = ""

    @property
    def where(self) -> str:
        """The place as a reader of the file names it."""
        if self.cell is not None:
            return f"{self.path}, cell {self.cell}, line {self.cell_line}"
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A file that could not be read, or something else that was not done: one sentence."""

    path: str
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file's new content (base64) with the findings repaired in it."""

    path: str
    content: str
    mode: str
    repaired: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the code of one head commit shows."""

    findings: tuple[Found, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    checked: int = 0
    rewritten: tuple[Rewritten, ...] = ()
    patch: str = ""

    @property
    def touched(self) -> tuple[Found, ...]:
        """The findings that the pull request is told about."""
        return tuple(found for found in self.findings if found.touched)

    @property
    def others(self) -> int:
        """How many findings the pull request has no part in."""
        return sum(not found.touched for found in self.findings)


@dataclass(frozen=True, slots=True)
class Proof:
    """The verifier's answer for one file, or why there is none (``verdict`` is then ``not-run``)."""

    path: str
    verdict: str
    reason: str
    tier: str = ""
    targets: tuple[dict[str, Any], ...] = ()
    loss_before: tuple[float, ...] = ()
    loss_after: tuple[float, ...] = ()
    stand_ins: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Choices:
    """The repository's settings for the bot: ``[tool.fixer.bot]`` of pyproject.toml at the base branch."""

    enabled: bool = True
    drafts: bool = False
    bots: bool = False
    review: bool = True
    comment: bool = True
    check: bool = True
    sarif: bool = False
    suggest_unsafe: bool = True
    apply_unsafe: bool = False
    verify: bool = False
    fail: bool = False
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """All that is known of one pull request at one commit: what the texts are made from."""

    head: str
    analysis: Analysis
    choices: Choices = field(default_factory=Choices)
    ignored: tuple[str, ...] = ()
    proofs: tuple[Proof, ...] = ()
    commands: bool = True
    web: str = ""


def pack(value: Any) -> dict[str, Any]:
    """A record as JSON-able data."""
    return dataclasses.asdict(value)


def unpack_analysis(data: dict[str, Any]) -> Analysis:
    """The record back from ``pack``."""
    return Analysis(
        findings=tuple(_found(one) for one in data["findings"]),
        troubles=tuple(Trouble(**one) for one in data["troubles"]),
        checked=data["checked"],
        rewritten=tuple(Rewritten(**{**one, "repaired": tuple(one["repaired"])}) for one in data["rewritten"]),
        patch=data["patch"],
    )


def unpack_proof(data: dict[str, Any]) -> Proof:
    """The record back from ``pack``."""
    lists = {name: tuple(data[name]) for name in ("targets", "loss_before", "loss_after", "stand_ins")}
    return Proof(**{**data, **lists})


def _found(data: dict[str, Any]) -> Found:
    given = dict(data)
    given["steps"] = tuple(Step(**one) for one in data["steps"])
    if data["suggestion"] is not None:
        given["suggestion"] = Suggestion(**{**data["suggestion"], "lines": tuple(data["suggestion"]["lines"])})
    return Found(**given)

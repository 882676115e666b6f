"""Text in GitHub's Markdown. Whatever comes from a pull request is quoted: it cannot mention, link or end a block."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from fixer.bot.model import MAX_BODY

FINDING, FIXED, SUMMARY, REVIEW, REPLY = "finding", "fixed", "summary", "review", "reply"
CUT = "\n\n_The rest does not fit into a comment; the check run lists every finding._\n"

_MARK = re.compile(r"<!-- fixer:([a-z]+)((?: [A-Za-z0-9_.:/=+-]+)*) -->\s*\Z")
_STATE = re.compile(r"<!-- fixer:state (\{[^<>]*\}) -->\s*<!-- fixer:summary[^<>]* -->\s*\Z")
_SPECIAL = re.compile(r"([\\`*_\[\]#!|~$])")


def marker(kind: str, *words: str) -> str:
    """A comment that nobody sees, by which the bot finds its own texts again. It must be the last thing in a body."""
    return f"<!-- fixer:{' '.join((kind, *words))} -->"


def marked(body: str | None) -> tuple[str, tuple[str, ...]] | None:
    """The marker at the end of a body: its kind and words. A marker anywhere else is somebody's text."""
    found = _MARK.search((body or "").rstrip())
    return (found[1], tuple(found[2].split())) if found else None


def with_state(text: str, state: dict[str, Any]) -> str:
    """The body of the summary, which remembers ``state`` (names of rules and the like, no free text)."""
    data = json.dumps(state, sort_keys=True)
    if "<" in data or ">" in data:
        raise ValueError("the state of a summary holds names only")
    return f"{text}\n<!-- fixer:state {data} -->\n{marker(SUMMARY)}"


def state_of(body: str | None) -> dict[str, Any]:
    """What a summary remembers (empty: nothing, or it was damaged)."""
    found = _STATE.search((body or "").rstrip())
    try:
        data = json.loads(found[1]) if found else {}
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def plain(text: str, limit: int = 600) -> str:
    """Text of unknown origin as text: one line, no markup, no mention, no HTML."""
    flat = " ".join(text.split())
    flat = flat if len(flat) <= limit else flat[: limit - 1] + "…"
    flat = html.escape(flat, quote=False)
    flat = _SPECIAL.sub(r"\\\1", flat)
    # A zero-width joiner keeps @name and #1 from becoming a mention, and a bare address from becoming a link.
    return flat.replace("@", "@\u2060").replace("://", ":\u2060//").replace("www.", "www\u2060.")


def code(text: str, limit: int = 300) -> str:
    """Text of unknown origin as inline code."""
    flat = " ".join(text.split())[:limit].replace("|", "\u00a6") or " "
    ticks = "`" * (_longest(flat) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") or len(ticks) > 1 else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def fenced(text: str, kind: str = "") -> str:
    """A block of code, fenced by more backticks than the code holds in a row."""
    fence = "`" * max(3, _longest(text) + 1)
    body = text if text.endswith("\n") or not text else text + "\n"
    return f"{fence}{kind}\n{body}{fence}"


def suggested(lines: Sequence[str]) -> str:
    """A suggestion block; no lines: the suggestion is to delete."""
    return fenced("".join(line + "\n" for line in lines), "suggestion")


def folded(title: str, text: str) -> str:
    """A part that opens on a click."""
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def fitted(parts: Iterable[tuple[int, str]], tail: str, limit: int = MAX_BODY) -> str:
    """The parts and then ``tail``, in at most ``limit`` characters.

    Each part comes with its rank: those of the highest number are left out first, from the end.
    """
    kept = [(rank, text) for rank, text in parts if text]
    cut = False

    def size() -> int:
        return sum(len(text) + 2 for _, text in kept) + len(tail) + (len(CUT) if cut else 0)

    while kept and size() > limit:
        cut = True
        worst = max(rank for rank, _ in kept)
        last = max(number for number, (rank, _) in enumerate(kept) if rank == worst)
        del kept[last]
    text = "\n\n".join(text for _, text in kept)
    return text + (CUT if cut else "\n\n" if text else "") + tail


def _longest(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)

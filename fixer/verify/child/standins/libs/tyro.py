"""Settings from a data class: its defaults, changed by ``--name value`` on the command line."""

from __future__ import annotations

import dataclasses
import importlib
import sys
import typing
from typing import Any

importlib.import_module("_fixer_child.standins.note").say("tyro is not installed: settings keep their defaults")


def cli(f: Any, args: Any = None, **_more: Any) -> Any:
    """An instance of a data class, or the result of a function."""
    given: dict[str, str] = {}
    words = list(sys.argv[1:] if args is None else args)
    for n, word in enumerate(words):
        if word.startswith("--"):
            name, _, value = word[2:].partition("=")
            follows = words[n + 1] if n + 1 < len(words) and not words[n + 1].startswith("--") else "True"
            given[name.replace("-", "_")] = value or follows
    if not dataclasses.is_dataclass(f):
        return f(**given)
    kinds = typing.get_type_hints(f)
    values = {name: _as(kinds.get(name, str), text) for name, text in given.items() if name in kinds}
    return f(**values)  # type: ignore[operator]


def _as(kind: Any, text: str) -> Any:
    if kind is bool:
        return text.lower() in ("1", "true", "yes")
    return kind(text) if kind in (int, float) else text

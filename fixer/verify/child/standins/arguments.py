"""Guesses required command-line arguments that were not given."""

from __future__ import annotations

import argparse
import os
import tempfile
from typing import Any


def install(recorder: Any) -> None:
    """Let argparse take a guess for each required option or positional argument that is missing."""
    plain = argparse.ArgumentParser.parse_known_args

    def parse_known_args(self: Any, args: Any = None, namespace: Any = None) -> Any:
        guessed = []
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction) or action.dest == "help":
                continue
            optional = bool(action.option_strings)
            if (action.required if optional else action.nargs not in ("?", "*")) and action.default is None:
                action.default = _guess(action)
                action.required = False
                if not optional:
                    action.nargs = "?"
                guessed.append(f"{'/'.join(action.option_strings) or action.dest}={action.default}")
        answer = plain(self, args, namespace)
        for guess in guessed:
            name, value = guess.split("=", 1)
            recorder.emit("stub", what=f"the argument {name} was not given: {value} was used; give it after --")
        return answer

    argparse.ArgumentParser.parse_known_args = parse_known_args  # type: ignore[method-assign]


def _guess(action: Any) -> Any:
    if action.choices:
        return next(iter(action.choices))
    one: Any
    if action.type is int:
        one = 2
    elif action.type is float:
        one = 0.01
    elif any(word in action.dest for word in ("dir", "path", "out", "save", "log", "folder", "root", "data")):
        one = os.path.join(tempfile.gettempdir(), "fixer-" + action.dest)
        os.makedirs(one, exist_ok=True)
    else:
        one = action.type("1") if callable(action.type) else "1"
    return [one] if action.nargs in ("+", "*") or isinstance(action.nargs, int) else one

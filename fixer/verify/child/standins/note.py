"""Lets stand-ins say once what they replace."""

from __future__ import annotations

from typing import Any

_recorder: Any = None
_said: set[str] = set()


def use(recorder: Any) -> None:
    """The recorder that is told."""
    global _recorder
    _recorder = recorder


def say(what: str, model: bool = False) -> None:
    """Record a replacement, once. ``model``: a model is replaced, so that nothing is proven about what it computes."""
    if what not in _said and _recorder is not None:
        _said.add(what)
        _recorder.emit("stub", what=what, **({"model": True} if model else {}))


def of_user(frame: Any) -> bool:
    """Whether a frame runs code of the user's project."""
    return _recorder is not None and _recorder.relative(frame.f_code.co_filename) is not None

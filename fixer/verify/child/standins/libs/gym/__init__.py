"""Gym and Gymnasium: small deterministic environments with the true observations and actions.

Cart-pole and pendulum move as they do there; of the others only the spaces are true, and the state follows a fixed
stable rule. Which of the two protocols is spoken (four results of ``step`` or five) is what the script unpacks.
"""

from __future__ import annotations

import importlib
from typing import Any

from . import spaces, vector, wrappers
from .core import ActionWrapper, Env, ObservationWrapper, RewardWrapper, Wrapper
from .worlds import build, known

__version__ = "0.21.0" if __name__ == "gym" else "1.0.0"
__all__ = [
    "ActionWrapper",
    "Env",
    "ObservationWrapper",
    "RewardWrapper",
    "Wrapper",
    "make",
    "spaces",
    "vector",
    "wrappers",
]

_note = importlib.import_module("_fixer_child.standins.note")
_note.say(f"{__name__} is not installed: small deterministic environments were used")


def make(id: Any, *_args: Any, **kwargs: Any) -> Any:  # the name is Gym's
    """An environment by its name, such as "CartPole-v1"."""
    if not known(str(id)):
        _note.say(f"the environment {id} is a small stand-in with a state of 8 numbers and 4 actions")
    return build(str(id), **kwargs)


def make_vec(id: Any, num_envs: int = 1, **kwargs: Any) -> Any:
    """Several environments side by side."""
    return vector.SyncVectorEnv([lambda: make(id, **kwargs)] * num_envs)


def register(*_args: Any, **_more: Any) -> None:
    """Environments of the script's own are left out."""


register_envs = register


class logger:  # a module in Gym
    """What Gym says, unsaid."""

    INFO, WARN, ERROR, DISABLED = 20, 30, 40, 50

    @staticmethod
    def set_level(_level: int) -> None:
        """Nothing is said."""


class error:  # a module in Gym
    """Errors by their names."""

    class Error(Exception):
        """Any of them."""

    DependencyNotInstalled = UnregisteredEnv = NoAsyncCallError = Error

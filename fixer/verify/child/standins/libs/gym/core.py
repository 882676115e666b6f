"""Environments and what wraps them."""

from __future__ import annotations

import ast
import functools
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np


@functools.cache
def _unpacked() -> tuple[int, int]:
    """How many results the script takes from ``step`` (4 or 5) and from ``reset`` (1 or 2)."""
    new = not __name__.startswith("gym.")
    steps, resets = (5, 2) if new else (4, 1)
    try:
        with open(str(sys.modules["__main__"].__file__), "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError, KeyError, AttributeError):
        return steps, resets
    seen_resets = seen_steps = False
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call | ast.Subscript)):
            continue
        call = node.value.value if isinstance(node.value, ast.Subscript) else node.value
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        target = node.targets[0]
        many = len(target.elts) if isinstance(target, ast.Tuple) else 0
        if call.func.attr == "step" and many in (4, 5):
            steps, seen_steps = many, True
        elif call.func.attr == "reset" and "env" in ast.unparse(call.func.value).lower():
            resets, seen_resets = (2 if many == 2 or call is not node.value else 1), True
    if seen_steps and not seen_resets:
        resets = 2 if steps == 5 else 1
    return steps, resets


class Env:
    """An environment; those of scripts inherit from it."""

    metadata: dict[str, Any] = {"render_modes": ["human"], "render_fps": 30}
    reward_range = (-float("inf"), float("inf"))
    action_space: Any = None
    observation_space: Any = None
    render_mode: Any = None
    spec: Any = SimpleNamespace(id="stand-in", max_episode_steps=200, reward_threshold=195.0)

    def __class_getitem__(cls, _item: Any) -> Any:
        return cls

    @property
    def unwrapped(self) -> Any:
        return self

    @property
    def np_random(self) -> Any:
        return np.random.RandomState(0)

    def seed(self, seed: Any = None) -> list[Any]:
        return [seed]

    def reset(self, *_args: Any, **_more: Any) -> Any:
        return None

    def render(self, *_args: Any, **_more: Any) -> Any:
        return np.zeros((40, 60, 3), np.uint8)

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_args: object) -> None:
        self.close()


class World(Env):
    """An environment of ours: ``start`` gives the first state, ``move`` the next one."""

    limit = 200

    def __init__(self) -> None:
        self.random = np.random.RandomState(0)
        self.time = 0
        self._max_episode_steps = self.limit

    def start(self) -> Any:
        """The first observation."""
        raise NotImplementedError

    def move(self, action: Any) -> tuple[Any, float, bool]:
        """The next observation, the reward, and whether it is over."""
        raise NotImplementedError

    def seed(self, seed: Any = None) -> list[Any]:
        self.random = np.random.RandomState(None if seed is None else int(seed) % 2**32)
        return [seed]

    def reset(self, *_args: Any, seed: Any = None, **_more: Any) -> Any:
        if seed is not None:
            self.seed(seed)
        self.time = 0
        first = self.start()
        return (first, {}) if _unpacked()[1] == 2 else first

    def step(self, action: Any) -> Any:
        self.time += 1
        if hasattr(action, "detach"):
            action = action.detach().cpu().numpy()
        observation, reward, over = self.move(action)
        late = self.time >= self.limit
        if _unpacked()[0] == 5:
            return observation, reward, over, late and not over, {}
        return observation, reward, over or late, {"TimeLimit.truncated": late and not over}


class Wrapper(Env):
    """An environment around another."""

    def __init__(self, env: Any, *_args: Any, **_more: Any) -> None:
        self.env = env
        self.action_space, self.observation_space = env.action_space, env.observation_space

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "env":
            raise AttributeError(name)
        return getattr(self.env, name)

    @property
    def unwrapped(self) -> Any:
        return self.env.unwrapped

    @property
    def spec(self) -> Any:
        return self.env.spec

    def seed(self, seed: Any = None) -> list[Any]:
        return list(self.env.seed(seed))

    def reset(self, *args: Any, **kwargs: Any) -> Any:
        return self.env.reset(*args, **kwargs)

    def step(self, action: Any) -> Any:
        return self.env.step(action)


class ObservationWrapper(Wrapper):
    """Changes what is seen."""

    def reset(self, *args: Any, **kwargs: Any) -> Any:
        first = self.env.reset(*args, **kwargs)
        if isinstance(first, tuple) and len(first) == 2 and isinstance(first[1], dict):
            return self.observation(first[0]), first[1]
        return self.observation(first)

    def step(self, action: Any) -> Any:
        observation, *rest = self.env.step(action)
        return (self.observation(observation), *rest)

    def observation(self, observation: Any) -> Any:
        """What is seen instead."""
        return observation


class RewardWrapper(Wrapper):
    """Changes what is earned."""

    def step(self, action: Any) -> Any:
        observation, reward, *rest = self.env.step(action)
        return (observation, self.reward(reward), *rest)

    def reward(self, reward: Any) -> Any:
        """What is earned instead."""
        return reward


class ActionWrapper(Wrapper):
    """Changes what is done."""

    def step(self, action: Any) -> Any:
        return self.env.step(self.action(action))

    def action(self, action: Any) -> Any:
        """What is done instead."""
        return action

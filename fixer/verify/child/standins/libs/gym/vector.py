"""Several environments side by side, in one process."""

from __future__ import annotations

from typing import Any

import numpy as np

from .core import Env, _unpacked
from .spaces import Box, Discrete, MultiDiscrete


class VectorEnv(Env):
    """What all of them share."""


class SyncVectorEnv(VectorEnv):
    """Steps all environments in turn; one that is over starts anew."""

    def __init__(self, env_fns: Any, *_args: Any, **_more: Any) -> None:
        self.envs = [make() for make in env_fns]
        self.num_envs = len(self.envs)
        first = self.envs[0]
        self.single_observation_space, self.single_action_space = first.observation_space, first.action_space
        seen, done = first.observation_space, first.action_space
        self.observation_space: Any = Box(-np.inf, np.inf, (self.num_envs, *seen.shape), seen.dtype)
        self.action_space: Any = (
            MultiDiscrete([done.n] * self.num_envs)
            if isinstance(done, Discrete)
            else Box(done.low[0], done.high[0], (self.num_envs, *done.shape))
        )

    def reset(self, *_args: Any, seed: Any = None, **_more: Any) -> Any:
        firsts = [_first(env.reset(seed=None if seed is None else int(seed) + n)) for n, env in enumerate(self.envs)]
        return (np.stack(firsts), {}) if _unpacked()[1] == 2 else np.stack(firsts)

    def step(self, actions: Any) -> Any:
        seen, earned, ends, infos = [], [], [], []
        for env, action in zip(self.envs, actions, strict=True):
            observation, reward, *end, info = env.step(action)
            if any(end):
                observation = _first(env.reset())
            seen.append(observation)
            earned.append(float(reward))
            ends.append(end)
            infos.append(info)
        columns = [np.array(column, bool) for column in zip(*ends, strict=True)]
        told: Any = {} if len(columns) == 2 else infos
        return (np.stack(seen), np.array(earned, np.float32), *columns, told)


AsyncVectorEnv = SyncVectorEnv


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value

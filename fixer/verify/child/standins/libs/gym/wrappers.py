"""Wrappers by their names."""

from __future__ import annotations

from typing import Any

import numpy as np

from .core import ObservationWrapper, Wrapper
from .spaces import Box


class AsItIs(Wrapper):
    """A wrapper that is left out: it records, limits or normalises."""


for _name in (
    "Monitor", "RecordVideo", "TimeLimit", "OrderEnforcing", "PassiveEnvChecker", "NormalizeObservation",
    "NormalizeReward", "ClipAction", "RescaleAction", "Autoreset", "TransformReward", "ClipReward", "HumanRendering",
    "EpisodicLifeEnv", "FireResetEnv", "MaxAndSkipEnv", "NoopResetEnv",
):  # fmt: skip
    globals()[_name] = type(_name, (AsItIs,), {"__doc__": AsItIs.__doc__})


class RecordEpisodeStatistics(Wrapper):
    """Tells the return and length of each episode in ``info``."""

    def __init__(self, env: Any, *_args: Any, **_more: Any) -> None:
        super().__init__(env)
        self.earned, self.steps = 0.0, 0

    def step(self, action: Any) -> Any:
        observation, reward, *ends, info = self.env.step(action)
        self.earned, self.steps = self.earned + float(reward), self.steps + 1
        if any(ends):
            info = {**info, "episode": {"r": self.earned, "l": self.steps, "t": 0.0}}
            self.earned, self.steps = 0.0, 0
        return (observation, reward, *ends, info)


class TransformObservation(ObservationWrapper):
    """A function of what is seen."""

    def __init__(self, env: Any, func: Any, *_args: Any, **_more: Any) -> None:
        super().__init__(env)
        self.func = func

    def observation(self, observation: Any) -> Any:
        return self.func(observation)


class ResizeObservation(ObservationWrapper):
    """Pictures of another size."""

    def __init__(self, env: Any, shape: Any = 84, *_args: Any, **_more: Any) -> None:
        super().__init__(env)
        self.size = (shape, shape) if isinstance(shape, int) else tuple(shape)
        self.observation_space = Box(0, 255, (*self.size, *env.observation_space.shape[2:]), np.uint8)

    def observation(self, observation: Any) -> Any:
        rows = np.arange(self.size[0]) * observation.shape[0] // self.size[0]
        columns = np.arange(self.size[1]) * observation.shape[1] // self.size[1]
        return observation[rows][:, columns]


class GrayScaleObservation(ObservationWrapper):
    """Pictures without colour."""

    def __init__(self, env: Any, keep_dim: bool = False, *_args: Any, **_more: Any) -> None:
        super().__init__(env)
        self.keep = keep_dim
        self.observation_space = Box(0, 255, env.observation_space.shape[:2] + ((1,) if keep_dim else ()), np.uint8)

    def observation(self, observation: Any) -> Any:
        return observation.mean(2, keepdims=self.keep).astype(np.uint8)


GrayscaleObservation = GrayScaleObservation


class AtariPreprocessing(GrayScaleObservation):
    """Grey pictures of 84 x 84."""

    def __init__(self, env: Any, *_args: Any, **_more: Any) -> None:
        super().__init__(ResizeObservation(env, 84))


class FrameStack(ObservationWrapper):
    """The last few observations together."""

    def __init__(self, env: Any, num_stack: int = 4, *_args: Any, **_more: Any) -> None:
        super().__init__(env)
        self.count, self.frames = num_stack, [np.zeros(env.observation_space.shape)] * num_stack
        space = env.observation_space
        self.observation_space = Box(0, 255, (num_stack, *space.shape), space.dtype)

    def observation(self, observation: Any) -> Any:
        self.frames = [*self.frames[1:], observation]
        return np.stack(self.frames).astype(self.observation_space.dtype)


FrameStackObservation = FrameStack


class FlattenObservation(ObservationWrapper):
    """One row of numbers."""

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        self.observation_space = Box(-np.inf, np.inf, (int(np.prod(env.observation_space.shape)),))

    def observation(self, observation: Any) -> Any:
        return np.asarray(observation, np.float32).reshape(-1)

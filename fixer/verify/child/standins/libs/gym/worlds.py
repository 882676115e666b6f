"""The environments."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np

from .core import World
from .spaces import Box, Discrete

# Numbers in a state, and the number of actions (or, negative, of continuous controls) and their limit.
_SHAPES: dict[str, tuple[int, int, float]] = {
    "MountainCar": (2, 3, 1), "MountainCarContinuous": (2, -1, 1), "Acrobot": (6, 3, 1), "LunarLander": (8, 4, 1),
    "LunarLanderContinuous": (8, -2, 1), "BipedalWalker": (24, -4, 1), "HalfCheetah": (17, -6, 1),
    "Hopper": (11, -3, 1), "Walker2d": (17, -6, 1), "Ant": (27, -8, 1), "Humanoid": (376, -17, 0.4),
    "Swimmer": (8, -2, 1), "Reacher": (11, -2, 1), "InvertedPendulum": (4, -1, 3),
    "InvertedDoublePendulum": (11, -1, 1),
}  # fmt: skip
_TABLES = {"FrozenLake": (16, 4), "FrozenLake8x8": (64, 4), "Taxi": (500, 6), "CliffWalking": (48, 4),
           "Blackjack": (704, 2), "NChain": (5, 2)}  # fmt: skip
_GAMES = {"Breakout": 4, "Pong": 6, "SpaceInvaders": 6, "Seaquest": 18, "BeamRider": 9, "Enduro": 9, "Qbert": 6,
          "MsPacman": 9, "Freeway": 3, "Boxing": 18, "AirRaid": 6, "Alien": 18, "Asteroids": 14, "Asterix": 9,
          "Atlantis": 4, "Centipede": 18, "DemonAttack": 6, "Frostbite": 18, "Gravitar": 18, "KungFuMaster": 14,
          "MontezumaRevenge": 18, "Pitfall": 18, "Riverraid": 18, "RoadRunner": 18,
          "Tennis": 18, "Venture": 18}  # fmt: skip


def known(name: str) -> bool:
    """Whether the spaces of an environment are the true ones."""
    return _short(name) in {"CartPole", "Pendulum", *_SHAPES, *_TABLES, *_games()}


def build(name: str, render_mode: Any = None, continuous: bool = False, **_more: Any) -> World:
    """An environment by its name."""
    short = _short(name)
    if continuous and short + "Continuous" in _SHAPES:
        short += "Continuous"
    world: World
    if short == "CartPole":
        world = CartPole(500 if name.endswith("1") else 200)
    elif short == "Pendulum":
        world = Pendulum()
    elif short in _TABLES:
        world = Table(*_TABLES[short])
    elif short in _games() or "ALE/" in name:
        world = Game(_GAMES.get(_game(short), 6), (128,) if "-ram" in name else (210, 160, 3))
    else:
        world = Steady(*_SHAPES.get(short, (8, 4, 1)))
    world.render_mode = render_mode
    world.spec = SimpleNamespace(id=name, max_episode_steps=world.limit, reward_threshold=1e4)
    return world


def _short(name: str) -> str:
    return name.split("/")[-1].rsplit("-v", 1)[0].removesuffix("-ram")


def _game(short: str) -> str:
    for ending in ("NoFrameskip", "Deterministic"):
        short = short.removesuffix(ending)
    return short


def _games() -> set[str]:
    return {game + ending for game in _GAMES for ending in ("", "NoFrameskip", "Deterministic")}


class CartPole(World):
    """A pole on a cart (Barto, Sutton and Anderson, 1983), in steps of 0.02 s."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__()
        far = np.array([4.8, np.finfo(np.float32).max, 0.42, np.finfo(np.float32).max], np.float32)
        self.observation_space, self.action_space = Box(-far, far), Discrete(2)
        self.x_threshold, self.theta_threshold_radians = 2.4, 12 * math.pi / 180
        self.state = np.zeros(4)

    def start(self) -> Any:
        self.state = self.random.uniform(-0.05, 0.05, 4)
        return self.state.astype(np.float32)

    def move(self, action: Any) -> tuple[Any, float, bool]:
        x, speed, angle, turn = self.state
        force = 10.0 if int(np.asarray(action).reshape(-1)[0]) == 1 else -10.0
        sin, cos = math.sin(angle), math.cos(angle)
        push = (force + 0.05 * turn**2 * sin) / 1.1
        fall = (9.8 * sin - cos * push) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
        pull = push - 0.05 * fall * cos / 1.1
        self.state = self.state + 0.02 * np.array([speed, pull, turn, fall])
        over = bool(abs(self.state[0]) > 2.4 or abs(self.state[2]) > 12 * math.pi / 180)
        return self.state.astype(np.float32), 1.0, over


class Pendulum(World):
    """A pendulum to be swung up by a torque of at most 2."""

    def __init__(self) -> None:
        super().__init__()
        self.observation_space = Box(np.array([-1, -1, -8], np.float32), np.array([1, 1, 8], np.float32))
        self.action_space = Box(-2.0, 2.0, (1,))
        self.angle = self.turn = 0.0

    def start(self) -> Any:
        self.angle, self.turn = self.random.uniform(-math.pi, math.pi), self.random.uniform(-1, 1)
        return self._seen()

    def _seen(self) -> Any:
        return np.array([math.cos(self.angle), math.sin(self.angle), self.turn], np.float32)

    def move(self, action: Any) -> tuple[Any, float, bool]:
        torque = float(np.clip(np.asarray(action, np.float64).reshape(-1)[0], -2, 2))
        off = (self.angle + math.pi) % (2 * math.pi) - math.pi
        cost = off**2 + 0.1 * self.turn**2 + 0.001 * torque**2
        self.turn = float(np.clip(self.turn + (15 * math.sin(self.angle) + 3 * torque) * 0.05, -8, 8))
        self.angle += 0.05 * self.turn
        return self._seen(), -cost, False


class Steady(World):
    """A state that is pulled to zero and pushed by the actions."""

    limit = 60

    def __init__(self, numbers: int, actions: int, most: float) -> None:
        super().__init__()
        self.observation_space = Box(-np.inf, np.inf, (numbers,))
        self.action_space = Discrete(actions) if actions > 0 else Box(-most, most, (-actions,))
        fixed = np.random.RandomState(7)
        self.pull = fixed.normal(size=(numbers, numbers)) * 0.9 / math.sqrt(numbers)
        self.push = fixed.normal(size=(abs(actions), numbers)) * 0.3
        self.state = np.zeros(numbers)

    def start(self) -> Any:
        self.state = self.random.uniform(-0.1, 0.1, self.state.shape)
        return self.state.astype(np.float32)

    def move(self, action: Any) -> tuple[Any, float, bool]:
        chosen = np.asarray(action).reshape(-1)
        if isinstance(self.action_space, Discrete):
            push = self.push[int(chosen[0]) % len(self.push)]
        else:
            push = np.resize(chosen, len(self.push)) @ self.push
        self.state = np.tanh(self.state @ self.pull + push)
        return self.state.astype(np.float32), float(1 - np.abs(self.state).mean()), False


class Table(World):
    """A number that each action moves on by a fixed table."""

    limit = 50

    def __init__(self, states: int = 16, actions: int = 4, **_more: Any) -> None:
        super().__init__()
        self.observation_space, self.action_space = Discrete(states), Discrete(actions)
        self.table = np.random.RandomState(7).randint(0, states, (states, actions))
        self.nS = states
        self.nA = actions
        self.state = 0

    def start(self) -> Any:
        self.state = 0
        return 0

    def move(self, action: Any) -> tuple[Any, float, bool]:
        self.state = int(self.table[self.state, int(np.asarray(action).reshape(-1)[0])])
        last = self.state == len(self.table) - 1
        return self.state, float(last), last


class Game(World):
    """Pictures of noise around a moving bar."""

    limit = 40

    def __init__(self, actions: int, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.observation_space, self.action_space = Box(0, 255, shape, np.uint8), Discrete(actions)
        self.shape, self.place = shape, 0
        self.ale = SimpleNamespace(lives=lambda: 3)

    def get_action_meanings(self) -> list[str]:
        return ["NOOP", "FIRE", *(f"ACTION {n}" for n in range(2, int(self.action_space.n)))]

    def _seen(self) -> Any:
        picture = self.random.randint(0, 40, self.shape).astype(np.uint8)
        picture[self.place : self.place + 10] = 200
        return picture

    def start(self) -> Any:
        self.place = 0
        return self._seen()

    def move(self, action: Any) -> tuple[Any, float, bool]:
        self.place = (self.place + 3 + int(np.asarray(action).reshape(-1)[0])) % (self.shape[0] - 10)
        return self._seen(), float(self.place % 7 == 0), False

"""A frozen lake."""

from . import FrozenLakeEnv

__all__ = ["FrozenLakeEnv"]

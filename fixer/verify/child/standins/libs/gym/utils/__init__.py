"""Seeds."""

from . import seeding

__all__ = ["seeding"]

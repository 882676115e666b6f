"""The transforms by an older name of their module."""

from . import *  # noqa: F403
from . import Compose, Normalize, Resize, ToTensor  # noqa: F401

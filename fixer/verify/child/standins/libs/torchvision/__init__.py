"""The parts of torchvision that training scripts use: data sets (synthetic), transforms, models (tiny), utils, io."""

from __future__ import annotations

import importlib

from . import datasets, io, models, ops, transforms, utils

note = importlib.import_module("_fixer_child.standins.note")
note.say("torchvision cannot be used here: synthetic images of the same shape were used")

__version__ = "0.0"
__all__ = ["datasets", "io", "models", "ops", "transforms", "utils"]


def set_image_backend(_backend: str) -> None:
    """There is one way to read images here."""

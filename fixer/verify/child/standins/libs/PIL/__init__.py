"""The parts of Pillow that training scripts use: an image of bytes, read, made, converted, resized and cropped."""

from __future__ import annotations

import importlib

from . import Image, ImageFile, ImageOps

importlib.import_module("_fixer_child.standins.note").say("Pillow (PIL) is not installed: a small one was used")

__version__ = "0.0"
__all__ = ["Image", "ImageFile", "ImageOps"]

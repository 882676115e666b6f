"""A few operations on whole images."""

from __future__ import annotations

from typing import Any


def invert(image: Any) -> Any:
    """The negative."""
    return type(image)(255 - image.pixels, image.mode)


def mirror(image: Any) -> Any:
    """Left and right exchanged."""
    return type(image)(image.pixels.flip(1), image.mode)


def flip(image: Any) -> Any:
    """Top and bottom exchanged."""
    return type(image)(image.pixels.flip(0), image.mode)


def grayscale(image: Any) -> Any:
    """One channel."""
    return image.convert("L")


def exif_transpose(image: Any) -> Any:
    """There is no rotation to undo."""
    return image

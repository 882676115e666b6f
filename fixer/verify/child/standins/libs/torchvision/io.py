"""Reading and writing of images."""

from __future__ import annotations

import importlib
from typing import Any

import torch


class ImageReadMode:
    """How many channels to read."""

    UNCHANGED, GRAY, RGB = 0, 1, 3


def read_image(path: str, mode: Any = ImageReadMode.UNCHANGED, **_more: Any) -> torch.Tensor:
    """An image file as bytes [C, H, W]."""
    from .transforms.functional import pil_to_tensor

    with importlib.import_module("PIL.Image").open(path) as image:
        return pil_to_tensor(image.convert("L" if mode == ImageReadMode.GRAY else "RGB"))


decode_image = read_image


def write_png(*_args: Any, **_kwargs: Any) -> None:
    """Write nothing."""


write_jpeg = write_png

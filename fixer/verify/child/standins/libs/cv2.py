"""The parts of OpenCV that read, resize and colour images. Images are bytes [height, width, channels]."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

_note = importlib.import_module("_fixer_child.standins.note")
_note.say("OpenCV (cv2) is not installed: a small one was used")

INTER_NEAREST, INTER_LINEAR, INTER_CUBIC, INTER_AREA, INTER_LANCZOS4 = range(5)
IMREAD_GRAYSCALE, IMREAD_COLOR, IMREAD_UNCHANGED = 0, 1, -1
COLOR_BGR2RGB, COLOR_RGB2BGR, COLOR_BGR2GRAY, COLOR_RGB2GRAY, COLOR_GRAY2BGR, COLOR_GRAY2RGB = 4, 4, 6, 7, 8, 8
__version__ = "0.0"


def imread(path: Any, flags: int = IMREAD_COLOR) -> Any:
    """An image file, blue first; None if there is none."""
    pictures = importlib.import_module("PIL.Image")
    try:
        image = pictures.open(str(path))
    except OSError:
        return None
    if flags == IMREAD_GRAYSCALE:
        return np.array(image.convert("L"))
    return np.ascontiguousarray(np.array(image.convert("RGB"))[..., ::-1])


def resize(src: Any, dsize: Any, *_args: Any, fx: float = 0, fy: float = 0, **_more: Any) -> Any:
    """The nearest pixels at (width, height)."""
    size = dsize or (round(src.shape[1] * fx), round(src.shape[0] * fy))
    rows = np.arange(size[1]) * src.shape[0] // size[1]
    columns = np.arange(size[0]) * src.shape[1] // size[0]
    return src[rows][:, columns]


def cvtColor(src: Any, code: int, *_args: Any) -> Any:
    """Other channels."""
    if code == COLOR_BGR2RGB:
        return np.ascontiguousarray(src[..., ::-1])
    if code in (COLOR_BGR2GRAY, COLOR_RGB2GRAY):
        return src.mean(-1).astype(src.dtype)
    return np.repeat(src[..., None], 3, -1) if code == COLOR_GRAY2BGR else src


def flip(src: Any, flipCode: int) -> Any:
    """Turned over."""
    return src[:, ::-1] if flipCode > 0 else src[::-1] if flipCode == 0 else src[::-1, ::-1]


def imwrite(*_args: Any) -> bool:
    """Write nothing."""
    return True


def setNumThreads(_count: int) -> None:
    """There are no threads."""


imshow = destroyAllWindows = waitKey = setNumThreads


class ocl:  # a module there
    """Other devices."""

    @staticmethod
    def setUseOpenCL(_flag: bool) -> None:
        """There are none."""

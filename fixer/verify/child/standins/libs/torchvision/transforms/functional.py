"""Transforms as functions. Each takes a picture (PIL) or a tensor [..., C, H, W] and gives back the same kind."""

from __future__ import annotations

import importlib
from enum import Enum
from typing import Any

import torch
import torch.nn.functional as F


class InterpolationMode(Enum):
    """How pixels are mixed; all ways come to bilinear here."""

    NEAREST, BILINEAR, BICUBIC, LANCZOS = "nearest", "bilinear", "bicubic", "lanczos"


def pil_to_tensor(image: Any) -> torch.Tensor:
    """A picture (or an array with channels last) as bytes [C, H, W]."""
    array: Any = getattr(image, "pixels", None)
    if array is None:
        array = torch.as_tensor(importlib.import_module("numpy").array(image))
    whole: torch.Tensor = array[..., None] if array.dim() == 2 else array
    return whole.permute(2, 0, 1).contiguous()


def to_tensor(image: Any) -> torch.Tensor:
    """A picture as floats from 0 to 1, [C, H, W]."""
    if isinstance(image, torch.Tensor):
        return image
    whole = pil_to_tensor(image)
    return whole.float() / 255 if whole.dtype == torch.uint8 else whole


def to_pil_image(image: Any, mode: str | None = None) -> Any:
    """Floats [C, H, W] from 0 to 1, or an array with channels last, as a picture."""
    pictures = importlib.import_module("PIL.Image")
    if not isinstance(image, torch.Tensor):
        return pictures.fromarray(image, mode) if mode else pictures.fromarray(image)
    whole = image[None] if image.dim() == 2 else image
    whole = (whole * 255).clamp(0, 255).to(torch.uint8) if whole.is_floating_point() else whole.to(torch.uint8)
    whole = whole.cpu()
    return pictures.fromarray((whole[0] if whole.shape[0] == 1 else whole.permute(1, 2, 0)).contiguous().numpy())


def _by_tensor(image: Any, function: Any) -> Any:
    """Apply a function of a tensor [..., C, H, W] to a picture or a tensor."""
    if isinstance(image, torch.Tensor):
        return function(image)
    made = function(pil_to_tensor(image))
    pictures = importlib.import_module("PIL.Image")
    return pictures.fromarray((made[0] if made.shape[0] == 1 else made.permute(1, 2, 0)).contiguous().numpy())


def get_image_size(image: Any) -> list[int]:
    """Width and height."""
    return [image.shape[-1], image.shape[-2]] if isinstance(image, torch.Tensor) else list(image.size)


def get_dimensions(image: Any) -> list[int]:
    """Channels, height and width."""
    width, height = get_image_size(image)
    return [image.shape[-3] if isinstance(image, torch.Tensor) else len(image.getbands()), height, width]


def _scaled(image: torch.Tensor, height: int, width: int) -> torch.Tensor:
    if tuple(image.shape[-2:]) == (height, width):
        return image
    flat = image.reshape(-1, *image.shape[-3:]).float()
    made = F.interpolate(flat, (height, width), mode="bilinear", align_corners=False)
    made = made.reshape(*image.shape[:-2], height, width)
    return made if image.is_floating_point() else made.round().clamp(0, 255).to(image.dtype)


def resize(image: Any, size: Any, *_args: Any, **_more: Any) -> Any:
    """To (height, width), or the shorter side to one number."""
    width, height = get_image_size(image)
    if isinstance(size, int) or len(size) == 1:
        short = size if isinstance(size, int) else size[0]
        size = (short, max(1, short * width // height)) if height < width else (max(1, short * height // width), short)
    return _by_tensor(image, lambda whole: _scaled(whole, int(size[0]), int(size[1])))


def crop(image: Any, top: int, left: int, height: int, width: int) -> Any:
    """A part; what lies outside is zero."""

    def cut(whole: torch.Tensor) -> torch.Tensor:
        below, right = max(0, top + height - whole.shape[-2]), max(0, left + width - whole.shape[-1])
        padded = F.pad(whole, (max(0, -left), right, max(0, -top), below))
        return padded[..., max(0, top) : max(0, top) + height, max(0, left) : max(0, left) + width]

    return _by_tensor(image, cut)


def center_crop(image: Any, size: Any) -> Any:
    """The middle, (height, width)."""
    height, width = pair(size)
    here, there = get_image_size(image)
    return crop(image, round((there - height) / 2), round((here - width) / 2), height, width)


def resized_crop(image: Any, top: int, left: int, height: int, width: int, size: Any, *_a: Any, **_m: Any) -> Any:
    """A part, resized."""
    return resize(crop(image, top, left, height, width), pair(size))


def pad(image: Any, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> Any:
    """More pixels around: one number, (left and right, top and bottom), or (left, top, right, bottom)."""
    sides = [padding] * 4 if isinstance(padding, int) else list(padding) * (4 // len(padding))
    left, top, right, bottom = sides
    value = fill if isinstance(fill, (int, float)) else 0
    if padding_mode == "constant":
        return _by_tensor(image, lambda whole: F.pad(whole, (left, right, top, bottom), value=value))
    mode = "reflect" if padding_mode == "symmetric" else {"edge": "replicate"}.get(padding_mode, padding_mode)

    def grow(whole: torch.Tensor) -> torch.Tensor:
        return F.pad(whole[None].float(), (left, right, top, bottom), mode=mode)[0].to(whole.dtype)

    return _by_tensor(image, grow)


def hflip(image: Any) -> Any:
    """Left and right exchanged."""
    return _by_tensor(image, lambda whole: whole.flip(-1))


def vflip(image: Any) -> Any:
    """Top and bottom exchanged."""
    return _by_tensor(image, lambda whole: whole.flip(-2))


def rotate(image: Any, angle: float, *_args: Any, **_more: Any) -> Any:
    """Turned by an angle in degrees, at the same size."""
    return affine(image, angle)


def affine(image: Any, angle: float = 0.0, translate: Any = (0, 0), scale: float = 1.0, *_a: Any, **_m: Any) -> Any:
    """Turned (degrees), moved (pixels) and scaled, at the same size."""

    def move(whole: torch.Tensor) -> torch.Tensor:
        turn = torch.deg2rad(torch.tensor(float(angle)))
        height, width = whole.shape[-2:]
        cos, sin = float(turn.cos()) / scale, float(turn.sin()) / scale
        matrix = torch.tensor([[cos, -sin, -2 * translate[0] / width], [sin, cos, -2 * translate[1] / height]])
        flat = whole.reshape(-1, *whole.shape[-3:]).float()
        grid = F.affine_grid(matrix.expand(len(flat), 2, 3), list(flat.shape), align_corners=False)
        made = F.grid_sample(flat, grid, align_corners=False).reshape(whole.shape)
        return made if whole.is_floating_point() else made.round().clamp(0, 255).to(whole.dtype)

    return _by_tensor(image, move)


def rgb_to_grayscale(image: Any, num_output_channels: int = 1) -> Any:
    """One channel, or three equal ones."""

    def grey(whole: torch.Tensor) -> torch.Tensor:
        one = whole.float().mean(-3, keepdim=True).to(whole.dtype)
        return one.expand(*whole.shape[:-3], num_output_channels, *whole.shape[-2:]).contiguous()

    return _by_tensor(image, grey)


to_grayscale = rgb_to_grayscale


def normalize(tensor: torch.Tensor, mean: Any, std: Any, inplace: bool = False) -> torch.Tensor:
    """Each channel less its mean, divided by its standard deviation."""
    channels = tensor.shape[-3]
    if isinstance(mean, (list, tuple)) and 1 < channels < len(mean) or channels == 1:
        mean, std = _first(mean, channels), _first(std, channels)  # as older versions did: one each, as far as they go
    shift = torch.as_tensor(mean, dtype=tensor.dtype, device=tensor.device).reshape(-1, 1, 1)
    spread = torch.as_tensor(std, dtype=tensor.dtype, device=tensor.device).reshape(-1, 1, 1)
    return tensor.sub_(shift).div_(spread) if inplace else (tensor - shift) / spread


def _first(values: Any, count: int) -> Any:
    return values[:count] if isinstance(values, (list, tuple)) else values


def _brighter(image: Any, factor: float) -> Any:
    def change(whole: torch.Tensor) -> torch.Tensor:
        made = whole.float() * factor
        return made.clamp(0, 1) if whole.is_floating_point() else made.round().clamp(0, 255).to(whole.dtype)

    return _by_tensor(image, change)


adjust_brightness = adjust_contrast = adjust_saturation = _brighter


def adjust_hue(image: Any, _factor: float) -> Any:
    """Colours stay as they are."""
    return image


adjust_gamma = adjust_hue


def convert_image_dtype(image: torch.Tensor, dtype: Any = torch.float) -> torch.Tensor:
    """Bytes as floats from 0 to 1, and back."""
    if image.is_floating_point() == dtype.is_floating_point:
        return image.to(dtype)
    return (image * 255).round().to(dtype) if image.is_floating_point() else image.to(dtype) / 255


to_dtype = convert_image_dtype
to_image = pil_to_tensor


def erase(image: torch.Tensor, top: int, left: int, height: int, width: int, value: Any, *_a: Any) -> torch.Tensor:
    """A rectangle set to a value."""
    made = image.clone()
    made[..., top : top + height, left : left + width] = value
    return made


def pair(size: Any) -> tuple[int, int]:
    """Height and width."""
    if isinstance(size, int):
        return size, size
    return (int(size[0]), int(size[0])) if len(size) == 1 else (int(size[0]), int(size[1]))

"""Transforms of pictures and tensors, versions 1 and 2."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from . import functional
from .functional import InterpolationMode, pair

F = functional
Interpolation = InterpolationMode


def _plain(function: Callable[..., Any], *names: str) -> type[nn.Module]:
    """A transform that calls a function with the arguments that it was made with."""

    class Made(nn.Module):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__()
            self.args, self.kwargs = args, {k: v for k, v in kwargs.items() if k in names}

        def forward(self, *images: Any) -> Any:
            made = tuple(function(image, *self.args, **self.kwargs) for image in images)
            return made[0] if len(made) == 1 else made

    return Made


class Compose:
    """One transform after another."""

    def __init__(self, transforms: Sequence[Any]) -> None:
        self.transforms = transforms

    def __call__(self, *images: Any) -> Any:
        for transform in self.transforms:
            images = (transform(*images),) if len(images) == 1 else tuple(transform(*images))
        return images[0] if len(images) == 1 else images


class Sometimes(nn.Module):
    """Something done with probability ``p``."""

    def __init__(self, p: float = 0.5, *_args: Any, **_more: Any) -> None:
        super().__init__()
        self.p = p if isinstance(p, float) else 0.5

    def forward(self, *images: Any) -> Any:
        if float(torch.rand(())) < self.p:
            images = tuple(self.change(image) for image in images)
        return images[0] if len(images) == 1 else images

    def change(self, image: Any) -> Any:
        """What is done."""
        return image


class RandomHorizontalFlip(Sometimes):
    """Left and right exchanged."""

    def change(self, image: Any) -> Any:
        return F.hflip(image)


class RandomVerticalFlip(Sometimes):
    """Top and bottom exchanged."""

    def change(self, image: Any) -> Any:
        return F.vflip(image)


class RandomGrayscale(Sometimes):
    """Three equal channels."""

    def change(self, image: Any) -> Any:
        return F.rgb_to_grayscale(image, F.get_dimensions(image)[0])


class RandomErasing(Sometimes):
    """A rectangle set to zero."""

    def change(self, image: Any) -> Any:
        _, height, width = F.get_dimensions(image)
        top, left = int(torch.randint(0, max(1, height // 2), ())), int(torch.randint(0, max(1, width // 2), ()))
        return F.erase(image, top, left, height // 4, width // 4, 0)


class RandomCrop(nn.Module):
    """A part of a given size, anywhere."""

    def __init__(self, size: Any, padding: Any = None, pad_if_needed: bool = False, fill: Any = 0, **_m: Any) -> None:
        super().__init__()
        self.size, self.padding, self.fill = pair(size), padding, fill

    def forward(self, image: Any) -> Any:
        if self.padding is not None:
            image = F.pad(image, self.padding, self.fill)
        _, height, width = F.get_dimensions(image)
        top = int(torch.randint(0, max(1, height - self.size[0] + 1), ()))
        left = int(torch.randint(0, max(1, width - self.size[1] + 1), ()))
        return F.crop(image, top, left, *self.size)


class RandomResizedCrop(nn.Module):
    """A part of any size, resized."""

    def __init__(self, size: Any, scale: Any = (0.08, 1.0), *_args: Any, **_more: Any) -> None:
        super().__init__()
        self.size, self.scale = pair(size), scale

    def forward(self, image: Any) -> Any:
        _, height, width = F.get_dimensions(image)
        share = float(torch.empty(()).uniform_(*self.scale)) ** 0.5
        h, w = max(1, int(share * height)), max(1, int(share * width))
        top, left = int(torch.randint(0, height - h + 1, ())), int(torch.randint(0, width - w + 1, ()))
        return F.resized_crop(image, top, left, h, w, self.size)


class RandomRotation(nn.Module):
    """Turned by a random angle."""

    def __init__(self, degrees: Any = 0, *_args: Any, **_more: Any) -> None:
        super().__init__()
        self.degrees = (-degrees, degrees) if isinstance(degrees, (int, float)) else tuple(degrees)

    def forward(self, image: Any) -> Any:
        return F.rotate(
            image, float(torch.empty(()).uniform_(*self.degrees)) if self.degrees[0] < self.degrees[1] else 0
        )


class RandomAffine(RandomRotation):
    """Turned by a random angle; the rest is left out."""


class ColorJitter(nn.Module):
    """A random brightness."""

    def __init__(self, brightness: Any = 0, *_args: Any, **_more: Any) -> None:
        super().__init__()
        low, high = (1 - brightness, 1 + brightness) if isinstance(brightness, (int, float)) else brightness
        self.limits = max(0.0, float(low)), float(high)

    def forward(self, image: Any) -> Any:
        return F.adjust_brightness(image, float(torch.empty(()).uniform_(*self.limits)))


class RandomApply(nn.Module):
    """Some transforms with probability ``p``."""

    def __init__(self, transforms: Any, p: float = 0.5) -> None:
        super().__init__()
        self.transforms, self.p = transforms, p

    def forward(self, image: Any) -> Any:
        if float(torch.rand(())) < self.p:
            for transform in self.transforms:
                image = transform(image)
        return image


class RandomChoice(nn.Module):
    """One of several transforms."""

    def __init__(self, transforms: Any, **_more: Any) -> None:
        super().__init__()
        self.transforms = transforms

    def forward(self, image: Any) -> Any:
        return random.choice(list(self.transforms))(image)


class Lambda(nn.Module):
    """A function of the script."""

    def __init__(self, lambd: Any, *_types: Any) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, image: Any) -> Any:
        return self.lambd(image)


class ToDtype(nn.Module):
    """Another type; bytes become floats from 0 to 1 with ``scale``."""

    def __init__(self, dtype: Any, scale: bool = False) -> None:
        super().__init__()
        self.dtype, self.scale = dtype, scale

    def forward(self, image: Any) -> Any:
        if not isinstance(image, torch.Tensor):
            return image
        return F.convert_image_dtype(image, self.dtype) if self.scale else image.to(self.dtype)


class FiveCrop(nn.Module):
    """The corners and the middle."""

    def __init__(self, size: Any) -> None:
        super().__init__()
        self.size = pair(size)

    def forward(self, image: Any) -> Any:
        height, width = self.size
        _, here, there = F.get_dimensions(image)
        spots = ((0, 0), (0, there - width), (here - height, 0), (here - height, there - width))
        return (*(F.crop(image, top, left, height, width) for top, left in spots), F.center_crop(image, self.size))


class Normalize(nn.Module):
    """Each channel less its mean, divided by its standard deviation."""

    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        super().__init__()
        self.mean, self.std = mean, std

    def forward(self, image: Any) -> Any:
        return F.normalize(image, self.mean, self.std)


class ToTensor:
    """A picture as floats from 0 to 1, [C, H, W]."""

    def __call__(self, image: Any) -> torch.Tensor:
        return F.to_tensor(image)


class ToPILImage:
    """A tensor or an array as a picture."""

    def __init__(self, mode: str | None = None) -> None:
        self.mode = mode

    def __call__(self, image: Any) -> Any:
        return F.to_pil_image(image)


Resize = Scale = _plain(F.resize, "size")
CenterCrop = _plain(F.center_crop, "size")
Pad = _plain(F.pad, "padding", "fill", "padding_mode")
Grayscale = _plain(F.rgb_to_grayscale, "num_output_channels")
PILToTensor = ToImage = ToImageTensor = _plain(F.pil_to_tensor)
ConvertImageDtype = ConvertDtype = _plain(F.convert_image_dtype, "dtype")
RandomSizedCrop = RandomResizedCrop


class _AsItIs(nn.Module):
    """A change of colours or shapes that is left out."""

    def __init__(self, *_args: Any, **_more: Any) -> None:
        super().__init__()

    def forward(self, *images: Any) -> Any:
        return images[0] if len(images) == 1 else images


class AutoAugmentPolicy:
    """The names of policies."""

    IMAGENET, CIFAR10, SVHN = "imagenet", "cifar10", "svhn"


for _name in (
    "AutoAugment", "RandAugment", "TrivialAugmentWide", "AugMix", "GaussianBlur", "RandomPerspective", "RandomInvert",
    "RandomPosterize", "RandomSolarize", "RandomAdjustSharpness", "RandomAutocontrast", "RandomEqualize",
    "ElasticTransform", "LinearTransformation", "SanitizeBoundingBoxes", "RandomPhotometricDistort", "ToPureTensor",
    "RandomZoomOut", "GaussianNoise",
):  # fmt: skip
    globals()[_name] = type(_name, (_AsItIs,), {"__doc__": _AsItIs.__doc__})

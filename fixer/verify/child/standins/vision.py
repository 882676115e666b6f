"""torchvision's data sets and transforms without torchvision, and its data sets without their files.

Images are synthetic but learnable: one pattern per class and noise, of the true shape, number and classes.
"""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch.utils.data import Dataset

# Channels, height, width, classes, training and test samples.
SHAPES = {
    "MNIST": (1, 28, 28, 10, 60_000, 10_000), "FashionMNIST": (1, 28, 28, 10, 60_000, 10_000),
    "KMNIST": (1, 28, 28, 10, 60_000, 10_000), "QMNIST": (1, 28, 28, 10, 60_000, 60_000),
    "EMNIST": (1, 28, 28, 47, 112_800, 18_800), "USPS": (1, 16, 16, 10, 7_291, 2_007),
    "CIFAR10": (3, 32, 32, 10, 50_000, 10_000), "CIFAR100": (3, 32, 32, 100, 50_000, 10_000),
    "SVHN": (3, 32, 32, 10, 73_257, 26_032), "STL10": (3, 96, 96, 10, 5_000, 8_000),
}  # fmt: skip


class Synthetic(Dataset[Any]):
    """A labelled image data set of the shape of a known one."""

    shape = SHAPES["MNIST"]

    def __init__(
        self, root: Any = None, train: Any = True, transform: Any = None, target_transform: Any = None, **more: Any
    ) -> None:
        split = str(more.get("split", "train" if train in (True, "train") else "test"))
        self.train = split in ("train", "balanced", "letters", "byclass", "digits") and train in (True, "train")
        self.transform, self.target_transform = transform, target_transform
        channels, height, width, classes, first, second = self.shape
        self.size = first if self.train else second
        maker = torch.Generator().manual_seed(7)
        self.patterns = torch.rand(classes, channels, height, width, generator=maker)
        self.classes = [str(n) for n in range(classes)]
        self.class_to_idx = {name: n for n, name in enumerate(self.classes)}
        labels = torch.randint(0, classes, (self.size,), generator=maker)
        self.targets: Any = labels if channels == 1 else labels.tolist()
        self.labels = self.targets

    def __len__(self) -> int:
        return self.size

    def image(self, index: int) -> torch.Tensor:
        """The image as floats from 0 to 1, channels first."""
        maker = torch.Generator().manual_seed(index)
        pattern = self.patterns[int(self.targets[index])]
        return (0.7 * pattern + 0.3 * torch.rand(pattern.shape, generator=maker)).clamp(0, 1)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        if not 0 <= index < self.size:
            raise IndexError(index)
        image: Any = self.image(index)
        label = int(self.targets[index])
        if self.transform is not None:
            image = self.transform(image)
        return image, label if self.target_transform is None else self.target_transform(label)

    @property
    def data(self) -> Any:
        """All images as bytes: a tensor for one channel, else an array with channels last."""
        noise = torch.rand(self.size, *self.patterns.shape[1:], generator=torch.Generator().manual_seed(8))
        whole = ((0.7 * self.patterns[torch.as_tensor(self.targets)] + 0.3 * noise) * 255).to(torch.uint8)
        return whole[:, 0] if whole.shape[1] == 1 else whole.permute(0, 2, 3, 1).numpy()

    train_data = test_data = data

    @property
    def train_labels(self) -> Any:
        """The labels by their old name."""
        return self.targets

    test_labels = train_labels


def _data_set(name: str) -> type[Synthetic]:
    return type(name, (Synthetic,), {"shape": SHAPES[name]})


def replace_data(recorder: Any) -> None:
    """Put synthetic data sets in the place of those of an installed torchvision."""
    real = importlib.import_module("torchvision.datasets")
    transforms = importlib.import_module("torchvision.transforms.functional")
    for name in SHAPES:
        synthetic = _data_set(name)

        def as_picture(self: Any, index: int, plain: Callable[..., Any] = Synthetic.image) -> Any:
            return transforms.to_pil_image(plain(self, index))

        synthetic.image = as_picture  # type: ignore[method-assign]
        setattr(real, name, synthetic)
    recorder.emit("stub", what="torchvision has no data here: synthetic images of the same shape were used")


def install(recorder: Any) -> None:
    """Give ``import torchvision`` a module with data sets, the usual transforms, and nothing else."""
    recorder.emit("stub", what="torchvision is not installed: synthetic images of the same shape were used")
    root = types.ModuleType("torchvision")
    root.__path__ = []
    root.__version__ = "0.0"  # type: ignore[attr-defined]
    datasets, transforms, utils = (_module(n) for n in ("datasets", "transforms", "utils"))
    functional = _module("transforms.functional")
    transforms.functional = functional  # type: ignore[attr-defined]
    for name in SHAPES:
        setattr(datasets, name, _data_set(name))
    for name, transform in _TRANSFORMS.items():
        setattr(transforms, name, transform)
    functional.to_tensor = lambda image: image  # type: ignore[attr-defined]
    utils.make_grid = lambda tensor, *_args, **_kwargs: tensor[0] if tensor.dim() == 4 else tensor  # type: ignore[attr-defined]
    utils.save_image = lambda *_args, **_kwargs: None  # type: ignore[attr-defined]
    for module in (root, datasets, transforms, functional, utils):
        sys.modules[module.__name__] = module
    sys.modules["torchvision.transforms.v2"] = transforms
    root.datasets, root.transforms, root.utils = datasets, transforms, utils  # type: ignore[attr-defined]
    transforms.v2 = transforms  # type: ignore[attr-defined]


def _module(name: str) -> types.ModuleType:
    module = types.ModuleType(f"torchvision.{name}")
    module.__path__ = []
    return module


class _Compose:
    def __init__(self, transforms: Any) -> None:
        self.transforms = transforms

    def __call__(self, image: Any) -> Any:
        for transform in self.transforms:
            image = transform(image)
        return image


class _Normalize:
    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        self.mean, self.std = torch.as_tensor(mean).reshape(-1, 1, 1), torch.as_tensor(std).reshape(-1, 1, 1)

    def __call__(self, image: Any) -> Any:
        return (image - self.mean) / self.std


class _Resize:
    def __init__(self, size: Any, *_args: Any, **_kwargs: Any) -> None:
        self.size = (size, size) if isinstance(size, int) else tuple(size)

    def __call__(self, image: Any) -> Any:
        return F.interpolate(image[None], self.size, mode="bilinear", align_corners=False)[0]


class _RandomCrop(_Resize):
    """Crops and resizes come to the same shape."""


class _Flip:
    def __init__(self, p: float = 0.5) -> None:
        self.p = p

    def __call__(self, image: Any) -> Any:
        return image.flip(-1) if float(torch.rand(())) < self.p else image


class _Grayscale:
    def __init__(self, num_output_channels: int = 1) -> None:
        self.channels = num_output_channels

    def __call__(self, image: Any) -> Any:
        return image.mean(0, keepdim=True).expand(self.channels, -1, -1)


class _Lambda:
    def __init__(self, function: Any) -> None:
        self.function = function

    def __call__(self, image: Any) -> Any:
        return self.function(image)


class _AsItIs:
    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        pass

    def __call__(self, image: Any) -> Any:
        return image


_TRANSFORMS: dict[str, Any] = {
    "Compose": _Compose, "Normalize": _Normalize, "Resize": _Resize, "CenterCrop": _Resize, "Lambda": _Lambda,
    "RandomCrop": _RandomCrop, "RandomResizedCrop": _RandomCrop, "RandomHorizontalFlip": _Flip,
    "Grayscale": _Grayscale, "ToTensor": _AsItIs, "ToPILImage": _AsItIs, "RandomRotation": _AsItIs,
    "RandomAffine": _AsItIs, "ColorJitter": _AsItIs, "RandomVerticalFlip": _AsItIs, "RandomErasing": _AsItIs,
    "ToImage": _AsItIs, "ToDtype": _AsItIs, "ConvertImageDtype": _AsItIs, "AutoAugment": _AsItIs,
}  # fmt: skip

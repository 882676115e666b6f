"""Data sets without their files. Images are synthetic but learnable: one pattern per class and noise, of the true
shape, number and classes."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

import torch
from torch.utils.data import Dataset

# Channels, height, width, classes, training and test samples.
SHAPES = {
    "MNIST": (1, 28, 28, 10, 60_000, 10_000), "FashionMNIST": (1, 28, 28, 10, 60_000, 10_000),
    "KMNIST": (1, 28, 28, 10, 60_000, 10_000), "QMNIST": (1, 28, 28, 10, 60_000, 60_000),
    "EMNIST": (1, 28, 28, 47, 112_800, 18_800), "USPS": (1, 16, 16, 10, 7_291, 2_007),
    "CIFAR10": (3, 32, 32, 10, 50_000, 10_000), "CIFAR100": (3, 32, 32, 100, 50_000, 10_000),
    "SVHN": (3, 32, 32, 10, 73_257, 26_032), "STL10": (3, 96, 96, 10, 5_000, 8_000),
    "Omniglot": (1, 105, 105, 964, 19_280, 13_180), "SEMEION": (1, 16, 16, 10, 1_593, 1_593),
    "Food101": (3, 128, 128, 101, 75_750, 25_250), "Flowers102": (3, 128, 128, 102, 1_020, 6_149),
    "OxfordIIITPet": (3, 128, 128, 37, 3_680, 3_669), "StanfordCars": (3, 128, 128, 196, 8_144, 8_041),
    "GTSRB": (3, 48, 48, 43, 26_640, 12_630), "EuroSAT": (3, 64, 64, 10, 27_000, 27_000),
    "Caltech101": (3, 128, 128, 101, 8_677, 8_677), "Caltech256": (3, 128, 128, 257, 30_607, 30_607),
    "DTD": (3, 128, 128, 47, 1_880, 1_880), "Imagenette": (3, 128, 128, 10, 9_469, 3_925),
    "ImageNet": (3, 224, 224, 1000, 1_281_167, 50_000), "LSUN": (3, 128, 128, 10, 30_000, 3_000),
    "FakeData": (3, 224, 224, 10, 1_000, 1_000), "ImageFolder": (3, 64, 64, 2, 200, 50),
}  # fmt: skip
_TRAIN = ("train", "balanced", "letters", "byclass", "bymerge", "digits", "mnist", "trainval", "unlabeled")


class VisionDataset(Dataset[Any]):
    """A folder of data, and what is done to each sample."""

    def __init__(
        self, root: Any = None, transforms: Any = None, transform: Any = None, target_transform: Any = None
    ) -> None:
        self.root, self.transforms, self.transform, self.target_transform = (
            root,
            transforms,
            transform,
            target_transform,
        )


class Synthetic(VisionDataset):
    """A labelled image data set of the shape of a known one."""

    shape = SHAPES["MNIST"]

    def __init__(
        self, root: Any = None, train: Any = True, transform: Any = None, target_transform: Any = None, **more: Any
    ) -> None:
        super().__init__(root, None, transform, target_transform)
        split = str(more.get("split", more.get("classes", train if isinstance(train, str) else "train")))
        self.train = split.split("_")[-1] in _TRAIN and bool(more.get("background", True)) and bool(train)
        channels, height, width, classes, first, second = self.shape
        self.size = first if self.train else second
        self.classes = [str(n) for n in range(classes)]
        self.class_to_idx = {name: n for n, name in enumerate(self.classes)}
        self._patterns: torch.Tensor | None = None
        labels = torch.randint(0, classes, (self.size,), generator=torch.Generator().manual_seed(7))
        self.targets: Any = labels if channels == 1 else labels.tolist()
        self.labels = self.targets

    @property
    def patterns(self) -> torch.Tensor:
        """One image per class (at most 100 different ones), [classes, C, H, W]."""
        if self._patterns is None:
            channels, height, width, classes, *_ = self.shape
            maker = torch.Generator().manual_seed(7)
            self._patterns = torch.rand(min(classes, 100), channels, height, width, generator=maker)
        return self._patterns

    def __len__(self) -> int:
        return self.size

    def image(self, index: int) -> torch.Tensor:
        """The image as bytes, channels first."""
        pattern = self.patterns[int(self.targets[index]) % 100]
        noise = torch.rand(pattern.shape, generator=torch.Generator().manual_seed(index))
        return ((0.7 * pattern + 0.3 * noise) * 255).to(torch.uint8)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        index = int(index)
        index += self.size if index < 0 else 0
        if not 0 <= index < self.size:
            raise IndexError(index)
        image: Any = picture(self.image(index))
        label: Any = int(self.targets[index])
        if self.transform is not None:
            image = self.transform(image)
        return image, label if self.target_transform is None else self.target_transform(label)

    @property
    def data(self) -> Any:
        """All images as bytes: a tensor for one channel, else an array with channels last (SVHN, STL10: first)."""
        maker = torch.Generator().manual_seed(8)
        noise = torch.randint(0, 76, (self.size, *self.patterns.shape[1:]), generator=maker, dtype=torch.uint8)
        which = torch.as_tensor(self.targets) % 100
        whole = (0.7 * 255 * self.patterns).to(torch.uint8)[which] + noise
        if whole.shape[1] == 1:
            return whole[:, 0]
        return whole.numpy() if type(self).__name__ in ("SVHN", "STL10") else whole.permute(0, 2, 3, 1).numpy()

    train_data = test_data = data

    @property
    def train_labels(self) -> Any:
        """The labels by their old name."""
        return self.targets

    test_labels = train_labels


def picture(image: torch.Tensor) -> Any:
    """Bytes [C, H, W] as a picture of PIL (or of its stand-in)."""
    pictures = importlib.import_module("PIL.Image")
    whole = image[0] if image.shape[0] == 1 else image.permute(1, 2, 0)
    return pictures.fromarray(whole.contiguous().numpy())


def _data_set(name: str) -> type[Synthetic]:
    return type(name, (Synthetic,), {"shape": SHAPES[name], "__module__": __name__})


for _name in SHAPES:
    globals()[_name] = _data_set(_name)


class FakeData(Synthetic):
    """Random images of a given size."""

    def __init__(
        self, size: int = 1000, image_size: Any = (3, 224, 224), num_classes: int = 10, transform: Any = None,
        target_transform: Any = None, random_offset: int = 0,
    ) -> None:  # fmt: skip
        self.shape = (*image_size, num_classes, size, size)
        super().__init__(None, True, transform, target_transform)


class DatasetFolder(Synthetic):
    """Images in one folder per class: those that are there, else synthetic ones."""

    shape = SHAPES["ImageFolder"]

    def __init__(self, root: Any, transform: Any = None, *_args: Any, **more: Any) -> None:
        if callable(transform) and _args and _args[0] is not None:  # DatasetFolder(root, loader, extensions, ...)
            transform = more.get("transform")
        here = str(root)
        names = sorted(e.name for e in os.scandir(here) if e.is_dir()) if os.path.isdir(here) else []
        files = [(os.path.join(here, n, f), k) for k, n in enumerate(names) for f in sorted(os.listdir(f"{here}/{n}"))]
        channels, height, width, classes, first, second = DatasetFolder.shape
        training = not any(word in here.lower() for word in ("val", "test"))
        self.shape = (channels, height, width, len(names) or classes, len(files) or (first if training else second), 0)
        super().__init__(root, True, transform, more.get("target_transform"))
        self.samples: list[tuple[str, int]] = files or [
            (f"{here}/{t}/{n}.png", int(t)) for n, t in enumerate(self.targets)
        ]
        self.imgs = self.samples
        self.found = bool(files)
        self.classes = names or [f"class_{n}" for n in range(classes)]
        self.class_to_idx = {name: n for n, name in enumerate(self.classes)}
        self.targets = [label for _, label in self.samples]
        self.loader: Callable[[str], Any] = lambda path: importlib.import_module("PIL.Image").open(path).convert("RGB")

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        if not self.found:
            return super().__getitem__(index)
        path, label = self.samples[index]
        image = self.loader(path)
        return image if self.transform is None else self.transform(image), label


class ImageFolder(DatasetFolder):
    """Images in one folder per class."""


class CelebA(Synthetic):
    """Faces with 40 binary attributes."""

    shape = (3, 218, 178, 2, 162_770, 19_962)

    def __init__(self, root: Any = None, split: str = "train", *_args: Any, **more: Any) -> None:
        super().__init__(root, split == "train", more.get("transform"), more.get("target_transform"))

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image, _ = super().__getitem__(index)
        attributes = torch.randint(0, 2, (40,), generator=torch.Generator().manual_seed(int(index)))
        return image, attributes if self.target_transform is None else self.target_transform(attributes)


class VOCSegmentation(Synthetic):
    """Images and masks of 21 classes."""

    shape = (3, 128, 128, 21, 1_464, 1_449)

    def __init__(self, root: Any = None, year: str = "2012", image_set: str = "train", *_a: Any, **more: Any) -> None:
        super().__init__(root, image_set != "val", more.get("transform"), more.get("target_transform"))
        self.both = more.get("transforms")

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image = picture(self.image(index))
        mask: Any = picture((self.image(index)[:1] > 128).to(torch.uint8) * (int(self.targets[index]) % 21))
        if self.both is not None:
            return tuple(self.both(image, mask))
        if self.target_transform is not None:
            mask = self.target_transform(mask)
        return image if self.transform is None else self.transform(image), mask


def replace_data(real: Any) -> None:
    """Let the data sets of an installed torchvision be synthetic where their files are missing."""
    for name in SHAPES:
        plain = getattr(real, name, None)
        if plain is not None and name != "FakeData":
            setattr(real, name, _if_missing(plain, globals()[name]))


def _if_missing(plain: Any, synthetic: type[Synthetic]) -> Any:
    note = importlib.import_module("_fixer_child.standins.note")

    class Made(plain):  # type: ignore[misc]
        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            try:
                return plain(*args, **{**kwargs, **({"download": False} if "download" in kwargs else {})})
            except (RuntimeError, OSError, ImportError):
                note.say(f"the files of torchvision's {plain.__name__} are not here: synthetic images were used")
                return synthetic(*args, **{k: v for k, v in kwargs.items() if k != "download"})

    Made.__name__ = Made.__qualname__ = plain.__name__
    return Made

"""Tiny networks in the shape of known ones."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import torch
from torch import nn

InceptionOutputs = namedtuple("InceptionOutputs", ["logits", "aux_logits"])
_VGG = {"vgg11": (1, 1, 2, 2, 2), "vgg13": (2, 2, 2, 2, 2), "vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}


class Block(nn.Sequential):
    """A convolution of half the size, normalised."""

    def __init__(self, inputs: int, outputs: int, stride: int = 2) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
        )


class ResNet(nn.Module):
    """Five stages and a linear layer ``fc``."""

    def __init__(self, width: int = 512, num_classes: int = 1000) -> None:
        super().__init__()
        self.inplanes = width
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = nn.Sequential(Block(64, 8, 1))
        self.layer2 = nn.Sequential(Block(8, 16))
        self.layer3 = nn.Sequential(Block(16, 16))
        self.layer4 = nn.Sequential(Block(16, width))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(width, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))  # type: ignore[no-any-return]


class Narrow(nn.Module):
    """A linear layer of low rank, for widths whose full matrix would take seconds."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.in_features, self.out_features = inputs, outputs
        self.down, self.up = nn.Linear(inputs, 8), nn.Linear(8, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.up(self.down(x))  # type: ignore[no-any-return]


class VGG(nn.Module):
    """``features`` (layers in the true order), ``avgpool`` and ``classifier``."""

    def __init__(self, name: str = "vgg16", num_classes: int = 1000) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs, normed = 3, name.endswith("_bn")
        counts = _VGG[name.removesuffix("_bn")]
        for stage, count in enumerate(counts):
            for n in range(count):
                last = stage == len(counts) - 1 and n == count - 1
                outputs = 512 if last else (8, 8, 16, 16, 16)[stage]
                layers += [nn.Conv2d(inputs, outputs, kernel_size=3, padding=1)]
                layers += [nn.BatchNorm2d(outputs)] if normed else []
                layers += [nn.ReLU(inplace=True)]
                inputs = outputs
            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            Narrow(25088, 4096), nn.ReLU(True), nn.Dropout(), Narrow(4096, 4096), nn.ReLU(True), nn.Dropout(),
            nn.Linear(4096, num_classes),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))  # type: ignore[no-any-return]


class AlexNet(nn.Module):
    """``features``, ``avgpool`` and ``classifier``."""

    def __init__(self, _width: Any = None, num_classes: int = 1000) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, kernel_size=11, stride=4, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2),
            nn.Conv2d(8, 256, kernel_size=5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1),
        )  # fmt: skip
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        self.classifier = nn.Sequential(
            nn.Dropout(), Narrow(9216, 4096), nn.ReLU(inplace=True), nn.Dropout(), Narrow(4096, 4096),
            nn.ReLU(inplace=True), nn.Linear(4096, num_classes),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))  # type: ignore[no-any-return]


class Auxiliary(nn.Module):
    """The second head of Inception."""

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.fc = nn.Linear(768, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)  # type: ignore[no-any-return]


class Inception(ResNet):
    """Gives the logits of a second head too while it trains."""

    def __init__(self, width: int = 2048, num_classes: int = 1000) -> None:
        super().__init__(width, num_classes)
        self.aux_logits = True
        self.AuxLogits = Auxiliary(num_classes)

    def forward(self, x: torch.Tensor) -> Any:
        logits = super().forward(x)
        if not (self.training and self.aux_logits):
            return logits
        return InceptionOutputs(logits, self.AuxLogits(x.flatten(1)[:, :768]))


class DenseNet(nn.Module):
    """``features`` and a linear layer ``classifier``."""

    def __init__(self, width: int = 1024, num_classes: int = 1000) -> None:
        super().__init__()
        self.features = nn.Sequential(Block(3, 8), Block(8, 16), Block(16, 16), Block(16, width))
        self.classifier = nn.Linear(width, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.features(x).mean((2, 3)))  # type: ignore[no-any-return]


class Headed(nn.Module):
    """``features``, ``avgpool`` and ``classifier``: (linear, activation,) dropout, linear."""

    def __init__(self, widths: Any, num_classes: int = 1000) -> None:
        super().__init__()
        *sizes, drop = widths
        self.features = nn.Sequential(Block(3, 8), Block(8, 16), Block(16, sizes[0]))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        first = [nn.Linear(sizes[0], sizes[1]), nn.Hardswish(inplace=True)] if len(sizes) == 2 else []
        self.classifier = nn.Sequential(*first, nn.Dropout(drop), nn.Linear(sizes[-1], num_classes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))  # type: ignore[no-any-return]


class SqueezeNet(nn.Module):
    """``features``, and a ``classifier`` whose second layer is a convolution."""

    def __init__(self, width: int = 512, num_classes: int = 1000) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.features = nn.Sequential(Block(3, 16), Block(16, width))
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Conv2d(width, num_classes, 1), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d((1, 1))
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.flatten(self.classifier(self.features(x)), 1)


class _Patches(nn.Module):
    """Patches of an image, mixed and averaged: [N, width]."""

    def __init__(self, width: int, patch: int) -> None:
        super().__init__()
        self.conv_proj = nn.Conv2d(3, 16, patch, patch)
        self.encoder = nn.Sequential(nn.ReLU(), nn.Conv2d(16, width, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.encoder(self.conv_proj(x)).mean((2, 3))  # type: ignore[no-any-return]


class ViT(_Patches):
    """A vision transformer's outside: ``conv_proj``, ``encoder``, ``heads.head``."""

    def __init__(self, width: int = 768, num_classes: int = 1000) -> None:
        super().__init__(width, 16)
        self.hidden_dim = width
        self.heads = nn.Sequential()
        self.heads.add_module("head", nn.Linear(width, num_classes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.heads(super().forward(x))  # type: ignore[no-any-return]


class Swin(_Patches):
    """A linear layer ``head``."""

    def __init__(self, width: int = 768, num_classes: int = 1000) -> None:
        super().__init__(width, 4)
        self.head = nn.Linear(width, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(super().forward(x))  # type: ignore[no-any-return]


class ConvNeXt(nn.Module):
    """``features`` and a ``classifier`` of norm, flatten, linear."""

    def __init__(self, width: int = 768, num_classes: int = 1000) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 4, 4), nn.GELU(), nn.Conv2d(8, width, 2, 2))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.GroupNorm(1, width), nn.Flatten(1), nn.Linear(width, num_classes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.avgpool(self.features(x)))  # type: ignore[no-any-return]

"""Segmentation: one convolution per class."""

from __future__ import annotations

import functools
import importlib
from typing import Any

import torch
from torch import nn


class Segmenter(nn.Module):
    """Gives ``{"out": logits [N, classes, H, W]}``."""

    def __init__(self, num_classes: int = 21) -> None:
        super().__init__()
        self.backbone = nn.Conv2d(3, 16, 3, padding=1)
        self.classifier = nn.Sequential(
            nn.ReLU(), nn.Identity(), nn.Identity(), nn.Identity(), nn.Conv2d(16, num_classes, 1)
        )

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"out": self.classifier(self.backbone(x))}


def _make(name: str, *_args: Any, num_classes: int = 21, **_more: Any) -> Segmenter:
    note = importlib.import_module("_fixer_child.standins.note")
    note.say(f"the model {name} of torchvision is a tiny stand-in without its weights", model=True)
    return Segmenter(num_classes or 21)


def __getattr__(name: str) -> Any:
    if name.startswith(("deeplabv3", "fcn_", "lraspp")):
        return functools.partial(_make, name)
    raise AttributeError(f"the stand-in for torchvision.models.segmentation has no {name}")

"""The models by their names: tiny networks with the parts that scripts touch (``fc``, ``classifier``, ``features``).

Widths that a script may rely on are the true ones: the last layer's inputs and outputs, and what the layers before it
give. All else is small, and no weights are pretrained.
"""

from __future__ import annotations

import functools
import importlib
from types import SimpleNamespace
from typing import Any

from torch import nn

from .. import transforms
from . import nets, segmentation

__all__ = ["segmentation"]
_HEADS: dict[str, Any] = {
    **dict.fromkeys(("resnet18", "resnet34"), (nets.ResNet, 512)),
    **dict.fromkeys(
        ("resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d", "wide_resnet50_2",
         "wide_resnet101_2", "resnext101_64x4d"),
        (nets.ResNet, 2048),
    ),
    **{f"vgg{n}{kind}": (nets.VGG, f"vgg{n}{kind}") for n in (11, 13, 16, 19) for kind in ("", "_bn")},
    "alexnet": (nets.AlexNet, None), "inception_v3": (nets.Inception, 2048), "googlenet": (nets.ResNet, 1024),
    "densenet121": (nets.DenseNet, 1024), "densenet161": (nets.DenseNet, 2208), "densenet169": (nets.DenseNet, 1664),
    "densenet201": (nets.DenseNet, 1920), "mobilenet_v2": (nets.Headed, (1280, 0.2)),
    "mobilenet_v3_small": (nets.Headed, (576, 1024, 0.2)), "mobilenet_v3_large": (nets.Headed, (960, 1280, 0.2)),
    "squeezenet1_0": (nets.SqueezeNet, 512), "squeezenet1_1": (nets.SqueezeNet, 512),
    "mnasnet1_0": (nets.Headed, (1280, 0.2)), "shufflenet_v2_x1_0": (nets.ResNet, 1024),
    "shufflenet_v2_x0_5": (nets.ResNet, 1024), "regnet_y_400mf": (nets.ResNet, 440),
    **{f"efficientnet_b{n}": (nets.Headed, (w, 0.2)) for n, w in
       enumerate((1280, 1280, 1408, 1536, 1792, 2048, 2304, 2560))},
    "efficientnet_v2_s": (nets.Headed, (1280, 0.2)), "efficientnet_v2_m": (nets.Headed, (1280, 0.3)),
    **dict.fromkeys(("vit_b_16", "vit_b_32"), (nets.ViT, 768)), **dict.fromkeys(("vit_l_16",), (nets.ViT, 1024)),
    "convnext_tiny": (nets.ConvNeXt, 768), "convnext_small": (nets.ConvNeXt, 768),
    "convnext_base": (nets.ConvNeXt, 1024),
    "swin_t": (nets.Swin, 768), "swin_s": (nets.Swin, 768), "swin_b": (nets.Swin, 1024),
}  # fmt: skip


def _make(name: str, *_args: Any, num_classes: int = 1000, **_more: Any) -> nn.Module:
    note = importlib.import_module("_fixer_child.standins.note")
    note.say(f"the model {name} of torchvision is a tiny stand-in without its weights", model=True)
    kind, width = _HEADS[name]
    return kind(width, num_classes)  # type: ignore[no-any-return]


class _Weights:
    """The names of weights of a model, and what goes with them."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
        steps = [transforms.Resize(224), transforms.CenterCrop(224), transforms.ToTensor()]
        return SimpleNamespace(
            name=name, transforms=lambda *_a, **_m: transforms.Compose([*steps, transforms.Normalize(mean, std)]),
            meta={"categories": [f"class {n}" for n in range(1000)]},
            get_state_dict=lambda *_a, **_m: {}, url="",
        )  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HEADS:
        return functools.partial(_make, name)
    if name.endswith("_Weights"):
        return _Weights()
    if name in ("ResNet", "VGG", "DenseNet"):
        return getattr(nets, name)
    if name in ("resnet", "vgg", "densenet", "alexnet_", "inception", "mobilenet", "efficientnet"):
        return importlib.import_module(__name__)
    raise AttributeError(f"the stand-in for torchvision.models has no {name}")


def get_model(name: str, **config: Any) -> nn.Module:
    """A model by its name."""
    return _make(name, **config)


def list_models(*_args: Any, **_more: Any) -> list[str]:
    """The names of all models."""
    return sorted(_HEADS)


def get_model_weights(_name: Any) -> _Weights:
    """The weights of a model."""
    return _Weights()

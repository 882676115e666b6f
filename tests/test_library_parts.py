"""Submodules of the models that libraries bring: what is set on them is set on a module, unless it is a parameter."""

from __future__ import annotations

import pytest

from fixer import engine

HEAD = """
import timm
from torch import nn
from torchvision import models
from transformers import BertModel
"""
MODULES = {
    "block": "model = models.resnet18()\nmodel.layer1.requires_grad = False",
    "members": "model = models.vgg16()\nfor layer in model.features:\n    layer.requires_grad = False",
    "one of them": "model = models.vgg16()\nmodel.features[0].requires_grad = False",
    "embeddings": "model = BertModel.from_pretrained('x')\nmodel.embeddings.requires_grad = False",
    "first layers": "model = BertModel.from_pretrained('x')\n"
    "for layer in model.encoder.layer[:8]:\n    layer.requires_grad = False",
    "vectors": "words = nn.Embedding.from_pretrained(vectors)\nwords.requires_grad = False",
}
OTHERS = {
    "token": "model = timm.create_model('vit_base')\nmodel.cls_token.requires_grad = False",
    "weight": "model = BertModel.from_pretrained('x')\nmodel.embeddings.word_embeddings.weight.requires_grad = False",
    "bias": "layer = nn.Linear(3, 3)\nlayer.bias.requires_grad = False",
    "unknown": "model = build()\nmodel.encoder.layer[0].requires_grad = False",
}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_no_such_flag(name: str) -> None:
    found = engine.check(HEAD + MODULES[name] + "\n", "train.py").findings
    assert [finding.rule for finding in found] == ["module-requires-grad-attribute"]


@pytest.mark.parametrize("name", OTHERS)
def test_a_parameter_has(name: str) -> None:
    assert engine.check(HEAD + OTHERS[name] + "\n", "train.py").findings == ()


def test_a_misspelt_flag_of_a_layers_parameter() -> None:
    found = engine.check(HEAD + "layer = nn.Linear(3, 3)\nlayer.bias.require_grad = False\n", "train.py").findings
    assert [(finding.rule, finding.fix.applicability.value) for finding in found] == [
        ("module-requires-grad-attribute", "safe")
    ]

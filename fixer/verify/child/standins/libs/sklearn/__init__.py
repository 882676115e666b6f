"""The parts of scikit-learn around a training in torch: data sets, splitting, scaling, encoding and scores."""

from __future__ import annotations

import importlib

from . import datasets, metrics, model_selection, preprocessing, utils

importlib.import_module("_fixer_child.standins.note").say("scikit-learn is not installed: a small one was used")

__version__ = "0.0"
__all__ = ["datasets", "metrics", "model_selection", "preprocessing", "utils"]

"""Helpers."""

from __future__ import annotations

from typing import Any

import numpy as np


def shuffle(*arrays: Any, random_state: Any = None, **_more: Any) -> Any:
    """All arrays in one new order."""
    order = np.random.RandomState(0 if random_state is None else int(random_state)).permutation(len(arrays[0]))
    made = [a.iloc[order] if hasattr(a, "iloc") else np.asarray(a)[order] for a in arrays]
    return made[0] if len(made) == 1 else made


def compute_class_weight(_kind: Any = None, *, classes: Any, y: Any, **_more: Any) -> Any:
    """Weights that make all classes count alike."""
    labels = np.asarray(y)
    return np.array([len(labels) / (len(classes) * max(1, int((labels == c).sum()))) for c in classes])


class class_weight:  # a module there
    """The same by the name of its module."""

    compute_class_weight = staticmethod(compute_class_weight)

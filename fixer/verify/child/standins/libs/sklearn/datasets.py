"""Data sets: those that are made, and the classic ones as made-up numbers of their true shape."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

note = importlib.import_module("_fixer_child.standins.note")
# Samples, features, classes (0: a regression).
_SHAPES = {
    "iris": (150, 4, 3), "wine": (178, 13, 3), "breast_cancer": (569, 30, 2), "digits": (1797, 64, 10),
    "diabetes": (442, 10, 0), "boston": (506, 13, 0), "california_housing": (20640, 8, 0), "covtype": (5000, 54, 7),
}  # fmt: skip


class Bunch(dict[str, Any]):
    """A dictionary whose items are attributes too."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self:
            raise AttributeError(name)
        return self[name]


def _known(name: str, return_X_y: bool = False, **_more: Any) -> Any:
    samples, features, classes = _SHAPES[name]
    note.say(f"scikit-learn's {name} data are made up, in their true shape")
    if classes:
        x, y = make_classification(samples, features, n_classes=classes, random_state=7)
    else:
        x, y = make_regression(samples, features, random_state=7, noise=1.0)
    if name == "digits":
        x = np.clip((x + 3) * 16 / 6, 0, 16).round()
    if return_X_y:
        return x, y
    names = [f"feature {n}" for n in range(features)]
    bunch = Bunch(data=x, target=y, feature_names=names, DESCR="", frame=None)
    bunch["target_names"] = np.array([f"class {n}" for n in range(classes)])
    if name == "digits":
        bunch["images"] = x.reshape(-1, 8, 8)
    return bunch


def __getattr__(name: str) -> Any:
    kind, _, known = name.partition("_")
    if kind in ("load", "fetch") and known in _SHAPES:
        return lambda **options: _known(known, **options)
    raise AttributeError(f"the stand-in for sklearn.datasets has no {name}")


def _random(state: Any) -> Any:
    return state if hasattr(state, "normal") else np.random.RandomState(0 if state is None else int(state))


def make_classification(
    n_samples: int = 100, n_features: int = 20, *_args: Any, n_classes: int = 2, random_state: Any = None, **_more: Any
) -> tuple[Any, Any]:
    """One cloud of points per class."""
    maker = _random(random_state)
    y = np.arange(n_samples) % n_classes
    maker.shuffle(y)
    return maker.normal(size=(n_classes, n_features))[y] * 1.5 + maker.normal(size=(n_samples, n_features)), y


def make_blobs(
    n_samples: int = 100, n_features: int = 2, centers: Any = None, cluster_std: float = 1.0, *_args: Any,
    random_state: Any = None, **_more: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """Round clouds."""
    maker = _random(random_state)
    middles = maker.uniform(-10, 10, (centers or 3, n_features)) if np.ndim(centers) == 0 else np.asarray(centers)
    y = np.arange(n_samples) % len(middles)
    maker.shuffle(y)
    return middles[y] + cluster_std * maker.normal(size=(n_samples, middles.shape[1])), y


def make_regression(
    n_samples: int = 100, n_features: int = 100, *_args: Any, n_targets: int = 1, bias: float = 0.0, noise: float = 0.0,
    random_state: Any = None, coef: bool = False, **_more: Any,
) -> Any:  # fmt: skip
    """A linear function of normal numbers, and noise."""
    maker = _random(random_state)
    x, weights = maker.normal(size=(n_samples, n_features)), 100 * maker.uniform(size=(n_features, n_targets))
    y = x @ weights + bias + noise * maker.normal(size=(n_samples, n_targets))
    y, weights = (y[:, 0], weights[:, 0]) if n_targets == 1 else (y, weights)
    return (x, y, weights) if coef else (x, y)


def make_moons(
    n_samples: int = 100, *, shuffle: bool = True, noise: Any = None, random_state: Any = None
) -> tuple[Any, Any]:
    """Two half circles."""
    maker, half = _random(random_state), n_samples // 2
    first, second = np.linspace(0, np.pi, half), np.linspace(0, np.pi, n_samples - half)
    x = np.concatenate(
        [np.stack([np.cos(first), np.sin(first)], 1), np.stack([1 - np.cos(second), 0.5 - np.sin(second)], 1)]
    )
    y = np.concatenate([np.zeros(half, int), np.ones(n_samples - half, int)])
    return _mixed(x, y, noise, shuffle, maker)


def make_circles(
    n_samples: int = 100, *, shuffle: bool = True, noise: Any = None, random_state: Any = None, factor: float = 0.8
) -> tuple[Any, Any]:
    """A circle in a circle."""
    maker, half = _random(random_state), n_samples // 2
    angles = np.concatenate([np.linspace(0, 2 * np.pi, n, endpoint=False) for n in (half, n_samples - half)])
    size = np.concatenate([np.ones(half), np.full(n_samples - half, factor)])
    x = np.stack([np.cos(angles), np.sin(angles)], 1) * size[:, None]
    y = np.concatenate([np.zeros(half, int), np.ones(n_samples - half, int)])
    return _mixed(x, y, noise, shuffle, maker)


def _mixed(x: Any, y: Any, noise: Any, shuffle: bool, maker: Any) -> tuple[Any, Any]:
    if shuffle:
        order = maker.permutation(len(x))
        x, y = x[order], y[order]
    return (x + noise * maker.normal(size=x.shape) if noise else x), y

"""Scaling and encoding."""

from __future__ import annotations

from typing import Any

import numpy as np


class _Scaler:
    """Shifts and divides each column."""

    def __init__(self, *_args: Any, feature_range: tuple[float, float] = (0, 1), **_more: Any) -> None:
        self.low: float
        self.high: float
        self.low, self.high = _args[0] if _args else feature_range
        self.shift: Any = 0.0
        self.width: Any = 1.0

    def fit(self, data: Any, *_args: Any) -> Any:
        self.measure(np.asarray(data, float))
        return self

    def measure(self, data: Any) -> None:
        """Set ``shift`` and ``width``."""

    def transform(self, data: Any) -> Any:
        return (np.asarray(data, float) - self.shift) / self.width

    def fit_transform(self, data: Any, *_args: Any) -> Any:
        return self.fit(data).transform(data)

    def inverse_transform(self, data: Any) -> Any:
        return np.asarray(data, float) * self.width + self.shift


class StandardScaler(_Scaler):
    """Mean 0 and standard deviation 1."""

    def measure(self, data: Any) -> None:
        self.shift, width = data.mean(0), data.std(0)
        self.width = np.where(width == 0, 1.0, width)
        self.mean_, self.scale_, self.var_ = self.shift, self.width, self.width**2


class MinMaxScaler(_Scaler):
    """From ``low`` to ``high``."""

    def measure(self, data: Any) -> None:
        least, spread = data.min(0), data.max(0) - data.min(0)
        self.data_min_, self.data_max_ = least, data.max(0)
        self.width = np.where(spread == 0, 1.0, spread) / (self.high - self.low)
        self.shift = least - self.low * self.width


class RobustScaler(_Scaler):
    """Median 0 and a quarter to three quarters 1."""

    def measure(self, data: Any) -> None:
        low, self.shift, high = np.percentile(data, [25, 50, 75], axis=0)
        self.width = np.where(high == low, 1.0, high - low)


class MaxAbsScaler(_Scaler):
    """At most 1."""

    def measure(self, data: Any) -> None:
        most = np.abs(data).max(0)
        self.width = np.where(most == 0, 1.0, most)


class LabelEncoder:
    """Classes as numbers."""

    classes_: Any = None

    def fit(self, labels: Any) -> LabelEncoder:
        self.classes_ = np.unique(np.asarray(labels))
        return self

    def transform(self, labels: Any) -> Any:
        return np.searchsorted(self.classes_, np.asarray(labels))

    def fit_transform(self, labels: Any) -> Any:
        return self.fit(labels).transform(labels)

    def inverse_transform(self, numbers: Any) -> Any:
        return self.classes_[np.asarray(numbers)]


class OneHotEncoder:
    """Each class as a column."""

    def __init__(self, **_more: Any) -> None:
        self.categories_: list[Any] = []

    def fit(self, data: Any, *_args: Any) -> OneHotEncoder:
        self.categories_ = [np.unique(column) for column in np.asarray(data).T]
        return self

    def transform(self, data: Any) -> Any:
        columns = zip(np.asarray(data).T, self.categories_, strict=True)
        return np.concatenate([(column[:, None] == known).astype(float) for column, known in columns], 1)

    def fit_transform(self, data: Any, *_args: Any) -> Any:
        return self.fit(data).transform(data)


def scale(data: Any, **_more: Any) -> Any:
    """Mean 0 and standard deviation 1."""
    return StandardScaler().fit_transform(data)


def normalize(data: Any, *_args: Any, axis: int = 1, **_more: Any) -> Any:
    """Rows (or columns) of length 1."""
    size = np.linalg.norm(data, axis=axis, keepdims=True)
    return np.asarray(data) / np.where(size == 0, 1.0, size)

"""Splitting data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np


def _take(data: Any, rows: Any) -> Any:
    if hasattr(data, "iloc"):
        return data.iloc[rows]
    return [data[int(n)] for n in rows] if isinstance(data, (list, tuple)) else data[rows]


def train_test_split(
    *arrays: Any, test_size: Any = None, train_size: Any = None, random_state: Any = None, shuffle: bool = True,
    stratify: Any = None,
) -> list[Any]:  # fmt: skip
    """Each array in two parts."""
    total = len(arrays[0])
    if test_size is None:
        test_size = 0.25 if train_size is None else (1 - train_size if train_size <= 1 else total - train_size)
    test = int(np.ceil(test_size * total)) if isinstance(test_size, float) else int(test_size)
    order = np.arange(total)
    if shuffle:
        order = np.random.RandomState(0 if random_state is None else int(random_state)).permutation(total)
    if stratify is not None:
        labels = np.asarray(stratify)[order]
        rank = np.zeros(total)
        for label in np.unique(labels):
            here = labels == label
            rank[here] = np.arange(here.sum()) / here.sum()
        order = order[np.argsort(rank, kind="stable")]
    return [_take(a, rows) for a in arrays for rows in (order[test:], order[:test])]


class KFold:
    """Each part in turn for testing."""

    def __init__(self, n_splits: int = 5, *, shuffle: bool = False, random_state: Any = None) -> None:
        self.n_splits, self.shuffle, self.random_state = n_splits, shuffle, random_state

    def get_n_splits(self, *_args: Any) -> int:
        return self.n_splits

    def _order(self, total: int, _labels: Any) -> Any:
        maker = np.random.RandomState(self.random_state or 0)
        return maker.permutation(total) if self.shuffle else np.arange(total)

    def split(self, data: Any, y: Any = None, _groups: Any = None) -> Iterator[tuple[Any, Any]]:
        order = self._order(len(data), y)
        for part in np.array_split(order, self.n_splits):
            yield np.setdiff1d(order, part, assume_unique=True), np.sort(part)


class StratifiedKFold(KFold):
    """The same, with all classes in each part."""

    def _order(self, total: int, labels: Any) -> Any:
        order = super()._order(total, None)
        ranked = order[np.argsort(np.asarray(labels)[order], kind="stable")]
        return np.concatenate([ranked[n :: self.n_splits] for n in range(self.n_splits)])

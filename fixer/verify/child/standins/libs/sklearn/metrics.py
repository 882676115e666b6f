"""Scores."""

from __future__ import annotations

from typing import Any

import numpy as np


def accuracy_score(y_true: Any, y_pred: Any, normalize: bool = True, **_more: Any) -> float:
    """The share (or number) of right answers."""
    right = np.asarray(y_true) == np.asarray(y_pred)
    right = right.all(1) if right.ndim > 1 else right
    return float(right.mean() if normalize else right.sum())


def confusion_matrix(y_true: Any, y_pred: Any, labels: Any = None, **_more: Any) -> Any:
    """How often a class (row) was taken for another (column)."""
    true, guessed = np.asarray(y_true).ravel(), np.asarray(y_pred).ravel()
    known = np.unique(np.concatenate([true, guessed])) if labels is None else np.asarray(labels)
    return np.array([[int(((true == a) & (guessed == b)).sum()) for b in known] for a in known])


def _counts(y_true: Any, y_pred: Any, average: Any) -> tuple[Any, Any, Any]:
    matrix = confusion_matrix(y_true, y_pred)
    hit, guessed, true = np.diag(matrix), matrix.sum(0), matrix.sum(1)
    if average == "binary":
        return hit[-1:], guessed[-1:], true[-1:]
    return (hit.sum()[None], guessed.sum()[None], true.sum()[None]) if average == "micro" else (hit, guessed, true)


def _mean(values: Any, true: Any, average: Any) -> Any:
    if average is None:
        return values
    return float(np.average(values, weights=true) if average == "weighted" and true.sum() else values.mean())


def precision_score(y_true: Any, y_pred: Any, average: Any = "binary", **_more: Any) -> Any:
    """The share of what was called a class that is one."""
    hit, guessed, true = _counts(y_true, y_pred, average)
    return _mean(hit / np.maximum(guessed, 1), true, average)


def recall_score(y_true: Any, y_pred: Any, average: Any = "binary", **_more: Any) -> Any:
    """The share of a class that was found."""
    hit, _, true = _counts(y_true, y_pred, average)
    return _mean(hit / np.maximum(true, 1), true, average)


def f1_score(y_true: Any, y_pred: Any, average: Any = "binary", **_more: Any) -> Any:
    """The harmonic mean of precision and recall."""
    hit, guessed, true = _counts(y_true, y_pred, average)
    return _mean(2 * hit / np.maximum(guessed + true, 1), true, average)


balanced_accuracy_score = accuracy_score


def precision_recall_fscore_support(y_true: Any, y_pred: Any, average: Any = None, **_more: Any) -> tuple[Any, ...]:
    """Three scores and the number of samples."""
    scores = (score(y_true, y_pred, average=average) for score in (precision_score, recall_score, f1_score))
    return (*scores, None if average else _counts(y_true, y_pred, None)[2])


def roc_auc_score(y_true: Any, y_score: Any, **_more: Any) -> float:
    """The chance that a positive sample scores higher than a negative one."""
    true, score = np.asarray(y_true), np.asarray(y_score)
    if true.ndim > 1 or score.ndim > 1:
        return 0.5
    yes, no = score[true == 1], score[true != 1]
    return float((yes[:, None] > no).mean() + 0.5 * (yes[:, None] == no).mean()) if len(yes) and len(no) else 0.5


def mean_squared_error(y_true: Any, y_pred: Any, **_more: Any) -> float:
    """The mean square of the differences."""
    return float(((np.asarray(y_true) - np.asarray(y_pred)) ** 2).mean())


def mean_absolute_error(y_true: Any, y_pred: Any, **_more: Any) -> float:
    """The mean size of the differences."""
    return float(np.abs(np.asarray(y_true) - np.asarray(y_pred)).mean())


def r2_score(y_true: Any, y_pred: Any, **_more: Any) -> float:
    """The share of the variance that is explained."""
    true = np.asarray(y_true, float)
    spread = ((true - true.mean(0)) ** 2).sum()
    return float(1 - ((true - np.asarray(y_pred)) ** 2).sum() / spread) if spread else 0.0


def classification_report(y_true: Any, y_pred: Any, output_dict: bool = False, **_more: Any) -> Any:
    """The accuracy in a line."""
    found = {"accuracy": accuracy_score(y_true, y_pred)}
    return found if output_dict else f"accuracy {found['accuracy']:.3f}"


def log_loss(y_true: Any, y_pred: Any, **_more: Any) -> float:
    """The mean negative logarithm of the right class's probability."""
    p = np.clip(np.asarray(y_pred, float), 1e-7, 1)
    picked = (
        p[np.arange(len(p)), np.asarray(y_true, int)] if p.ndim > 1 else np.where(np.asarray(y_true) == 1, p, 1 - p)
    )
    return float(-np.log(np.maximum(picked, 1e-7)).mean())

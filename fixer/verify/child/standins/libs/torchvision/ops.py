"""Operations on boxes."""

from __future__ import annotations

import torch
from torch import nn


def box_area(boxes: torch.Tensor) -> torch.Tensor:
    """Areas of boxes [N, 4] (left, top, right, bottom)."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def box_iou(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Intersection over union of boxes [N, 4] and [M, 4], as [N, M]."""
    low = torch.maximum(first[:, None, :2], second[:, :2])
    high = torch.minimum(first[:, None, 2:], second[:, 2:])
    inside = (high - low).clamp(min=0).prod(2)
    return inside / (box_area(first)[:, None] + box_area(second) - inside)


def nms(boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """The indices of the boxes that no better box overlaps by more than the threshold."""
    order = scores.argsort(descending=True).tolist()
    overlap = box_iou(boxes, boxes)
    kept: list[int] = []
    for n in order:
        if all(float(overlap[n, k]) <= iou_threshold for k in kept):
            kept.append(n)
    return torch.tensor(kept, dtype=torch.long)


def sigmoid_focal_loss(
    inputs: torch.Tensor, targets: torch.Tensor, alpha: float = 0.25, gamma: float = 2, reduction: str = "none"
) -> torch.Tensor:
    """The focal loss of Lin et al. (2017), on logits."""
    p = torch.sigmoid(inputs)
    ce = nn.functional.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    right = p * targets + (1 - p) * (1 - targets)
    loss = ce * (1 - right) ** gamma
    if alpha >= 0:
        loss = (alpha * targets + (1 - alpha) * (1 - targets)) * loss
    return loss.mean() if reduction == "mean" else loss.sum() if reduction == "sum" else loss

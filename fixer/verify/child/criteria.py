"""Records the calls of torch's loss functions: their value, what they were given, and their weight in a backward."""

from __future__ import annotations

import functools
import math
from typing import Any

import torch
import torch.nn.functional as F

from . import graph

FUNCTIONS = (
    "cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "mse_loss", "l1_loss",
    "smooth_l1_loss", "huber_loss", "kl_div", "poisson_nll_loss", "gaussian_nll_loss", "hinge_embedding_loss",
    "soft_margin_loss", "multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss",
    "margin_ranking_loss", "triplet_margin_loss", "triplet_margin_with_distance_loss", "cosine_embedding_loss",
    "ctc_loss",
)  # fmt: skip
ROWS, FEW_ROWS = 4096, 8


def install(tracer: Any) -> None:
    """Patch the loss functions (the loss modules of torch.nn call them)."""
    for name in FUNCTIONS:
        plain = getattr(F, name, None)
        if plain is not None:
            setattr(F, name, _traced(tracer, name, plain))


def _traced(tracer: Any, name: str, plain: Any) -> Any:

    @functools.wraps(plain)
    def criterion(*args: Any, **kwargs: Any) -> Any:
        if tracer.criterion_depth:
            return plain(*args, **kwargs)
        tracer.criterion_depth = 1
        try:
            out = plain(*args, **kwargs)
        finally:
            tracer.criterion_depth = 0
        if isinstance(out, torch.Tensor):
            _record(tracer, name, args, kwargs, out)
        return out

    return criterion


def _record(tracer: Any, name: str, args: Any, kwargs: Any, out: Any) -> None:
    given = args[0] if args else kwargs.get("input")
    tracer.losses += 1
    number = tracer.losses
    facts: dict[str, Any] = {"i": number, "fn": name, "grad": bool(out.requires_grad)}
    facts["inside"] = tracer.inside is not None
    facts["red"] = _reduction(kwargs)
    facts["value"] = float(out.detach()) if out.numel() == 1 else None
    target = args[1] if len(args) > 1 else kwargs.get("target")
    if isinstance(given, torch.Tensor) and isinstance(target, torch.Tensor):
        facts["wants"] = [bool(given.requires_grad), bool(target.requires_grad)]
        facts["shapes"] = [list(given.shape), list(target.shape)]
    if name == "cross_entropy" and isinstance(given, torch.Tensor):
        facts.update(_classes(given))
    elif name in _EXPECTED and isinstance(given, torch.Tensor):
        facts["input"] = _EXPECTED[name](given)
    tracer.rec.emit("loss", **facts)
    if out.requires_grad:
        out.register_hook(functools.partial(tracer.reached_loss, number))


def _binary(given: Any) -> str:
    """What a binary cross-entropy with logits was given, as far as its graph tells."""
    if given.grad_fn is None:
        return "unknown"
    return "probabilities" if graph.activation_before(given.grad_fn) == "Sigmoid" else "logits"


def _logarithms(given: Any) -> str:
    """What a negative log likelihood was given: "logits" stands for logarithms of probabilities."""
    dim = 1 if given.dim() > 1 else 0
    rows = given.detach().float()[:ROWS]
    if bool((rows >= 0).all()) and bool(((rows.sum(dim) - 1).abs() < 1e-2).all()):
        return "probabilities"
    return "logits" if bool((rows.logsumexp(dim).abs() < 1e-2).all()) else "unknown"


_EXPECTED = {"binary_cross_entropy_with_logits": _binary, "nll_loss": _logarithms}


def _reduction(kwargs: Any) -> str:
    """The reduction, as the loss modules pass it (by keyword); positional use means the default."""
    return str(kwargs.get("reduction", "mean"))


def _sum_to_one(rows: Any, dim: int) -> bool:
    """Whether all values are in [0, 1] and add up to 1, within rounding."""
    low, high = torch.aminmax(rows) if rows.numel() else (0.0, 0.0)
    if not (float(low) >= -1e-4 and float(high) <= 1 + 1e-4):
        return False
    return bool(((rows.sum(dim) - 1).abs() < 1e-2).all())


def _classes(given: Any) -> dict[str, Any]:
    """What a cross-entropy was given: "probabilities" (rows sum to 1 in [0, 1]), "softmax" (one was applied and
    then scaled), or "logits"; and the lowest value that the loss can reach on probabilities of that many classes."""
    dim = 1 if given.dim() > 1 else 0
    classes = given.shape[dim]
    rows = given.detach()
    # A few rows mostly tell already that they are no probabilities.
    inside = _sum_to_one(rows[:FEW_ROWS].float(), dim) and _sum_to_one(rows[:ROWS].float(), dim)
    before = graph.activation_before(given.grad_fn)
    if classes > 1 and inside:
        kind = "probabilities"
    elif before == "Softmax":
        kind = "softmax"
    else:
        kind = "logits"
    floor = math.log(1 + (classes - 1) / math.e) if classes > 1 else 0.0
    return {"input": kind, "classes": classes, "floor": round(floor, 3)}

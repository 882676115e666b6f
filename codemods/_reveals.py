"""Groups of rules that stay silent together: what a repair brings to light (``REVEALS`` of a rule) is named by them."""

from __future__ import annotations

UPDATE = frozenset(
    {
        "accelerate-raw-backward",
        "amp-raw-step",
        "clip-after-step",
        "clip-without-unscale",
        "double-step",
        "dropped-accumulation-tail",
        "epoch-scheduler-per-batch",
        "hidden-state-not-detached",
        "loss-average-wrong-denominator",
        "loss-graph-accumulated",
        "missing-zero-grad",
        "next-iter-each-step",
        "optimizer-in-loop",
        "return-inside-batch-loop",
        "scheduler-before-optimizer",
        "step-outside-batch-loop",
        "unscaled-accumulation",
        "zero-grad-before-step",
    }
)
"""Rules about an update: they need a step that uses the gradient of a backward, in the loop over the batches."""
LOSS = frozenset(
    {
        "redundant-sigmoid",
        "redundant-softmax",
        "regression-broadcast",
        "softmax-with-nll-loss",
        "swapped-loss-arguments",
    }
)
"""Rules about what a loss is given."""
EVALUATION = frozenset({"eval-without-no-grad", "missing-eval-mode", "model-left-in-eval"})
"""Rules about the other loop, which is known as an evaluation because this one is known as the training."""
DATA = frozenset({"batch-range-skips-data", "missing-set-epoch", "train-loader-not-shuffled"})
"""Rules about what a loop draws its batches from, which is known as the training because its batches are trained on."""

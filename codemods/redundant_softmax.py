"""# redundant-softmax

## What it does

Finds a softmax whose output goes into cross-entropy, which applies log-softmax itself.

## Why is this bad?

`nn.CrossEntropyLoss` and `F.cross_entropy` expect logits. Fed probabilities, they see numbers between 0 and 1: the
gradients shrink (about tenfold for ten classes at the start), and the loss cannot fall below ln(1 + (K - 1) / e).

## How it looks from outside

* The loss is stuck and does not go below 0.313 with 2 classes, 1.461 with 10, 3.622 with 100, 5.910 with 1000.
* Accuracy grows slowly and stops early, although the loss looks as if it had converged.
* Gradients vanish: they are about ten times smaller than they should be from the start.

## Example

```python
out = F.softmax(model(x), dim=1)
loss = F.cross_entropy(out, y)
```

## Fix

```python
out = model(x)
loss = F.cross_entropy(out, y)
```

## When it is not a bug

Softmax for metrics, sampling, attention or gating; softmax of the target; losses that expect probabilities or their
logarithm; log-softmax before cross-entropy (it changes nothing).

## Fix safety

Safe when the softmax stands at the loss and nothing else reads it. Unsafe in the model: its outputs become logits, and
the learning rate may have been tuned to the weak gradient; where other code needs probabilities, softmax is applied to
the output there. Not rewritten when those places cannot all be told.

## References

* PyTorch documentation, page "CrossEntropyLoss"
"""

from __future__ import annotations

from collections.abc import Iterator

from codemods import _squash
from codemods._claim import Claim
from fixer.reading.reader import Reading

NAME = "redundant-softmax"
SUMMARY = "cross-entropy is fed probabilities; it applies softmax itself"

KIND = _squash.Kind(
    rule=NAME,
    function="softmax",
    layer="Softmax",
    criterion="cross_entropy",
    message="softmax before cross-entropy, which applies it itself: with K classes the loss cannot fall below "
    "ln(1 + (K - 1) / e)",
    squashes="softmax turns the scores into probabilities",
    receives="cross-entropy applies log-softmax to them once more",
    safe=True,
)


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per softmax that reaches cross-entropy."""
    return _squash.claims(reading, KIND)

"""# redundant-sigmoid

## What it does

Finds a sigmoid whose output goes into binary cross-entropy *with logits*, which applies sigmoid itself.

## Why is this bad?

`nn.BCEWithLogitsLoss` expects scores. Fed probabilities between 0 and 1, it takes the sigmoid of them once more:
what the model can say is confined to 0.5 ... 0.731, the loss of a positive cannot fall below 0.313, that of a negative
not below 0.693, and the gradients are about four times too small or worse.

## How it looks from outside

* The loss of a binary or multi-label classifier is stuck between 0.5 and 0.69.
* The binary loss ends far above zero, even when a single batch is overfitted.
* The model predicts a probability above 0.5 for everything.
* Training a binary classifier is very slow, although the architecture and the learning rate are right.

## Example

```python
out = torch.sigmoid(model(x))
loss = F.binary_cross_entropy_with_logits(out, y)
```

## Fix

```python
out = model(x)
loss = F.binary_cross_entropy_with_logits(out, y)
```

Where the probabilities themselves are used (`out > 0.5`), the sigmoid stays there.

## When it is not a bug

Sigmoid with `nn.BCELoss`; sigmoid as a gate, in metrics or for inference only; logits taken before the activation;
outputs that are scaled on purpose.

## Fix safety

Unsafe: the model's outputs or the scale of its gradients change, and the learning rate may have been tuned to the
weak gradient. Not rewritten when the places that use the probabilities cannot all be told.

## References

* PyTorch documentation, page "BCEWithLogitsLoss"
"""

from __future__ import annotations

from collections.abc import Iterator

from codemods import _squash
from codemods._claim import Claim
from fixer.reading.reader import Reading

NAME = "redundant-sigmoid"
SUMMARY = "a loss with logits is fed probabilities; it applies sigmoid itself"

KIND = _squash.Kind(
    rule=NAME,
    function="sigmoid",
    layer="Sigmoid",
    criterion="binary_cross_entropy_with_logits",
    message="sigmoid before binary cross-entropy with logits, which applies it itself: the loss cannot fall below "
    "0.313 (positives) and 0.693 (negatives)",
    squashes="sigmoid turns the scores into probabilities",
    receives="the loss applies sigmoid to them once more",
)


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per sigmoid that reaches a loss with logits."""
    return _squash.claims(reading, KIND)

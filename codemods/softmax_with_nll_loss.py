"""# softmax-with-nll-loss

## What it does

Finds a softmax whose output goes into the negative log likelihood, which expects logarithms of probabilities.

## Why is this bad?

`nn.NLLLoss` and `F.nll_loss` take no logarithm: they return minus the number they find at the target's place. Fed
probabilities, the loss lies between -1 and 0, and its gradient nearly vanishes where the model is most wrong.

## How it looks from outside

* The loss is negative, between -1 and 0, and gets more negative.
* Accuracy improves slowly and gets stuck, because wrong predictions hardly have a gradient.
* The network predicts one class for everything.

## Example

```python
out = F.softmax(model(x), dim=1)
loss = F.nll_loss(out, y)
```

## Fix

```python
out = F.log_softmax(model(x), dim=1)
loss = F.nll_loss(out, y)
```

Where the probabilities themselves are used, `.exp()` brings them back.

## When it is not a bug

Losses or wrappers that take the logarithm themselves; `torch.log` of the softmax; log-softmax; softmax for metrics
only; a class of the project that is merely called NLLLoss.

## Fix safety

Unsafe: the model's outputs become logarithms, and the learning rate may have been tuned to the weak gradient. Not
rewritten when the places that use the probabilities cannot all be told.

## References

* PyTorch documentation, page "NLLLoss"
"""

from __future__ import annotations

from collections.abc import Iterator

from codemods import _squash
from codemods._claim import Claim
from fixer.reading.reader import Reading

NAME = "softmax-with-nll-loss"
SUMMARY = "the negative log likelihood is fed probabilities instead of their logarithms"

KIND = _squash.Kind(
    rule=NAME,
    function="softmax",
    layer="Softmax",
    criterion="nll_loss",
    message="softmax before the negative log likelihood, which expects logarithms: the loss lies between -1 and 0, and "
    "wrong predictions hardly have a gradient",
    squashes="softmax gives probabilities",
    receives="the loss expects their logarithms",
    logarithm="log_softmax",
)


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per softmax that reaches the negative log likelihood."""
    return _squash.claims(reading, KIND)

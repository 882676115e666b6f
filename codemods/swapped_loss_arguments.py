"""# swapped-loss-arguments

## What it does

Finds a loss that is given the label first and the model's output second.

## Why is this bad?

torch's losses take `(input, target)`. Binary cross-entropy, Kullback-Leibler divergence and cross-entropy are not
symmetric: with the arguments swapped, the label counts as the prediction. `binary_cross_entropy_with_logits(y, out)`
is linear in `out` and has no lower bound, so the output runs away; with class indices cross-entropy fails at once.

## How it looks from outside

* The binary loss becomes hugely negative, or the outputs grow without bound.
* The loss is wrong or constant although the predictions change, and the model never gets better than chance.
* RuntimeError about the shape or type of the target, from cross-entropy.

## Example

```python
loss = F.binary_cross_entropy_with_logits(y, model(x))
```

## Fix

```python
loss = F.binary_cross_entropy_with_logits(model(x), y)
```

## When it is not a bug

Symmetric losses (mean squared error, L1, Huber, cosine); losses of the project with an order of their own; metrics that
take `(true, predicted)`; the divergence of two outputs; named arguments.

## Fix safety

Unsafe: the training becomes another one. `kl_div` is only reported unless its input is seen to be a logarithm.

## References

* PyTorch documentation, pages "BCEWithLogitsLoss", "KLDivLoss", "CrossEntropyLoss"
"""

from __future__ import annotations

from collections.abc import Iterator

from codemods._claim import Claim, Edit, Replace, claim, shown
from codemods._events import same_everywhere
from codemods._places import first_two
from codemods._reveals import LOSS
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.protocol.losses import ASYMMETRIC
from fixer.reading.reader import Reading
from fixer.reading.tree import Located
from fixer.reading.values import Tensor, Value

NAME = "swapped-loss-arguments"
SUMMARY = "a loss is given the label as its input and the output as its target"
REVEALS = LOSS
"""What else the loss is given wrongly is told where the output is its input."""

_MADE = frozenset({"forward", "loss"})


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per loss whose arguments stand the wrong way round."""
    for place in same_everywhere(reading, Kind.LOSS, _swapped):
        yield _claim(reading, place)


def _swapped(place: Located) -> bool:
    facts = place.emit.facts
    given = facts.get("given", ())
    if facts["criterion"] not in ASYMMETRIC or len(given) < 2 or not facts["grad"]:
        return False
    return _label(given[0]) and _output(given[1])


def _kinds(value: Tensor) -> set[object]:
    return {s.site[0] for s in value.sources if isinstance(s.site, tuple) and s.site}


def _label(value: Value) -> bool:
    """Whether a value came out of the data, and through no model."""
    if not isinstance(value, Tensor) or value.owners.owners or not value.owners.exact:
        return False
    return "batch" in _kinds(value) and not _kinds(value) & _MADE


def _output(value: Value) -> bool:
    """Whether a value is the output of something that is trained."""
    return isinstance(value, Tensor) and bool(value.owners.owners) and "forward" in _kinds(value)


def _claim(reading: Reading, place: Located) -> Claim:
    module, node = reading.module, place.emit.node
    edits: list[Edit] = []
    trouble = "how the loss is called cannot be rewritten"
    pair = first_two(node)
    if pair is not None:
        first, second = pair
        trouble = ""
        edits = [
            Replace(module.place(first), module.text_of(second)),
            Replace(module.place(second), module.text_of(first)),
        ]
        if place.emit.facts["criterion"] == "kl_div" and "log" not in module.text_of(second):
            trouble = "kl_div wants logarithms as its input, and the output is not seen to be one"
    return claim(
        NAME,
        module,
        node,
        "the label is given as the input and the output as the target: torch's losses take (input, target)",
        [shown(module, node, "loss", "the first argument is the label, the second what the model made")],
        Applicability.NONE if trouble else Applicability.UNSAFE,
        "swap the arguments",
        trouble or "the training becomes another one",
        edits,
    )

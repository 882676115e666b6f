"""# functional-dropout-always-on

## What it does

Finds `F.dropout(x)` in a module that is not told whether the module trains, and attention with a `dropout_p` that is
always on.

## Why is this bad?

`F.dropout` does not know the module's mode: its `training` argument is True by default, so `model.eval()` does not
switch it off. Evaluation then drops units at random, and so does the model in production. (The layer `nn.Dropout`
follows the mode by itself.) `F.scaled_dot_product_attention` applies its `dropout_p` whatever the mode is.

## How it looks from outside

* Validation accuracy is lower than it should be and changes from run to run of the same model.
* The model gives different outputs for the same input, even after `model.eval()`.
* Predictions are not deterministic at inference.

## Example

```python
class Net(nn.Module):
    def forward(self, x):
        return self.fc2(F.dropout(F.relu(self.fc1(x)), 0.5))
```

## Fix

```python
class Net(nn.Module):
    def forward(self, x):
        return self.fc2(F.dropout(F.relu(self.fc1(x)), 0.5, training=self.training))
```

## When it is not a bug

Dropout that is meant to stay on: `training=True` written out, Monte-Carlo dropout, the pre-net of a speech synthesiser,
noise. Calls that a test of `self.training` guards; augmentation outside modules.

## Fix safety

Unsafe: dropout at inference may be what you want; then write `training=True`.

## References

* PyTorch documentation, pages "torch.nn.functional.dropout", "torch.nn.functional.scaled_dot_product_attention"
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods._claim import AddArgument, Claim, Edit, Replace, claim, shown
from codemods._events import same_everywhere
from codemods._modules import method_of, own_name
from fixer.findings import Applicability
from fixer.protocol.events import Kind
from fixer.reading.building import ATTENTION
from fixer.reading.conditions import atoms
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.tree import Located
from fixer.reading.values import Const, Either
from fixer.reading.written import argument

NAME = "functional-dropout-always-on"
SUMMARY = "a functional dropout stays on in eval mode"

_MODE = re.compile(r"train|eval|infer|test|mode|sampl|stochastic|mc_|monte|deterministic", re.I)
_MEANT = re.compile(r"pre_?net|monte|\bmc|mc_|_mc|bayes|noise|uncertain|sampl|perturb|augment|masking|stochastic", re.I)


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per functional dropout that does not follow its module's mode."""
    for place in same_everywhere(reading, Kind.DROPOUT, lambda place: _always_on(reading.module, place)):
        yield _claim(reading, place)


def _always_on(module: Module, place: Located) -> bool:
    emit = place.emit
    node, probability = emit.node, emit.facts["probability"]
    method = method_of(module, node)
    if method is None or not isinstance(node, ast.Call) or emit.facts["mode"] is not None:
        return False
    if isinstance(probability, Either) or isinstance(probability, Const) and not probability.value:
        return False
    if emit.facts["name"] == ATTENTION and (probability is None or "training" in _text(node)):
        return False
    if any("training" in str(atom.key) for branch, _ in place.guards() for atom in atoms(branch.test)):
        return False
    tests = [up.test for up in module.ancestors(node) if isinstance(up, (ast.If, ast.IfExp, ast.While))]
    if any(_MODE.search(ast.unparse(test)) for test in tests):
        return False
    up = module.parent(method)
    return not _MEANT.search(f"{getattr(up, 'name', '')} {getattr(method, 'name', '')}")


def _text(node: ast.Call) -> str:
    given = argument(node, "dropout_p")
    return ast.unparse(given) if given is not None else ""


def _claim(reading: Reading, place: Located) -> Claim:
    module, node = reading.module, place.emit.node
    assert isinstance(node, ast.Call)
    me = own_name(method_of(module, node))
    attention = place.emit.facts["name"] == ATTENTION
    edits: list[Edit] = []
    if not attention:
        edits = [AddArgument(module.place(node), f"training={me}.training")]
        what = "its training argument is True by default, also after model.eval()"
    else:
        given = argument(node, "dropout_p") or node.args[4]
        edits = [Replace(module.place(given), f"{module.text_of(given)} if {me}.training else 0.0")]
        what = "dropout_p applies in every mode, also after model.eval()"
    return claim(
        NAME,
        module,
        node,
        "this dropout stays on in eval mode: outputs are random, and evaluation is worse than the model",
        [shown(module, node, "forward", what)],
        Applicability.UNSAFE,
        "let it follow the module's mode",
        "dropout at inference may be intended; then write training=True",
        edits,
    )

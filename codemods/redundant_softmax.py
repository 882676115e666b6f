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

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemods._claim import Claim, Delete, Edit, InsertBefore, RemoveElement, Replace, claim, shown
from codemods._places import function_of
from fixer.findings import Applicability, Shown
from fixer.protocol.events import Kind
from fixer.reading.interpreter import Use
from fixer.reading.reader import Reading
from fixer.reading.source import Module
from fixer.reading.tree import Emit, emits
from fixer.reading.values import Squash

if TYPE_CHECKING:
    import libcst as cst

NAME = "redundant-softmax"
SUMMARY = "cross-entropy is fed probabilities; it applies softmax itself"


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per softmax that reaches cross-entropy."""
    kinds: dict[ast.AST, set[str]] = {}
    losses: dict[ast.AST, list[Emit]] = {}
    for entry in reading.entries:
        for emit in emits(entry.tree):
            if emit.kind is Kind.LOSS:
                kinds.setdefault(emit.node, set()).add(str(emit.facts["criterion"]))
                squash = emit.facts.get("squash")
                if emit.facts["criterion"] == "cross_entropy" and isinstance(squash, Squash):
                    losses.setdefault(squash.node, []).append(emit)
    for found in losses.values():
        if all(kinds[emit.node] == {"cross_entropy"} for emit in found):
            squash = found[0].facts["squash"]
            if squash.module is reading.module:
                yield _claim(reading, squash, found)


def _claim(reading: Reading, squash: Squash, losses: list[Emit]) -> Claim:
    module = squash.module
    values = [use for use in reading.uses if use.squash.node is squash.node and use.how == "value"]
    loss = losses[0]
    path: list[Shown] = [
        shown(reading, module, squash.node, "forward", "softmax turns the scores into probabilities"),
        shown(reading, loss.module, loss.node, "loss", "cross-entropy applies log-softmax to them once more"),
    ]
    edits, trouble, summary = _edits(module, squash, losses, values)
    local = not _in_model(module, squash)
    if trouble:
        applicability, reason = Applicability.NONE, trouble
    elif local:
        applicability, reason = Applicability.SAFE, "the probabilities are used by the loss and for ranking alone"
        if values:
            reason = "only the loss changes; other uses keep the probabilities"
    else:
        applicability = Applicability.UNSAFE
        reason = "the model's outputs become logits, and the learning rate may have been tuned to the weak gradient"
        if values:
            reason += "; where probabilities are needed, softmax is applied to the output"
    return claim(
        NAME,
        reading,
        module,
        squash.node,
        "softmax before cross-entropy, which applies it itself: with K classes the loss cannot fall below "
        "ln(1 + (K - 1) / e)",
        path,
        applicability,
        summary,
        reason,
        edits,
    )


def _in_model(module: Module, squash: Squash) -> bool:
    """Whether the softmax is a part of the model: an element of a Sequential, or in a module's forward."""
    if squash.element is squash.node:
        return True
    function = function_of(module, squash.node)
    up = module.parent(function) if function is not None else None
    return isinstance(up, ast.ClassDef) and getattr(function, "name", "") in ("forward", "__call__")


def _edits(module: Module, squash: Squash, losses: list[Emit], values: list[Use]) -> tuple[list[Edit], str, str]:
    """The edits, why there are none, and what they do in a sentence."""
    node = squash.node
    sequential = squash.element is node
    inner = None if sequential else _inner(node, squash.element is not None)
    if not sequential and inner is None:
        return [], "the softmax's input cannot be told", "drop the softmax"
    if not _in_model(module, squash):
        assert inner is not None
        return _at_the_loss(module, squash, inner, losses, values)
    summary = "drop the softmax from the model"
    edits = _element(module, node) if inner is None else _drop(module, module.statement(node), node, inner, squash)
    if values:
        summary = "train on logits: drop the softmax from the model, apply it where probabilities are needed"
        moved = _moved(module, squash, losses, values)
        if moved is None:
            use = values[0]
            line = use.module.place(use.node).line
            return [], f"the probabilities themselves are used in line {line}: softmax has to move there", summary
        edits += moved
    return edits, "", summary


def _at_the_loss(
    module: Module, squash: Squash, inner: ast.expr, losses: list[Emit], values: list[Use]
) -> tuple[list[Edit], str, str]:
    """The softmax stands where the loss is computed: drop it, or give the loss what goes into it."""
    statement = module.statement(squash.node)
    if not values:
        return _drop(module, statement, squash.node, inner, squash), "", "drop the softmax"
    summary = "give the loss the scores instead of the probabilities"
    edits = _split(module, squash.node, inner, module.text_of(squash.node), losses)
    line = values[0].module.place(values[0].node).line
    trouble = (
        "" if edits else f"the probabilities themselves are used in line {line}, and cannot be told from the loss's"
    )
    return edits or [], trouble, summary


def _split(module: Module, node: ast.AST, inner: ast.expr, rest: str, losses: list[Emit]) -> list[Edit] | None:
    """``p = softmax(scores)`` feeds the loss and others: name the scores, and give them to the loss.

    ``rest`` is what computes the probabilities from ``inner``; if the scores have no name yet, they get one.
    """
    statement = module.statement(node)
    if not isinstance(statement, ast.Assign) or statement.value is not node or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    if not isinstance(target, ast.Name):
        return None
    arguments: list[ast.Name] = []
    for call in {emit.node: emit for emit in losses if emit.module is module}:
        argument = _loss_input(call)
        if not isinstance(argument, ast.Name) or argument.id != target.id:
            return None
        arguments.append(argument)
    if len(arguments) != len({emit.node for emit in losses}):
        return None
    if isinstance(inner, ast.Name):
        if inner.id == target.id:
            return None
        return [Replace(module.place(argument), inner.id) for argument in arguments]
    taken = {n.id for n in ast.walk(module.tree) if isinstance(n, ast.Name)}
    name = next((n for n in ("logits", "scores", f"{target.id}_logits") if n not in taken), None)
    if name is None:
        return None
    written = module.text_of(inner)
    return [
        InsertBefore(module.place(statement), f"{name} = {written}"),
        Replace(module.place(node), rest.replace(written, name, 1)),
        *(Replace(module.place(argument), name) for argument in arguments),
    ]


def _moved(module: Module, squash: Squash, losses: list[Emit], values: list[Use]) -> list[Edit] | None:
    """Softmax at the calls of the model whose probabilities are used; None if they cannot all be told."""
    dim = _dim(squash)
    trained: dict[ast.AST | None, list[Emit]] = {}
    for emit in losses:
        trained.setdefault(emit.facts["squash"].call, []).append(emit)
    edits: list[Edit] = []
    for call in dict.fromkeys(use.squash.call for use in values):
        mine = next(use.squash for use in values if use.squash.call is call)
        if not isinstance(call, ast.Call) or mine.where is not module or dim is None:
            return None
        written = module.text_of(call)
        if "\n" in written:
            return None
        if call not in trained:
            edits.append(Replace(module.place(call), f"{written}.softmax(dim={dim})"))
            continue
        both = _split(module, call, call, f"{written}.softmax(dim={dim})", trained[call])
        if both is None:
            return None
        edits += both
    return edits


def _dim(squash: Squash) -> str | None:
    """The source of the softmax's axis; 1 where it is left to the rank (a batch of rows)."""
    layer = squash.element if squash.element is not None else squash.node
    if not isinstance(layer, ast.Call):
        return None
    given = next((k.value for k in layer.keywords if k.arg == "dim"), None)
    if given is None:
        first = 0 if squash.element is not None or _method(layer) else 1
        given = layer.args[first] if len(layer.args) > first else None
    if given is None or isinstance(given, ast.Constant) and given.value is None:
        return "1"
    text = ast.unparse(given)
    return text if text.lstrip("-").isdigit() else None


def _method(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "softmax" and not _library(node.func.value)


def _inner(node: ast.AST, layer: bool) -> ast.expr | None:
    """The expression that softmax is applied to."""
    if not isinstance(node, ast.Call):
        return None
    if (
        not layer
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "softmax"
        and not _library(node.func.value)
    ):
        return node.func.value
    given = next((k.value for k in node.keywords if k.arg == "input"), None)
    return given or (node.args[0] if node.args else None)


def _library(node: ast.expr) -> bool:
    text = ast.unparse(node)
    return text in ("F", "torch", "nn.functional", "torch.nn.functional", "functional", "torch.special", "nn.F")


def _element(module: Module, node: ast.AST) -> list[Edit]:
    """Take the element (or the named pair it stands in) out of the Sequential."""
    up = module.parent(node)
    target: ast.AST = up if isinstance(up, ast.Tuple) and len(up.elts) == 2 else node
    call = module.parent(target)
    parts: list[ast.expr] = call.args if isinstance(call, ast.Call) else call.elts if isinstance(call, ast.List) else []
    if not parts or parts[-1] is not target:
        # In the middle (or somewhere else): removing it would renumber the parameters behind it.
        return [Replace(module.place(node), _identity(node))]
    return [RemoveElement(module.place(target))]


def _identity(node: ast.AST) -> str:
    name = ast.unparse(node.func) if isinstance(node, ast.Call) else "nn.Softmax"
    return f"{name.rpartition('.')[0]}.Identity()" if "." in name else "torch.nn.Identity()"


def _loss_input(node: ast.AST) -> ast.expr | None:
    if not isinstance(node, ast.Call):
        return None
    named = next((k.value for k in node.keywords if k.arg == "input"), None)
    return named or (node.args[0] if node.args else None)


def _drop(module: Module, statement: ast.stmt, node: ast.AST, inner: ast.expr, squash: Squash) -> list[Edit]:
    """Take the softmax out of its statement; an assignment that would say nothing goes whole."""
    edits: list[Edit] = []
    if squash.element is not None and squash.element is not node:
        constructor = _constructor(module, squash, node)
        if constructor is not None:
            edits.append(Delete(module.place(constructor)))
    written = module.text_of(inner)
    if isinstance(statement, ast.Assign) and statement.value is node and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Name) and isinstance(inner, ast.Name):
            if target.id == inner.id:
                return [*edits, Delete(module.place(statement))]
            readers = _readers(module, statement, target.id)
            if readers is not None and not _rebound(module, statement, inner.id, readers):
                return [*edits, Delete(module.place(statement)), *(Replace(module.place(r), inner.id) for r in readers)]
    return [*edits, Replace(module.place(node), written)]


def _readers(module: Module, statement: ast.stmt, name: str) -> list[ast.Name] | None:
    """All uses of a local name behind its only assignment; None if it is bound elsewhere too."""
    scope = function_of(module, statement) or module.tree
    found = []
    for part in ast.walk(scope):
        if isinstance(part, ast.Name) and part.id == name:
            if isinstance(part.ctx, ast.Load):
                found.append(part)
            elif module.statement(part) is not statement:
                return None
    if any(r.lineno < statement.lineno for r in found) or scope is module.tree and len(found) > 3:
        return None
    return found


def _rebound(module: Module, statement: ast.stmt, name: str, readers: list[ast.Name]) -> bool:
    """Whether the scores' own name is bound anew before the last use of the probabilities."""
    scope = function_of(module, statement) or module.tree
    last = max((r.lineno for r in readers), default=statement.lineno)
    return any(
        isinstance(part, ast.Name)
        and part.id == name
        and isinstance(part.ctx, ast.Store)
        and statement.lineno <= part.lineno <= last
        for part in ast.walk(scope)
    )


def _constructor(module: Module, squash: Squash, node: ast.AST) -> ast.stmt | None:
    """The statement that builds an ``nn.Softmax`` attribute, if only this call uses it."""
    element = squash.element
    if element is None or not isinstance(node, ast.Call) or not isinstance(node.func, (ast.Attribute, ast.Name)):
        return None
    statement = module.statement(element)
    if not isinstance(statement, ast.Assign) or statement.value is not element:
        return None
    text = ast.unparse(node.func)
    others = [
        part
        for part in ast.walk(module.tree)
        if isinstance(part, (ast.Attribute, ast.Name))
        and isinstance(part.ctx, ast.Load)
        and ast.unparse(part) == text
        and part is not node.func
    ]
    return None if others else statement


def rewrite(module: cst.Module, claim: Claim) -> cst.Module:
    """Take the softmax out."""
    from codemods._edits import rewrite as carry_out

    return carry_out(module, claim.edits)

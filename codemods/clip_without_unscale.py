"""# clip-without-unscale

## What it does

Finds gradient clipping that is applied to gradients a `GradScaler` has multiplied, because `scaler.unscale_` is
missing.

## Why is this bad?

The scaler multiplies the loss, and so all gradients, by 65536 at first. Their norm is then far above any threshold, so
every gradient is cut down to norm threshold/65536: training hardly moves, and how fast depends on the scale.

## How it looks from outside

* With mixed precision training crawls, without it the same settings work.
* The gradient norm that clipping returns is enormous, in the thousands or more.
* Gradient clipping clips at every step as soon as AMP is on.

## Example

```python
scaler.scale(loss).backward()
torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
scaler.step(optimizer)
scaler.update()
```

## Fix

```python
scaler.scale(loss).backward()
scaler.unscale_(optimizer)
torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
scaler.step(optimizer)
scaler.update()
```

## When it is not a bug

An `unscale_` before the clip, also in a function that is called there; a threshold that is multiplied by
`scaler.get_scale()`; gradients that are divided by hand; `accelerator.clip_grad_norm_`; autocast without a scaler;
the branch without mixed precision.

## Fix safety

Safe: `unscale_` does nothing when the scaler is disabled, and `scaler.step` does not divide twice. Reported only where
the scaler is not in sight, or where the clip runs more often than the scaler's step: a second `unscale_` between two
updates raises an error.

## References

* PyTorch documentation, page "Automatic Mixed Precision examples", section "Gradient clipping"
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, InsertBefore, claim, shown
from codemods._places import function_of, receiver
from fixer.findings import Applicability
from fixer.reading.orders import Misplaced, clipped_scaled
from fixer.reading.reader import Reading
from fixer.reading.tree import Branch, Located, locate

NAME = "clip-without-unscale"
SUMMARY = "clipping meets gradients that the GradScaler has multiplied"


def claims(reading: Reading) -> Iterator[Claim]:
    """One claim per clip of scaled gradients; of several on one optimizer's gradients, the first."""
    seen: set[tuple[int, object]] = set()
    groups: list[list[Misplaced]] = []
    for group in sorted(clipped_scaled(reading), key=lambda g: _position(g[0])):
        new = [one for one in group if (id(one.updated.entry), one.updated.ident) not in seen]
        seen |= {(id(one.updated.entry), one.updated.ident) for one in group}
        if new:
            groups.append(new)
    for group in groups:
        if group[0].at.emit.module is reading.module:
            yield _claim(group)


def _position(found: Misplaced) -> int:
    order = [place.emit for place in locate(found.updated.entry.tree)]
    return next(n for n, emit in enumerate(order) if emit is found.at.emit)


def _claim(group: list[Misplaced]) -> Claim:
    clip, backward = group[0].at.emit, group[0].because[0].emit
    module = clip.module
    edits: list[Edit] = []
    reason = ""
    for found in {one.updated.ident: one for one in group}.values():
        edit, why = _edit(found)
        reason = reason or why
        edits += [edit] if edit is not None else []
    path = [
        shown(backward.module, backward.node, "backward", "the scaler has multiplied the loss and so all gradients"),
        shown(module, clip.node, "clip", "the threshold meets the multiplied gradients"),
    ]
    step = _scalers_step(group[0])
    if step is not None:
        path.append(shown(step.emit.module, step.emit.node, "step", "only now the scaler divides them again"))
    code = "; ".join(e.code.strip() for e in edits if isinstance(e, InsertBefore)) or "scaler.unscale_(optimizer)"
    return claim(
        NAME,
        module,
        module.statement(clip.node),
        "the gradients are clipped while they are still multiplied by the loss scale, so the threshold cuts nearly all "
        "of them away",
        path,
        Applicability.NONE if reason else Applicability.SAFE,
        f"call {code} before the clipping",
        reason or "unscale_ does nothing when the scaler is disabled, and the scaler's step does not divide twice",
        edits,
    )


def _scalers_step(found: Misplaced) -> Located | None:
    return next((p for p in found.updated.steps if p.emit.facts.get("scaler")), None)


def _edit(found: Misplaced) -> tuple[Edit | None, str]:
    clip, step = found.at, _scalers_step(found)
    module = clip.emit.module
    if step is None or step.emit.module is not module:
        return None, "the scaler is not in sight where the gradients are clipped"
    node, name = step.emit.node, receiver(step.emit)
    if function_of(module, node) is not function_of(module, clip.emit.node) or name is None:
        return None, "the scaler is not in sight where the gradients are clipped"
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if step.loops != clip.loops:
        return None, "the clip does not run as often as the scaler's step"
    code = f"{ast.unparse(node.func.value)}.unscale_({name})"
    own = _own_tests(module.ancestors(node), module.ancestors(clip.emit.node))
    if own:
        tests = [up for up in own if not up.orelse or module.statement(node) in up.body]
        plain = [b for b in step.guards() if all(b[0] is not c[0] for c in clip.guards()) and not b[0].choice]
        if len(own) != 1 or not tests or len(plain) != 1 or not _same_as_backward(found, plain[0]):
            return None, "the clip and the scaler's step stand under different tests"
        code = f"if {module.text_of(own[0].test)}:\n    {code}"
    return InsertBefore(module.place(module.statement(clip.emit.node)), code), ""


def _own_tests(step: list[ast.AST], clip: list[ast.AST]) -> list[ast.If]:
    """The tests around the step that are not around the clip."""
    return [up for up in step if isinstance(up, ast.If) and up not in clip]


def _same_as_backward(found: Misplaced, guard: tuple[Branch, bool]) -> bool:
    """Whether the scaled backward stands under the same test as the scaler's step."""
    test, side = guard[0].test, guard[1]
    return any(branch.test == test and here == side for branch, here in found.because[0].guards())

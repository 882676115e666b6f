"""What the rules about a squashing function before a loss share: finding it, and taking it out.

A rule is a ``Kind``: which function's output must not reach which loss, and what is said and done about it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods._claim import Claim, Edit, claim, shown
from codemods._places import function_of
from codemods._squash_edits import axis, dropped, input_of, logarithm, moved, split, without_element
from fixer.findings import Applicability, Shown
from fixer.protocol.events import Kind as Event
from fixer.reading.interpreter import Use
from fixer.reading.reader import Reading, consumers
from fixer.reading.source import Module
from fixer.reading.tree import Emit, emits
from fixer.reading.values import Squash
from fixer.record import record


@record
class Kind:
    """One rule.

    * ``function``, ``layer``: what squashes ("softmax", "Softmax"), ``criterion``: the loss that must not receive it;
    * ``message``, ``squashes``, ``receives``: the finding, and the two steps of the path that show it;
    * ``safe``: a repair at the loss alone is safe;
    * ``logarithm``: what takes its place, for a loss that expects logarithms ("log_softmax"; "": nothing does).
    """

    rule: str
    function: str
    layer: str
    criterion: str
    message: str
    squashes: str
    receives: str
    safe: bool = False
    logarithm: str = ""


def claims(reading: Reading, rule: Kind) -> Iterator[Claim]:
    """One claim per place that squashes what this loss receives."""
    kinds: dict[ast.AST, set[str]] = {}
    losses: dict[ast.AST, list[Emit]] = {}
    for entry in reading.entries:
        for emit in emits(entry.tree):
            if emit.kind is Event.LOSS:
                kinds.setdefault(emit.node, set()).add(str(emit.facts["criterion"]))
                squash = emit.facts.get("squash")
                if not isinstance(squash, Squash) or squash.function != rule.function:
                    continue
                if emit.facts["criterion"] == rule.criterion:
                    losses.setdefault(squash.node, []).append(emit)
    for found in losses.values():
        if all(kinds[emit.node] == {rule.criterion} for emit in found):
            yield _claim(reading, rule, found[0].facts["squash"], found)


def _claim(reading: Reading, rule: Kind, squash: Squash, losses: list[Emit]) -> Claim:
    module = squash.module
    local = not _in_model(module, squash)
    loss = losses[0]
    uses: list[Use] | None = reading.uses
    if not local:
        losses, uses = _everywhere(reading, rule, squash, losses)
    mine = {emit.node for emit in losses}
    values = [
        use
        for use in uses or ()
        if use.squash.node is squash.node and (use.how == "value" or use.how == "loss" and use.node not in mine)
    ]
    path: list[Shown] = [
        shown(module, squash.node, "forward", rule.squashes),
        shown(loss.module, loss.node, "loss", rule.receives),
    ]
    edits, trouble, summary = _edits(module, rule, squash, losses, values)
    exported = next((u for u in uses or () if u.squash.node is squash.node and u.how == "export"), None)
    if exported is not None:
        trouble = (
            f"the model is exported in {_line(exported, module)} with its {rule.function}: let another method return "
            "the scores, and give the loss those"
        )
    if uses is None:
        trouble = "the model is used in more files than can be read"
    if trouble:
        applicability, reason = Applicability.NONE, trouble
    elif local:
        applicability = Applicability.SAFE if rule.safe else Applicability.UNSAFE
        reason = "the probabilities are used by the loss and for ranking alone"
        if values:
            reason = "only the loss changes; other uses keep the probabilities"
    else:
        applicability = Applicability.UNSAFE
        become = "logarithms of probabilities" if rule.logarithm else "logits"
        reason = f"the model's outputs become {become}, and the learning rate may have been tuned to the weak gradient"
        if values:
            back = "their exponential is taken" if rule.logarithm else f"{rule.function} is applied to the output"
            reason += f"; where probabilities are needed, {back}"
    return claim(rule.rule, module, squash.node, rule.message, path, applicability, summary, reason, edits)


def _everywhere(
    reading: Reading, rule: Kind, squash: Squash, losses: list[Emit]
) -> tuple[list[Emit], list[Use] | None]:
    """The losses that the model's output reaches, and its other uses, in the whole project (None: not all in sight)."""
    others = consumers(reading, squash.module.path)
    if others is None:
        return losses, None
    found = {emit.node: emit for emit in losses}
    for other in others:
        for entry in other.entries:
            for emit in emits(entry.tree):
                if emit.kind is Event.LOSS and emit.facts["criterion"] == rule.criterion:
                    theirs = emit.facts.get("squash")
                    if isinstance(theirs, Squash) and theirs.node is squash.node:
                        found.setdefault(emit.node, emit)
    inside = function_of(squash.module, squash.node)
    uses = [
        use
        for other in [reading, *others]
        for use in other.uses
        # What its own function returns to callers out of sight is no use by itself.
        if not isinstance(use.node, ast.Return) or function_of(use.module, use.node) is not inside
    ]
    return list(found.values()), uses


def _in_model(module: Module, squash: Squash) -> bool:
    """Whether the softmax is a part of the model: an element of a Sequential, or in a module's forward."""
    if squash.element is squash.node:
        return True
    function = function_of(module, squash.node)
    up = module.parent(function) if function is not None else None
    return isinstance(up, ast.ClassDef) and getattr(function, "name", "") in ("forward", "__call__")


def _edits(
    module: Module, rule: Kind, squash: Squash, losses: list[Emit], values: list[Use]
) -> tuple[list[Edit], str, str]:
    """The edits, why there are none, and what they do in a sentence."""
    node = squash.node
    sequential = squash.element is node
    inner = None if sequential else input_of(node, squash.element is not None, rule)
    what = f"use {rule.logarithm} instead of {rule.function}" if rule.logarithm else f"drop the {rule.function}"
    if not sequential and inner is None:
        return [], f"the {rule.function}'s input cannot be told", what
    if not _in_model(module, squash):
        assert inner is not None
        return _at_the_loss(module, rule, squash, inner, losses, values, what)
    summary = f"{what} in the model" if rule.logarithm else f"{what} from the model"
    if rule.logarithm:
        edits = logarithm(module, rule, squash, inner)
        if not edits:
            return [], f"the {rule.function} is built in a way that cannot be rewritten", summary
    elif inner is None:
        edits = without_element(module, node)
    else:
        edits = dropped(module, module.statement(node), node, inner, squash)
    if values:
        summary = (
            f"{what} in the model, and take the exponential where probabilities are needed"
            if rule.logarithm
            else f"train on logits: {what} from the model, apply it where probabilities are needed"
        )
        back = moved(rule, squash, losses, values)
        if back is None:
            line = _line(values[0], module)
            needed = "probabilities have to come back there" if rule.logarithm else f"{rule.function} has to move there"
            return [], f"the probabilities themselves are used in {line}: {needed}", summary
        edits += back
    return edits, "", summary


def _at_the_loss(
    module: Module, rule: Kind, squash: Squash, inner: ast.expr, losses: list[Emit], values: list[Use], what: str
) -> tuple[list[Edit], str, str]:
    """The function stands where the loss is computed: drop it, or give the loss what goes into it."""
    statement = module.statement(squash.node)
    if not values:
        if rule.logarithm:
            edits = logarithm(module, rule, squash, inner)
            return edits, "" if edits else f"the {rule.function} is built in a way that cannot be rewritten", what
        return dropped(module, statement, squash.node, inner, squash), "", what
    summary = "give the loss the scores instead of the probabilities"
    suffix = ""
    if rule.logarithm:
        summary = f"give the loss the {rule.logarithm} of the scores instead of the probabilities"
        dim = axis(squash, rule)
        if dim is None:
            return [], "the axis cannot be told", summary
        suffix = f".{rule.logarithm}(dim={dim})"
    edits = split(module, squash.node, inner, module.text_of(squash.node), losses, suffix) or []
    line = _line(values[0], module)
    trouble = "" if edits else f"the probabilities themselves are used in {line}, and cannot be told from the loss's"
    return edits, trouble, summary


def _line(use: Use, module: Module) -> str:
    """Where a use stands, for a reader of ``module``."""
    line = use.module.place(use.node).line
    return f"line {line}" if use.module is module else f"{use.module.path}, line {line}"

"""The verdict on accumulation: gradients of several batches that are summed where they should be averaged."""

from __future__ import annotations

import ast

from fixer.protocol.invariants import Outcome, Verdict, mean_gradients
from fixer.reading.conditions import Any as AnyOf
from fixer.reading.conditions import Atom, Formula, Not, Test
from fixer.reading.tree import Located, Loop
from fixer.reading.updates import Updated, emit_of, guarded, is_batch, kind_of, last_loop, own_guards
from fixer.record import record


@record
class Unscaled:
    """Gradients of several batches that are summed: the verdict "accumulation without division"."""

    updated: Updated
    loop: Loop
    step: Located
    backward: Located
    count: str
    """Source text of the number of batches in a window."""
    how: str
    """"every", "micro-steps" or "whole loop"."""


def unscaled(updated: Updated) -> list[Unscaled]:
    """The verdict "accumulation without division" for one optimizer, one answer per backward."""
    judged: dict[int, list[Outcome]] = {}
    for path in updated.paths:
        for outcome in mean_gradients(path, updated.ident):
            for event in {id(emit_of(b)): b for b in outcome.because}.values():
                judged.setdefault(id(emit_of(event)), []).append(outcome)
    if any(p.emit.facts.get("edits") or p.emit.facts.get("no_sync") for p in updated.others):
        return []
    found: list[Unscaled] = []
    for outcomes in judged.values():
        if all(o.verdict is Verdict.VIOLATED for o in outcomes):
            for emit in {id(emit_of(b)): emit_of(b) for o in outcomes for b in o.because}.values():
                backward = updated.find(emit)
                answer = _window(updated, outcomes[0], backward)
                if answer is not None and all(f.backward.emit is not emit for f in found):
                    found.append(answer)
    return found


def _window(updated: Updated, outcome: Outcome, backward: Located) -> Unscaled | None:
    step = updated.find(emit_of(outcome.at))
    if backward.emit.facts.get("managed") or not backward.loops:
        return None
    loop = backward.loops[-1]
    if loop in step.loops:
        guards = own_guards(step, backward, loop)
        tests = [atom for branch, side in guards for atom in _every(branch.test, side)]
        kinds = [kind_of(branch.test, side) for branch, side in guards]
        if not tests or any(k is not Test.EVERY for k in kinds) or own_guards(backward, step, loop):
            return None
        if not is_batch(loop, "indexes"):
            return None
        counts = {atom.count for atom in tests}
        count = counts.pop() if len(counts) == 1 else None
        return Unscaled(updated, loop, step, backward, count, "every") if count else None
    if guarded(backward, loop) or not is_batch(loop, "parts") or loop.times == 1 or loop.length is None:
        return None
    if last_loop(step) is not None and guarded(step, last_loop(step)):
        return None
    if leaves_early(loop.node):
        return None  # the loop's length is not the number of batches
    how = "micro-steps" if loop.signs & {"draws"} and not loop.signs & {"loader", "name", "generator"} else "whole loop"
    return Unscaled(updated, loop, step, backward, loop.length, how)


def leaves_early(node: ast.AST) -> bool:
    """Whether a loop has a ``break`` or ``return`` of its own."""
    inside = list(getattr(node, "body", []))
    while inside:
        part = inside.pop()
        if isinstance(part, (ast.Break, ast.Return)):
            return True
        if not isinstance(part, (ast.For, ast.While, ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            inside += [p for p in ast.iter_child_nodes(part) if isinstance(p, (ast.stmt, ast.ExceptHandler))]
    return False


def _every(test: Formula, side: bool) -> list[Atom]:
    if isinstance(test, Not):
        return _every(test.inner, not side)
    if isinstance(test, Atom):
        return [test] if test.kind is Test.EVERY and side else []
    if isinstance(test, AnyOf) and side:
        return [atom for part in test.parts for atom in _every(part, True)]
    return []

"""Where a program evaluates: forwards of models whose results no backward ever sees, and the loops they stand in."""

from __future__ import annotations

import ast
import re

from fixer.protocol.events import Kind
from fixer.reading.kept import kept
from fixer.reading.reader import Entry, Reading
from fixer.reading.source import Module
from fixer.reading.tree import Emit, Located, Loop, emits, locate
from fixer.reading.updates import is_batch
from fixer.reading.values import Ident
from fixer.record import mutable

_TRAINS = re.compile(r"out of sight|backward|step|train|optim|learn|fit|grad|attack|adapt|perturb|penalt", re.I)
"""What a function out of sight is called that may make a backward from what it is given."""
_EVALUATES = re.compile(r"val|test|dev|eval|infer|predict|hold_?out", re.I)
_HELD_OUT = re.compile(r"(^|_)(val|valid|validat|validation|validate|test|dev|eval|evaluate|holdout)(_|$|s$)", re.I)
_MEASURES = re.compile(r"argmax|topk|accura|correct|metric|confusion|psnr|ssim|bleu|_f1|f1_|auc|iou", re.I)
_JUDGES = re.compile(r"accura|correct|metric|confusion|_f1|f1_|auc", re.I)
_FILLS = frozenset("append extend add update".split())
"""Methods that put something into a list, a set or a meter."""
_GRADS = frozenset(
    """requires_grad requires_grad_ grad backward retain_grad enable_grad manual_backward set_grad_enabled
    autograd""".split()
)


@mutable
class Evaluation:
    """Forwards of one model, or of several, that only measure something.

    ``loop``: the loop over data that holds them; without it they stand in statements of their own, one each.
    ``measured``: something is made of their results that says evaluation (a loss, a rank, eval mode, a name).
    ``metric``: more strictly, a figure of merit is computed on what is held out or under ``no_grad``.
    """

    entry: Entry
    module: Module
    node: ast.stmt
    forwards: list[Located]
    loop: Loop | None = None
    measured: bool = False
    metric: bool = False


def evaluations(reading: Reading) -> list[Evaluation]:
    """All evaluations of all entry points (worked out once per reading)."""
    return kept(reading, "evaluations", lambda: [e for entry in reading.entries for e in _of(entry)])


def reached(entry: Entry, surely: bool = False) -> frozenset[Ident]:
    """The tensor-making places that a backward (or code out of sight that may make one) starts from.

    ``surely``: a backward in sight alone.
    """
    found: set[Ident] = set()
    for emit in emits(entry.tree):
        perhaps = emit.kind is Kind.GRADIENT or emit.kind is Kind.GIVEN and trains(emit)
        if emit.kind is Kind.BACKWARD or perhaps and not surely:
            found |= {source.site for source in emit.uses}
    return frozenset(found)


def trains(emit: Emit) -> bool:
    """Whether the name of what is called out of sight says that it may train."""
    return bool(_TRAINS.search(str(emit.facts.get("name", ""))))


def _of(entry: Entry) -> list[Evaluation]:
    located = list(locate(entry.tree))
    used = reached(entry)
    busy = {loop.ident for place in located if _updates(place.emit) for loop in place.loops}
    wanted = {loop.ident for place in located if place.emit.kind is Kind.GRADIENT for loop in place.loops}
    found: dict[Ident, Evaluation] = {}
    for place in located:
        emit = place.emit
        if emit.kind is not Kind.FORWARD or emit.facts["inner"] or not emit.facts["module"] or emit.makes in used:
            continue
        loop = _data_loop(place, busy)
        if loop is None and any(lp.ident not in busy for lp in place.loops):
            continue  # a loop of which it is not known what it runs over
        if loop is None and any(lp.ident in wanted for lp in place.loops):
            continue  # the forward may adapt weights by gradients of its own
        module = loop.module if loop is not None else emit.module
        node = module.statement(loop.node if loop is not None else emit.node)
        key = (loop.ident if loop is not None else emit.makes, id(node))
        if key not in found:
            found[key] = Evaluation(entry, module, node, [], loop)
        found[key].forwards.append(place)
    for one in found.values():
        one.measured = _measured(one, located)
        one.metric = _metric(one, located)
    return list(found.values())


def _updates(emit: Emit) -> bool:
    return emit.kind in (Kind.BACKWARD, Kind.STEP, Kind.GRADIENT) or emit.kind is Kind.GIVEN and trains(emit)


def _data_loop(place: Located, busy: set[Ident]) -> Loop | None:
    """The innermost loop over data around a forward, if nothing is updated in it."""
    for loop in reversed(place.loops):
        if loop.ident in busy:
            return None
        if is_batch(loop, "indexes"):
            return loop
    return None


def _measured(one: Evaluation, located: list[Located]) -> bool:
    """Whether something says evaluation: a loss of the results, eval mode, a rank, or names.

    A statement on its own has to run again and again, too, and a loss alone does not tell it from other forwards.
    """
    made = {place.emit.makes for place in one.forwards}
    subjects = {place.emit.subject for place in one.forwards}
    lost = evaluated = False
    for place in located:
        emit = place.emit
        lost = lost or emit.kind is Kind.LOSS and any(source.site in made for source in emit.uses)
        if emit.kind is Kind.EVAL_MODE:
            evaluated = evaluated or bool(subjects & (emit.facts["modules"] | {emit.subject}))
    if one.loop is not None:
        header = one.node.iter if isinstance(one.node, (ast.For, ast.AsyncFor)) else None
        said = _names(header) if header is not None else set()
        named = any(_MEASURES.search(name) for name in _names(one.node)) or any(_EVALUATES.search(n) for n in said)
        # Rows that are picked by a counter may be anything; a loss of them says that they are data.
        return lost or is_batch(one.loop) and (evaluated or named)
    around = next((up for up in one.module.ancestors(one.node) if isinstance(up, ast.FunctionDef)), None)
    used = _consumers(one)
    said = used | ({around.name} if around is not None else set())
    named = any(_HELD_OUT.search(name) for name in said) or any(_MEASURES.search(name) for name in used)
    judged = evaluated and any(_JUDGES.search(name) for name in used)
    return bool(one.forwards[0].loops) and (lost and (evaluated or named) or judged)


def _metric(one: Evaluation, located: list[Located]) -> bool:
    made = {place.emit.makes for place in one.forwards}
    lost = any(p.emit.kind is Kind.LOSS and any(s.site in made for s in p.emit.uses) for p in located)
    quiet = all(not place.emit.facts["grad"] for place in one.forwards)
    around = next((up for up in one.module.ancestors(one.node) if isinstance(up, ast.FunctionDef)), None)
    said = {around.name} if around is not None else set()
    if one.loop is not None:
        header = one.node.iter if isinstance(one.node, (ast.For, ast.AsyncFor)) else None
        said |= _names(header) if header is not None else set()
        judged = lost or any(_MEASURES.search(name) for name in _names(one.node) | _consumers(one)) or _counts(one)
        return judged and (quiet or any(_HELD_OUT.search(name) for name in said))
    used = _consumers(one)
    judged = lost or any(_JUDGES.search(name) for name in used)
    said |= used  # the rows that are judged, or what becomes of them
    return judged and (quiet or bool(one.forwards[0].loops) and any(_HELD_OUT.search(name) for name in said))


def _counts(one: Evaluation) -> bool:
    """Whether matches are counted: ``(guess == y).sum()``, ``guess.eq(y)``."""
    for part in ast.walk(one.node):
        if isinstance(part, ast.Call):
            function = part.func
            if isinstance(function, ast.Attribute) and function.attr == "eq":
                return True
            inner = [*part.args, *([function.value] if isinstance(function, ast.Attribute) else [])]
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            equal = any(isinstance(p, ast.Compare) and isinstance(p.ops[0], ast.Eq) for p in inner)
            if equal and name in ("sum", "mean", "float", "count_nonzero"):
                return True
    return False


def _consumers(one: Evaluation) -> set[str]:
    """The names in the statements, in the same block, that use what a statement binds or fills, until it is bound anew.

    The block around a ``with`` belongs to it.
    """
    bound = {part.id for part in ast.walk(one.node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    bound |= {
        part.func.value.id
        for part in ast.walk(one.node)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in _FILLS
        if isinstance(part.func.value, ast.Name)
    }
    found = _names(one.node)
    node: ast.stmt = one.node
    while True:
        up = one.module.parent(node)
        for body in (getattr(up, "body", None), getattr(up, "orelse", None)):
            if isinstance(body, list) and node in body:
                for part in body[body.index(node) + 1 :]:
                    names = _names(part)
                    found |= names if names & bound else set()
                    if isinstance(part, ast.Assign):
                        anew = [name for target in part.targets for name in ast.walk(target)]
                        bound -= {name.id for name in anew if isinstance(name, ast.Name)}
        if not isinstance(up, (ast.With, ast.AsyncWith)):
            return found
        node = up


def _names(node: ast.AST) -> set[str]:
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.Attribute):
            found.add(part.attr)
    return found


def asks_for_gradients(node: ast.AST) -> bool:
    """Whether code says anything about gradients, or hands control to its caller in the middle (``yield``)."""
    return any(
        isinstance(part, (ast.Yield, ast.YieldFrom, ast.Await))
        or isinstance(part, ast.Attribute)
        and part.attr in _GRADS
        or isinstance(part, ast.Name)
        and part.id in _GRADS
        or isinstance(part, ast.keyword)
        and part.arg in ("requires_grad", "create_graph", "volatile")
        for part in ast.walk(node)
    )

"""What numbers were computed from: how many epochs a run has, how many steps a schedule lasts."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fixer.reading.interpreter import Interpreter
from fixer.reading.values import Amount, Const, Function, Ident, Items, Sym, Value

if TYPE_CHECKING:
    from fixer.reading.calls import Arguments

# Where the constructors of schedules are given how long they last: name and position of each argument that says so.
_HORIZONS: dict[str, tuple[tuple[int, str], ...]] = {
    "StepLR": ((1, "step_size"),),
    "MultiStepLR": ((1, "milestones"),),
    "CosineAnnealingLR": ((1, "T_max"),),
    "CosineAnnealingWarmRestarts": ((1, "T_0"),),
    "LinearLR": ((3, "total_iters"),),
    "ConstantLR": ((2, "total_iters"),),
    "PolynomialLR": ((1, "total_iters"),),
    "OneCycleLR": ((2, "total_steps"), (3, "epochs"), (4, "steps_per_epoch")),
    "get_linear_schedule_with_warmup": ((2, "num_training_steps"),),
    "get_cosine_schedule_with_warmup": ((2, "num_training_steps"),),
    "get_cosine_with_hard_restarts_schedule_with_warmup": ((2, "num_training_steps"),),
    "get_polynomial_decay_schedule_with_warmup": ((2, "num_training_steps"),),
}


def horizon(i: Interpreter, name: str, given: Arguments) -> Amount | None:
    """How many of its steps a schedule lasts; None if its constructor does not say."""
    if name in ("LambdaLR", "MultiplicativeLR"):
        function = given.get(1, "lr_lambda")
        return _of_lambda(i, function) if isinstance(function, Function) else None
    if given.star:
        return None
    values = [given.get(position, key) for position, key in _HORIZONS.get(name, ())]
    known = [amount(value) for value in values if value is not None]
    return merged(known) if known and None not in known else None


def decay(name: str, given: Arguments) -> float | None:
    """What a schedule multiplies the rate by, again and again; None if it is of another kind, or that is not known."""
    if given.star or name not in ("StepLR", "ExponentialLR"):
        return None
    value = given.get(2 if name == "StepLR" else 1, "gamma")
    if value is None:
        return 0.1 if name == "StepLR" else None
    return float(value.value) if isinstance(value, Const) and isinstance(value.value, (int, float)) else None


def merged(parts: list[Amount | None]) -> Amount | None:
    """An amount computed from several; None if one of them is not known."""
    found = Amount()
    for part in parts:
        if part is None:
            return None
        most = None if part.most is None else max(part.most, found.most or 0.0)
        found = Amount(found.of | part.of, found.lengths | part.lengths, found.times or part.times, most)
    return found


def amount(value: Value) -> Amount | None:
    """What a number (or a list of them) was computed from; None if that cannot be told."""
    if isinstance(value, Const) and isinstance(value.value, (int, float)):
        return Amount(value.of, most=float(value.value))
    if isinstance(value, Items) and not value.more and value.items:
        return merged([amount(v) for v in value.items])
    return _of_key(value.key) if isinstance(value, Sym) and not value.sources else None


def _of_key(key: Ident) -> Amount:
    """Takes the identity of a computed value apart."""
    if not isinstance(key, tuple) or not key:
        return Amount(frozenset({key}))
    if key[0] == "length":
        return Amount(lengths=frozenset({key[1]}))
    if key[0] == "const":
        return Amount()
    if key[0] != "op":
        return Amount(frozenset({key}))
    left, right = _of_key(key[2]), _of_key(key[3])
    both = Amount(left.of | right.of, left.lengths | right.lengths, left.times or right.times)
    if key[1] not in ("Mult", "Pow") or left.lengths or right.lengths or _fraction(key[2]) or _fraction(key[3]):
        return both
    return Amount(both.of, both.lengths, True)


def _fraction(key: Ident) -> bool:
    """Whether a constant's identity is that of a number below one."""
    if not isinstance(key, tuple) or key[:2] != ("const", "float"):
        return False
    return abs(float(str(key[2]))) <= 1


def _of_lambda(i: Interpreter, function: Function) -> Amount | None:
    """``lambda epoch: 1 - epoch / EPOCHS``: what the counter is divided by."""
    from fixer.reading import expressions

    code = function.node
    if not isinstance(code, ast.Lambda) or function.module is not i.module:
        return None
    own = {a.arg for a in code.args.args}
    found: list[Amount | None] = []
    for part in ast.walk(code.body):
        if isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Div, ast.FloorDiv)):
            counts = {n.id for n in ast.walk(part.left) if isinstance(n, ast.Name)} & own
            if counts and not {n.id for n in ast.walk(part.right) if isinstance(n, ast.Name)} & own:
                with i.silently():
                    found.append(amount(expressions.evaluate(i, part.right)))
    return merged(found) if len(found) == 1 else None

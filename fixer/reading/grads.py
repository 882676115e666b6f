"""Where gradients are recorded: contexts, decorators and switches that turn recording off or on."""

from __future__ import annotations

import ast
import re

from fixer.reading import expressions, library
from fixer.reading.interpreter import Interpreter
from fixer.reading.joins import options
from fixer.reading.values import Bound, Const, External, Loader, Managed, Tensor, Value

_HARMLESS = re.compile(
    r"autocast|amp|sync|accum|prof|timer?$|time|open|tqdm|progress|record|device|suppress|lock|bar|stream|null|file"
    r"|writer|strategy|seed|log|span|catch|raises|patch|session|run$|pool|context_parallel|tmp|temp|chdir|join",
    re.I,
)
"""Names of contexts and decorators out of sight that say what they are for: something else than gradients."""
_PLAIN_DECORATORS = frozenset(
    """staticmethod classmethod property cached_property contextmanager abstractmethod overload override wraps
    lru_cache cache compile script unused ignore export main command option argument setter getter deleter final
    torch_function njit jit fixture""".split()
)
_OFF = frozenset({"no_grad", "inference_mode"})


def enter(i: Interpreter, value: Value, node: ast.expr) -> None:
    """Switch recording as ``with value:`` does; a context that cannot be read may do either."""
    found = options(value)
    names = {v.receiver.name for v in found if isinstance(v, Bound) and isinstance(v.receiver, External)}
    if len(names) == len(found) == 1:
        name = names.pop()
        if name in library.NO_GRAD:
            i.grad = False
        elif name in library.GRAD_ON:
            i.grad, i.unsure = True, False
        return
    if names:
        i.unsure = True
        return
    if all(isinstance(v, (Tensor, Loader, Managed)) for v in found) or _harmless(i, node):
        return
    i.unsure = True


def is_context(value: Value) -> bool:
    """Whether a value is (or may be) a context of torch that switches gradients."""
    found = [v for v in options(value) if isinstance(v, Bound)]
    return any(v.name == "context" and isinstance(v.receiver, External) for v in found)


def _harmless(i: Interpreter, node: ast.expr) -> bool:
    function = node.func if isinstance(node, ast.Call) else node
    if _HARMLESS.search(expressions.last_name(function)):
        return True
    with i.silently():
        value = expressions.evaluate(i, function)
    return isinstance(value, External) and (
        value.name.startswith(("torch.", "builtins.")) or library.harmless(value.name)
    )


def switch(i: Interpreter, value: Value | None) -> None:
    """``torch.set_grad_enabled(value)``: it acts at once, and as a context until the end of its block."""
    if isinstance(value, Const):
        i.grad, i.unsure = bool(value.value), False
    else:
        i.grad, i.unsure = True, True


def decorated_with(i: Interpreter, code: ast.AST) -> bool:
    """Switch recording as the decorators of a function do; True if there are any that may."""
    found = False
    for decorator in getattr(code, "decorator_list", []):
        name = expressions.last_name(decorator)
        if name in _OFF:
            i.grad, found = False, True
        elif name == "enable_grad":
            i.grad, i.unsure, found = True, False, True
        elif name == "set_grad_enabled" and isinstance(decorator, ast.Call) and decorator.args:
            first = decorator.args[0]
            switch(i, Const(first.value) if isinstance(first, ast.Constant) else None)
            found = True
        elif name not in _PLAIN_DECORATORS and not _HARMLESS.search(name):
            i.unsure, found = True, True
    return found

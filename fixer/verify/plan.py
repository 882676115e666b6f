"""What a script's text tells about how it must be run: accumulation lengths and relative imports."""

from __future__ import annotations

import ast
from pathlib import Path

MOST_BATCHES = 64


def parse(text: str) -> ast.Module | None:
    """The syntax tree; None if the text is no Python 3."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def accumulation_lengths(text: str) -> set[int]:
    """The k of tests like ``(i + 1) % k == 0``, as far as literals, simple assignments and argparse defaults tell."""
    tree = parse(text)
    if tree is None:
        return set()
    known = _integers(tree)
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.IfExp | ast.Assign) and _steps_under(node):
            for part in ast.walk(node.test if isinstance(node, ast.If | ast.IfExp) else node.value):
                if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mod):
                    value = _value(part.right, known)
                    if value is not None and value > 1:
                        found.add(value)
    return found


def batches(texts: tuple[str, str], usual: int) -> int:
    """How many batches of an epoch to keep: at least ``usual``, and two full accumulation windows."""
    lengths = accumulation_lengths(texts[0]) | accumulation_lengths(texts[1])
    return fit(usual, max((n for n in lengths if 2 * n <= MOST_BATCHES), default=1))


def fit(usual: int, length: int) -> int:
    """The smallest number of batches from ``usual`` on that is a multiple of ``length`` and holds two windows."""
    return max(2, -(-usual // length)) * length if length > 1 else usual


def package_of(script: Path, text: str) -> tuple[str | None, Path]:
    """The package that the script's relative imports refer to (None if it has none), and the folder above it."""
    tree = parse(text)
    relative = tree is not None and any(isinstance(n, ast.ImportFrom) and n.level for n in ast.walk(tree))
    base = above_packages(script) if relative else script.parent
    if relative and base == script.parent:
        base = script.parent.parent  # a package without __init__.py
    return (".".join(script.parent.relative_to(base).parts) or None) if relative else None, base


def package_of_module(script: Path, module: str) -> str:
    """The package in which a module runs that is started by its name."""
    return module if script.name == "__main__.py" else module.rpartition(".")[0]


def module_path(module: str, folder: Path) -> Path | None:
    """The file of a module under a folder, as ``python -m`` would find it; None if there is none."""
    path = folder.joinpath(*module.split("."))
    found = (path.with_name(path.name + ".py"), path / "__main__.py")
    return next((p for p in found if p.is_file()), None)


def above_packages(script: Path) -> Path:
    """The first folder above the script that is no package."""
    folder = script.parent
    while (folder / "__init__.py").exists() and folder.name:
        folder = folder.parent
    return folder


def _steps_under(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign):  # update_now = (i + 1) % k == 0
        return True
    calls = [n.func.attr for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    return "step" in calls or "zero_grad" in calls


def _integers(tree: ast.Module) -> dict[str, int]:
    """Names (also attributes and options of argparse) that are given one integer."""
    known: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and type(node.value.value) is int:
            for target in node.targets:
                if isinstance(target, ast.Name | ast.Attribute):
                    known[_last(target)] = node.value.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            default = next((k.value for k in node.keywords if k.arg == "default"), None)
            name = node.args[-1] if node.args else None
            if isinstance(default, ast.Constant) and type(default.value) is int and isinstance(name, ast.Constant):
                known[str(name.value).lstrip("-").replace("-", "_")] = default.value
        elif isinstance(node, ast.arguments):
            named = zip(reversed(node.args), reversed(node.defaults), strict=False)
            for argument, default in [*named, *zip(node.kwonlyargs, node.kw_defaults, strict=True)]:
                if isinstance(default, ast.Constant) and type(default.value) is int:
                    known[argument.arg] = default.value
    return known


def _last(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


def _value(node: ast.expr, known: dict[str, int]) -> int | None:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    return known.get(_last(node)) if isinstance(node, ast.Name | ast.Attribute) else None

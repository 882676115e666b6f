"""Finds the rules: every public module of this package, and the entry points of the group ``fixer.codemods``.

A rule is a module with

* ``NAME``: the rule's name, as in ``optimizer-in-loop``;
* ``SUMMARY``: one line, what goes wrong;
* its docstring: the rule's page in Markdown (``fixer explain`` prints it; ``fixer.pages`` names its sections);
* ``claims(reading)``: yields a ``Claim`` per violation, with the edits that repair it (``codemods._claim``);
* where edits cannot say it, ``rewrite(module, claim)``: the LibCST repair of one claim;
* where its repair lets other rules see more, ``REVEALS``: their names.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import libcst as cst

    from codemods._claim import Claim

GROUP = "fixer.codemods"


@cache
def rules() -> dict[str, ModuleType]:
    """All rules by name, in a fixed order (a built-in rule wins over a third party's of the same name)."""
    import codemods

    found: dict[str, ModuleType] = {}
    for info in pkgutil.iter_modules(codemods.__path__):
        if not info.name.startswith("_"):
            module = importlib.import_module(f"codemods.{info.name}")
            found[module.NAME] = module
    for module in _third_party():
        found.setdefault(module.NAME, module)
    return dict(sorted(found.items()))


def rewrite(rule: ModuleType, module: cst.Module, claim: Claim) -> cst.Module:
    """The module with one claim of a rule repaired: by the rule's own ``rewrite``, or by carrying out the edits.

    Raises ValueError (``CannotEdit``) if a place to edit is not there.
    """
    from codemods._edits import rewrite as carry_out

    own = getattr(rule, "rewrite", None)
    changed: cst.Module = own(module, claim) if own is not None else carry_out(module, claim.edits)
    return changed


def _third_party() -> list[ModuleType]:
    if not announced():
        return []
    from importlib.metadata import entry_points

    return [entry.load() for entry in entry_points(group=GROUP)]


def announced() -> bool:
    """Whether any installed distribution mentions the group (``importlib.metadata`` alone costs more than a check)."""
    for folder in sys.path:
        try:
            names = [name for name in os.listdir(folder or ".") if name.endswith((".dist-info", ".egg-info"))]
        except OSError:
            continue
        for name in names:
            try:
                with open(os.path.join(folder, name, "entry_points.txt"), "rb") as stream:
                    if GROUP.encode() in stream.read():
                        return True
            except OSError:
                continue
    return False

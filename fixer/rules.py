"""The names, pages and choice of rules, for every front end. Imports the rules only when asked about them."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType


class UnknownRule(ValueError):
    """A rule name that nobody knows; the text offers the nearest one."""


def pages() -> dict[str, ModuleType]:
    """Every rule by name: the codemods, and the one that watches over silencing comments."""
    from codemods._registry import rules
    from fixer import silence

    return dict(sorted({**rules(), silence.NAME: silence}.items()))


def known(names: Iterable[str]) -> tuple[str, ...]:
    """``names``, each split at commas and stripped. Raises UnknownRule, which offers the nearest name."""
    from fixer.names import unknown

    found = tuple(part.strip() for name in names for part in name.split(",") if part.strip())
    if found:
        every = pages()
        for name in found:
            if name not in every:
                raise UnknownRule(unknown("rule", name, every))
    return found


def chosen(select: Iterable[str] | None, extend: Iterable[str], ignore: Iterable[str]) -> frozenset[str] | None:
    """The rules that run: those selected (None: all) and ``extend``, without ``ignore``. None means all."""
    dropped = frozenset(ignore)
    if select is None and not dropped:
        return None
    wanted = frozenset(pages() if select is None else select) | frozenset(extend)
    return wanted - dropped


def page(name: str) -> str:
    """A rule's documentation in Markdown. Raises UnknownRule."""
    from inspect import cleandoc

    from fixer.names import unknown

    every = pages()
    if name not in every:
        raise UnknownRule(unknown("rule", name, every))
    return cleandoc(every[name].__doc__ or every[name].SUMMARY)

"""Carries out edits of expressions with LibCST: replace, enclose in a call, add an argument, remove an element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import libcst as cst
from libcst.metadata import CodeRange

from codemods._claim import AddArgument, Edit, Enclose, RemoveElement, Replace, Restate
from fixer.protocol.events import Place

Start = tuple[int, int]
Range = tuple[int, int, int, int]
"""A place as LibCST counts: lines from 1, columns from 0."""


def start_of(place: Place) -> Start:
    """Where a place starts, as LibCST counts."""
    return (place.line, place.column - 1)


def _range(place: Place) -> Range:
    return (place.line, place.column - 1, place.end_line, place.end_column - 1)


class Expressions(cst.CSTTransformer):
    """Carries out what edits do to expressions and within one statement."""

    def __init__(self, edits: Sequence[Edit], ranges: Mapping[cst.CSTNode, CodeRange], module: cst.Module) -> None:
        super().__init__()
        self._ranges = {id(node): place for node, place in ranges.items()}
        self._module = module
        self._replace = {_range(e.at): e for e in edits if isinstance(e, Replace)}
        self._arguments = {_range(e.at): e.code for e in edits if isinstance(e, AddArgument)}
        self._enclose = {_range(e.at): e.function for e in edits if isinstance(e, Enclose)}
        self._restate = {_range(e.at): e.code for e in edits if isinstance(e, Restate)}
        self._elements = {start_of(e.at) for e in edits if isinstance(e, RemoveElement)}
        self._done: set[object] = set()
        self._goals: set[object] = {
            *self._replace,
            *self._elements,
            *(("argument", r) for r in self._arguments),
            *(("restate", r) for r in self._restate),
            *(("enclose", r) for r in self._enclose),
        }

    def left(self) -> set[object]:
        """Edits that found nothing to edit."""
        return self._goals - self._done

    def at(self, node: cst.CSTNode) -> Start:
        """Where a node of the module starts; (0, 0) for a node that is new."""
        place = self._ranges.get(id(node))
        return (place.start.line, place.start.column) if place is not None else (0, 0)

    def _whole(self, node: cst.CSTNode) -> Range:
        place = self._ranges.get(id(node))
        if place is None:
            return (0, 0, 0, 0)
        return (place.start.line, place.start.column, place.end.line, place.end.column)

    def on_leave(self, original_node: Any, updated_node: Any) -> Any:
        if isinstance(original_node, cst.BaseExpression):
            whole = self._whole(original_node)
            function = self._enclose.get(whole)
            if function is not None and ("enclose", whole) not in self._done:
                self._done.add(("enclose", whole))
                inner: Any = super().on_leave(original_node, updated_node)
                return cst.Call(cst.parse_expression(function), [cst.Arg(inner)])
            edit = self._replace.get(whole)
            if edit is not None and whole not in self._done:
                self._done.add(whole)
                fresh = cst.parse_expression(edit.code, config=self._module.config_for_parsing)
                if original_node.lpar and not fresh.lpar and not edit.bare:
                    fresh = fresh.with_changes(lpar=original_node.lpar, rpar=original_node.rpar)
                return fresh
        if isinstance(original_node, cst.BaseSmallStatement) and self._restate:
            whole = self._whole(original_node)
            code = self._restate.get(whole)
            if code is not None:
                self._done.add(("restate", whole))
                line = cst.parse_statement(code, config=self._module.config_for_parsing)
                assert isinstance(line, cst.SimpleStatementLine)
                return line.body[0].with_changes(semicolon=updated_node.semicolon)
        return super().on_leave(original_node, updated_node)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        whole = self._whole(original_node)
        code = self._arguments.get(whole)
        if code is not None:
            self._done.add(("argument", whole))
            updated_node = updated_node.with_changes(args=_with_argument(updated_node.args, code))
        keep = self._rest([self._opening(a.value) for a in original_node.args])
        if keep is None:
            return updated_node
        return updated_node.with_changes(args=_cut(list(updated_node.args), keep))

    def leave_List(self, original_node: cst.List, updated_node: cst.List) -> cst.BaseExpression:
        keep = self._rest([self._opening(e.value) for e in original_node.elements])
        if keep is None:
            return updated_node
        return updated_node.with_changes(elements=_cut(list(updated_node.elements), keep))

    def _opening(self, node: cst.BaseExpression) -> Start:
        """Where ``ast`` says that an expression starts: a tuple at its parenthesis."""
        line, column = self.at(node)
        return (line, column - 1) if isinstance(node, cst.Tuple) and node.lpar else (line, column)

    def _rest(self, starts: list[Start]) -> list[bool] | None:
        hit = [s for s in starts if s in self._elements]
        if not hit:
            return None
        self._done.update(hit)
        return [s not in self._elements for s in starts]


def _with_argument(args: Sequence[cst.Arg], code: str) -> list[cst.Arg]:
    """The arguments with one more; a comma behind the last one stays behind the last one."""
    call = cst.parse_expression(f"f({code})")
    assert isinstance(call, cst.Call)
    added = call.args[0]
    if not args:
        return [added]
    last = args[-1]
    space = cst.SimpleWhitespace(" ")
    between = cst.Comma(whitespace_after=_line_between(args) or space)
    if isinstance(last.comma, cst.Comma):
        added = added.with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    else:
        added = added.with_changes(whitespace_after_arg=last.whitespace_after_arg)
    return [*args[:-1], last.with_changes(comma=between, whitespace_after_arg=cst.SimpleWhitespace("")), added]


def _line_between(args: Sequence[cst.Arg]) -> cst.BaseParenthesizableWhitespace | None:
    """What stands between arguments that have a line each."""
    commas = [a.comma for a in args[:-1] if isinstance(a.comma, cst.Comma)]
    spaces = [c.whitespace_after for c in commas]
    broken = [s for s in spaces if isinstance(s, cst.ParenthesizedWhitespace)]
    if not broken or len(broken) < len(spaces):
        return None
    return broken[-1].with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])


def _cut(parts: list[cst.CSTNode], keep: list[bool]) -> list[cst.CSTNode]:
    """The parts that stay; the last one takes over how the list ended, and keeps its own comment."""
    kept = [part for part, stays in zip(parts, keep, strict=True) if stays]
    if not kept or keep[-1]:
        return kept
    last, old = kept[-1], parts[-1]
    assert isinstance(last, (cst.Arg, cst.Element)) and isinstance(old, (cst.Arg, cst.Element))
    mine = last.comma.whitespace_after if isinstance(last.comma, cst.Comma) else None
    comment = mine.first_line if isinstance(mine, cst.ParenthesizedWhitespace) else None
    if isinstance(old.comma, cst.Comma):
        last = last.with_changes(
            comma=old.comma.with_changes(whitespace_after=_closing(old.comma.whitespace_after, comment))
        )
        if isinstance(last, cst.Arg) and isinstance(old, cst.Arg):
            last = last.with_changes(whitespace_after_arg=old.whitespace_after_arg)
        kept[-1] = last
        return kept
    if isinstance(last, cst.Arg) and isinstance(old, cst.Arg):
        space = old.whitespace_after_arg
        if isinstance(space, cst.ParenthesizedWhitespace) and comment is not None and isinstance(last.comma, cst.Comma):
            kept[-1] = last.with_changes(comma=last.comma.with_changes(whitespace_after=_closing(space, comment)))
        else:
            kept[-1] = last.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=_closing(space, comment))
        return kept
    kept[-1] = last.with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return kept


def _closing(
    space: cst.BaseParenthesizableWhitespace, comment: cst.TrailingWhitespace | None
) -> cst.BaseParenthesizableWhitespace:
    """What stands before the closing parenthesis, with the comment of the element that now stands last."""
    if comment is None or not isinstance(space, cst.ParenthesizedWhitespace):
        if comment is not None and comment.comment is not None:
            return cst.ParenthesizedWhitespace(first_line=comment, indent=True)
        return space
    return space.with_changes(first_line=comment, empty_lines=[])

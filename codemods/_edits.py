"""Carries out edits with LibCST: everything that is not edited stays as it is, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from codemods._claim import (
    Delete,
    Edit,
    InsertAfter,
    InsertBefore,
    MoveAfter,
    MoveBefore,
    MoveInto,
    Wrap,
    place_of,
)
from codemods._expressions import Expressions, Start, start_of

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
Lines = list[Statement]


class CannotEdit(ValueError):
    """What is to be edited is not where it should be."""


def rewrite(module: cst.Module, edits: Sequence[Edit]) -> cst.Module:
    """Carry out the edits. Raises CannotEdit, and then nothing has changed."""
    wrapper = MetadataWrapper(module)
    worker = _Worker(edits, wrapper.resolve(PositionProvider), wrapper.module)
    changed = wrapper.module.visit(worker)
    if worker.left():
        raise CannotEdit("a place to edit was not found")
    assert isinstance(changed, cst.Module)
    return changed


def _split(lines: Sequence[cst.EmptyLine]) -> tuple[list[cst.EmptyLine], list[cst.EmptyLine]]:
    """Leading lines, cut behind the last blank one: what stays, and the comments of the statement itself."""
    cut = max((n + 1 for n, line in enumerate(lines) if line.comment is None), default=0)
    return list(lines[:cut]), list(lines[cut:])


class _Worker(Expressions):
    """Carries out what edits do to statements, besides what they do to expressions."""

    def __init__(self, edits: Sequence[Edit], ranges: Mapping[cst.CSTNode, CodeRange], module: cst.Module) -> None:
        super().__init__(edits, ranges, module)
        self._delete = {start_of(e.at): e for e in edits if isinstance(e, Delete)}
        self._before: dict[Start, list[InsertBefore | MoveBefore]] = {}
        self._after: dict[Start, list[InsertAfter | MoveAfter]] = {}
        self._into: dict[Start, MoveInto] = {}
        self._moved: dict[Start, Statement | None] = {}
        self._wraps: dict[Start, Wrap] = {}
        for edit in edits:
            if isinstance(edit, (InsertBefore, MoveBefore)):
                self._before.setdefault(start_of(place_of(edit)), []).append(edit)
            elif isinstance(edit, (InsertAfter, MoveAfter)):
                self._after.setdefault(start_of(place_of(edit)), []).append(edit)
            elif isinstance(edit, MoveInto):
                self._into[start_of(edit.loop)] = edit
            elif isinstance(edit, Wrap):
                self._wraps[start_of(edit.first)] = edit
            if isinstance(edit, (MoveAfter, MoveBefore, MoveInto)):
                self._moved.update(dict.fromkeys((start_of(p) for p in edit.these), None))
        self._goals |= {
            *self._delete,
            *self._moved,
            *(("before", s) for s in self._before),
            *(("after", s) for s in self._after),
            *(("into", s) for s in self._into),
            *(("wrap", s) for s in self._wraps),
        }
        self._find_moved(module)

    # Statements that move are looked up first, because where they go may be visited before them.

    def _find_moved(self, module: cst.Module) -> None:
        worker = self

        class Finder(cst.CSTVisitor):
            def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> None:
                inner = [part for part in node.body if worker.at(part) in worker._moved]
                if not inner:
                    return
                for part in inner:
                    alone = len(inner) == len(node.body) and part is inner[0]
                    line: Statement = (
                        node
                        if alone
                        else cst.SimpleStatementLine([part.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)])
                    )
                    worker._moved[worker.at(part)] = line if alone or len(inner) < len(node.body) else None

            def visit_With(self, node: cst.With) -> None:
                self._compound(node)

            def visit_For(self, node: cst.For) -> None:
                self._compound(node)

            def visit_If(self, node: cst.If) -> None:
                self._compound(node)

            def _compound(self, node: cst.BaseCompoundStatement) -> None:
                if worker.at(node) in worker._moved:
                    worker._moved[worker.at(node)] = node

        module.visit(Finder())

    # Blocks

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        body, rest = self._statements(original_node.body, updated_node.body)
        return updated_node.with_changes(body=body, footer=[*rest, *updated_node.footer])

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        body, rest = self._statements(original_node.body, updated_node.body)
        if not body:
            body = [cst.SimpleStatementLine([cst.Pass()], leading_lines=rest)]
            rest = []
        return updated_node.with_changes(body=body, footer=[*rest, *updated_node.footer])

    def leave_SimpleStatementSuite(
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.BaseSuite:
        """``for x in y: a; b`` becomes a block when something in it is edited."""
        if not any(self._touched(self.at(part)) for part in original_node.body):
            return updated_node
        old = [cst.SimpleStatementLine([part]) for part in original_node.body]
        new = [cst.SimpleStatementLine([_alone(part)]) for part in updated_node.body]
        new[-1] = new[-1].with_changes(trailing_whitespace=updated_node.trailing_whitespace)
        body, _ = self._statements(old, new)
        return cst.IndentedBlock(body or [cst.SimpleStatementLine([cst.Pass()])])

    def _touched(self, start: Start) -> bool:
        return any(start in edits for edits in (self._delete, self._moved, self._before, self._after, self._wraps))

    def _apart(
        self, before: Sequence[cst.BaseStatement], after: Sequence[cst.BaseStatement]
    ) -> Iterator[tuple[cst.BaseStatement, Statement]]:
        """Statements old and new; a line of several is taken apart where something is put between them."""
        for old, new in zip(before, after, strict=True):
            assert isinstance(new, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
            starts = self._starts(old)
            if not any(s in self._before for s in starts[1:]) and not any(s in self._after for s in starts[:-1]):
                yield old, new
                continue
            assert isinstance(old, cst.SimpleStatementLine) and isinstance(new, cst.SimpleStatementLine)
            for number, (was, now) in enumerate(zip(old.body, new.body, strict=True)):
                line = cst.SimpleStatementLine([_alone(now)])
                if number == 0:
                    line = line.with_changes(leading_lines=new.leading_lines)
                if number == len(old.body) - 1:
                    line = line.with_changes(trailing_whitespace=new.trailing_whitespace)
                yield cst.SimpleStatementLine([was]), line

    def _statements(
        self, before: Sequence[cst.BaseStatement], after: Sequence[cst.BaseStatement]
    ) -> tuple[Lines, list[cst.EmptyLine]]:
        """The statements of a block after the edits, and the comments of those that went from its end."""
        result: Lines = []
        pending: list[cst.EmptyLine] = []
        wrap: tuple[Wrap, int] | None = None
        for old, new in self._apart(before, after):
            starts = self._starts(old)
            gone = [s for s in starts if s in self._moved or s in self._delete]
            for start in starts[:1]:
                for edit in self._before.get(start, []):
                    fresh, new = self._put_before(edit, new)
                    result += fresh
                    self._done.add(("before", start))
            if starts[0] in self._wraps:
                wrap = self._wraps[starts[0]], len(result)
            rest: Statement | None = new
            if gone:
                self._done.update(gone)
                rest, kept = self._without(old, new, gone)
                pending += kept
            if rest is not None:
                if pending:
                    rest = rest.with_changes(leading_lines=[*pending, *rest.leading_lines])
                    pending = []
                result.append(rest)
            for start in starts[-1:]:
                for edit_after in self._after.get(start, []):
                    result += self._put_after(edit_after)
                    self._done.add(("after", start))
            if wrap is not None and start_of(wrap[0].last) in starts:
                result[wrap[1] :] = [self._wrapped(wrap[0], result[wrap[1] :])]
                wrap = None
        while pending and pending[0].comment is None:
            pending.pop(0)  # blank lines that parted it from what stood above
        return result, pending

    def _wrapped(self, edit: Wrap, lines: Lines) -> Statement:
        """Statements under a new header; the comments above them stay above the header."""
        self._done.add(("wrap", start_of(edit.first)))
        if not lines:
            raise CannotEdit("nothing to wrap")
        outer = self._parse(f"{edit.header}\n    pass")
        assert isinstance(outer, cst.BaseCompoundStatement)
        inner = [lines[0].with_changes(leading_lines=[]), *lines[1:]]
        return outer.with_changes(body=cst.IndentedBlock(inner), leading_lines=lines[0].leading_lines)

    def _starts(self, node: cst.BaseStatement) -> list[Start]:
        if isinstance(node, cst.SimpleStatementLine):
            return [self.at(part) for part in node.body]
        return [self.at(node)]

    def _put_before(self, edit: InsertBefore | MoveBefore, new: Statement) -> tuple[Lines, Statement]:
        blank, own = _split(new.leading_lines)
        added = [self._parse(edit.code)] if isinstance(edit, InsertBefore) else self._gathered(edit)
        first = added[0]
        if isinstance(first, cst.FunctionDef):
            # A function stands by itself.
            apart = [cst.EmptyLine(indent=False), cst.EmptyLine(indent=False)]
            blank = [*blank, *apart[len([line for line in blank if line.comment is None]) :]]
            own = [*apart, *own]
        added[0] = first.with_changes(leading_lines=[*blank, *first.leading_lines])
        return added, new.with_changes(leading_lines=own)

    def _put_after(self, edit: InsertAfter | MoveAfter) -> Lines:
        return [self._parse(edit.code)] if isinstance(edit, InsertAfter) else self._gathered(edit)

    def _gathered(self, edit: MoveBefore | MoveAfter) -> Lines:
        """The statements that move, each with its own comments."""
        lines = [line for place in edit.these if (line := self._moved[start_of(place)]) is not None]
        if not lines:
            raise CannotEdit("nothing to move")
        return [line.with_changes(leading_lines=_split(line.leading_lines)[1]) for line in lines]

    def _without(
        self, old: cst.BaseStatement, new: Statement, gone: list[Start]
    ) -> tuple[Statement | None, list[cst.EmptyLine]]:
        """A statement line without the parts that go; and the leading lines that stay behind if it goes whole."""
        if (
            isinstance(old, cst.SimpleStatementLine)
            and isinstance(new, cst.SimpleStatementLine)
            and len(gone) < len(old.body)
        ):
            kept = [part for was, part in zip(old.body, new.body, strict=True) if self.at(was) not in gone]
            kept[-1] = kept[-1].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
            return new.with_changes(body=kept), []
        blank, own = _split(new.leading_lines)
        moved = gone[0] in self._moved
        into = any(gone[0] in {start_of(p) for p in edit.these} for edit in self._into.values())
        delete = self._delete.get(gone[0])
        if into:
            return None, []
        return None, blank if moved or (delete is not None and delete.comments) else [*blank, *own]

    def _parse(self, code: str) -> Statement:
        code = code.replace("\n    ", f"\n{self._module.default_indent}")
        line = cst.parse_statement(code, config=self._module.config_for_parsing)
        assert isinstance(line, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
        return line

    # Loops that receive statements

    def leave_For(self, original_node: cst.For, updated_node: cst.For) -> cst.For:
        return updated_node.with_changes(body=self._receive(original_node, updated_node.body))

    def leave_While(self, original_node: cst.While, updated_node: cst.While) -> cst.While:
        return updated_node.with_changes(body=self._receive(original_node, updated_node.body))

    def _receive(self, original: cst.CSTNode, body: cst.BaseSuite) -> cst.BaseSuite:
        edit = self._into.get(self.at(original))
        if edit is None:
            return body
        self._done.add(("into", self.at(original)))
        if isinstance(body, cst.SimpleStatementSuite):
            body = cst.IndentedBlock([cst.SimpleStatementLine(body.body, trailing_whitespace=body.trailing_whitespace)])
        assert isinstance(body, cst.IndentedBlock)
        added: Lines = []
        for place in edit.these:
            line = self._moved[start_of(place)]
            if line is not None:
                added.append(line)
        if not added:
            raise CannotEdit("nothing to move")
        first = added[0]
        added[0] = first.with_changes(leading_lines=[*body.footer, *_split(first.leading_lines)[1]])
        return body.with_changes(body=[*body.body, *added], footer=[])


def _alone(part: cst.BaseSmallStatement) -> cst.BaseSmallStatement:
    return part.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)

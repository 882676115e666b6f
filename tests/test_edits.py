"""Edits: what is asked for happens, comments stay with their statements, and nothing else changes by a byte."""

from __future__ import annotations

import ast

import libcst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemods._claim import (
    Delete,
    Edit,
    InsertAfter,
    InsertBefore,
    MoveAfter,
    MoveBefore,
    MoveInto,
    RemoveElement,
    Replace,
)
from codemods._edits import CannotEdit, rewrite
from fixer.protocol.events import Place
from fixer.reading.source import Module


def edited(text: str, *edits: Edit) -> str:
    """The text after the edits; it still parses."""
    changed = rewrite(libcst.parse_module(text), edits).code
    ast.parse(changed)
    return changed


def at(text: str, wanted: str, kind: type[ast.AST] = ast.stmt, nth: int = 0) -> Place:
    """The place of the ``nth`` statement (or expression) whose source begins with ``wanted``."""
    module = Module(text, "t.py")
    found = [
        node
        for node in ast.walk(module.tree)
        if isinstance(node, kind) and (ast.get_source_segment(text, node) or "").startswith(wanted)
    ]
    found.sort(key=lambda node: (node.lineno, node.col_offset))  # type: ignore[attr-defined]
    return module.place(found[nth])


def delete(text: str, wanted: str, comments: bool = False) -> str:
    return edited(text, Delete(at(text, wanted), comments))


def before(text: str, wanted: str, code: str) -> str:
    return edited(text, InsertBefore(at(text, wanted), code))


def after(text: str, wanted: str, code: str) -> str:
    return edited(text, InsertAfter(at(text, wanted), code))


def move_before(text: str, target: str, *these: str) -> str:
    return edited(text, MoveBefore(tuple(at(text, t) for t in these), at(text, target)))


def move_into(text: str, loop: str, *these: str) -> str:
    return edited(text, MoveInto(tuple(at(text, t) for t in these), at(text, loop)))


def replace(text: str, wanted: str, code: str) -> str:
    return edited(text, Replace(at(text, wanted, ast.expr), code))


def remove(text: str, *wanted: str) -> str:
    return edited(text, *(RemoveElement(at(text, w, ast.expr)) for w in wanted))


# --- nothing to do --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "# only a comment",
        "a = 1\r\nb = 2\r\n",
        "if x:\n\ta = 1\n\n\n# end",
        "a = 1; b = 2 ;\n",
        "x = (1,\n     2 , # c\n     )\n",
        "\f\nclass A: pass\n\f\n",
        "def größe(): return 'ä'",
        "for x in y: a; b\n",
        "if a:\n  b\nelse :\n      c\n",
        "x = 1  # trailing  \n   \n\n",
        "a = \\\n  1\n",
    ],
)
def test_no_edit_changes_nothing(text: str) -> None:
    assert rewrite(libcst.parse_module(text), []).code == text


# --- where there is nothing to edit ---------------------------------------------------------------------------------

NOWHERE = Place("t.py", 9, 9, 9, 12)


@pytest.mark.parametrize(
    "edit",
    [
        Delete(NOWHERE),
        InsertBefore(NOWHERE, "a()"),
        InsertAfter(NOWHERE, "a()"),
        Replace(NOWHERE, "a"),
        RemoveElement(NOWHERE),
        MoveBefore((NOWHERE,), Place("t.py", 1, 1, 1, 6)),
        MoveBefore((Place("t.py", 1, 1, 1, 6),), NOWHERE),
        MoveInto((Place("t.py", 1, 1, 1, 6),), NOWHERE),
    ],
)
def test_a_place_that_is_not_there(edit: Edit) -> None:
    with pytest.raises(CannotEdit):
        rewrite(libcst.parse_module("a = 1\nb = 2\n"), [edit])


# --- insert ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a()\nb()\n", "a()\nnew()\nb()\n"),
        ("a()\nb()", "a()\nnew()\nb()"),
        ("b()", "new()\nb()"),
        ("a()\r\nb()\r\n", "a()\r\nnew()\r\nb()\r\n"),
        ("a()\n\nb()\n", "a()\n\nnew()\nb()\n"),
        ("a()\n# of b\nb()\n", "a()\nnew()\n# of b\nb()\n"),
        ("a()\n\n# of b\nb()  # too\n", "a()\n\nnew()\n# of b\nb()  # too\n"),
        ("a()\n# far\n\n# of b\nb()\n", "a()\n# far\n\nnew()\n# of b\nb()\n"),
        ("if x:\n    b()\n", "if x:\n    new()\n    b()\n"),
        ("if x:\n  b()\n", "if x:\n  new()\n  b()\n"),
        ("if x:\n\tb()\n", "if x:\n\tnew()\n\tb()\n"),
        ("if x:\n        b()\nc()\n", "if x:\n        new()\n        b()\nc()\n"),
        ("for i in x:\n    # of b\n    b()\n", "for i in x:\n    new()\n    # of b\n    b()\n"),
        ("if x:\n    a()\nelse:\n    b()\n", "if x:\n    a()\nelse:\n    new()\n    b()\n"),
        ("try:\n    b()\nfinally:\n    pass\n", "try:\n    new()\n    b()\nfinally:\n    pass\n"),
        ("\f\nb()\n", "\f\nnew()\nb()\n"),
        ("größe = 'ä'\nb()\n", "größe = 'ä'\nnew()\nb()\n"),
        ("with c:\n    a()\n\n    b()\n", "with c:\n    a()\n\n    new()\n    b()\n"),
        ("def f():\n    'doc'\n    b()\n", "def f():\n    'doc'\n    new()\n    b()\n"),
        ("b()\n# end\n", "new()\nb()\n# end\n"),
        ("#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n\nb()\n", None),
    ],
)
def test_insert_before(text: str, expected: str | None) -> None:
    found = before(text, "b()", "new()")
    if expected is not None:
        assert found == expected
    assert found.replace("new()", "", 1).split() == text.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b()\nc()\n", "b()\nnew()\nc()\n"),
        ("b()", "b()\nnew()"),
        ("b()\n", "b()\nnew()\n"),
        ("b()  # why\nc()\n", "b()  # why\nnew()\nc()\n"),
        ("b()\n# of c\nc()\n", "b()\nnew()\n# of c\nc()\n"),
        ("b()\n\nc()\n", "b()\nnew()\n\nc()\n"),
        ("if x:\n\tb()\nc()\n", "if x:\n\tb()\n\tnew()\nc()\n"),
        ("if x:\n    b()\n    # end\nc()\n", "if x:\n    b()\n    new()\n    # end\nc()\n"),
        ("a(); b()\nc()\n", "a(); b()\nnew()\nc()\n"),
        ("b(\n    1,\n)\nc()\n", None),
        ("b()\r\nc()\r\n", "b()\r\nnew()\r\nc()\r\n"),
    ],
)
def test_insert_after(text: str, expected: str | None) -> None:
    found = after(text, "b(", "new()")
    if expected is not None:
        assert found == expected
    assert found.replace("new()", "", 1).split() == text.split()


def test_insert_at_the_ends_of_a_line_of_several_statements() -> None:
    assert before("a(); b(); c()\n", "a()", "new()") == "new()\na(); b(); c()\n"
    assert after("a(); b(); c()\n", "c()", "new()") == "a(); b(); c()\nnew()\n"


def _expected(text: str, wanted: str, side: str) -> list[str]:
    found = [ast.unparse(s) for s in ast.parse(text).body]
    found.insert(found.index(wanted) + (side == "after"), "new()")
    return found


def test_insert_into_a_line_of_several_statements() -> None:
    assert before("a(); b(); c()\n", "a()", "new()") == "new()\na(); b(); c()\n"
    assert after("a(); b(); c()\n", "c()", "new()") == "a(); b(); c()\nnew()\n"
    for wanted in ("b()", "c()"):
        found = before("a(); b(); c()\n", wanted, "new()")
        assert [ast.unparse(s) for s in ast.parse(found).body] == _expected("a(); b(); c()\n", wanted, "before")
    for wanted in ("a()", "b()"):
        found = after("a(); b(); c()\n", wanted, "new()")
        assert [ast.unparse(s) for s in ast.parse(found).body] == _expected("a(); b(); c()\n", wanted, "after")


@pytest.mark.parametrize("text", ["for x in y: b()\n", "if x: a(); b()\n", "while x: b(); c()\n", "with a: b()"])
def test_insert_into_a_body_of_one_line(text: str) -> None:
    for found in (before(text, "b()", "new()"), after(text, "b()", "new()")):
        body = ast.parse(found).body[0].body  # type: ignore[attr-defined]
        assert "new()" in [ast.unparse(s) for s in body]
        assert len(body) == len(ast.parse(text).body[0].body) + 1  # type: ignore[attr-defined]


def test_several_insertions_at_one_place_keep_their_order() -> None:
    place = at("b()\n", "b()")
    found = edited("b()\n", InsertBefore(place, "one()"), InsertBefore(place, "two()"), InsertAfter(place, "three()"))
    assert found == "one()\ntwo()\nb()\nthree()\n"


def test_a_decorated_function_is_one_statement() -> None:
    text = "a()\n# of f\n@decorate\n@twice(1)\ndef f():\n    pass\n"
    module = Module(text, "t.py")
    (function,) = (n for n in ast.walk(module.tree) if isinstance(n, ast.FunctionDef))
    found = edited(text, InsertBefore(module.place(function), "new()"))
    assert found == "a()\nnew()\n# of f\n@decorate\n@twice(1)\ndef f():\n    pass\n"


# --- delete ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a()\nb()\nc()\n", "a()\nc()\n"),
        ("a()\nb()", "a()"),
        ("a()\n\nb()\nc()\n", "a()\n\nc()\n"),
        ("a()\n# keep\nb()\nc()\n", "a()\n# keep\nc()\n"),
        ("a()\nb()  # goes\nc()\n", "a()\nc()\n"),
        ("if x:\n    b()\n", "if x:\n    pass\n"),
        ("if x:\n    b()\nelse:\n    c()\n", "if x:\n    pass\nelse:\n    c()\n"),
        ("for x in y:\n\tb()\n\tc()\n", "for x in y:\n\tc()\n"),
        ("a(); b(); c()\n", "a(); c()\n"),
        ("b(); c()\n", "c()\n"),
        ("a(); b()\n", "a()\n"),
        ("a(); b();\n", None),
        ("a()\r\nb()\r\nc()\r\n", "a()\r\nc()\r\n"),
        ("def f():\n    'doc'\n    b()\n", "def f():\n    'doc'\n"),
        ("a()\nb(\n    1,  # one\n)\nc()\n", "a()\nc()\n"),
    ],
)
def test_delete(text: str, expected: str | None) -> None:
    found = delete(text, "b(")
    if expected is not None:
        assert found == expected
    assert "b(" not in found


def test_delete_keeps_a_comment_even_at_the_end() -> None:
    for text in ("a()\n# keep\nb()\n", "if x:\n    a()\n    # keep\n    b()\nc()\n", "if x:\n    # keep\n    b()\n"):
        assert delete(text, "b()").count("# keep") == 1, text


@pytest.mark.parametrize("text", ["for x in y: b()\n", "for x in y: a(); b()\n", "for x in y: b(); c()  # d\n"])
def test_delete_from_a_body_of_one_line(text: str) -> None:
    found = delete(text, "b()")
    assert "b()" not in found
    assert [s for s in found.split() if s != "pass"] == text.replace("b();", "").replace("; b()", "").replace(
        "b()", ""
    ).split()


def test_delete_with_its_comments() -> None:
    text = "a()\n# far\n\n# of b\nb()\nc()\n"
    assert delete(text, "b()", comments=True) == "a()\n# far\n\nc()\n"


def test_delete_two_in_a_row() -> None:
    text = "a()\n# of b\nb()\n# of c\nc()\nd()\n"
    found = edited(text, Delete(at(text, "b()")), Delete(at(text, "c()")))
    assert found == "a()\n# of b\n# of c\nd()\n"


# --- move in front of another statement -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for x in y:\n    b()\n    c()\n", "b()\nfor x in y:\n    c()\n"),
        ("for x in y:\n    # of b\n    b()  # too\n    c()\n", "# of b\nb()  # too\nfor x in y:\n    c()\n"),
        ("a()\n\n# of the loop\nfor x in y:\n    b()\n    c()\n", "a()\n\nb()\n# of the loop\nfor x in y:\n    c()\n"),
        ("for x in y:\n    b()\n\n    c()\n", "b()\nfor x in y:\n\n    c()\n"),
        ("for x in y:\n    a()\n\n    b()\n    c()\n", "b()\nfor x in y:\n    a()\n\n    c()\n"),
        ("for x in y:\n    b()\n", "b()\nfor x in y:\n    pass\n"),
        ("def f():\n\tfor x in y:\n\t\tb()\n\t\tc()\n", "def f():\n\tb()\n\tfor x in y:\n\t\tc()\n"),
        ("for x in y:\n  b()\n  c()\n", "b()\nfor x in y:\n  c()\n"),
        ("for x in y:\r\n    b()\r\n    c()\r\n", "b()\r\nfor x in y:\r\n    c()\r\n"),
        ("for x in y:\n    a(); b(); c()\n", "b()\nfor x in y:\n    a(); c()\n"),
        ("for x in y:\n    b(); c()\n", "b()\nfor x in y:\n    c()\n"),
        ("for x in y:\n    b(1,\n      2)\n    c()\n", "b(1,\n  2)\nfor x in y:\n    c()\n"),
        ("for x in y:\n    if z:\n        b()\n", "b()\nfor x in y:\n    if z:\n        pass\n"),
        ("for größe in 'äö':\n    b('ü'); c()\n", "b('ü')\nfor größe in 'äö':\n    c()\n"),
    ],
)
def test_move_before(text: str, expected: str | None) -> None:
    found = move_before(text, "for ", "b(")
    if expected is not None:
        assert found == expected
    assert found.index("b(") < found.index("for ")
    assert found.count("b(") == 1


def test_move_several_before() -> None:
    text = "for x in y:\n    # one\n    a = 1\n    use(x)\n    b = a  # two\n    c()\n"
    assert (
        move_before(text, "for ", "a = 1", "b = a") == "# one\na = 1\nb = a  # two\nfor x in y:\n    use(x)\n    c()\n"
    )


def test_move_out_of_two_loops() -> None:
    text = "for e in n:\n    # batches\n    for x in y:\n        b()\n        c()\n"
    assert move_before(text, "for e", "b()") == "b()\nfor e in n:\n    # batches\n    for x in y:\n        c()\n"


# --- move into a loop -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for x in y:\n    a()\nb()\n", "for x in y:\n    a()\n    b()\n"),
        ("for x in y:\n    a()\nb()", None),
        ("for x in y:\n    a()\n\nb()\nc()\n", "for x in y:\n    a()\n    b()\nc()\n"),
        ("for x in y:\n    a()\n# of b\nb()  # too\n", "for x in y:\n    a()\n    # of b\n    b()  # too\n"),
        ("while x:\n\ta()\nb()\n", "while x:\n\ta()\n\tb()\n"),
        ("for x in y:\n  a()\nb()\n", "for x in y:\n  a()\n  b()\n"),
        ("for x in y:\r\n    a()\r\nb()\r\n", "for x in y:\r\n    a()\r\n    b()\r\n"),
        ("for x in y: a()\nb()\n", "for x in y:\n    a()\n    b()\n"),
        ("for x in y: a(); c()  # d\nb()\n", "for x in y:\n    a(); c()  # d\n    b()\n"),
        ("for x in y:\n    a()\n    # end of the loop\nb()\n", None),
        ("for x in y:\n    a()\nb(1,\n  2)\n", "for x in y:\n    a()\n    b(1,\n      2)\n"),
        ("def f():\n    for x in y:\n        a()\n    b()\n", "def f():\n    for x in y:\n        a()\n        b()\n"),
        ("for x in y:\n    a()\nz(); b()\n", "for x in y:\n    a()\n    b()\nz()\n"),
        ("for x in y:\n    a()\nelse:\n    z()\nb()\n", "for x in y:\n    a()\n    b()\nelse:\n    z()\n"),
        ("if w:\n    for x in y:\n        a()\n    b()\n", "if w:\n    for x in y:\n        a()\n        b()\n"),
    ],
)
def test_move_into(text: str, expected: str | None) -> None:
    found = move_into(text, "while " if "while" in text else "for ", "b(")
    if expected is not None:
        assert found == expected
    loop = next(n for n in ast.walk(ast.parse(found)) if isinstance(n, (ast.For, ast.While)))
    assert ast.unparse(loop.body[-1]).startswith("b(")
    assert sorted(found.replace(";", " ").split()) == sorted(text.replace(";", " ").split())


def test_move_several_into() -> None:
    text = "for x in y:\n    a()\n\n# update\nb()\n# print\nprint()\nc()  # step\nd()\n"
    found = move_into(text, "for ", "b()", "c()")
    assert found == "for x in y:\n    a()\n    # update\n    b()\n    c()  # step\n# print\nprint()\nd()\n"


def test_a_block_moves_with_its_indentation() -> None:
    text = "for x in y:\n  a()\nwith c:\n      b()\n      # end\nd()\n"
    found = move_into(text, "for ", "with c")
    loop = ast.parse(found).body[0]
    assert isinstance(loop, ast.For) and isinstance(loop.body[-1], ast.With)
    assert "# end" in found


def test_moving_the_only_statement_of_a_block_leaves_pass() -> None:
    text = "if w:\n    b()\nfor x in y:\n    a()\n"
    assert move_into(text, "for ", "b()") == "if w:\n    pass\nfor x in y:\n    a()\n    b()\n"


# --- replace --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted", "code", "expected"),
    [
        ("y = f( a ,b )  # c\n", "f(", "a", "y = a  # c\n"),
        ("y = (f(a))\n", "f(", "a", "y = (a)\n"),
        ("y = ( # why\n    f(a)\n)\n", "f(", "a", "y = ( # why\n    a\n)\n"),
        ("y = g(f(a), 1)\n", "f(", "a", "y = g(a, 1)\n"),
        ("y = 'ä' + f('ö')\n", "f(", "a", "y = 'ä' + a\n"),
        ("y = f(a)[0].b\n", "f(a)", "z", "z"),
        ("return_ = f(\n    a,\n)\n", "f(", "a", "return_ = a\n"),
        ("x = 1; y = f(a); z = 2\n", "f(", "a", "x = 1; y = a; z = 2\n"),
        ("for x in f(a): pass\n", "f(", "a", "for x in a: pass\n"),
        ("@f(a)\ndef g(): pass\n", "f(", "a", "@a\ndef g(): pass\n"),
    ],
)
def test_replace(text: str, wanted: str, code: str, expected: str) -> None:
    found = replace(text, wanted, code)
    if expected == "z":
        assert ast.unparse(ast.parse(found)) == "y = z"
    else:
        assert found == expected


def test_replace_the_receiver_of_a_call() -> None:
    text = "loss.backward()  # go\n"
    assert edited(text, Replace(at(text, "loss", ast.Name), "(loss / k)")) == "(loss / k).backward()  # go\n"


def test_replace_several() -> None:
    text = "p = softmax(z)\nloss = f(p, y)\nq = g(p)\n"
    places = [at(text, "p", ast.Name, nth) for nth in (1, 2)]
    found = edited(text, *(Replace(place, "z") for place in places))
    assert found == "p = softmax(z)\nloss = f(z, y)\nq = g(z)\n"


# --- remove an element ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m = S(a, B(1))\n", "m = S(a)\n"),
        ("m = S(a, B(1),)\n", None),
        ("m = S( a , B(1) )\n", None),
        ("m = S(\n    a,\n    B(1),\n)\n", "m = S(\n    a,\n)\n"),
        ("m = S(\n    a,\n    B(1)\n)\n", "m = S(\n    a,\n)\n"),
        ("m = S(a,\n      B(1))\n", "m = S(a)\n"),
        ("m = S(a,\n      B(1),\n      )\n", None),
        ("m = S(\n    a, B(1)\n)\n", "m = S(\n    a\n)\n"),
        ("m = S(\n    # first\n    a,\n    # second\n    B(1),\n)\n", None),
        ("m = S(\n\ta,\n\tB(1),\n)\n", "m = S(\n\ta,\n)\n"),
        ("m = S(\r\n    a,\r\n    B(1),\r\n)\r\n", "m = S(\r\n    a,\r\n)\r\n"),
        ("m = S(B(1))\n", "m = S()\n"),
        ("m = S(\n    B(1),\n)\n", None),
        ("m = S(*[a, B(1)])\n", "m = S(*[a])\n"),
        ("m = [\n    a,\n    B(1),\n]\n", "m = [\n    a,\n]\n"),
        ("m = [\n    a,\n    B(1)\n]\n", None),
        ("m = [a, B(1)]\n", "m = [a]\n"),
        ("m = S(O([('a', a), (B(1), 'b')]))\n", None),
        ("m = S(a, b, B(1)); n = 2\n", "m = S(a, b); n = 2\n"),
    ],
)
def test_remove_the_last_element(text: str, expected: str | None) -> None:
    found = remove(text, "B(") if "(B(1)" not in text.replace("S(B", "") else remove(text, "(B(")
    if expected is not None:
        assert found == expected
    assert "B(" not in found
    for comment in ("# first",):
        assert found.count(comment) == text.count(comment)
    was, now = ast.parse(text), ast.parse(found)
    counts = [sum(isinstance(n, ast.Name) and n.id == "a" for n in ast.walk(tree)) for tree in (was, now)]
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m = S(\n    a,  # first\n    B(1),  # second\n)\n", "m = S(\n    a,  # first\n)\n"),
        ("m = S(\n    a,  # first\n    B(1)  # second\n)\n", "m = S(\n    a,  # first\n)\n"),
        ("m = S(\n    a,  # first\n    B(1)\n)\n", "m = S(\n    a,  # first\n)\n"),
        ("m = S(\n    a,  # first\n\n    B(1),\n)\n", None),
        ("m = S(a,  # first\n      B(1))\n", None),
    ],
)
def test_the_comment_of_the_element_that_stays(text: str, expected: str | None) -> None:
    found = remove(text, "B(")
    if expected is not None:
        assert found == expected
    assert found.count("# first") == 1 and "# second" not in found


def test_remove_a_pair_of_an_ordered_dict() -> None:
    text = "m = S(O([\n    ('fc', a),\n    ('sm', B(1)),\n]))\n"
    assert remove(text, "('sm'") == "m = S(O([\n    ('fc', a),\n]))\n"


def test_remove_an_element_in_the_middle() -> None:
    text = "m = S(\n    a,\n    B(1),  # gone\n    c,\n)\n"
    found = remove(text, "B(")
    assert ast.unparse(ast.parse(found)) == "m = S(a, c)"
    assert remove("m = S(a, B(1), c)\n", "B(") == "m = S(a, c)\n"


# --- properties -----------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a()", "b = 1", "c(1,\n  2)", "größe = 'ä'", "d; e", "x = (\n  1 + # one\n  2)"])
COMMENTS = st.sampled_from(["", "", "# note\n", "\n", "# one\n# two\n", "\n# of it\n", "# far\n\n"])


@st.composite
def blocks(draw: st.DrawFn) -> str:
    """Statements with comments and blank lines between, indented under a loop or not."""
    lines = []
    for _ in range(draw(st.integers(1, 5))):
        lines.append(draw(COMMENTS) + draw(NAMES) + draw(st.sampled_from(["\n", "  # end\n"])))
    text = "".join(lines)
    if draw(st.booleans()):
        indent = draw(st.sampled_from(["  ", "    ", "\t"]))
        text = "for i in y:\n" + "".join(indent + line if line.strip() else line for line in text.splitlines(True))
    text += draw(st.sampled_from(["", "# last\n", "last()", "\n\nlast()\n"]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def comments(text: str) -> list[str]:
    return sorted(line.split("#", 1)[1].strip() for line in text.splitlines() if "#" in line)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(blocks(), st.randoms(use_true_random=False))
def test_inserting_changes_one_line(text: str, chance: object) -> None:
    module = Module(text, "t.py")
    statements = [node for node in ast.walk(module.tree) if isinstance(node, ast.stmt)]
    target = statements[chance.randrange(len(statements))]  # type: ignore[attr-defined]
    line = module.lines[target.lineno - 1]
    if line[: target.col_offset].strip():
        return  # behind a semicolon: the line has to be taken apart
    found = edited(text, InsertBefore(module.place(target), "new()"))
    old, new = text.splitlines(True), found.splitlines(True)
    (added,) = (n for n, one in enumerate(new) if "new()" in one)
    assert new[:added] + new[added + 1 :] == old
    assert new[added] == line[: target.col_offset] + "new()" + ("\r\n" if "\r\n" in text else "\n")


@settings(derandomize=True, max_examples=150, deadline=None)
@given(blocks(), st.randoms(use_true_random=False))
def test_deleting_takes_the_statement_only(text: str, chance: object) -> None:
    module = Module(text, "t.py")
    statements = [node for node in ast.walk(module.tree) if isinstance(node, ast.stmt) and not hasattr(node, "body")]
    target = statements[chance.randrange(len(statements))]  # type: ignore[attr-defined]
    found = edited(text, Delete(module.place(target)))
    was = [ast.dump(n) for n in ast.walk(module.tree) if isinstance(n, ast.stmt) and not hasattr(n, "body")]
    now = [ast.dump(n) for n in ast.walk(ast.parse(found)) if isinstance(n, ast.stmt) and not hasattr(n, "body")]
    was.remove(ast.dump(target))
    assert sorted(n for n in now if n != "Pass()") == sorted(was)
    own = comments("\n".join(module.lines[target.lineno - 1 : target.end_lineno]))
    left = comments(found)
    for comment in comments(text):
        if comment not in own:
            assert comment in left


@settings(derandomize=True, max_examples=100, deadline=None)
@given(blocks())
def test_moving_into_the_loop_keeps_every_word(text: str) -> None:
    module = Module(text, "t.py")
    if len(module.tree.body) < 2 or not isinstance(module.tree.body[0], ast.For):
        return
    loop, last = module.tree.body[0], module.tree.body[1]
    found = edited(text, MoveInto((module.place(last),), module.place(loop)))
    assert sorted(found.split()) == sorted(text.split())
    (only,) = ast.parse(found).body
    assert isinstance(only, ast.For) and ast.dump(only.body[-1]) == ast.dump(last)


def test_moves_below_a_statement_with_its_comments() -> None:
    text = "for e in r:\n    # the rate\n    s.step()  # here\n    # train\n    go()\n    print(e)  # told\nend()\n"
    moved = edited(text, MoveAfter((at(text, "s.step()"),), at(text, "print(e)")))
    assert moved == (
        "for e in r:\n    # train\n    go()\n    print(e)  # told\n    # the rate\n    s.step()  # here\nend()\n"
    )

"""Paths through event trees: which tests belong together, what is walked, and that work stays bounded."""

from __future__ import annotations

import pytest
from training import events, expect, faults, look, of, source

from fixer.protocol.events import Kind
from fixer.reading import conditions, interpreter, paths, reader
from fixer.reading.conditions import Atom, Formula, atoms, conjunction, disjunction, negate, within
from fixer.reading.reader import Reading
from fixer.reading.tree import Block, Branch, Call, Loop, children, locate
from fixer.reading.updates import updates

HEAD = """
import torch
from torch import nn
model = nn.Linear(4, 2)
opt = torch.optim.Adam(model.parameters())
criterion = nn.MSELoss()
"""


def walked(reading: Reading, *kinds: Kind) -> list[str]:
    """Every path through the events of some kinds, as a line of words."""
    tree = reading.entries[0].tree
    return [" ".join(e.kind.value for e in path) for path in paths.paths(tree, lambda emit: emit.kind in kinds)]


PROTOCOL = (Kind.ZERO_GRAD, Kind.BACKWARD, Kind.STEP)

# --- formulas -------------------------------------------------------------------------------------------------------

A, B = Atom("a"), Atom("b")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (negate(True), False),
        (negate(negate(A)), A),
        (conjunction([]), True),
        (conjunction([True, A]), A),
        (conjunction([A, False, B]), False),
        (disjunction([]), False),
        (disjunction([False, A]), A),
        (disjunction([A, True]), True),
    ],
)
def test_formulas(formula: Formula, expected: Formula) -> None:
    assert formula == expected


def test_the_atoms_of_a_formula() -> None:
    both = conjunction([A, negate(disjunction([B, A]))])
    assert list(atoms(both)) == [A, B, A]
    assert all("loop" in atom.loops for atom in atoms(within(both, "loop")))
    assert within(True, "loop") is True


# --- which tests are the same ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zero", "step"),
    [
        ("amp", "amp"),
        ("args.train", "args.train"),
        ("not amp", "not amp"),
        ("mode == 'train'", "mode == 'train'"),
        ("mode == 'train'", "'train' == mode"),
        ("scaler is not None", "scaler is not None"),
        ("amp and fast", "amp and fast"),
        ("phase == 'train' or force", "phase == 'train' or force"),
        ("x.requires_grad", "x.requires_grad"),
        ("len(x) > 2", "len(x) > 2"),
        ("not (a or b)", "not (a or b)"),
    ],
)
def test_one_question_has_one_answer(zero: str, step: str) -> None:
    """Zeroed whenever it steps: right, although the two stand under tests of their own."""
    text = source(HEAD) + source(f"""
        for x, y in loader:
            if {zero}:
                opt.zero_grad()
            loss = criterion(model(x), y)
            if {step}:
                loss.backward()
                opt.step()
    """)
    assert faults(look(text)) == []


@pytest.mark.parametrize("change", ["", "amp = not amp", "amp = next(flags)"])
def test_a_question_asked_again(change: str) -> None:
    """Whatever the tests say: nothing that may hold is reported."""
    text = source(HEAD) + source(f"""
        for x, y in loader:
            if amp:
                opt.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            opt.step()
            {change or "pass"}
    """)
    assert faults(look(text)) == []


def test_opposite_sides() -> None:
    text = source(HEAD) + source("""
        for x, y in loader:
            if clear_first:
                opt.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            opt.step()
            if not clear_first:
                opt.zero_grad()
    """)
    assert faults(look(text)) == []
    broken = text.replace("if not clear_first:\n        opt.zero_grad()", "if not clear_first:\n        pass")
    assert faults(look(broken)) == []


def test_every_branch_must_show_it() -> None:
    expect(
        source(HEAD)
        + source("""
        for x, y in loader:
            opt.zero_grad()  #-
            if mixup:
                lam = torch.rand(1)
                loss = lam * criterion(model(x), y) + (1 - lam) * criterion(model(x), y.flip(0))
            elif cutmix:
                loss = criterion(model(x), y)
            else:
                loss = criterion(model(x), y)
            loss.backward()  # <- stale
            opt.step()
    """)
    )


def test_a_scheduled_zero_grad() -> None:
    """Every k-th iteration: the step and the zero stand under the same test, in either order of writing."""
    for test in ("(i + 1) % 4 == 0", "i % 4 == 0", "not (i + 1) % 4", "(i + 1) % 4 == 0 or i == len(loader) - 1"):
        text = source(HEAD) + source(f"""
            for i, (x, y) in enumerate(loader):
                if {test}:
                    opt.zero_grad()
                loss = criterion(model(x), y) / 4
                loss.backward()
                if {test}:
                    opt.step()
        """)
        assert [f for f in faults(look(text)) if f[1] == "stale"] == [], test


def test_constants_decide() -> None:
    for flag, bad in ((True, True), (False, False)):
        text = source(HEAD) + source(f"""
            TRAIN = {flag}
            for x, y in loader:
                loss = criterion(model(x), y)
                if TRAIN:
                    loss.backward()
                    opt.step()
        """)
        assert bool(faults(look(text))) is bad


# --- what is walked -------------------------------------------------------------------------------------------------


def test_a_loop_is_walked_twice() -> None:
    reading = look(
        source(HEAD) + "for x in loader:\n    opt.zero_grad()\n    model(x).sum().backward()\n    opt.step()\n"
    )
    assert walked(reading, *PROTOCOL) == ["zero_grad backward step zero_grad backward step"]


def test_a_loop_that_asks_for_every_kth_is_walked_four_times() -> None:
    reading = look(
        source(HEAD)
        + "for i, x in enumerate(loader):\n    model(x).sum().backward()\n    if i % 4 == 3:\n        opt.step()\n"
    )
    (path,) = walked(reading, *PROTOCOL)
    assert path == "backward backward step backward backward step"


def test_break_continue_return_and_raise() -> None:
    for leave, expected in (
        ("break", ["backward", "backward step backward", "backward step backward step"]),
        ("return", ["backward", "backward step backward", "backward step backward step"]),
        ("continue", ["backward backward", "backward backward step", "backward step backward"]),
        ("raise ValueError", ["backward step backward step"]),
    ):
        reading = look(
            source(HEAD)
            + "def f():\n    for x in loader:\n        loss = model(x).sum()\n        loss.backward()\n"
            + f"        if bad(loss):\n            {leave}\n        opt.step()\nf()\n"
        )
        found = walked(reading, *PROTOCOL)
        assert all(path in found for path in expected), (leave, found)
        if leave == "raise ValueError":
            assert found == expected


def test_events_stand_in_the_iterations_of_their_loops() -> None:
    reading = look(source(HEAD) + "for e in range(3):\n    for x in loader:\n        model(x).sum().backward()\n")
    ((path),) = paths.paths(reading.entries[0].tree, lambda emit: emit.kind is Kind.BACKWARD)
    assert [tuple(number for _, number in event.iteration) for event in path] == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_times_that_are_known() -> None:
    for head, count in (("for i in range(1):", 1), ("for i in range(0):", 0), ("for i in range(5):", 2)):
        reading = look(source(HEAD) + f"{head}\n    model(x).sum().backward()\n")
        tree = reading.entries[0].tree
        found = walked(reading, Kind.BACKWARD)
        assert found == [" ".join(["backward"] * count)], (head, tree)


def test_where_an_event_stands() -> None:
    reading = look(
        source(HEAD)
        + source("""
        def update(loss):
            loss.backward()
        for x in loader:
            if x.ok:
                update(model(x).sum())
    """)
    )
    (place,) = (p for p in locate(reading.entries[0].tree) if p.emit.kind is Kind.BACKWARD)
    kinds = [type(a).__name__ if not isinstance(a, tuple) else "branch" for a in place.above]
    assert kinds == ["Loop", "branch", "Call"]
    (loop,) = place.loops
    assert "loader" in loop.signs or "name" in loop.signs
    assert place.emit.line == 7


def test_what_follows_continue_stands_under_the_opposite() -> None:
    reading = look(
        source(HEAD)
        + "for x in loader:\n    if x.bad:\n        continue\n    model(x).sum().backward()\n    opt.step()\n"
    )
    (place,) = (p for p in locate(reading.entries[0].tree) if p.emit.kind is Kind.STEP)
    ((branch, side),) = place.guards(place.loops[0])
    assert side is False


def test_every_kth() -> None:
    reading = look(
        source(HEAD)
        + "for i, x in enumerate(loader, 1):\n    model(x).sum().backward()\n"
        + "    if i % args.k == 0:\n        opt.step()\n"
    )
    (place,) = (p for p in locate(reading.entries[0].tree) if p.emit.kind is Kind.STEP)
    ((branch, side),) = place.guards(place.loops[0])
    (atom,) = atoms(branch.test)
    assert (atom.kind, atom.count) == (conditions.Test.EVERY, "args.k")


# --- bounded work ---------------------------------------------------------------------------------------------------


def size(block: Block) -> int:
    """How many nodes a tree has."""
    return sum(
        1
        + (size(node) if isinstance(node, Block) else 0)
        + sum(size(b) for b in (children(node) if isinstance(node, (Branch, Loop, Call)) else ()))
        for node in block.nodes
    )


LIMIT = reader.MAX_TOTAL_STEPS + interpreter.MAX_STEPS
"""A source is given up after the entry point in which the work runs out."""


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many steps of work the reader takes, over all entry points."""
    taken = [0]
    spend = interpreter.Interpreter.spend

    def counted(self: interpreter.Interpreter) -> None:
        taken[0] += 1
        spend(self)

    monkeypatch.setattr(interpreter.Interpreter, "spend", counted)
    return taken


def test_many_tests_in_a_loop_are_held_fixed(steps: list[int]) -> None:
    lines = "".join(f"    if flag{n}:\n        model(x).sum().backward()\n" for n in range(60))
    reading = look(f"{source(HEAD)}for x in loader:\n    opt.zero_grad()\n{lines}    opt.step()\n")
    (updated,) = updates(reading)
    assert "more paths than are walked" in updated.trouble
    assert faults(reading) == []
    assert steps[0] < 5_000


def test_many_tests_that_do_not_matter_cost_no_paths(steps: list[int]) -> None:
    lines = "".join(f"    if flag{n}:\n        print({n})\n" for n in range(60))
    expect(
        f"{source(HEAD)}for x in loader:\n    opt.zero_grad()  #-\n{lines}"
        "    model(x).sum().backward()  # <- stale\n    opt.step()\n"
    )
    assert steps[0] < 10_000


@pytest.mark.parametrize("count", [8, 9, 30])
def test_few_tests_are_walked_all(count: int) -> None:
    lines = "".join(f"    if flag{n}:\n        opt.zero_grad()\n" for n in range(count))
    text = f"{source(HEAD)}for x in loader:\n{lines}    model(x).sum().backward()\n    opt.step()\n"
    assert faults(look(text)) == []


def test_deep_recursion_is_cut_off(steps: list[int]) -> None:
    text = (
        "def f(model, opt, n):\n    model(n).backward()\n    opt.step()\n"
        + "    f(model, opt, n - 1)\n" * 3
        + "    f(model, f(model, opt, n), f)\nf(a, b, 1)\n"
    )
    reading = look(text)
    assert steps[0] <= LIMIT
    assert of(reading, Kind.STEP)


def test_mutual_recursion_through_arguments(steps: list[int]) -> None:
    look("def app(f, *a):\n    return f(*a)\ndef g(n):\n    return app(h, n)\ndef h(n):\n    return app(g, n)\ng(1)\n")
    assert steps[0] <= LIMIT


def test_a_chain_of_functions_is_inlined_to_a_depth(steps: list[int]) -> None:
    lines = "".join(f"def f{n}(m, o):\n    f{n + 1}(m, o)\n" for n in range(200))
    reading = look(f"{lines}def f200(m, opt):\n    m(1).backward()\n    opt.step()\nf0(model, optim)\n")
    assert steps[0] <= LIMIT
    # Too deep to be seen from the module, so it is read on its own.
    assert any(list(locate(entry.tree)) for entry in reading.entries)


def test_functions_that_double_the_work(steps: list[int]) -> None:
    lines = "".join(f"def f{n}(m, o):\n    f{n + 1}(m, o)\n    f{n + 1}(m, o)\n" for n in range(40))
    look(f"{lines}def f40(m, o):\n    m(1).backward()\n    o.step()\nf0(model, optim)\n")
    assert steps[0] <= LIMIT


def test_a_thousand_calls_in_each_other(steps: list[int]) -> None:
    reading = look(f"def f(x):\n    return x\ny = {'f(' * 80}1{')' * 80}\n")
    assert reading.gaps == []
    lines = "".join(f"    x{n + 1} = f(x{n})\n" for n in range(1000))
    look(f"def f(x):\n    return x\ndef main(x0):\n{lines}main(1)\n")
    assert steps[0] <= LIMIT


def test_a_thousand_nested_calls_of_unknown_functions(steps: list[int]) -> None:
    text = "x" + ".step()" * 1000 + "\n"
    reading = look(text)
    assert steps[0] <= LIMIT
    assert all(why for _, _, why in reading.gaps)


@pytest.mark.parametrize("depth", [5, 6, 14])
def test_nested_loops(depth: int, steps: list[int]) -> None:
    lines = "".join(f"{'    ' * n}for i{n} in range(n{n}):\n" for n in range(depth))
    indent = "    " * depth
    text = f"{source(HEAD)}{lines}{indent}opt.zero_grad()\n{indent}model(x).sum().backward()\n{indent}opt.step()\n"
    reading = look(text)
    assert faults(reading) == []
    assert steps[0] <= LIMIT
    assert size(reading.entries[0].tree) < 200


def test_nested_branches(steps: list[int]) -> None:
    lines = "".join(f"{'    ' * n}if f{n}(x):\n" for n in range(60))
    indent = "    " * 60
    look(f"{source(HEAD)}{lines}{indent}model(x).sum().backward()\n{indent}opt.step()\n")
    assert steps[0] <= LIMIT


HEAVY = "        other = model(x) + loss * {n}\n" * 60
FUNCTION = f"""def f{{n}}(model, optimizer, loader):
    for x in loader:
        optimizer.zero_grad()
        loss = model(x)
{HEAVY}        loss.backward()
        optimizer.step()
"""


def test_a_huge_file(steps: list[int]) -> None:
    reading = look("".join(FUNCTION.replace("{n}", str(n)) for n in range(300)))
    assert steps[0] <= LIMIT
    assert faults(reading) == []
    # What was left out is said so.
    assert len(reading.entries) + len(reading.gaps) >= 300
    assert any("more work than is allowed" in why for _, _, why in reading.gaps)


HUGE = "def first(model, opt):\n" + "    y = model(x) + model(x) * 2\n" * 3000 + "    y.backward()\n    opt.step()\n"


def test_one_huge_function(steps: list[int]) -> None:
    reading = look(HUGE)
    assert steps[0] <= LIMIT
    ((_, what, why),) = reading.gaps
    assert what == "first" and "more work than is allowed" in why


def test_a_function_that_is_too_much_does_not_hide_the_next(steps: list[int]) -> None:
    reading = look(
        HUGE
        + source("""
        def second(model, loader, optimizer):
            for x in loader:
                model(x).sum().backward()
                optimizer.step()
    """)
    )
    assert [verdict for _, verdict in faults(reading)] == ["stale"]
    assert [what for _, what, _ in reading.gaps] == ["first"]


def test_long_expressions(steps: list[int]) -> None:
    for expression in (
        " + ".join(["model(x)"] * 300),
        "[" + ", ".join(["model(x)"] * 2000) + "]",
        "{" + ", ".join(f"'{n}': model(x)" for n in range(2000)) + "}",
        " and ".join(["model(x)"] * 500),
        " if a else ".join(["model(x)"] * 80),
    ):
        look(f"y = {expression}\n")
    assert steps[0] <= LIMIT * 5


def test_alternatives_that_multiply(steps: list[int]) -> None:
    lines = "".join(f"x = f{n}(x) if c{n} else g{n}(x)\n" for n in range(60))
    look(f"{lines}x.backward()\nopt.step()\n")
    lines = "".join(f"if c{n}:\n    m = nn.Sequential(m, nn.Linear(1, 1))\n" for n in range(60))
    look(f"from torch import nn\nm = nn.Linear(1, 1)\n{lines}m(x).backward()\n")
    assert steps[0] <= LIMIT * 2


def test_events_of_a_whole_class_tree(steps: list[int]) -> None:
    lines = "".join(f"class C{n}(C{n - 1}):\n    def m{n}(self):\n        self.m{n - 1}()\n" for n in range(1, 120))
    text = f"class C0:\n    def m0(self):\n        self.opt.step()\n{lines}C119().m119()\n"
    reading = look(text)
    assert steps[0] <= LIMIT
    assert events(reading) is not None


def test_classes_that_inherit_from_themselves() -> None:
    look("class A(A):\n    pass\nA().f()\n")
    look("class A(B):\n    pass\nclass B(A):\n    pass\nB().f()\nA.g(A())\n")
    look("a = b\nb = a\na()\nfrom x import *\nfrom . import y\n")


def test_a_call_that_is_too_much_does_not_hide_its_caller(steps: list[int]) -> None:
    reading = look(
        HEAD
        + "def report(x):\n"
        + "    y = x + x * 2\n" * 6000
        + source("""
        def train(loader):
            for x, y in loader:
                loss = criterion(model(x), y)
                loss.backward()
                opt.step()
                report(len(x))
        train(data)
        """)
    )
    assert steps[0] <= LIMIT
    assert [what for _, what in faults(reading)] == ["stale"]
    assert reading.gaps == []


def test_a_call_that_is_too_much_may_do_anything_to_what_it_gets(steps: list[int]) -> None:
    reading = look(
        HEAD
        + "def finish(optimizer, x):\n"
        + "    y = x + x * 2\n" * 6000
        + "    optimizer.zero_grad()\n"
        + source("""
        def train(loader):
            for x, y in loader:
                loss = criterion(model(x), y)
                loss.backward()
                opt.step()
                finish(opt, len(x))
        train(data)
        """)
    )
    assert steps[0] <= LIMIT
    assert faults(reading) == []

"""The engine: several bugs repaired to a fixpoint, rewrites that make things worse dropped, errors with their line."""

from __future__ import annotations

import ast
import importlib.metadata
import textwrap
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import libcst
import pytest
from training import source

from codemods import _registry, missing_zero_grad, redundant_softmax
from codemods._claim import Claim, Edit, Replace
from codemods._claim import claim as make_claim
from fixer import engine
from fixer.findings import Applicability, Finding
from fixer.reading.reader import Reading

ALL = source("""
    import torch
    import torch.nn as nn
    import torch.nn.functional as F


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 3)

        def forward(self, x):
            return F.softmax(self.fc(x), dim=1)


    model = Net()
    criterion = nn.CrossEntropyLoss()
    for epoch in range(10):
        for i, (x, y) in enumerate(loader):
            # a fresh one for every batch
            optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())  # progress
""")
REPAIRED = source("""
    import torch
    import torch.nn as nn
    import torch.nn.functional as F


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 3)

        def forward(self, x):
            return self.fc(x)


    model = Net()
    criterion = nn.CrossEntropyLoss()
    # a fresh one for every batch
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(10):
        for i, (x, y) in enumerate(loader):
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())  # progress
""")
ZERO = source("""
    import torch
    model = torch.nn.Linear(4, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in loader:
        loss = torch.nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
""")
SOFTMAX = source("""
    import torch
    import torch.nn.functional as F
    model = torch.nn.Linear(4, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(F.softmax(model(x), dim=1), y)
        loss.backward()
        optimizer.step()
""")
CLEAN = ZERO.replace("    loss = torch", "    optimizer.zero_grad()\n    loss = torch")


def rules(found: tuple[Finding, ...]) -> list[str]:
    return [finding.rule for finding in found]


# --- fixpoint -------------------------------------------------------------------------------------------------------


def test_nothing_to_do() -> None:
    for text in ("", "x = 1\n", CLEAN, REPAIRED):
        assert engine.check(text, "a.py").findings == ()
        assert engine.repair(text, "a.py", unsafe=True) == engine.Repaired(text, (), ())


def test_several_bugs_are_repaired_together() -> None:
    found = engine.check(ALL, "a.py").findings
    assert sorted(rules(found)) == ["missing-zero-grad", "optimizer-in-loop", "redundant-softmax"]
    assert [f.line for f in found] == sorted(f.line for f in found)
    repaired = engine.repair(ALL, "a.py", unsafe=True)
    assert repaired.text == REPAIRED
    assert sorted(rules(repaired.applied)) == sorted(rules(found))
    assert repaired.kept == ()


def test_a_second_repair_changes_nothing() -> None:
    for unsafe in (False, True):
        once = engine.repair(ALL, "a.py", unsafe=unsafe)
        again = engine.repair(once.text, "a.py", unsafe=unsafe)
        assert again.text == once.text and again.applied == ()
        assert [kept.why for kept in again.kept] == [kept.why for kept in once.kept]


def test_only_safe_ones_unless_asked() -> None:
    text = ALL.replace("Adam", "SGD")
    safe = engine.repair(text, "a.py")
    assert all(f.fix.applicability is Applicability.SAFE for f in safe.applied)
    assert {kept.why for kept in safe.kept} == {"unsafe"}
    assert all(kept.finding.fix.applicability is Applicability.UNSAFE for kept in safe.kept)
    assert len(safe.applied) + len(safe.kept) == 3
    rest = engine.repair(safe.text, "a.py", unsafe=True)
    assert rest.text == engine.repair(text, "a.py", unsafe=True).text


def test_one_by_one_in_any_order_comes_to_the_same() -> None:
    names = ["missing-zero-grad", "optimizer-in-loop", "redundant-softmax"]
    for order in (names, names[::-1], names[1:] + names[:1]):
        text = ALL
        for name in order:
            text = engine.repair(text, "a.py", rules=[name], unsafe=True).text
        assert text == REPAIRED, order


def test_a_bug_that_comes_to_light_behind_another() -> None:
    """Gradients of k batches that are never cleared: once they are, the missing division shows, and the lost tail."""
    text = source("""
        import torch
        model = torch.nn.Linear(4, 2)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for i, (x, y) in enumerate(loader):
            loss = torch.nn.functional.mse_loss(model(x), y)
            loss.backward()
            if (i + 1) % 4 == 0:
                optimizer.step()
    """)
    assert rules(engine.check(text, "a.py").findings) == ["missing-zero-grad"]
    repaired = engine.repair(text, "a.py", unsafe=True)
    assert rules(repaired.applied) == ["missing-zero-grad", "unscaled-accumulation", "dropped-accumulation-tail"]
    assert "        optimizer.zero_grad()\n" in repaired.text and "(loss / 4).backward()" in repaired.text
    assert engine.check(repaired.text, "a.py").findings == ()


def test_the_same_bug_many_times() -> None:
    function = textwrap.dedent("""
        def train{n}(model, optimizer, loader):
            for x, y in loader:
                loss = model(x, y)
                loss.backward()
                optimizer.step()
    """)
    text = "".join(function.replace("{n}", str(n)) for n in range(12))
    repaired = engine.repair(text, "a.py", unsafe=True)
    assert len(repaired.applied) == 12 and repaired.kept == ()
    assert repaired.text.count("        optimizer.zero_grad()\n        loss = model(x, y)\n") == 12


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n", "# end", "\n# end\n\n", "\f\n"])
@pytest.mark.parametrize("head", ["", "# coding: utf-8\n", "#!/usr/bin/env python\n\n", "'''Größe — 学習'''\n\f\n"])
def test_every_other_byte_stays(end: str, tail: str, head: str) -> None:
    text = (head + ZERO + tail).replace("\n", end)
    repaired = engine.repair(text, "a.py")
    assert len(repaired.applied) == 1
    assert repaired.text.replace(f"    optimizer.zero_grad(){end}", "", 1) == text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("tail", ["\n\n   \n", "\n   \n\n  ", "   ", "\n\t\n", "\n\n\x0c\n"])
def test_white_ends_of_a_file_stay(tail: str, end: str) -> None:
    text = (ZERO + tail).replace("\n", end)
    repaired = engine.repair(text, "a.py")
    assert len(repaired.applied) == 1
    assert repaired.text.replace(f"    optimizer.zero_grad(){end}", "", 1) == text


# --- which rules ----------------------------------------------------------------------------------------------------


def test_the_rules_that_are_asked_for() -> None:
    for name in ("missing-zero-grad", "optimizer-in-loop", "redundant-softmax"):
        assert rules(engine.check(ALL, "a.py", rules=[name]).findings) == [name]
        repaired = engine.repair(ALL, "a.py", rules=iter([name]), unsafe=True)
        assert rules(repaired.applied) == [name]
        assert len(engine.check(repaired.text, "a.py").findings) == 2
    assert engine.check(ALL, "a.py", rules=[]).findings == ()
    assert engine.check(ALL, "a.py", rules=["no-such-rule"]).findings == ()


def test_findings_that_the_caller_refuses() -> None:
    refused = engine.repair(ALL, "a.py", unsafe=True, accept=lambda finding: finding.rule == "redundant-softmax")
    assert rules(refused.applied) == ["redundant-softmax"]
    assert len(refused.kept) == 2
    assert engine.repair(ALL, "a.py", unsafe=True, accept=lambda _: False).text == ALL


# --- what is kept, and why ------------------------------------------------------------------------------------------


def test_a_finding_without_a_repair_says_why() -> None:
    text = source("""
        import torch
        model = torch.nn.Linear(4, 2)
        def step(x, y):
            optimizer = torch.optim.Adam(model.parameters())
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(x), y).backward()
            optimizer.step()
        for x, y in loader:
            step(x, y)
    """)
    (finding,) = engine.check(text, "a.py").findings
    assert finding.fix.applicability is Applicability.NONE and finding.fix.reason
    repaired = engine.repair(text, "a.py", unsafe=True)
    assert repaired.text == text
    assert [kept.why for kept in repaired.kept] == [finding.fix.reason]


Rewrite = Callable[[libcst.Module, Claim], object]


@pytest.fixture
def bad_rule(monkeypatch: pytest.MonkeyPatch) -> Callable[[Rewrite], None]:
    """Give missing-zero-grad a rewrite of its own."""

    def put(rewrite: Rewrite) -> None:
        monkeypatch.setattr(missing_zero_grad, "rewrite", rewrite, raising=False)

    return put


class Nonsense:
    """What a rewrite returns, as far as the engine looks at it."""

    def __init__(self, code: str) -> None:
        self.code = code


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("for x in (:\n", "invalid syntax"),
        ("if x:\nprint(\n", ""),
        (ZERO, "the rewrite changes nothing"),
        (ZERO + "print()\n", "the rewrite does not silence its finding"),
        (SOFTMAX, "the rewrite makes a new finding (redundant-softmax)"),
        (ZERO + ZERO.replace("model", "other"), "the rewrite does not silence its finding"),
        ("\0", ""),
        ("(" * 2000, ""),
    ],
    ids=["unparsable", "indentation", "unchanged", "still there", "another bug", "twice", "null", "too deep"],
)
def test_a_rewrite_that_makes_things_worse_is_dropped(bad_rule: Callable[[Rewrite], None], code: str, why: str) -> None:
    bad_rule(lambda module, claim: Nonsense(code))
    repaired = engine.repair(ZERO, "a.py", unsafe=True)
    assert repaired.text == ZERO
    assert repaired.applied == ()
    (kept,) = repaired.kept
    assert kept.finding.rule == "missing-zero-grad"
    assert kept.why.startswith(why) and kept.why not in ("", "unsafe")


@pytest.mark.parametrize("error", [ValueError("not where it should be"), libcst.CSTLogicError("Inconsistent node")])
def test_a_rewrite_that_fails_is_dropped(bad_rule: Callable[[Rewrite], None], error: Exception) -> None:
    def fail(module: libcst.Module, claim: Claim) -> object:
        raise error

    bad_rule(fail)
    repaired = engine.repair(ZERO, "a.py")
    assert repaired.text == ZERO and repaired.applied == ()
    assert str(error) in repaired.kept[0].why


def test_a_dropped_rewrite_does_not_stop_the_others(bad_rule: Callable[[Rewrite], None]) -> None:
    bad_rule(lambda module, claim: Nonsense("for x in (:\n"))
    repaired = engine.repair(ALL, "a.py", unsafe=True)
    assert sorted(rules(repaired.applied)) == ["optimizer-in-loop", "redundant-softmax"]
    assert [kept.finding.rule for kept in repaired.kept] == ["missing-zero-grad"]
    assert repaired.text == REPAIRED.replace("        optimizer.zero_grad()\n", "")


def test_a_rewrite_that_goes_to_and_fro_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rules that undo each other's repair: the engine stops after a bounded number of rewrites."""

    def swap(a: str, b: str) -> Rewrite:
        return lambda module, claim: Nonsense(module.code.replace(a, b))

    def rule(name: str, word: str, other: str) -> types.ModuleType:
        made = types.ModuleType(name)
        made.NAME = name  # type: ignore[attr-defined]
        made.REVEALS = frozenset({"tick", "tock"})  # type: ignore[attr-defined]
        made.claims = lambda reading: _claims_at(name, reading, word)  # type: ignore[attr-defined]
        made.rewrite = swap(word, other)  # type: ignore[attr-defined]
        return made

    known = {"tick": rule("tick", "tick", "tock"), "tock": rule("tock", "tock", "tick")}
    monkeypatch.setattr(_registry, "rules", lambda: known)
    repaired = engine.repair("tick()\n", "a.py", unsafe=True)
    assert len(repaired.applied) == engine.MAX_REWRITES
    assert repaired.text == "tick()\n"


# --- third-party rules ----------------------------------------------------------------------------------------------


def _claims_at(name: str, reading: Reading, word: str) -> Iterator[Claim]:
    module = reading.module
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and node.id == word:
            edits: list[Edit] = [Replace(module.place(node), "eggs")]
            yield make_claim(name, module, node, f"{word} is here", [], Applicability.SAFE, "call it eggs", "", edits)


@pytest.fixture
def third_party(monkeypatch: pytest.MonkeyPatch) -> Iterator[types.ModuleType]:
    """A rule that another distribution brings."""
    rule = types.ModuleType("no_spam", "# no-spam\n\nFinds spam.")
    rule.NAME, rule.SUMMARY = "no-spam", "spam"  # type: ignore[attr-defined]
    rule.claims = lambda reading: _claims_at("no-spam", reading, "spam")  # type: ignore[attr-defined]
    rule.rewrite = lambda module, claim: libcst.parse_module(module.code.replace("spam", "eggs"))  # type: ignore[attr-defined]

    class Entry:
        name, group = "no-spam", _registry.GROUP

        def load(self) -> types.ModuleType:
            return rule

    monkeypatch.setattr(_registry, "announced", lambda: True)
    monkeypatch.setattr(
        importlib.metadata, "entry_points", lambda **given: [Entry()] if given == {"group": _registry.GROUP} else []
    )
    _registry.rules.cache_clear()
    yield rule
    _registry.rules.cache_clear()


def test_a_rule_of_another_distribution(third_party: types.ModuleType) -> None:
    known = _registry.rules()
    assert known["no-spam"] is third_party
    assert list(known) == sorted(known)
    assert rules(engine.check("spam = 1\n" + ZERO, "a.py").findings) == ["no-spam", "missing-zero-grad"]
    repaired = engine.repair("spam = 1\n" + ZERO, "a.py")
    assert repaired.text == "eggs = 1\n" + CLEAN
    assert rules(engine.check("spam = 1\n" + ZERO, "a.py", rules=["no-spam"]).findings) == ["no-spam"]


def test_a_built_in_rule_wins_over_one_of_the_same_name(third_party: types.ModuleType) -> None:
    third_party.NAME = redundant_softmax.NAME  # type: ignore[attr-defined]
    assert _registry.rules()["redundant-softmax"] is redundant_softmax


def test_without_announcement_nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: pytest.fail("looked for"))
    monkeypatch.setattr(_registry, "announced", lambda: False)
    _registry.rules.cache_clear()
    try:
        assert len(_registry.rules()) >= 5
    finally:
        _registry.rules.cache_clear()


@pytest.mark.parametrize("announced", [True, False])
def test_an_installed_distribution_announces_its_rules(
    announced: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "some_rules-1.0.dist-info"
    folder.mkdir()
    (folder / "entry_points.txt").write_text(f"[{_registry.GROUP if announced else 'other'}]\na = some.rules\n")
    (tmp_path / "empty-1.0.dist-info").mkdir()
    monkeypatch.setattr("sys.path", [str(tmp_path), str(tmp_path / "missing"), ""])
    monkeypatch.chdir(tmp_path)
    assert _registry.announced() is announced


def test_every_rule_is_complete() -> None:
    known = _registry.rules()
    assert {"missing-zero-grad", "optimizer-in-loop", "redundant-softmax"} <= set(known)
    for name, rule in known.items():
        assert rule.NAME == name
        assert rule.SUMMARY and "\n" not in rule.SUMMARY
        assert rule.__doc__ is not None and rule.__doc__.startswith(f"# {name}\n")
        for heading in ("What it does", "Why is this bad?", "Example", "Fix", "Fix safety"):
            assert f"\n## {heading}\n" in rule.__doc__
        assert callable(rule.claims) and callable(getattr(rule, "rewrite", _registry.rewrite))


ABRIDGED = frozenset(
    """best-state-by-reference detached-loss discarded-tensor-op epoch-scheduler-per-batch missing-eval-mode
    missing-set-epoch model-left-in-eval module-built-in-forward module-requires-grad-attribute modules-in-plain-list
    next-iter-each-step numpy-rng-in-workers regression-broadcast return-inside-batch-loop scheduler-before-optimizer
    softmax-wrong-dim swapped-loss-arguments train-loader-not-shuffled uncalled-method""".split()
)
"""Rules whose page shows an excerpt: what has to be around it stands in their golden cases."""


@pytest.mark.parametrize("name", sorted(set(_registry.rules()) - ABRIDGED))
def test_the_example_of_a_page(name: str) -> None:
    """What a page shows as a bug has one, what it shows as the repair has none."""
    setup = (
        "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nmodel = nn.Linear(4, 3)\n"
        "criterion = nn.CrossEntropyLoss()\naccum_steps, lr = 4, 0.1\n"
    )
    built = "optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)\n"
    page = _registry.rules()[name].__doc__ or ""
    example = page.split("\n## Example\n", 1)[1].split("```python\n", 1)[1].split("```", 1)[0]
    text = setup + ("" if name == "optimizer-in-loop" else built) + example
    if name == "redundant-softmax":
        text = setup + "for x, y in loader:\n" + textwrap.indent(example, "    ") + "    loss.backward()\n"
    assert rules(engine.check(text, "a.py").findings) == [name]
    repaired = engine.repair(text, "a.py", unsafe=True)
    assert engine.check(repaired.text, "a.py").findings == ()
    fix = page.split("\n## Fix\n", 1)[1].split("```python\n", 1)[1].split("```", 1)[0]
    assert all(line.strip() in repaired.text for line in fix.splitlines())


def test_the_abridged_pages_have_cases() -> None:
    golden = Path(__file__).parent.parent / "golden"
    assert all(len(list(golden.glob(f"{name}/*/before.py"))) >= 3 for name in ABRIDGED)


def test_positions_of_a_finding() -> None:
    (finding,) = engine.check(ZERO, "dir/a.py").findings
    assert finding.path == "dir/a.py"
    assert (finding.line, finding.span.column, finding.span.end_line) == (6, 5, 6)
    lines = ZERO.splitlines()
    assert lines[finding.line - 1][finding.span.column - 1 : finding.span.end_column - 1] == "loss.backward()"
    assert [shown.line for shown in finding.path_shown] == [7, 6, 7]
    assert {shown.path for shown in finding.path_shown} == {None}


def test_what_was_not_checked_is_told() -> None:
    text = ZERO.replace("    optimizer.step()", "    optimizer.step()\n    unknown(optimizer)")
    checked = engine.check("from lib import unknown\n" + text, "a.py")
    assert checked.findings == ()
    (gap,) = checked.not_checked
    assert (gap.path, gap.line) == ("a.py", 8)
    assert "unknown" in gap.why


def test_what_forward_returns_is_used_where_it_is_called() -> None:
    """A class stands before the function that trains it: its forward is read with that, not by itself."""
    text = """import torch
from torch import nn

class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Sequential(nn.Linear(5, 1), nn.Sigmoid())

    def forward(self, x):
        return self.head(x).view(-1)

def train(loader):
    model = Scorer()
    optimizer = torch.optim.Adam(model.parameters())
    criterion = nn.BCEWithLogitsLoss()
    for x, y in loader:
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()
"""
    repaired = engine.repair(text, "train.py", unsafe=True)
    assert repaired.kept == ()
    assert repaired.text == text.replace(", nn.Sigmoid()", "")

"""Every pair of rules: both bugs in one script, repaired together, end in the right script.

Two bugs that can stand in one training loop are planted into one; the others into two loops of one file. To stay
cheap, a script holds up to ``MOST`` bugs, and the scripts are chosen so that every pair of rules stands in one of them.
Each is checked, repaired, and run: it must train to the same weights as the right script, bit for bit.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import itertools
import sys
import types
from pathlib import Path

import pytest
from interplay_cases import HEAD, LOOPS
from interplay_plants import APART, BROUGHT, EXCLUSIVE, PLANTS, planted

from codemods._registry import rules
from fixer import engine

MOST = 8
Pair = frozenset[str]
Group = tuple[tuple[str, tuple[str, ...]], ...]
"""Loops with the bugs that they hold."""


def pairs_of(bugs: list[str]) -> set[Pair]:
    return {frozenset(pair) for pair in itertools.combinations(bugs, 2)}


def grown(loops: list[tuple[str, list[str]]], left: set[Pair]) -> None:
    """Add to each loop what covers the most pairs that are left, up to ``MOST`` bugs in all."""
    while True:
        here = [bug for _, bugs in loops for bug in bugs]
        best: tuple[int, str, list[str]] | None = None
        for base, bugs in loops:
            for bug in sorted(set(PLANTS[base]) - set(here)):
                if any(frozenset({bug, other}) in EXCLUSIVE for other in bugs):
                    continue
                if any(frozenset({bug, other}) in APART for other in here):
                    continue
                gain = sum(frozenset({bug, other}) in left for other in here)
                if gain and (best is None or gain > best[0]):
                    best = gain, bug, bugs
        if best is None or len(here) == MOST:
            return
        best[2].append(best[1])


def together(left: set[Pair]) -> list[Group]:
    """Groups in one loop; takes the pairs that they hold from ``left``."""
    groups: list[Group] = []
    for base, plants in PLANTS.items():
        while True:
            mine = (p for p in sorted(left, key=sorted) if p <= set(plants) and p not in EXCLUSIVE)
            first = next(mine, None)
            if first is None:
                break
            loops = [(base, sorted(first))]
            grown(loops, left)
            left -= pairs_of(loops[0][1])
            groups.append(((base, tuple(loops[0][1])),))
    return groups


def apart(left: set[Pair]) -> list[Group]:
    """Groups in two loops of one file; takes the pairs that they hold from ``left``."""
    groups: list[Group] = []
    homes = {rule: [base for base in PLANTS if rule in PLANTS[base]] for rule in rules()}
    for first in sorted(left, key=sorted):
        if first not in left or first in APART:
            continue
        one, other = sorted(first)
        chosen: list[tuple[str, list[str]]] = []
        for here, there in itertools.product(homes[one], homes[other]):
            loops = [(here, [one]), (there, [other])]
            if here != there:
                grown(loops, left)
            held = [[bug for _, bugs in some for bug in bugs] for some in (loops, chosen)]
            if here != there and len(left & pairs_of(held[0])) > len(left & pairs_of(held[1])):
                chosen = loops
        if chosen:
            left -= pairs_of([bug for _, bugs in chosen for bug in bugs])
            groups.append(tuple((base, tuple(bugs)) for base, bugs in chosen))
    return groups


def design() -> tuple[list[Group], set[Pair]]:
    """The scripts of the matrix, and the pairs of rules that stand in none of them."""
    left = pairs_of(sorted(rules()))
    return [*together(left), *apart(left)], left


GROUPS, LEFT = design()


class Accelerator:
    """What ``accelerate`` does in one process on the CPU, for the machines that lack it."""

    def __init__(self, cpu: bool) -> None:
        assert cpu

    def prepare(self, *these: object) -> tuple[object, ...]:
        return these

    def backward(self, loss: object) -> None:
        loss.backward()  # type: ignore[attr-defined]


def trained(text: str, loops: list[str]) -> dict[str, dict[str, list[float]]]:
    """Run a script's loops; what each returns. Datasets draw in this process: workers only cost time."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    if importlib.util.find_spec("accelerate") is None:
        made = types.ModuleType("accelerate")
        made.Accelerator = Accelerator  # type: ignore[attr-defined]
        made.__spec__ = importlib.util.spec_from_loader("accelerate", None)
        sys.modules["accelerate"] = made
    try:
        names: dict[str, object] = {"__name__": "__main__"}
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(text.replace("num_workers=2", "num_workers=0"), "script.py", "exec"), names)
            return {
                loop: {key: value.flatten().tolist() for key, value in names[loop]().items()}  # type: ignore[operator]
                for loop in loops
            }
    finally:
        if getattr(sys.modules.get("accelerate"), "Accelerator", None) is Accelerator:
            del sys.modules["accelerate"]


RIGHT: dict[str, dict[str, list[float]]] = {}


def script(*loops: str) -> str:
    return "\n\n".join([HEAD, *loops])


def hidden(bugs: tuple[str, ...]) -> set[str]:
    """The bugs of a loop that may stay unseen until another one of it is repaired."""
    reveals = {bug: getattr(rules()[bug], "REVEALS", frozenset()) for bug in bugs}
    return {bug for bug in bugs if any(bug in reveals[other] for other in bugs)}


@pytest.mark.parametrize("loop", LOOPS)
def test_the_right_loops_have_no_finding(loop: str) -> None:
    assert engine.check(script(LOOPS[loop]), "script.py").findings == ()


def test_every_pair_of_rules_stands_in_a_script_or_is_exclusive() -> None:
    assert set(APART) == LEFT
    assert all(EXCLUSIVE.values()) and all(APART.values())
    for group in GROUPS:
        for _, bugs in group:
            assert not pairs_of(list(bugs)) & set(EXCLUSIVE)


def test_what_is_exclusive_names_rules_that_are_planted() -> None:
    everywhere = {rule for plants in PLANTS.values() for rule in plants}
    assert everywhere == set(rules())
    for pair in EXCLUSIVE:
        assert any(pair <= set(plants) for plants in PLANTS.values()), pair


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS, ids=lambda group: "+".join(base for base, _ in group))
def test_the_bugs_of_a_group(group: Group, tmp_path: Path) -> None:
    """Every bug is found and repaired, nothing is left, and each loop trains like the right one."""
    pytest.importorskip("torch")
    path = str(tmp_path / "script.py")  # in a project of its own: nothing else is searched
    broken = script(*(planted(base, bugs) for base, bugs in group))
    bugs = {bug for _, some in group for bug in some}
    found = [finding.rule for finding in engine.check(broken, path).findings]
    unseen = set().union(*(hidden(some) for _, some in group))
    assert len(found) == len(set(found)) and bugs - unseen <= set(found) <= bugs, found
    repaired = engine.repair(broken, path, unsafe=True)
    # What is kept is all that is still found.
    assert not repaired.kept, [(kept.finding.rule, kept.why) for kept in repaired.kept]
    wanted = [rule for _, some in group for rule in {*some, *(more for bug in some for more in BROUGHT.get(bug, ()))}]
    assert sorted(finding.rule for finding in repaired.applied) == sorted(wanted)
    loops = [base for base, _ in group]
    for base in loops:
        if base not in RIGHT:
            RIGHT.update(trained(script(LOOPS[base]), [base]))
    after = trained(repaired.text, loops)
    for base in loops:
        assert after[base] == RIGHT[base], repaired.text

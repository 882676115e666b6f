"""What others find in the golden cases: TorchFix, ruff with all rules, the PyTorch rules of dslinter, in one run.

    python benchmarks/peers.py [TOOL...] > table.md

TOOL is one of fixer, torchfix, ruff, dslinter; without any, all of them run. Needs ruff, and TorchFix in an environment
of its own (it pins an old LibCST), found on PATH or by the variable TORCHFIX. dslinter's rules are restated here from
their published descriptions (it needs a Python that is no longer supported); each restated rule says what it looks for.

A tool has *seen* a buggy case if it says something about before.py that it no longer says about after.py: the same
rule, fewer times. A rule that has seen at least one case is a rule *about training* for that tool. An *alarm* is a
finding of such a rule in a script of golden/clean, which has none of the bugs. Rules that say the same of every script
(style, names, missing documentation) thus count neither for a tool nor against it.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "golden"
Found = dict[Path, Counter[str]]


def main() -> None:
    """Print two tables: the tools, and the cases each rule's bug has and who saw them."""
    cases = sorted(path.parent for path in GOLDEN.glob("*/*/before.py"))
    clean = sorted((GOLDEN / "clean").glob("*.py"))
    wanted = sys.argv[1:] or ["fixer", "torchfix", "ruff", "dslinter"]
    tools = {tool.__name__: tool for tool in (fixer, torchfix, ruff, dslinter) if tool.__name__ in wanted}
    answers: dict[str, Found] = {}
    for name, tool in tools.items():
        print(f"running {name}", file=sys.stderr)
        answers[name] = tool([case / half for case in cases for half in ("before.py", "after.py")] + clean)
    seen = {name: _seen(cases, found) for name, found in answers.items()}
    print(f"{len(cases)} buggy scripts with their repairs, {len(clean)} clean look-alikes.\n")
    print("| tool | buggy scripts seen | rules about training | clean scripts with an alarm |\n|---|---|---|---|")
    for name, found in answers.items():
        rules = {rule for told in seen[name].values() for rule in told}
        alarms = sum(1 for path in clean if rules & set(found.get(path, ())))
        hits = sum(1 for told in seen[name].values() if told)
        print(f"| {name} | {hits} of {len(cases)} | {len(rules)} | {alarms} of {len(clean)} |")
    print("\n| bug | scripts | " + " | ".join(tools) + " |\n|---|---|" + "---|" * len(tools))
    for bug in sorted({case.parent.name for case in cases}):
        mine = [case for case in cases if case.parent.name == bug]
        numbers = [str(sum(1 for case in mine if seen[name][case])) for name in tools]
        print(f"| {bug} | {len(mine)} | " + " | ".join(numbers) + " |")


def _seen(cases: list[Path], found: Found) -> dict[Path, set[str]]:
    """Per case, the rules that say less of the repair than of the bug."""
    answer = {}
    for case in cases:
        before, after = found.get(case / "before.py", Counter()), found.get(case / "after.py", Counter())
        answer[case] = {rule for rule, count in before.items() if after[rule] < count}
    return answer


def fixer(paths: list[Path]) -> Found:
    """This project's engine."""
    sys.path.insert(0, str(ROOT))
    from fixer.engine import check
    from fixer.sources.python import decode

    return {path: Counter(f.rule for f in check(decode(path.read_bytes()).text, str(path)).findings) for path in paths}


def torchfix(paths: list[Path]) -> Found:
    """TorchFix with all its rules, preview ones included."""
    command = [os.environ.get("TORCHFIX") or "torchfix", "--select", "ALL", str(GOLDEN)]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found: Found = {path: Counter() for path in paths}
    for path, rule in re.findall(r"^(.+?\.py):\d+:\d+: (TOR\d+)", output, re.MULTILINE):
        found.setdefault(Path(path), Counter())[rule] += 1
    return found


def ruff(paths: list[Path]) -> Found:
    """ruff with all rules, preview ones included, whatever this project's settings say."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "ALL", "--preview", "--no-cache"]
    command += ["--output-format", "json", str(GOLDEN)]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found: Found = {path: Counter() for path in paths}
    for one in json.loads(output):
        found.setdefault(Path(one["filename"]), Counter())[str(one["code"])] += 1
    return found


# dslinter's rules for PyTorch, restated


def dslinter(paths: list[Path]) -> Found:
    """The restated rules."""
    found: Found = {}
    for path in paths:
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        found[path] = Counter({name: count for name, rule in RESTATED.items() if (count := sum(1 for _ in rule(tree)))})
    return found


def _called(node: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            name = part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")
            yield name, part


def gradients_not_cleared(tree: ast.Module) -> Iterator[ast.AST]:
    """A loop that calls backward and step without a zero_grad before backward."""
    for loop in ast.walk(tree):
        if isinstance(loop, ast.For):
            lines: dict[str, int] = {}
            for name, call in _called(loop):
                lines.setdefault(name, call.lineno)
            if {"backward", "step"} <= set(lines) and lines.get("zero_grad", 10**9) > lines["backward"]:
                yield loop


def improper_mode(tree: ast.Module) -> Iterator[ast.AST]:
    """``eval()`` in a function (or the module) that never goes back with ``train()``."""
    for scope in ast.walk(tree):
        if isinstance(scope, (ast.Module, ast.FunctionDef)):
            names = {name for name, _ in _called(scope)}
            if "eval" in names and "train" not in names:
                yield scope


def loader_not_controlled(tree: ast.Module) -> Iterator[ast.AST]:
    """A DataLoader without worker_init_fn and generator."""
    for name, call in _called(tree):
        if name == "DataLoader" and not {"worker_init_fn", "generator"} <= {k.arg for k in call.keywords}:
            yield call


def forward_called(tree: ast.Module) -> Iterator[ast.AST]:
    """``self.net.forward(x)`` instead of ``self.net(x)``."""
    for name, call in _called(tree):
        if name == "forward" and "super" not in ast.unparse(call.func):
            yield call


def not_deterministic(tree: ast.Module) -> Iterator[ast.AST]:
    """torch without use_deterministic_algorithms."""
    names = {name for name, _ in _called(tree)}
    imports = any("torch" in ast.unparse(n) for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom)))
    if imports and "use_deterministic_algorithms" not in names:
        yield tree


def seed_not_set(tree: ast.Module) -> Iterator[ast.AST]:
    """torch without manual_seed."""
    if "manual_seed" not in {name for name, _ in _called(tree)}:
        yield tree


RESTATED: dict[str, Callable[[ast.Module], Iterator[ast.AST]]] = {
    "gradient-clear-pytorch": gradients_not_cleared,
    "training-evaluation-mode-pytorch": improper_mode,
    "randomness-control-dataloader-pytorch": loader_not_controlled,
    "forward-pytorch": forward_called,
    "deterministic-pytorch": not_deterministic,
    "randomness-control-pytorch": seed_not_set,
}


if __name__ == "__main__":
    main()

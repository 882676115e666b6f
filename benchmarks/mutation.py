"""How many bugs planted into real, correct training loops are found, and how many repairs take them out again.

    python benchmarks/mutation.py [--seconds N] [--misses FILE] REPOSITORY... > table.md

Each REPOSITORY is a checked-out folder; nothing in it is run. A training loop takes part if the engine reads it whole
and finds nothing in it. It is then broken by the inverse of every repair that applies:

* ``missing-zero-grad``: every zero_grad of one optimizer is deleted;
* ``optimizer-in-loop``: the constructor moves to the head of the batch loop;
* ``step-outside-batch-loop``: the update at the end of the batch loop's body moves behind the loop;
* ``redundant-softmax``: what cross-entropy receives goes through softmax first;
* ``unscaled-accumulation``: the division of the loss is deleted.

*Reported*: the broken file has a finding of that rule. *Restored*: its repair, unsafe fixes included, leaves no
finding, and the file holds the statements that it held before. Their order may differ where it does not matter (nothing
in the broken file tells where between two events they stood); ``model.zero_grad()`` counts as one of the optimizer.
*As it was*: the repaired file has the original's syntax tree. ``--misses`` writes every break that was not reported or
not restored, with the reason.
"""

from __future__ import annotations

import argparse
import ast
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fixer.engine import SourceError, check, repair
from fixer.limits import TooSlow, time_limit
from fixer.protocol.events import Kind
from fixer.reading.gaps import gaps
from fixer.reading.reader import Reading, read
from fixer.reading.tree import emits
from fixer.reading.updates import Updated, is_batch, updates
from fixer.sources.collect import collect
from fixer.sources.python import Unusable
from fixer.sources.source import read as read_source

RULES = (
    "missing-zero-grad",
    "optimizer-in-loop",
    "step-outside-batch-loop",
    "redundant-softmax",
    "unscaled-accumulation",
)
TRAINS = (b"backward", b"cross_entropy", b"CrossEntropyLoss")


@dataclass(frozen=True)
class Break:
    """A file with one planted bug; ``line`` is where the loop that was broken stands in the original."""

    rule: str
    line: int
    text: str


class Lines:
    """Edits of whole statements by line; a statement that shares its lines with others cannot be moved."""

    def __init__(self, reading: Reading) -> None:
        self.module = reading.module
        self.lines = reading.module.text.splitlines(keepends=True)

    def alone(self, node: ast.stmt) -> bool:
        """Whether the lines of a statement hold nothing else, and its block something else."""
        first, last = self.lines[node.lineno - 1], self.lines[(node.end_lineno or node.lineno) - 1]
        before = first[: node.col_offset].strip()
        behind = last.encode()[node.end_col_offset or 0 :].decode("utf-8", "ignore").partition("#")[0].strip()
        return not before and not behind and len(self.body(node)) > 1

    def body(self, node: ast.stmt) -> list[ast.stmt]:
        up = self.module.parent(node)
        for name in ("body", "orelse", "finalbody"):
            body = getattr(up, name, None)
            if isinstance(body, list) and node in body:
                return body
        return []

    def without(self, nodes: list[ast.stmt]) -> list[str]:
        gone = {n for node in nodes for n in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
        return [line for number, line in enumerate(self.lines, 1) if number not in gone]

    def moved(self, nodes: list[ast.stmt], before: int, indent: str) -> str:
        """The text with statements at another indentation above line ``before`` (counted in the original)."""
        text: list[str] = []
        for node in nodes:
            for line in self.lines[node.lineno - 1 : node.end_lineno]:
                cut = line[node.col_offset :] if not line[: node.col_offset].strip() else line.lstrip()
                text.append(indent + cut)
        gone = {n for node in nodes for n in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
        out: list[str] = []
        for number, line in enumerate(self.lines, 1):
            if number == before:
                out += text
            if number not in gone:
                out.append(line)
        if before > len(self.lines):
            out += text
        return "".join(out)

    def replaced(self, node: ast.expr, code: str) -> str | None:
        """The text with another expression in the place of one that stands on a single line."""
        if node.lineno != node.end_lineno:
            return None
        line = self.lines[node.lineno - 1].encode()
        new = line[: node.col_offset] + code.encode() + line[node.end_col_offset :]
        return "".join([*self.lines[: node.lineno - 1], new.decode(), *self.lines[node.lineno :]])

    def indent(self, node: ast.stmt) -> str:
        return self.lines[node.lineno - 1][: node.col_offset]


def breaks(reading: Reading) -> Iterator[Break]:
    """Every break of the loops that were read whole."""
    unread = {note.line for note in gaps(reading)}
    for updated in updates(reading):
        places = [*updated.steps, *updated.backwards]
        mine = all(p.emit.module is reading.module for p in places)
        if updated.trouble or not mine or unread & {p.emit.line for p in places} or not updated.backwards:
            continue
        for rule in (_no_zero_grad, _rebuilt, _behind_the_loop, _undivided):
            found = rule(reading, updated)
            if found is not None:
                yield found
    yield from _softmax(reading)


def _no_zero_grad(reading: Reading, updated: Updated) -> Break | None:
    lines, module = Lines(reading), reading.module
    loops = [loop for loop in updated.steps[0].loops if any(loop in b.loops for b in updated.backwards)]
    if not loops or not updated.zeros or any(z.emit.module is not module for z in updated.zeros):
        return None
    nodes = {id(s): s for s in (module.statement(z.emit.node) for z in updated.zeros)}
    statements = list(nodes.values())
    if any(not isinstance(s, ast.Expr) or not lines.alone(s) for s in statements):
        return None
    return Break(RULES[0], statements[0].lineno, "".join(lines.without(statements)))


def _rebuilt(reading: Reading, updated: Updated) -> Break | None:
    lines, module = Lines(reading), reading.module
    step, backward = updated.steps[0], updated.backwards[0]
    if len(updated.created) != 1 or not step.loops or step.loops != backward.loops or not is_batch(step.loops[-1]):
        return None
    created = updated.created[0].emit
    loop = step.loops[-1].node
    if created.module is not module or updated.created[0].loops or not isinstance(loop, ast.For):
        return None
    made = module.statement(created.node)
    if not isinstance(made, ast.Assign) or made.value is not created.node or not lines.alone(made):
        return None
    inside, outside = _function(reading, made), _function(reading, loop)
    if inside is not outside or made.lineno > loop.lineno or not isinstance(made.targets[0], ast.Name):
        return None
    name = made.targets[0].id
    between = [n for n in ast.walk(outside or module.tree) if isinstance(n, ast.Name) and n.id == name]
    if any(made.lineno < n.lineno < loop.lineno for n in between):
        return None  # a scheduler or wrapper was built from it
    if any(n.lineno > (loop.end_lineno or 0) or n.lineno < made.lineno for n in between):
        return None
    head = loop.body[0]
    return Break(RULES[1], loop.lineno, lines.moved([made], head.lineno, lines.indent(head)))


def _function(reading: Reading, node: ast.AST) -> ast.AST | None:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return next((up for up in reading.module.ancestors(node) if isinstance(up, kinds)), None)


def _behind_the_loop(reading: Reading, updated: Updated) -> Break | None:
    lines, module = Lines(reading), reading.module
    if len(updated.steps) != 1 or len(updated.backwards) != 1 or len(updated.steps[0].loops) < 2:
        return None
    loop = updated.steps[0].loops[-1]
    if not isinstance(loop.node, ast.For) or not is_batch(loop) or loop.node.orelse:
        return None
    emitted = [updated.backwards[0].emit, updated.steps[0].emit]
    emitted += [z.emit for z in updated.zeros if loop in z.loops]
    body = loop.node.body
    statements = [module.statement(e.node) for e in emitted]
    if any(s not in body or not isinstance(s, ast.Expr) or not lines.alone(s) for s in statements):
        return None
    first, last = body.index(statements[0]), body.index(statements[1])
    group = body[first : last + 1]
    if first >= last or any(s not in statements for s in group):
        return None
    if module.parent(loop.node) is module.tree:
        return None
    behind = (loop.node.end_lineno or 0) + 1
    return Break(RULES[2], loop.line, lines.moved(list(group), behind, lines.indent(loop.node)))


def _undivided(reading: Reading, updated: Updated) -> Break | None:
    lines, module = Lines(reading), reading.module
    for place in updated.backwards:
        if place.emit.facts.get("scaled") is not True or place.emit.facts.get("mean") is not True or not place.loops:
            continue
        loop = place.loops[-1].node
        for node in ast.walk(loop):
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.BinOp)
                and isinstance(node.value.op, ast.Div)
                and isinstance(node.value.left, ast.Name)
                and isinstance(node.targets[0], ast.Name)
                and node.targets[0].id == node.value.left.id
                and lines.alone(node)
            ):
                return Break(RULES[4], node.lineno, "".join(lines.without([node])))
        root = place.emit.node
        if isinstance(root, ast.Call) and isinstance(root.func, ast.Attribute):
            value = root.func.value
            if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div):
                text = lines.replaced(value, module.text_of(value.left))
                if text is not None:
                    return Break(RULES[4], value.lineno, text)
    return None


def _softmax(reading: Reading) -> Iterator[Break]:
    lines, module = Lines(reading), reading.module
    seen: set[ast.AST] = set()
    for entry in reading.entries:
        for emit in emits(entry.tree):
            node = emit.node
            if emit.kind is not Kind.LOSS or emit.module is not module or node in seen or not emit.facts.get("grad"):
                continue
            seen.add(node)
            if emit.facts["criterion"] != "cross_entropy" or not isinstance(node, ast.Call) or not node.args:
                continue
            first = node.args[0]
            if not isinstance(first, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)):
                continue
            text = lines.replaced(first, f"{module.text_of(first)}.softmax(dim=1)")
            if text is not None:
                yield Break(RULES[3], node.lineno, text)


@dataclass
class Row:
    """The counts of one rule."""

    broken: int = 0
    reported: int = 0
    restored: int = 0
    exact: int = 0


def judge(found: Break, original: str, path: str) -> tuple[bool, bool, bool, str]:
    """Whether a break is reported, its repair restores the original, to the letter, and why not."""
    checked = check(found.text, path)
    if all(f.rule != found.rule for f in checked.findings):
        near = sorted(checked.not_checked, key=lambda note: abs(note.line - found.line))
        others = sorted({f.rule for f in checked.findings})
        why = f"reported as {', '.join(others)}" if others else near[0].why if near else "silent"
        return False, False, False, why
    repaired = repair(found.text, path, unsafe=True)
    if _tree(repaired.text) == _tree(original):
        return True, True, True, ""
    left = check(repaired.text, path).findings
    if left:
        why = next((kept.why for kept in repaired.kept), f"{left[0].rule} is left")
        return True, False, False, why
    if _statements(repaired.text) != _statements(original):
        return True, False, False, "the statements differ"
    return True, True, False, ""


def _tree(text: str) -> str:
    return ast.dump(ast.parse(text))


def _statements(text: str) -> Counter[str]:
    simple = (ast.Expr, ast.Assign, ast.AugAssign, ast.Return)
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, simple)]
    return Counter("zero_grad" if ".zero_grad(" in ast.unparse(node) else ast.dump(node) for node in nodes)


def one_file(path: str) -> Iterator[tuple[Break, bool, bool, bool, str]]:
    """Every break of one file with its judgement. Files that cannot be read, or with findings, give none."""
    raw = Path(path).read_bytes()
    if not any(word in raw for word in TRAINS) or not path.endswith(".py"):
        return
    try:
        with warnings.catch_warnings(), time_limit(60):
            warnings.simplefilter("ignore")
            text = read_source(path, raw).text
            if check(text, path).findings:
                return
            for found in dict.fromkeys(breaks(read(text, path))):
                ast.parse(found.text)
                yield found, *judge(found, text, path)
    except (Unusable, SourceError, SyntaxError, ValueError, RecursionError, TooSlow):
        return


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("repositories", nargs="+", metavar="REPOSITORY")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after this time")
    parser.add_argument("--misses", type=Path, help="write every miss to this file")
    options = parser.parse_args()
    misses = options.misses.open("w") if options.misses else None
    rows = {rule: Row() for rule in RULES}
    started = time.monotonic()
    for target in collect(options.repositories).targets:
        if time.monotonic() - started > options.seconds:
            break
        for found, reported, restored, exact, why in one_file(target.path):
            row = rows[found.rule]
            row.broken += 1
            row.reported += reported
            row.restored += restored
            row.exact += exact
            if why and misses:
                kind = "not restored" if reported else "not reported"
                print(f"{target.path}:{found.line}: {found.rule} {kind}: {why}", file=misses, flush=True)
    print("| rule | broken | reported | restored | as it was |\n|---|---|---|---|---|")
    rows["all"] = Row(
        *(sum(getattr(r, name) for r in rows.values()) for name in ("broken", "reported", "restored", "exact"))
    )
    for rule, row in rows.items():
        many = max(1, row.broken)
        shares = " | ".join(f"{count / many:.0%}" for count in (row.reported, row.restored, row.exact))
        print(f"| {rule} | {row.broken} | {shares} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What the engine makes of real training code: findings per rule, and how many training loops it could read.

    python benchmarks/real_world.py [--tsv] [--findings FILE] REPOSITORY... > table.md

Each REPOSITORY is a checked-out folder. Its scripts and notebooks are read as ``fixer check`` reads them; nothing in it
is run. A *training loop* is the innermost loop around a call of ``backward`` (the function around it, if there is no
loop, or the module). It counts as read

* whole, if the engine lists nothing in it as not checked;
* partly, if it lists something in the loop (an update, a call);
* not at all, if it lists the function or file around the loop, or the file cannot be parsed or took too long.

The three commonest reasons follow, names and numbers taken out, and the CPU seconds. ``--findings`` writes every
finding, one per line, for a person to judge: a rate of false alarms can only be read, not computed.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from fixer.engine import Checked, SourceError, check
from fixer.findings import Finding
from fixer.limits import TooSlow, time_limit
from fixer.rules import pages
from fixer.sources.collect import collect
from fixer.sources.python import Unusable
from fixer.sources.source import placed, read

TRAINS = (b"backward", b"cross_entropy", b"CrossEntropyLoss")
"""A file without any of these words holds no training code."""
READ = ("whole", "partly", "not")

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


@dataclass(frozen=True)
class Place:
    """A training loop: its lines, and the functions around it (innermost first)."""

    first: int
    last: int
    functions: tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]


@dataclass
class Row:
    """What was found in some files."""

    files: int = 0
    training: int = 0
    findings: list[Finding] = field(default_factory=list)
    loops: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, other: Row) -> None:
        self.files += other.files
        self.training += other.training
        self.findings += other.findings
        self.loops += other.loops
        self.reasons += other.reasons
        self.seconds += other.seconds


def training_loops(tree: ast.Module) -> list[Place]:
    """The innermost loops of a file that hold a call of ``backward``, each once, in source order."""
    places: dict[int, Place] = {}

    def walk(node: ast.AST, inside: ast.AST, functions: tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]) -> None:
        if isinstance(node, _FUNCTIONS):
            inside, functions = node, (node, *functions)
        elif isinstance(node, _LOOPS):
            inside = node
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "backward":
            lines = inside if isinstance(inside, ast.stmt) else node
            places.setdefault(id(inside), Place(lines.lineno, lines.end_lineno or lines.lineno, functions))
        for child in ast.iter_child_nodes(node):
            walk(child, inside, functions)

    walk(tree, tree, ())
    return list(places.values())


def how_read(place: Place, checked: Checked) -> tuple[str, list[str]]:
    """One of READ for a loop, and the reasons that the engine gives."""
    around = {(function.lineno, function.name) for function in place.functions} or {(1, "the module")}
    outside = [gap.why for gap in checked.not_checked if (gap.line, gap.what) in around]
    if outside:
        return "not", outside[:1]
    within = [gap.why for gap in checked.not_checked if place.first <= gap.line <= place.last]
    return ("partly", within[:1]) if within else ("whole", [])


def plain(reason: str) -> str:
    """A reason without what differs from file to file, so that equal ones can be counted."""
    reason = re.sub(r"^line \d+: ", "", reason)
    return re.sub(r"^.* (?=(cannot be read|is defined out of sight))", "... ", reason)


def one_file(job: tuple[str, str]) -> Row:
    """The row of one file (repository, path in it)."""
    repository, path = job
    os.chdir(repository)
    row = Row(files=1)
    raw = Path(path).read_bytes()
    if not any(word in raw for word in TRAINS):
        return row
    row.training = 1
    started = time.process_time()
    text = ""
    try:
        with warnings.catch_warnings(), time_limit():
            warnings.simplefilter("ignore")
            source = read(path, raw)
            text = source.text
            places = training_loops(ast.parse(text))
            checked = check(text, path)
        for place in places:
            how, reasons = how_read(place, checked)
            row.loops[how] += 1
            row.reasons.update(map(plain, reasons))
        row.findings = [placed(source, path, found) for found in checked.findings]
    except (Unusable, SourceError, SyntaxError, ValueError, RecursionError, TooSlow) as error:
        count = text.count(".backward(") or raw.count(b".backward(")
        row.loops["not"] += count
        row.reasons[f"the file: {type(error).__name__}"] += count
    row.seconds = time.process_time() - started
    return row


def repositories(folders: Iterable[str], jobs: int) -> Iterator[tuple[str, Row]]:
    """The row of each repository, by name."""
    with ProcessPoolExecutor(jobs) as pool:
        for folder in folders:
            root = Path(folder).resolve()
            os.chdir(root)
            files = [(str(root), target.path) for target in collect(["."]).targets]
            total = Row()
            for row in pool.map(one_file, files, chunksize=4):
                total.add(row)
            yield root.name, total


def columns(rules: list[str]) -> list[tuple[str, Callable[[Row], str]]]:
    """Heading and cell of each column of the table, after the repository's name."""

    def found(rule: str) -> Callable[[Row], str]:
        return lambda row: str(sum(f.rule == rule for f in row.findings))

    def loops(how: str) -> Callable[[Row], str]:
        return lambda row: str(row.loops[how])

    return [
        ("files", lambda row: str(row.files)),
        ("training", lambda row: str(row.training)),
        *((rule, found(rule)) for rule in rules),
        *((f"loops {how}", loops(how)) for how in READ),
        ("why not", lambda row: "; ".join(f"{count} x {why}" for why, count in row.reasons.most_common(3))),
        ("seconds", lambda row: f"{row.seconds:.1f}"),
    ]


def main() -> int:
    """Print the table; its last row is the sum."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("repositories", nargs="+", metavar="REPOSITORY")
    parser.add_argument("--tsv", action="store_true", help="tabs between the columns instead of Markdown")
    parser.add_argument("--findings", type=Path, help="write every finding to this file")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    findings = options.findings.resolve().open("w") if options.findings else None
    table = columns([name for name in pages() if name != "unused-ignore"])

    def line(cells: list[str]) -> str:
        return "\t".join(cells) if options.tsv else "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"

    print(line(["repository", *(heading for heading, _ in table)]))
    if not options.tsv:
        print("|---" * (len(table) + 1) + "|")
    total = Row()
    for name, row in repositories([os.path.abspath(r) for r in options.repositories], options.jobs):
        print(line([name, *(cell(row) for _, cell in table)]), flush=True)
        total.add(row)
        for found in row.findings if findings else []:
            where = f"{name}/{found.path}" + ("" if found.cell is None else f" cell {found.cell}")
            how = found.fix.applicability.value
            print(f"{where}:{found.line}: {found.rule} [{how}] {found.message}", file=findings)
    print(line(["all", *(cell(total) for _, cell in table)]))
    share = total.loops["whole"] / max(1, total.loops.total())
    print(f"{share:.0%} of {total.loops.total()} training loops read whole", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``fixer apply --interactive``: one repair after the other, each explained, shown and asked about.

A file is written once, when its last question is answered; until then nothing of it is on the disk.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from fixer.config import settings_for
from fixer.findings import Finding
from fixer.report import layout, text
from fixer.run import Kept, Options, Result, codemods
from fixer.sources.lines import split_lines
from fixer.sources.source import Source, is_script, placed, read

if TYPE_CHECKING:
    from fixer.engine import Repaired

HELP = """\
y - apply this repair
n - do not apply this repair
a - apply this repair and all later ones in this file
d - apply neither this repair nor any later one in this file
q - quit: apply neither this repair nor any later one in any file
? - print this help
"""
_KEYS = "y,n,a,d,q,?"
_WHY_NOT = "not wanted"
_SEVERAL = "it takes several files to see and repair it; apply it without --interactive"

Ask = Callable[[str], str]
"""Show a question and give the answer; raises EOFError at the end of the input."""


@dataclass
class _File:
    """One file's repairs: the text so far, and where (rule and line in that text) the answer was no."""

    source: Source
    path: str
    rules: frozenset[str] | None
    wanted: frozenset[str]
    unsafe: bool
    text: str
    applied: list[Finding] = field(default_factory=list)
    refused: set[tuple[str, int]] = field(default_factory=set)

    def _first(self, chosen: list[Finding], finding: Finding) -> bool:
        """Let the first repair pass that is wanted and that nobody has refused, and note it in ``chosen``."""
        if chosen or finding.rule not in self.wanted or (finding.rule, finding.line) in self.refused:
            return False
        chosen.append(finding)
        return True

    def next(self) -> tuple[Finding, Repaired] | None:
        """The next repair that nobody has refused, and what it makes of the text. None: there is no more."""
        from fixer import engine

        while True:
            chosen: list[Finding] = []
            accept = partial(self._first, chosen)
            repaired = engine.repair(self.text, self.path, self.rules, unsafe=self.unsafe, accept=accept)
            if not chosen:
                return None
            if repaired.applied:
                return chosen[0], repaired
            self.refused.add((chosen[0].rule, chosen[0].line))  # its rewrite was dropped

    def take(self, finding: Finding, repaired: Repaired) -> None:
        """Make a repair part of the text; the lines of what was refused move with it."""
        from fixer.diff import matches

        runs = matches(split_lines(self.text), split_lines(repaired.text))
        now = {i + step + 1: j + step + 1 for i, j, size in runs for step in range(size)}
        self.refused = {(rule, now.get(line, line)) for rule, line in self.refused}
        self.applied.append(finding)
        self.text = repaired.text


class Quit(Exception):
    """The answer was q, or the input ended: this file's answers so far count, later files are not asked about."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


def choose(result: Result, options: Options, ask: Ask) -> Result:
    """Ask about the repairs of one file; the result holds the bytes to write. Raises Quit.

    ``result`` is what check and repair found; ``new`` in it says whether there is anything to ask about.
    """
    if result.new is None or result.raw is None:
        return result
    source = read(result.path, result.raw)
    settings = settings_for(result.path, options.config)
    rules = codemods(settings.rules(result.path, options.select, options.ignore))
    # A rule that repairs nothing here (one of its findings is silenced, say) is not asked about.
    wanted = frozenset(found.rule for found in result.applied)
    unsafe = settings.unsafe if options.unsafe is None else options.unsafe
    file = _File(source, result.path, rules, wanted, unsafe, source.text)
    every = False
    number, total = 0, len(result.applied)
    while (found := file.next()) is not None:
        finding, repaired = found
        number += 1
        if not every:
            _show(file, finding, repaired)
        answer = "y" if every else _answer(ask, number, max(number, total))
        if answer == "a":
            every, answer = True, "y"
        if answer == "y":
            file.take(finding, repaired)
        elif answer == "n":
            file.refused.add((finding.rule, finding.line))
        elif answer == "d":
            break
        else:
            raise Quit(_told(result, file))
    return _told(result, file)


def _told(result: Result, file: _File) -> Result:
    """The result with what was chosen only."""
    new = file.source.with_text(file.text) if file.text != file.source.text else None
    left = list(result.applied)
    done = []
    for finding in file.applied:
        same = [found for found in left if found.rule == finding.rule]
        if same:
            first = min(same, key=lambda found: abs(found.line - finding.line))
            left.remove(first)
            done.append(first)
        else:
            done.append(placed(file.source, result.path, finding))
    several = set(result.wide)
    kept = (*result.kept, *(Kept(finding, _SEVERAL if finding in several else _WHY_NOT) for finding in left))
    return replace(result, new=new, applied=tuple(done), kept=kept)


def _answer(ask: Ask, number: int, total: int) -> str:
    while True:
        try:
            answer = ask(f"({number}/{total}) Apply this repair [{_KEYS}]? ").strip().lower()
        except EOFError:
            print()
            return "q"
        if answer[:1] in ("y", "n", "a", "d", "q"):
            return answer[0]
        sys.stdout.write(HELP)


def _show(file: _File, finding: Finding, repaired: Repaired) -> None:
    """The explanation, then the change."""
    from fixer.diff import unified

    lines = split_lines(file.text)
    excerpt = lines[finding.line - 1] if finding.line <= len(lines) else ""
    shown = finding if file.text != file.source.text else placed(file.source, file.path, finding)
    layout.show(text.findings(Result(file.path, (shown,), excerpts=(excerpt,))))
    if is_script(file.path):
        patch = unified(file.source.with_text(file.text), file.source.with_text(repaired.text), file.path)
    else:
        # Of a document, the code alone: the JSON of a notebook is nothing to read.
        patch = unified(file.text.encode(), repaired.text.encode(), file.path)
    show_patch(patch)


def show_patch(patch: bytes) -> None:
    """Print a patch for a person: coloured, and without bytes that a terminal could take for commands."""
    styles = {"-": "red", "+": "green", "@": "cyan"}
    lines = patch.decode("utf-8", "backslashreplace").split("\n")[:-1]
    layout.show(((line.rstrip("\r"), "bold"),) for line in lines[:2])
    layout.show(((line.rstrip("\r"), styles.get(line[:1], "")),) for line in lines[2:])


def session(results: Sequence[Result], options: Options, write: Callable[[Result], None]) -> bool:
    """Ask about every file in order, and ``write`` each once its questions are answered. False: it was quit early."""
    for at, result in enumerate(results):
        try:
            write(choose(result, options, _ask))
        except Quit as end:
            write(end.result)
            for other in results[at + 1 :]:
                kept = (*other.kept, *(Kept(finding, _WHY_NOT) for finding in other.applied))
                write(replace(other, new=None, applied=(), kept=kept))
            return False
    return True


def _ask(question: str) -> str:
    # Not input(): its line editing keeps a Ctrl-C that comes in while the question is printed.
    sys.stdout.write(question)
    sys.stdout.flush()
    answer = sys.stdin.readline()
    if not answer:
        raise EOFError
    return answer

"""The pages of ``fixer check --html`` and ``fixer verify --html``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from shlex import quote
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from fixer import __version__
from fixer.findings import Applicability, Finding, Problem
from fixer.report import layout, text
from fixer.report.html.code import Piece, colours, plain
from fixer.report.html.diffs import code, diff
from fixer.report.html.markup import document, markdown, node
from fixer.report.html.picture import picture
from fixer.report.html.scene import Scenes
from fixer.run import Result
from fixer.sources.python import Unusable
from fixer.sources.source import NOTEBOOK, Source, is_script, read, shown_text

if TYPE_CHECKING:
    from fixer.verify.job import Answer, TargetAnswer

MOST_PICTURES = 200
"""Findings with a picture on one page; a page with more of them would open slowly."""

_FOOT = f"training-fixer {__version__}. This page is complete in itself: it loads nothing and runs no script."
_FIXES = {
    Applicability.SAFE: ("safe", "Safe fix"),
    Applicability.UNSAFE: ("unsafe", "Unsafe fix"),
    Applicability.NONE: ("none", "No automatic fix"),
}
_OTHER_CELL = re.compile(r"^\[cell (\d+)\] ")
_AROUND = 2


def checked(results: Sequence[Result], problems: Sequence[Problem], paths: str) -> str:
    """The page for ``fixer check``: ``results`` with their repairs (if any), and what could not be read."""
    hit = [result for result in results if result.findings]
    good = [result for result in results if not result.problems]
    said = [layout.plain(line) for line in text.summary(good, len(problems), paths)]
    head = [node("h1", "Training check"), node("p", said[0] if good else "Nothing could be checked.", class_="lead")]
    main: list[object] = [_problems(problems), _contents(hit)]
    numbers = iter(range(1, 10**9))
    for result in hit:
        main.append(_file(result, numbers))
    if not hit and good:
        main.append(
            node("p", "No finding: nothing in these files breaks the gradient protocol, as far as it was read.")
        )
    main.append(_rules(finding.rule for result in hit for finding in result.findings))
    return document(f"{len(hit) and said[0]} - fixer check" if hit else "fixer check", main, head, _FOOT)


def verified(answer: Answer, result: Result) -> str:
    """The page for ``fixer verify``: the verdict with its figures, then what was found and how it was repaired."""
    from fixer.report.html.curves import curves

    good = "good" if answer.verdict.good else "bad" if answer.verdict.value in ("refuted", "differs") else "open"
    head = [
        node("h1", "Smoke training: ", node("code", answer.path)),
        node("p", node("strong", answer.verdict.value, class_=f"verdict {good}"), f" {answer.reason}", class_="lead"),
        node("p", _evidence(answer)),
    ]
    losses = answer.loss_before or answer.loss_after
    main: list[object] = [
        node("section", node("h2", "What the two runs did"), _oracles(answer.targets)) if answer.targets else None,
        _alarms(answer),
        node("section", node("h2", "Loss"), curves(answer.loss_before, answer.loss_after)) if losses else None,
        _file(result, iter(range(1, 10**9))) if result.findings else None,
        _rules(finding.rule for finding in result.findings),
    ]
    return document(f"{answer.verdict.value}: {answer.path} - fixer verify", main, head, _FOOT)


def _evidence(answer: Answer) -> str:
    how = {
        "user": "The script was run as it is, with its own data, in a scratch copy.",
        "stand-ins": "What is missing here was replaced for this run: " + "; ".join(answer.stand_ins) + ".",
        "harness": "The script could not be run here: its loop was run around made-up data and a made-up model.",
        "mock": "The script could not be run here: only the order of the calls in its loop was, without numbers.",
        "none": "There was no run.",
    }.get(answer.tier, f"Evidence: {answer.tier}.")
    return f"{how} It took {answer.seconds:.1f} s." if answer.seconds else how


def _alarms(answer: Answer) -> Element | None:
    """What the run showed beside the findings that were repaired."""
    if not answer.alarms:
        return None
    told = node("p", "The run of the script as it is showed this, too; no repair was made for it:")
    return node("section", node("h2", "Seen while running"), told, node("ul", [node("li", a) for a in answer.alarms]))


def _problems(problems: Sequence[Problem]) -> Element | None:
    if not problems:
        return None
    items = [node("li", layout.plain(text.problem(problem))) for problem in problems]
    return node("section", node("h2", "What could not be checked"), node("ul", items, class_="errors"))


def _contents(results: Sequence[Result]) -> Element | None:
    found = [finding for result in results for finding in result.findings]
    if len(found) < 2:
        return None
    items = [
        node("li", node("a", node("code", finding.rule), href=f"#finding-{n}"), f" {text.place(finding)}")
        for n, finding in enumerate(found, 1)
    ]
    return node("nav", node("ol", items), aria_label="findings")


def _file(result: Result, numbers: Iterator[int]) -> Element:
    """One file: its findings, then the repair as a whole."""
    section = node("section", node("h2", node("code", result.path)))
    source = _source(result)
    # The excerpts count lines as the reader of the file does, the pictures as the text does that was read.
    lines = colours(result.text if source is None else shown_text(source, result.path))
    scenes = Scenes(result.text if source is None else source.text, result.path, _where(source))
    for finding in result.findings:
        number = next(numbers)
        own = finding if source is None or is_script(result.path) else _in_text(finding, source)
        section.append(_finding(finding, own, lines, scenes if number <= MOST_PICTURES else None, number))
    repaired = _repair(result, source)
    section.extend([repaired] if repaired is not None else [])
    return section


def _where(source: Source | None) -> Callable[[int], str]:
    def where(line: int) -> str:
        cell, number = source.locate(line) if source is not None else (None, line)
        return str(number) if cell is None else f"{cell}:{number}"

    return where


def _source(result: Result) -> Source | None:
    try:
        return None if result.raw is None else read(result.path, result.raw)
    except Unusable:
        return None


def _finding(finding: Finding, own: Finding, lines: list[list[Piece]], scenes: Scenes | None, number: int) -> Element:
    """``own`` is the finding with lines that count in the text, ``finding`` as a reader of the file counts."""
    cell = f"cell {finding.cell}, " if finding.cell is not None else ""
    place = f"{cell}line {finding.span.line}"
    kind, fix = _FIXES[finding.fix.applicability]
    reason = f" ({finding.fix.reason})" if finding.fix.reason else ""
    steps = [
        node("li", node("strong", step.event), f", {step.path + ':' if step.path else 'line '}{step.line}: {step.note}")
        for step in finding.path_shown
    ]
    head = node("h3", place, " ", node("a", node("code", finding.rule), href=f"#rule-{finding.rule}"))
    return node(
        "article",
        head,
        node("p", finding.message, class_="message"),
        _excerpt(finding, own.span.line if finding.cell is not None else finding.span.line, lines),
        _picture(own, scenes, number) if scenes is not None and own.path_shown else None,
        node("ol", steps, class_="steps") if steps else None,
        node("p", node("span", fix, class_=f"fix {kind}"), f" {finding.fix.summary}{reason}"),
        id=f"finding-{number}",
    )


def _picture(own: Finding, scenes: Scenes, number: int) -> Element | None:
    scene = scenes.of(own)
    if not scene.whole and len(scene.rows) < 2:
        return None  # one line, which the excerpt shows
    return picture(scene, f"picture-{number}")


def _excerpt(finding: Finding, line: int, lines: list[list[Piece]]) -> Element:
    """The statement, which begins in ``lines`` at ``line``, and two lines around it, with its line marked."""
    span = finding.span
    shift = span.line - line
    first, last = max(1, line - _AROUND), min(len(lines), line + span.end_line - span.line + _AROUND)
    numbers = [n for n in range(first, last + 1) if n + shift > 0]
    while numbers and numbers[-1] != line and not plain(lines[numbers[-1] - 1]).strip():
        numbers.pop()
    rows = [
        node("tr", node("td", n + shift, class_="number"), node("td", _marked(lines[n - 1], n == line), class_="code"))
        for n in numbers
    ]
    label = f"the code around line {span.line}"
    table = node("table", node("tbody", rows), class_="diff", aria_label=label)
    return node("div", table, class_="scroll", tabindex="0", role="region", aria_label=label)


def _marked(pieces: list[Piece], mark: bool) -> list[object]:
    """A line, marked from its first character to its last."""
    if not mark:
        return code(pieces)
    blank = len(plain(pieces)) - len(plain(pieces).lstrip())
    if not blank or pieces[0][1].strip():
        return [node("mark", code(pieces))]
    return [pieces[0][1], node("mark", code(pieces[1:]))]


def _in_text(finding: Finding, source: Source) -> Finding:
    """The finding with all lines as they count in the text of ``source``; they differ in a notebook."""
    where = {source.locate(line): line for line in range(source.text.count("\n") + 1, 0, -1)}
    line = where.get((finding.cell, finding.span.line), 1)
    steps = []
    for step in finding.path_shown:
        other = _OTHER_CELL.match(step.note)
        cell = int(other[1]) if other else finding.cell
        steps.append(step if step.path else replace(step, line=where.get((cell, step.line), 1)))
    span = replace(finding.span, line=line, end_line=line + finding.span.end_line - finding.span.line)
    return replace(finding, span=span, path_shown=tuple(steps))


def _repair(result: Result, source: Source | None) -> Element | None:
    if result.new is None or source is None:
        return None
    new = read(result.path, result.new)
    unsafe = any(found.fix.applicability is not Applicability.SAFE for found in result.applied)
    how = f"fixer apply {'--unsafe ' if unsafe else ''}{quote(result.path)}"
    label = f"repair of {result.path}"
    counted = (source.locate, new.locate) if result.path.endswith(NOTEBOOK) else ()
    return node(
        "article",
        node("h3", "The repair"),
        node("p", node("code", how), " writes it."),
        diff(shown_text(source, result.path), shown_text(new, result.path), label, *counted),
        _kept(result),
    )


def _kept(result: Result) -> Element | None:
    items = [
        node("li", f"{text.place(kept.finding)} {kept.finding.rule}: {text.kept_because(kept.finding, kept.why)}")
        for kept in result.kept
    ]
    return node("div", node("p", "Not repaired:"), node("ul", items)) if items else None


def _oracles(targets: Sequence[TargetAnswer]) -> Element:
    """The figures on which the verdict rests: one row for each repair."""
    rows = []
    for target in targets:
        good = "good" if target.verdict.good else "bad"
        rows.append(
            node(
                "tr",
                node("th", node("code", target.target.rule), node("br"), target.target.where, scope="row"),
                node("td", target.invariant),
                node("td", _bar(target.before.bad, target.before.of), target.before.text),
                node("td", _bar(target.after.bad, target.after.of), target.after.text),
                node("td", node("strong", target.verdict.value, class_=f"verdict {good}"), f" {target.reason}"),
            )
        )
    names = ("finding", "what must hold", "before", "after", "verdict")
    head = node("tr", [node("th", name, scope="col") for name in names])
    caption = node("caption", "How often each invariant was broken, before the repair and after it.")
    table = node("table", caption, node("thead", head), node("tbody", rows), class_="oracles")
    return node("div", table, class_="scroll", tabindex="0", role="region", aria_label="oracle table")


def _bar(bad: int, of: int) -> Element | None:
    """The share of violations as a bar; the words beside it say the same."""
    if not of:
        return None
    return node(
        "svg",
        node("rect", x=0, y=0, width=100, height=8, rx=2, class_="bar"),
        node("rect", x=0, y=0, width=f"{100 * bad / of:g}", height=8, rx=2, class_="bar bad"),
        viewBox="0 0 100 8",
        class_="share",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _rules(names: Iterator[str]) -> Element | None:
    from fixer.rules import UnknownRule, page

    told = []
    for name in dict.fromkeys(names):
        try:
            body = markdown(page(name).partition("\n")[2])
        except UnknownRule:
            continue
        told.append(node("details", node("summary", node("code", name)), body, id=f"rule-{name}"))
    return node("section", node("h2", "About the rules"), told) if told else None

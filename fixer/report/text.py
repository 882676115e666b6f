"""The report for a person: what is wrong, on which line, the path that shows it, and how it will be repaired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fixer.findings import Applicability, Finding, NotChecked, Problem
from fixer.report.layout import Line
from fixer.run import Result

_STYLE = {Applicability.SAFE: "green", Applicability.UNSAFE: "yellow", Applicability.NONE: "dim"}
_FIX = {Applicability.SAFE: "safe fix", Applicability.UNSAFE: "unsafe fix", Applicability.NONE: "no automatic fix"}
_WIDEST = 160


def place(finding: Finding) -> str:
    """``path:line:column``, with the cell of a notebook between path and line."""
    cell = f":cell {finding.cell}" if finding.cell is not None else ""
    return f"{finding.path}{cell}:{finding.span.line}:{finding.span.column}"


def problem(found: Problem) -> Line:
    """One line that names the path, the line if there is one, what is wrong and what to do."""
    where = found.path if found.line is None else f"{found.path}:{found.line}"
    return (("error: ", "bold red"), (f"{where}: {found.message}", ""))


def findings(result: Result) -> Iterator[Line]:
    """All findings of one file, each as a block with a blank line after it."""
    for finding, excerpt in zip(result.findings, result.excerpts, strict=True):
        yield ((place(finding), "bold"), ("  ", ""), (finding.rule, "bold red"))
        yield from _excerpt(excerpt, finding)
        yield ((f"  {finding.message}", ""),)
        yield from _path(finding)
        yield from _fix(finding)
        yield ()


def repaired(result: Result, verb: str) -> Iterator[Line]:
    """What apply did in one file: one line for each finding repaired, one for each that was kept."""
    for finding in result.applied:
        how = f": {finding.fix.summary}" if verb == "repaired" else ""
        yield ((place(finding), "bold"), ("  ", ""), (f"{verb} {finding.rule}", "green"), (how, ""))
    for kept in result.kept:
        why = kept_because(kept.finding, kept.why)
        yield ((place(kept.finding), "bold"), ("  ", ""), (f"kept {kept.finding.rule}", "yellow"), (f": {why}", ""))


def kept_because(finding: Finding, why: str) -> str:
    """Why a finding was not rewritten, in words that say what to do."""
    if why != "unsafe":
        return why
    reason = f" ({finding.fix.reason})" if finding.fix.reason else ""
    return f"its fix is unsafe{reason}; read `fixer diff --unsafe`, then `fixer apply --unsafe`"


def not_checked(found: Iterable[NotChecked]) -> Iterator[Line]:
    """One line for each part that could not be judged."""
    for item in found:
        yield ((f"{item.path}:{item.line}", "bold"), ("  not checked: ", "dim"), (f"{item.what}: {item.why}", ""))


def summary(results: Sequence[Result], problems: int, paths: str) -> Iterator[Line]:
    """The last line of check, and what to run next on the same ``paths``."""
    found = [finding for result in results for finding in result.findings]
    checked = sum(result.asked for result in results)
    files = count(checked, "file")
    if not found:
        style = "green" if not problems else ""
        yield ((f"No findings in {files}" + _errors(problems) + ".", style),)
        return
    kinds = [finding.fix.applicability for finding in found]
    safe, unsafe, none = (kinds.count(kind) for kind in (Applicability.SAFE, Applicability.UNSAFE, Applicability.NONE))
    parts = [count(safe, "safe fix", "safe fixes")] if safe else []
    parts += (
        [f"{unsafe} unsafe"] if unsafe and safe else [count(unsafe, "unsafe fix", "unsafe fixes")] if unsafe else []
    )
    parts += [f"{none} without a fix"] if none else []
    hit = count(sum(1 for result in results if result.findings), "file")
    of = f" of {checked}" if checked > 1 else ""
    yield ((f"{count(len(found), 'finding')} ({', '.join(parts)}) in {hit}{of}" + _errors(problems) + ".", "bold"),)
    if safe or unsafe:
        # A command to copy: of two kinds of repair, the one that shows them all.
        option = " --unsafe" if unsafe else ""
        hint = f"See the repair with `fixer diff{option} {paths}`, learn more with `fixer explain {found[0].rule}`."
        yield ((hint, "dim"),)


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def _errors(problems: int) -> str:
    return f", {count(problems, 'error')}" if problems else ""


def _excerpt(line: str, finding: Finding) -> Iterator[Line]:
    """The statement with a marker under it; of a long one, its first line."""
    span = finding.span
    text = _flat(line)
    if not text:
        return
    end = span.end_column if span.end_line == span.line else len(text) + 1
    # Tabs are shown as one space, so that the marker stands under what it marks.
    indent = len(text) - len(text.lstrip())
    shown = text[indent:][:_WIDEST]
    start = max(0, span.column - 1 - indent)
    width = max(1, min(end - 1 - indent, len(shown)) - start)
    number = str(span.line)
    yield ((f"  {number} | ", "dim"), (shown, "cyan"))
    yield ((f"  {' ' * len(number)} | ", "dim"), (" " * start + "^" * width, "red"))


def _flat(line: str) -> str:
    return line.rstrip("\r\n").replace("\t", " ").replace("\f", " ")


def _path(finding: Finding) -> Iterator[Line]:
    wide = max((len(_where(step.path, step.line)) for step in finding.path_shown), default=0)
    event = max((len(step.event) for step in finding.path_shown), default=0)
    for number, step in enumerate(finding.path_shown, 1):
        head = f"    {number}. {_where(step.path, step.line):<{wide}}  {step.event:<{event}}"
        yield ((head, "dim"), (f"  {step.note}", ""))


def _where(path: str | None, line: int) -> str:
    return f"{path}:{line}" if path else f"line {line}"


def _fix(finding: Finding) -> Iterator[Line]:
    fix = finding.fix
    reason = f" ({fix.reason})" if fix.reason else ""
    yield ((f"  {_FIX[fix.applicability]}: ", _STYLE[fix.applicability]), (fix.summary, ""), (reason, "dim"))

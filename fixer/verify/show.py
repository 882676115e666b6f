"""The answer for a person: what was proven, on which line, with the figures, and the two loss curves."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Iterator, Sequence

from fixer.report.layout import Line, is_terminal, show
from fixer.verify.job import Answer, Outcome, TargetAnswer

_STYLE = {
    Outcome.CONFIRMED: "bold green", Outcome.NO_NUMERIC_EFFECT: "bold green", Outcome.EQUIVALENT: "bold green",
    Outcome.REFUTED: "bold red", Outcome.DIFFERS: "bold red",
}  # fmt: skip
_BARS = "▁▂▃▄▅▆▇█"
_PLAIN_BARS = "_.-=+*%#"
_MARKS = {"": (" ", ""), "before": ("\u25cb", "yellow"), "after": ("\u25cf", "green"), "both": ("\u25c9", "")}
WIDTH = 48
ROWS = 7


def answer(found: Answer, quiet: bool = False) -> None:
    """Print an answer: a table on a terminal, plain lines elsewhere."""
    show([_head(found)])
    if is_terminal(sys.stdout) and found.targets:
        _table(found.targets)
    else:
        show(line for target in found.targets for line in _lines(target))
    if not quiet:
        show(_notes(found))


def _head(found: Answer) -> Line:
    return (
        (found.path, "bold"),
        ("  ", ""),
        (found.verdict.value, _STYLE.get(found.verdict, "bold yellow")),
        (f": {found.reason}", ""),
    )


def _lines(target: TargetAnswer) -> Iterator[Line]:
    yield ((f"  {target.target.where} {target.target.rule}: ", "bold"), (target.verdict.value, ""))
    if target.invariant:
        yield ((f"    must hold: {target.invariant}", ""),)
    yield ((f"    before: {target.before.text}", ""),)
    yield ((f"    after:  {target.after.text}", ""),)


def _table(targets: Sequence[TargetAnswer]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(show_lines=True)
    for name in ("line", "rule", "before", "after", "verdict"):
        table.add_column(name, overflow="fold")
    for target in targets:
        style = _STYLE.get(target.verdict, "bold yellow")
        table.add_row(
            target.target.where.removeprefix("line "), target.target.rule, target.before.text, target.after.text,
            f"[{style}]{target.verdict.value}[/]",
        )  # fmt: skip
    Console(highlight=False).print(table)


def _notes(found: Answer) -> Iterator[Line]:
    before, after = found.loss_before, found.loss_after
    if before and after and is_terminal(sys.stdout) and _can_draw():
        yield from plot(before, after)
    elif before and after:
        low, high = min(*before, *after), max(*before, *after)
        for name, values in (("before", before), ("after ", after)):
            curve = curve_of(values, low, high)
            yield ((f"  loss {name} ", "dim"), (curve, ""), (f"  {values[0]:.4g} to {values[-1]:.4g}", "dim"))
    if before and after:
        yield (("  The loss is shown for information: a few steps of it prove nothing either way.", "dim"),)
    if found.stand_ins:
        yield (("  Replaced for this run: " + "; ".join(found.stand_ins), ""),)
    if found.traces:
        yield (("  Traces: " + ", ".join(found.traces), ""),)
    if found.seconds:
        yield ((f"  {found.seconds:.1f} s", "dim"),)


def plot(before: Sequence[float], after: Sequence[float]) -> Iterator[Line]:
    """Both curves in one drawing of ``ROWS`` rows, the loss upwards and the batches to the right."""
    step = max(1, -(-max(len(before), len(after)) // WIDTH))
    curves = {name: _means(values, step) for name, values in (("before", before), ("after", after))}
    finite = [v for values in curves.values() for v in values if math.isfinite(v)]
    if not finite:
        return
    low, high = min(finite), max(finite)
    cells: dict[tuple[int, int], str] = {}
    for name, values in curves.items():
        for column, value in enumerate(values):
            share = 1.0 if not math.isfinite(value) else (value - low) / (high - low) if high > low else 0.5
            spot = (ROWS - 1 - round(share * (ROWS - 1)), column)
            cells[spot] = "both" if cells.get(spot, name) != name else name
    width = max(len(f"{low:.4g}"), len(f"{high:.4g}"))
    columns = max(len(values) for values in curves.values())
    yield (
        ("  loss over the batches: ", "dim"),
        ("\u25cb before", "yellow"),
        ("  \u25cf after", "green"),
        ("  \u25c9 both", ""),
    )
    for row in range(ROWS):
        label = f"{high:.4g}" if row == 0 else f"{low:.4g}" if row == ROWS - 1 else ""
        drawn = [cells.get((row, column), "") for column in range(columns)]
        marks = [(_MARKS[name][0], _MARKS[name][1]) for name in drawn]
        yield ((f"  {label:>{width}} \u2502", "dim"), *marks)


def _means(values: Sequence[float], step: int) -> list[float]:
    return [sum(values[n : n + step]) / len(values[n : n + step]) for n in range(0, len(values), step)]


def curve_of(values: Sequence[float], low: float, high: float) -> str:
    """A curve of at most ``WIDTH`` characters; values that are not finite show as the highest."""
    bars = _BARS if _can_draw() else _PLAIN_BARS
    step = max(1, -(-len(values) // WIDTH))
    groups = [values[n : n + step] for n in range(0, len(values), step)]
    spread = high - low
    drawn = []
    for group in groups:
        mean = sum(group) / len(group)
        share = (mean - low) / spread if spread > 0 else 0.0
        drawn.append(bars[min(len(bars) - 1, int(share * len(bars)))] if share == share and share >= 0 else bars[-1])
    return "".join(drawn)


def _can_draw() -> bool:
    try:
        _BARS.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


@contextlib.contextmanager
def progress(text: str, silent: bool) -> Iterator[None]:
    """Say on a terminal what is being waited for; nothing elsewhere."""
    if silent or not is_terminal(sys.stderr):
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        bar.add_task(text, total=None)
        yield

"""Two loss curves as a Mermaid ``xychart-beta``: GitHub draws it, and a table beneath says the same.

Mermaid 11 refuses ``1e-05``, NaN, infinities, quotes in the title and an empty list; so the figures are fixed decimals,
the curves end at the first figure that is not finite, and the text has no quotes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

POINTS = 40


def chart(before: Sequence[float], after: Sequence[float]) -> str:
    """The chart's block (empty: there is nothing to draw)."""
    first, second = _finite(before), _finite(after)
    # Each line is stretched over the whole axis, so both must have as many points.
    steps = min(len(first), len(second))
    if steps < 2:
        return ""
    first, second = first[:steps], second[:steps]
    lines = [_line(_thinned(first, steps)), _line(_thinned(second, steps))]
    low, high = min(*first, *second), max(*first, *second)
    pad = (high - low) * 0.05 or max(abs(high) * 0.05, 0.01)
    return "\n".join(
        [
            "```mermaid",
            "xychart-beta",
            '    title "loss: first line before, second line after"',
            f'    x-axis "optimizer step" 1 --> {steps}',
            f'    y-axis "loss" {_number(low - pad)} --> {_number(high + pad)}',
            f"    line [{lines[0]}]",
            f"    line [{lines[1]}]",
            "```",
        ]
    )


def table(before: Sequence[float], after: Sequence[float]) -> str:
    """First, last and lowest loss of each run, and how far it went."""
    if not before or not after:
        return ""
    rows = ["| loss | first | last | lowest | figures |", "|---|---|---|---|---|"]
    for name, values in (("before", before), ("after", after)):
        good = _finite(values)
        if not good:
            rows.append(f"| {name} | not finite | | | {len(values)} |")
            continue
        cut = "" if len(good) == len(values) else f" (not finite from figure {len(good) + 1} on)"
        rows.append(f"| {name} | {good[0]:.4g} | {good[-1]:.4g} | {min(good):.4g} | {len(values)}{cut} |")
    return "\n".join(rows)


def _finite(values: Sequence[float]) -> list[float]:
    """The figures up to the first that is not finite (or too large to be drawn)."""
    good = []
    for value in values:
        if not math.isfinite(value) or abs(value) > 1e12:
            break
        good.append(value)
    return good


def _thinned(values: list[float], steps: int) -> list[float]:
    """At most POINTS figures; both curves are thinned alike, so that their points stand one above the other."""
    stride = max(1, -(-steps // POINTS))
    return values[::stride]


def _line(values: Sequence[float]) -> str:
    return ", ".join(map(_number, values))


def _number(value: float) -> str:
    size = abs(value)
    digits = 4 if size >= 0.1 or size == 0 else 8
    text = f"{value:.{digits}f}"
    return "0" if float(text) == 0 else text

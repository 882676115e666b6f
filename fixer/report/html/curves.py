"""The training losses before and after, as two curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor, isfinite, log10
from xml.etree.ElementTree import Element

from fixer.report.html.markup import node

_WIDE, _HIGH = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 120, 14, 42
_MOST_DOTS = 40


def curves(before: Sequence[float], after: Sequence[float], name: str = "loss") -> Element:
    """Both curves over the losses in order. A value that is not finite is drawn at the top and marked."""
    finite = [v for v in (*before, *after) if isfinite(v)]
    low, high, ticks = _scale(min(finite, default=0.0), max(finite, default=1.0))
    count = max(len(before), len(after), 2)

    def at(number: int, value: float) -> tuple[float, float]:
        share = (value - low) / (high - low) if isfinite(value) else 1.0
        x = _LEFT + (_WIDE - _LEFT - _RIGHT) * number / (count - 1)
        return round(x, 2), round(_HIGH - _BOTTOM - (_HIGH - _TOP - _BOTTOM) * share, 2)

    drawn = node(
        "svg",
        node("title", "Training loss before and after the repair", id=f"{name}-title"),
        node("desc", f"Before: {_told(before)}. After: {_told(after)}.", id=f"{name}-desc"),
        _axes(ticks, at, count),
        _curve(before, at, "before"),
        _curve(after, at, "after"),
        _names(before, after, at),
        viewBox=f"0 0 {_WIDE} {_HIGH}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        class_="curves",
    )
    note = "The loss is shown for information: a few steps of it prove nothing either way."
    return node("figure", drawn, node("figcaption", note), _numbers(before, after))


def _scale(low: float, high: float) -> tuple[float, float, list[float]]:
    """The ends of the axis and its marks: round numbers, four to eight of them."""
    spread = high - low or abs(high) or 1.0
    step = 10.0 ** floor(log10(spread / 4))
    step = next(step * factor for factor in (1, 2, 5, 10) if spread / (step * factor) <= 6)
    first, last = floor(low / step), ceil(high / step)
    if first == last:
        last += 1
    return first * step, last * step, [n * step for n in range(first, last + 1)]


def _axes(ticks: Sequence[float], at: object, count: int) -> Iterator[Element]:
    assert callable(at)
    for tick in ticks:
        x, y = at(0, tick)
        yield node("line", x1=_LEFT, y1=y, x2=_WIDE - _RIGHT, y2=y, class_="grid")
        yield node("text", f"{tick:.4g}", x=_LEFT - 8, y=y + 4, class_="tick", text_anchor="end")
    for number in sorted({0, (count - 1) // 2, count - 1}):
        x, _ = at(number, ticks[0])
        yield node("text", number + 1, x=x, y=_HIGH - _BOTTOM + 18, class_="tick", text_anchor="middle")
    middle = (_LEFT + _WIDE - _RIGHT) / 2
    yield node("text", "training loss, in order", x=middle, y=_HIGH - 6, class_="tick", text_anchor="middle")


def _curve(values: Sequence[float], at: object, name: str) -> Iterator[Element]:
    assert callable(at)
    points = [at(n, v) for n, v in enumerate(values)]
    if points:
        yield node("polyline", points=" ".join(f"{x},{y}" for x, y in points), class_=f"curve {name}")
    for (x, y), value in zip(points, values, strict=True):
        if not isfinite(value):
            yield node("path", d=f"M{x - 5} {y + 9} L{x} {y} L{x + 5} {y + 9} Z", class_=f"dot {name}")
        elif len(points) > _MOST_DOTS:
            continue
        elif name == "before":  # squares and discs: not by colour alone
            yield node("rect", x=x - 3, y=y - 3, width=6, height=6, class_="dot before")
        else:
            yield node("circle", cx=x, cy=y, r=3.2, class_="dot after")


def _names(before: Sequence[float], after: Sequence[float], at: object) -> Iterator[Element]:
    """The name of each curve at its end, kept apart."""
    assert callable(at)
    ends = [(at(len(v) - 1, v[-1]), v[-1], n) for v, n in ((before, "before"), (after, "after")) if v]
    heights = [y for (_, y), _, _ in ends]
    if len(heights) == 2 and abs(heights[0] - heights[1]) < 18:
        middle, up = sum(heights) / 2, -1 if heights[0] <= heights[1] else 1
        heights = [middle + 9 * up, middle - 9 * up]
    for ((_, _), value, name), y in zip(ends, heights, strict=True):
        x = _WIDE - _RIGHT + 10
        yield node("text", f"{name} {value:.4g}", x=x, y=y + 4, class_=f"name {name}")


def _told(values: Sequence[float]) -> str:
    if not values:
        return "no loss was seen"
    return f"{len(values)} losses, from {values[0]:.4g} to {values[-1]:.4g}"


def _numbers(before: Sequence[float], after: Sequence[float]) -> Element:
    rows = [
        node("tr", node("th", n + 1, scope="row"), node("td", _number(before, n)), node("td", _number(after, n)))
        for n in range(max(len(before), len(after)))
    ]
    head = node("tr", [node("th", text, scope="col") for text in ("loss", "before", "after")])
    table = node("table", node("thead", head), node("tbody", rows), class_="numbers")
    return node("details", node("summary", "The numbers"), table)


def _number(values: Sequence[float], place: int) -> str:
    return f"{values[place]:.6g}" if place < len(values) else ""

"""A finding as a picture: the loops as boxes, their events in order, and beside them what the gradients hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from fixer.report.html.markup import append, node
from fixer.report.html.rows import Box, Layer, Row, Scene

_WIDE = 960
_CODE_END = 560
_LANE = 584
_LAYER = 11
_MOST_LAYERS = 5
_SAYS = 676
_ROW = 30
_HEAD = 26
_PAD = 8
_INDENT = 14
_EVENT = 128
_CHAR = 7.3
"""The width of a character of code, in units of the drawing."""

Place = tuple[float, Row]
"""A row and the height at which its middle is drawn."""


def picture(scene: Scene, name: str) -> Element:
    """The picture of one finding; ``name`` makes the ids of its parts unique on the page."""
    places, boxes, height = _places(scene.rows)
    drawn = node(
        "svg",
        node("title", "How the gradients flow", id=f"{name}-title"),
        node("desc", " ".join(_described(scene.rows)), id=f"{name}-desc"),
        [_box(top, bottom, depth) for _, top, bottom, depth in boxes],
        _heads(boxes, scene.rows),
        node("text", "gradients", x=_LANE - 14, y=14, class_="mono dim") if any(r.holds for r in scene.rows) else None,
        _memory(places),
        _lanes(places),
        [_row(middle, row) for middle, row in places],
        viewBox=f"0 0 {_WIDE} {height:g}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        class_="loop",
    )
    frame = node("div", drawn, class_="scroll", tabindex="0", role="region", aria_label="picture of the loop")
    return node("figure", frame, node("figcaption", *_legend(scene)))


Drawn = tuple[Box, float, float, int]
"""A box with its top, bottom and depth."""


def _places(rows: Sequence[Row]) -> tuple[list[Place], list[Drawn], float]:
    """Where every row and every box stands."""
    places: list[Place] = []
    done: list[Drawn] = []
    open_: list[tuple[Box, float]] = []
    y = 4.0 if not any(row.holds for row in rows) else 12.0

    def close(down_to: int) -> None:
        nonlocal y
        while len(open_) > down_to:
            box, top = open_.pop()
            y += _PAD
            done.append((box, top, y, len(open_)))
            y += 2

    for row in rows:
        same = 0
        while same < min(len(open_), len(row.boxes)) and open_[same][0] == row.boxes[same]:
            same += 1
        close(same)
        for box in row.boxes[same:]:
            y += 2
            open_.append((box, y))
            y += _HEAD
        if row.event == "batch" and row.boxes and not row.left_out:
            continue  # the head of its box
        places.append((y + _ROW / 2, row))
        y += _ROW
    close(0)
    return places, sorted(done, key=lambda d: d[3]), y + 4


def _box(top: float, bottom: float, depth: int) -> Element:
    return node(
        "rect", x=4 + _INDENT * depth, y=f"{top:g}", width=_CODE_END - 4 - (_INDENT + 6) * depth,
        height=f"{bottom - top:g}", rx=7, class_=f"box depth{depth % 2}",
    )  # fmt: skip


def _heads(boxes: Sequence[Drawn], rows: Sequence[Row]) -> Iterator[Element]:
    """What stands at the top of each box: which iteration, and the loop."""
    for box, top, _, depth in boxes:
        badges = next((r.badges for r in rows if r.event == "batch" and r.boxes and r.boxes[-1] == box), ())
        x = 14 + _INDENT * depth
        for badge in badges:
            yield from _badge(x + 9, top + 14, badge)
            x += 24
        name = f"{box.what} {box.number}" if box.number else box.what
        yield node("text", name, x=x, y=f"{top + 18:g}", class_="head")
        if box.text:
            x += 10 + 8 * len(name)
            room = int((_CODE_END - 6 * depth - x - 12) / (_CHAR * 0.95))
            text = _cut(f"line {box.where}  {box.text}", room)
            yield node("text", text, x=f"{x:g}", y=f"{top + 18:g}", class_="mono dim")


def _row(middle: float, row: Row) -> Element:
    group = node("g", class_="row" + (" bad" if row.bad else "") + ("" if row.mine else " other"))
    depth = len(row.boxes)
    x: float = 10 + _INDENT * depth
    base = f"{middle + 4:g}"
    if row.left_out:
        return append(group, node("text", f"⋮  {row.left_out} more events like these", x=x + 26, y=base, class_="dim"))
    for badge in row.badges:
        append(group, _badge(x + 9, middle, badge))
        x += 20
    x = 10 + _INDENT * depth + 20 * max(1, len(row.badges)) + 4
    number = node("text", row.where, x=x + 28, y=base, class_="mono dim", text_anchor="end")
    name = "event " + row.event.replace(" ", "-")
    width = max(_EVENT, 6.5 * len(row.event) + 17)
    chip = node("rect", x=x + 36, y=f"{middle - 10:g}", width=f"{width:g}", height=20, rx=10, class_=name)
    label = node("text", row.event, x=f"{x + 36 + width / 2:g}", y=base, class_="label", text_anchor="middle")
    start = x + 36 + width + 10
    room = int((_CODE_END - 6 * depth - start - 6) / _CHAR)
    text = row.code if row.path is None else f"{row.path}: {row.code}"
    append(group, number, chip, label, node("text", _cut(text, room), x=start, y=base, class_="mono"))
    if row.says:
        append(group, _arrow(row, middle), node("text", row.says, x=_SAYS, y=base, class_="says"))
    return group


def _arrow(row: Row, middle: float) -> list[Element]:
    """Into the gradients, out of them, or an end to them."""
    y = f"{middle:g}"
    if row.event == "backward":
        x = _LANE + _LAYER * (min(len(row.holds), _MOST_LAYERS) - 1) - 3
        return [
            node("line", x1=_CODE_END - 6, y1=y, x2=x - 4, y2=y, class_="arrow"),
            node("path", d=f"M{x - 7:g} {middle - 4:g} L{x:g} {y} L{x - 7:g} {middle + 4:g}", class_="arrow"),
        ]
    if row.event == "step":
        x = _LANE + _LAYER * max(1, min(len(row.holds), _MOST_LAYERS)) + 2
        end = _SAYS - 8
        return [
            node("line", x1=x, y1=y, x2=end, y2=y, class_="arrow"),
            node("path", d=f"M{end - 7:g} {middle - 4:g} L{end:g} {y} L{end - 7:g} {middle + 4:g}", class_="arrow"),
        ]
    if row.event == "zero_grad":
        return [node("line", x1=_LANE - 6, y1=y, x2=_LANE + _LAYER * 3, y2=y, class_="arrow")]
    return []


def _lanes(places: Sequence[Place]) -> Iterator[Element]:
    """What the gradients hold between each row and the next: one bar for each backward's share."""
    for (middle, row), (below, _) in zip(places, [*places[1:], (places[-1][0] + _ROW / 2, None)], strict=True):
        for number, layer in enumerate(row.holds[:_MOST_LAYERS]):
            x = _LANE + _LAYER * number
            name = "layer old" if layer.old else "layer"
            yield node("rect", x=x, y=f"{middle:g}", width=_LAYER - 3, height=f"{below - middle:g}", class_=name)
            if layer.old:  # not by colour alone
                y = middle + 3
                while y + 6 < below:
                    yield node("line", x1=x, y1=f"{y + 6:g}", x2=x + _LAYER - 3, y2=f"{y:g}", class_="hatch")
                    y += 7
        if len(row.holds) > _MOST_LAYERS:
            text = f"+{len(row.holds) - _MOST_LAYERS}"
            yield node("text", text, x=_LANE + _LAYER * _MOST_LAYERS, y=f"{below - 4:g}", class_="dim")


def _memory(places: Sequence[Place]) -> Iterator[Element]:
    """The optimizer's memory, which a new optimizer does not have."""
    for (middle, row), (below, after) in zip(places, [*places[1:], (places[-1][0] + _ROW / 2, None)], strict=True):
        if row.memory is None:
            continue
        lost = after is not None and after.memory == 0 and row.memory > 0
        bottom = below - (9 if lost else 0)
        x = _LANE - 14
        name = "memory" if row.memory else "memory empty"
        yield node("rect", x=x, y=f"{middle:g}", width=5, height=f"{bottom - middle:g}", class_=name)
        if lost:
            d = f"M{x - 3} {bottom:g} l11 8 M{x - 3} {bottom + 8:g} l11 -8"
            yield node("path", d=d, class_="lost")


def _badge(x: float, y: float, number: int) -> list[Element]:
    return [
        node("circle", cx=f"{x:g}", cy=f"{y:g}", r=9, class_="badge"),
        node("text", number, x=f"{x:g}", y=f"{y + 4:g}", class_="badge-number", text_anchor="middle"),
    ]


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(1, room - 1)] + "…"


def _legend(scene: Scene) -> list[object]:
    if not scene.whole:
        return ["The numbers are those of the steps below."]
    parts: list[object] = [
        "Read from top to bottom: one way through the loops; the numbers are those of the steps below. "
    ]
    layers = [layer for row in scene.rows for layer in row.holds]
    if layers:
        parts += [node("span", class_="key layer"), " a gradient that no step has applied yet; "]
    if any(layer.old for layer in layers):
        parts += [node("span", class_="key old"), " one that a step has applied already; "]
    if any(row.memory is not None for row in scene.rows):
        parts += [node("span", class_="key memory"), " what the optimizer remembers of earlier steps; "]
    last = parts[-1]
    if isinstance(last, str):
        parts[-1] = last.rstrip("; ") + "."
    return parts


def _described(rows: Sequence[Row]) -> Iterator[str]:
    """The picture in words, for who does not see it."""
    here: tuple[Box, ...] = ()
    for row in rows:
        if row.left_out:
            yield f"{row.left_out} more events."
            continue
        if row.boxes != here:
            here = row.boxes
            yield "In " + ", ".join(f"{b.what} {b.number}" if b.number else b.what for b in here) + ":" if here else ""
        if row.event != "batch":
            told = f": {row.says}" if row.says else ""
            yield f"line {row.where}, {row.event}{told}{_held(row.holds)}."


def _held(holds: Sequence[Layer]) -> str:
    if not holds:
        return ""
    return ", gradients hold " + ", ".join(layer.name + (" (old)" if layer.old else "") for layer in holds)

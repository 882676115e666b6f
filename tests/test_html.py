"""The reports to look at: what a page holds, what its pictures tell, and that nothing in a source can spoil it."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from xml.etree.ElementTree import tostring

import pytest
from conftest import Run

from fixer import engine
from fixer.findings import Applicability, Finding, Fix, Problem, Shown, Span
from fixer.report.html.curves import curves
from fixer.report.html.diffs import diff
from fixer.report.html.markup import clean, markdown, node
from fixer.report.html.page import checked, verified
from fixer.report.html.picture import picture
from fixer.report.html.rows import Layer, Row, Scene
from fixer.report.html.scene import MOST_ROWS, Scenes
from fixer.run import Options, Result, run_file
from fixer.sources.collect import Target
from fixer.sources.source import read
from fixer.verify.job import Answer, Measure, Outcome, TargetAnswer
from fixer.verify.job import Target as Proved

ROOT = Path(__file__).parent.parent
CASES = sorted((ROOT / "golden").glob("*/*/before.py"))
NO_FIX = Fix(Applicability.NONE, "nothing", "why")


class Page(HTMLParser):
    """Every tag with its attributes, and the text outside of styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words += data


def scenes(path: Path) -> list[tuple[Finding, Scene]]:
    text = read(str(path), path.read_bytes()).text
    known = Scenes(text, str(path))
    return [(found, known.of(found)) for found in engine.check(text, str(path)).findings]


# Rules whose bug is a sequence of the protocol's events; the others' steps may be of other kinds.
BY_PATH = ("missing-zero-grad", "optimizer-in-loop", "redundant-softmax", "step-outside-batch-loop",
           "unscaled-accumulation")  # fmt: skip


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.parent.name}/{path.parent.name}")
def test_every_finding_of_the_golden_cases_is_drawn_from_a_path(path: Path) -> None:
    for found, scene in scenes(path):
        assert scene.whole or found.rule not in BY_PATH
        badges = sorted(badge for row in scene.rows for badge in row.badges)
        assert badges == list(range(1, len(found.path_shown) + 1))
        assert len(found.path_shown) <= len(scene.rows) <= MOST_ROWS + 3
        drawn = tostring(picture(scene, "p"), encoding="unicode")
        assert drawn.count('class="badge"') == len(found.path_shown)


def rows(case: str, rule: str) -> tuple[Row, ...]:
    return next(scene.rows for found, scene in scenes(ROOT / "golden" / case / "before.py") if found.rule == rule)


def test_stale_gradients_pile_up() -> None:
    told = rows("missing-zero-grad/accumulation_counter", "missing-zero-grad")
    last = next(row for row in reversed(told) if row.event == "step")
    assert last.bad and "again" in last.says
    assert all(layer.old for layer in last.holds) and len(last.holds) > 2


def test_gradients_that_are_thrown_away() -> None:
    told = rows("step-outside-batch-loop/only_step_after_loop", "step-outside-batch-loop")
    assert [row.says for row in told if row.bad] == ["throws it away before any step"]
    assert [row.says for row in told if row.event == "step"] == ["applies batch 2"]


def test_losses_that_no_backward_sees() -> None:
    told = rows("step-outside-batch-loop/amp_clip_and_update", "step-outside-batch-loop")
    assert [row.says for row in told if row.bad] == ["its gradient is never computed"]
    boxes = [[f"{box.what} {box.number}" for box in row.boxes] for row in told]
    assert boxes[0] == [] and ["epoch 1", "batch 2"] in boxes and boxes[-1] == ["epoch 1"]
    assert [row.holds for row in told if row.event == "backward"] == [(Layer("batch 2"),)]


def test_a_sum_of_batches() -> None:
    told = rows("unscaled-accumulation/modulo_flat", "unscaled-accumulation")
    assert [row.says for row in told if row.bad] == ["applies the sum of batches 1 and 2"]


def test_a_forgetful_optimizer() -> None:
    (told,) = (s.rows for f, s in scenes(ROOT / "examples" / "digits.py") if f.rule == "optimizer-in-loop")
    assert [row.memory for row in told if row.event in ("optimizer created", "step")] == [0, 1, 0, 1]
    assert [row.says for row in told if row.bad] == ["forgets everything"]


def test_each_picture_points_at_its_own_bug() -> None:
    told = {found.rule: scene.rows for found, scene in scenes(ROOT / "examples" / "digits.py")}
    assert not any(row.bad for row in told["redundant-softmax"])
    assert all(row.memory is None for row in told["missing-zero-grad"])


def test_steps_that_are_no_events_stand_in_their_loop() -> None:
    told = rows("loss-graph-accumulated/running_total_flat", "loss-graph-accumulated")
    at = [n for n, row in enumerate(told) if row.badges]
    assert [told[n].badges for n in at] == [(1,), (2,)]
    assert [told[n - 1].event for n in at] == ["step", "step"]
    assert [[f"{box.what} {box.number}" for box in told[n].boxes] for n in at] == [
        ["epoch 1", "batch 1"],
        ["epoch 1", "batch 2"],
    ]
    assert not any(row.bad for row in told)


def test_a_finding_that_no_path_shows_is_drawn_by_its_steps() -> None:
    text = "def f():\n    for a in b:\n        g(a)\n"
    steps = (Shown(3, "call", "one"), Shown(7, "call", "two", "other.py"))
    scene = Scenes(text, "a.py").of(Finding("r", "a.py", Span(3, 9, 3, 13), "m", steps, NO_FIX))
    assert not scene.whole
    assert [(row.badges, row.code, [box.text for box in row.boxes]) for row in scene.rows] == [
        ((1,), "g(a)", ["for a in b"]),
        ((2,), "", []),
    ]


@pytest.mark.parametrize("text", ["def (", "x = 1\n" * 3 + "\0", "(" * 3000])
def test_a_source_that_does_not_parse_is_drawn_too(text: str) -> None:
    found = Finding("r", "a.py", Span(1, 1, 1, 2), "m", (Shown(1, "step", "x"),), NO_FIX)
    assert len(Scenes(text, "a.py").of(found).rows) == 1


def test_long_paths_are_shortened_in_their_middle() -> None:
    body = "".join(f"        loss{n} = criterion(model(x), y)\n" for n in range(60))
    text = (
        "import torch\nfrom torch import nn\nmodel = nn.Linear(2, 2)\ncriterion = nn.MSELoss()\n"
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\nfor epoch in range(3):\n    for x, y in loader:\n"
        f"{body}        loss0.backward()\n        optimizer.step()\n"
    )
    (found,) = engine.check(text, "a.py").findings
    told = Scenes(text, "a.py").of(found).rows
    assert len(told) <= MOST_ROWS + 3 and sum(row.left_out for row in told) > 50
    assert sorted(badge for row in told for badge in row.badges) == [1, 2, 3]


HOSTILE = "</style><script>alert(1)</script>"


def test_nothing_in_a_source_becomes_markup() -> None:
    path = f"{HOSTILE}.py"
    fix = Fix(Applicability.NONE, HOSTILE, HOSTILE)
    found = Finding(HOSTILE, path, Span(1, 1, 1, 5), HOSTILE, (Shown(1, HOSTILE, HOSTILE, HOSTILE),), fix)
    raw = f'x = "{HOSTILE}"  # \x0c {HOSTILE} & &amp; \udce9'.encode("utf-8", "surrogateescape")
    result = Result(path, (found,), text=raw.decode("latin-1"), excerpts=("x",), raw=None)
    page = Page(checked([result], [Problem(path, HOSTILE)], HOSTILE))
    assert "script" not in {tag for tag, _ in page.tags}
    assert page.words.count(HOSTILE) > 8
    assert not page.open


def test_a_page_is_complete_in_itself(run: Run, here: Path) -> None:
    (here / "digits.py").write_bytes((ROOT / "examples" / "digits.py").read_bytes())
    text = run("check", "--format", "html", "digits.py").out
    page = Page(text)
    links = [value for _, given in page.tags for key, value in given.items() if key in ("src", "href", "srcset")]
    assert links and all(value and value.startswith("#") for value in links)
    targets = {given.get("id") for _, given in page.tags}
    assert {value[1:] for value in links if value} <= targets
    assert len([i for i in targets if i]) == len([1 for _, given in page.tags if given.get("id")])  # ids are unique
    assert "url(" not in text and "@import" not in text and "http" not in text.split("</style>")[1].partition("<")[0]
    policy = next(given["content"] for tag, given in page.tags if given.get("http-equiv"))
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    for part in ("missing-zero-grad", "the loss cannot fall below", "The repair", "About the rules", "Fix safety"):
        assert part in page.words


def test_the_repair_is_the_one_that_apply_writes(run: Run, here: Path) -> None:
    (here / "digits.py").write_bytes((ROOT / "examples" / "digits.py").read_bytes())
    result = run_file(Target("digits.py", True), Options(unsafe=True, repair=True))
    assert result.new is not None and result.raw is not None
    shown = diff(result.raw.decode(), result.new.decode(), "x")
    gone = ["".join(e.itertext()) for e in shown.iter("del")]
    come = ["".join(e.itertext()) for e in shown.iter("ins")]
    patch = run("diff", "--unsafe", "digits.py").out.splitlines()[2:]
    assert gone == [line[1:] for line in patch if line.startswith("-")]
    assert come == [line[1:] for line in patch if line.startswith("+")]


def test_a_diff_with_windows_line_ends_and_no_last_one() -> None:
    shown = diff("a = 1\r\nb = 2", "a = 1\r\nb = 3", "x")
    assert ["".join(e.itertext()) for e in shown.iter("del")] == ["b = 2"]
    assert [e.text for e in shown.iter("td") if e.get("class") == "number"] == ["1", "1", "2", "", "", "2"]


def test_a_notebook_is_counted_by_cells(run: Run, here: Path) -> None:
    import nbformat

    source = (ROOT / "examples" / "digits.py").read_text(encoding="utf-8")
    at = source.index("def main")
    book = nbformat.v4.new_notebook(metadata={"language_info": {"name": "python"}})
    book.cells = [nbformat.v4.new_code_cell(part) for part in (source[:at], source[at:])]
    nbformat.write(book, here / "a.ipynb")
    page = Page(run("check", "--format", "html", "a.ipynb").out)
    assert "cell 2, line 15 missing-zero-grad" in page.words
    assert "2:15" in page.words and "'fixer-cell" not in page.words


@pytest.mark.parametrize(
    ("tier", "words"),
    [
        ("user", "The script was run as it is"),
        ("stand-ins", "replaced for this run: a data set; a package."),
        ("harness", "made-up data and a made-up model"),
        ("mock", "only the order of the calls"),
        ("none", "There was no run."),
    ],
)
def test_the_page_of_a_training_says_how_close_it_was(here: Path, tier: str, words: str) -> None:
    (here / "digits.py").write_bytes((ROOT / "examples" / "digits.py").read_bytes())
    result = run_file(Target("digits.py", True), Options(unsafe=True, repair=True))
    target = TargetAnswer(
        Proved("missing-zero-grad", 51), "a step consumes fresh gradients only",
        Measure(11, 12, 0.81, "11 of 12 steps"), Measure(0, 12, None, "0 of 12 steps"), Outcome.REFUTED, "still there",
    )  # fmt: skip
    answer = Answer(
        "digits.py", Outcome.REFUTED, "because", tier, (target,), ("a data set", "a package"), (2.0, 1.0), (),
        1.25, alarms=("2 of 3 <losses> never reached a backward pass",),
    )  # fmt: skip
    page = Page(verified(answer, result))
    assert words in page.words and "It took 1.2 s." in page.words
    assert "refuted because" in page.words and "11 of 12 steps" in page.words and "still there" in page.words
    assert "Seen while running" in page.words and "2 of 3 <losses> never" in page.words
    assert "The repair" in page.words and "2 losses, from 2 to 1" in page.words


def test_no_finding_is_said(run: Run, here: Path) -> None:
    (here / "a.py").write_text("x = 1\n")
    assert run("check", "--html", "page.html", "a.py").status == 0
    assert "No finding: nothing in these files breaks" in Page((here / "page.html").read_text()).words


def test_problems_are_on_the_page(run: Run, here: Path) -> None:
    (here / "a.py").write_text("def (\n")
    assert run("check", "--html", "page.html", "a.py", "nope.py").status == 2
    words = Page((here / "page.html").read_text()).words
    assert "nope.py: no such file" in words and "a.py:1: " in words and "Nothing could be checked." in words


@pytest.mark.parametrize(("target", "reason"), [("sub", "it is a folder"), ("none/r.html", "no such file")])
def test_a_page_that_cannot_be_written_is_one_line(run: Run, here: Path, target: str, reason: str) -> None:
    (here / "a.py").write_text("x = 1\n")
    (here / "sub").mkdir()
    ran = run("check", "--html", target, "a.py")
    assert ran.status == 2
    assert ran.err.startswith(f"error: {target}: the page cannot be written: {reason}") and ran.err.count("\n") == 1
    assert sorted(path.name for path in here.iterdir()) == ["a.py", "sub"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((2.0, 1.5, 1.0), (2.0, 1.0)),
        ((1.0,), (1.0,)),
        ((), (3.0, 2.0)),
        ((float("nan"), float("inf"), 1.0), (1e-9, -1e30)),
        (tuple(float(n) for n in range(200)), (0.0, 0.0)),
        ((float("nan"),), (float("inf"),)),
    ],
)
def test_curves_of_any_losses(before: tuple[float, ...], after: tuple[float, ...]) -> None:
    drawn = curves(before, after)
    lines = {e.get("class"): str(e.get("points")).split() for e in drawn.iter("polyline")}
    for name, values in (("before", before), ("after", after)):
        points = lines.get(f"curve {name}", [])
        assert len(points) == len(values)
        for point in points:
            x, y = map(float, point.split(","))
            assert 62 <= x <= 520 and 14 <= y <= 218
    assert len(list(drawn.iter("tr"))) == 1 + max(len(before), len(after))


def test_a_higher_loss_is_drawn_higher() -> None:
    (line, *_) = curves((3.0, 1.0, 2.0), ()).iter("polyline")
    heights = [float(point.split(",")[1]) for point in str(line.get("points")).split()]
    assert heights[0] < heights[2] < heights[1]


def test_markdown_keeps_its_html_as_text() -> None:
    text = tostring(markdown("## Head\n\n<b>bold</b> `a<b`\n\n* one\n"), encoding="unicode")
    assert "<h4>Head</h4>" in text and "&lt;b&gt;bold" in text and "<code>a&lt;b</code>" in text


def test_what_a_page_may_not_hold_is_escaped() -> None:
    assert clean("a\x00\x0c\udce9\ufffe") == "a\\x00\\x0c\\udce9\\ufffe"
    assert tostring(node("p", "a", None, ["b", node("i", "c")], "d", class_="x", aria_label=None)) == (
        b'<p class="x">ab<i>c</i>d</p>'
    )

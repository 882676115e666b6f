"""The reports in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import POOR_CONTRAST, TEXTS_OUTSIDE, Browser, needs_chromium, running
from conftest import Run

ROOT = Path(__file__).parent.parent
pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running() as started:
        yield started


@pytest.fixture
def report(run: Run, here: Path) -> str:
    """The page of the shipped example and of a case for each other shape of picture."""
    shutil.copy(ROOT / "examples" / "digits.py", here)
    for case in ("step-outside-batch-loop/amp_clip_and_update", "unscaled-accumulation/boolean_should_step"):
        shutil.copy(ROOT / "golden" / case / "before.py", here / f"{Path(case).name}.py")
    assert run("check", "--html", "report.html", ".").status == 1
    return (here / "report.html").as_uri()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_report_is_drawn_whole(browser: Browser, report: str, dark: bool) -> None:
    browser.open(report, dark=dark)
    browser.screenshot(f"check-{'dark' if dark else 'light'}")
    assert browser.requests() == [] and browser.complaints() == []
    assert browser.value("document.querySelectorAll('svg.loop').length") == 5
    assert browser.value("[...document.querySelectorAll('svg')].every(s => s.getBoundingClientRect().height > 60)")
    assert browser.value(TEXTS_OUTSIDE) == []
    browser.value("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert browser.value(POOR_CONTRAST) == []
    back = browser.value("getComputedStyle(document.body).backgroundColor")
    assert (back != "rgb(255, 255, 255)") is dark


def test_the_layers_of_the_lane_are_what_is_told(browser: Browser, report: str) -> None:
    browser.open(report)
    shown = browser.value(
        "[...document.querySelectorAll('article')].filter(a => a.querySelector('h3').textContent.includes('missing'))"
        ".map(a => [...a.querySelectorAll('.says')].map(t => t.textContent))"
    )
    assert shown == [
        ["makes the gradient", "applies batch 1", "adds its gradient to the old one",
         "applies batch 2, and batch 1 again"]
    ]  # fmt: skip


def test_a_narrow_screen_scrolls_the_pictures_and_not_the_page(browser: Browser, report: str) -> None:
    browser.open(report, width=400, height=800)
    browser.screenshot("check-narrow")
    assert browser.value("document.documentElement.scrollWidth") <= 400
    wide = "[...document.querySelectorAll('figure .scroll')].every(f => f.scrollWidth > f.clientWidth)"
    assert browser.value(wide)


def test_the_names_that_assistive_technology_hears(browser: Browser, report: str) -> None:
    browser.open(report)
    tree = browser.call("Accessibility.getFullAXTree")["nodes"]
    heard = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in tree if not n.get("ignored")]
    assert [name for role, name in heard if role == "heading"][:2] == ["Training check", "amp_clip_and_update.py"]
    pictures = [name for role, name in heard if role == "image" and name]
    assert len(pictures) == 5
    assert any("line 52, step: applies batch 2, and batch 1 again" in name for name in pictures)
    assert ("navigation", "findings") in heard and ("region", "repair of digits.py") in heard
    order = [name for role, name in heard if role == "link"]
    assert order[0] == "Skip to the findings"


@pytest.mark.slow
def test_the_report_of_a_training(browser: Browser, run: Run, here: Path) -> None:
    shutil.copy(ROOT / "examples" / "digits.py", here)
    assert run("verify", "--html", "report.html", "digits.py").status == 0
    for dark in (False, True):
        browser.open((here / "report.html").as_uri(), dark=dark)
        browser.screenshot(f"verify-{'dark' if dark else 'light'}")
        assert browser.requests() == [] and browser.complaints() == []
        assert browser.value(TEXTS_OUTSIDE) == []
        assert browser.value(POOR_CONTRAST) == []
    assert browser.value("document.querySelector('h1 + .lead .verdict').textContent") == "confirmed"
    assert browser.value("document.querySelectorAll('.oracles tbody tr').length") == 3
    points = browser.value("[...document.querySelectorAll('.curve')].map(c => c.points.length)")
    assert points[0] == points[1] >= 12
    bars = browser.value("[...document.querySelectorAll('.bar.bad')].map(b => b.getBoundingClientRect().width)")
    assert all(before > 50 and after == 0 for before, after in zip(bars[::2], bars[1::2], strict=True))

"""The documentation site: built strictly, made from the program, complete without a network, usable in a browser."""

from __future__ import annotations

import functools
import http.server
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Browser, needs_chromium, running

from fixer.pages import SECTIONS, symptoms
from fixer.rules import page, pages

pytest.importorskip("material", reason="the documentation needs the extra 'docs'")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built with every warning an error."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


def test_every_rule_has_its_page(site: Path) -> None:
    listed = (site / "rules" / "index.html").read_text(encoding="utf-8")
    told = (site / "rules" / "symptoms.html").read_text(encoding="utf-8")
    for name in pages():
        text = (site / "rules" / f"{name}.html").read_text(encoding="utf-8")
        heads = re.findall(r"<h2 id=[^>]*>([^<]*)<", text)
        assert heads == list(SECTIONS)
        assert f'href="{name}.html"' in listed
        assert told.count(f'href="{name}.html"') >= len(symptoms(page(name)))


def test_every_command_is_described(site: Path) -> None:
    text = (site / "commands.html").read_text(encoding="utf-8")
    for name in ("apply", "check", "config", "diff", "explain", "lsp", "rules", "verify"):
        assert f"fixer {name}<" in text
    assert "--unsafe" in text and "--symptom" in text


def test_links_lead_somewhere_and_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for tag, address in re.findall(r"<(\w+)\b[^>]*?\b(?:src|href)=\"?([^\"\s>]+)", text):
            if address.startswith(("http:", "https:", "//")):
                assert tag == "a", f"{path.name} loads {address}"
            elif not address.startswith(("#", "data:", "mailto:")) and path.name != "404.html":
                target = (path.parent / address.partition("#")[0].partition("?")[0]).resolve()
                assert target.exists(), f"{path.name} leads to {address}"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def served(site: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def wait_for(browser: Browser, expression: str) -> object:
    code = f"new Promise(done => {{ let n = 0; (function f() {{ const v = {expression}; "
    return browser.value(code + "if (v || n++ > 200) done(v); else setTimeout(f, 50); })(); })")


@needs_chromium
def test_the_site_in_a_browser(served: str) -> None:
    with running() as browser:
        browser.open(f"{served}/rules/missing-zero-grad.html", width=1300, dark=True)
        assert wait_for(browser, "document.body.getAttribute('data-md-color-scheme') === 'slate'")
        browser.screenshot("site-rule-dark")
        browser.open(f"{served}/index.html", width=1300)
        browser.screenshot("site-start")
        outside = [url for url in browser.requests() if not url.startswith((served, "data:"))]
        assert outside == [] and browser.complaints() == []
        browser.value(
            "(() => { const box = document.querySelector('.md-search__input'); box.focus(); "
            "box.value = 'accumulation'; box.dispatchEvent(new Event('keyup', {bubbles: true})); })()"
        )
        found = wait_for(browser, "document.querySelectorAll('.md-search-result__item').length > 0")
        assert found is True

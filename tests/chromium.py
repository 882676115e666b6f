"""A real browser for tests: headless Chromium, spoken to over a pipe in its DevTools protocol."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
EVIDENCE = Path(__file__).parent.parent / "build" / "screenshots"
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --remote-debugging-pipe"
).split()

needs_chromium = pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed (Debian: apt install chromium)")


class Browser:
    """One page of one browser."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, read
        self._buffer = b""
        self._number = 0
        self._session = ""
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol and wait for its answer; events that come in between are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                found: dict[str, Any] = answer["result"]
                return found
            self.events.append(answer)

    def _receive(self, seconds: float = 30) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0, end - time.monotonic()))
            assert ready, "Chromium does not answer"
            self._buffer += os.read(self._read, 1 << 16)
        raw, _, self._buffer = self._buffer.partition(b"\0")
        found: dict[str, Any] = json.loads(raw)
        return found

    def open(self, url: str, width: int = 1100, height: int = 900, dark: bool = False) -> None:
        """Load a page whole. What it asked the network for, and what it complained of, is in ``events``."""
        if not self._session:
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Network", "Runtime", "Log"):
                self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        self.call("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._receive())

    def value(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def requests(self) -> list[str]:
        """Every address that the page asked for, itself excepted."""
        sent = [e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent"]
        return sent[1:]

    def complaints(self) -> list[str]:
        """What the browser said about the page: errors, blocked resources."""
        return [str(e["params"]) for e in self.events if e["method"] in ("Log.entryAdded", "Runtime.exceptionThrown")]

    def screenshot(self, name: str) -> Path:
        """A picture of the whole page, kept as evidence in build/screenshots; returns its path."""
        height = int(self.value("document.documentElement.scrollHeight"))
        width = int(self.value("document.documentElement.clientWidth"))
        clip = {"x": 0, "y": 0, "width": width, "height": min(height, 12000), "scale": 1}
        answer = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        EVIDENCE.mkdir(parents=True, exist_ok=True)
        path = EVIDENCE / f"{name}.png"
        path.write_bytes(base64.b64decode(answer["data"]))
        print(f"screenshot: {path}")
        return path


@contextlib.contextmanager
def running() -> Iterator[Browser]:
    """Start a browser with an empty profile, and end it."""
    assert PROGRAM is not None
    to_browser, mine_out = os.pipe()
    mine_in, from_browser = os.pipe()
    # The browser reads from descriptor 3 and writes to 4; keep ours out of the way.
    theirs = [fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in (to_browser, from_browser)]
    ours = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 20) for fd in (mine_out, mine_in)]
    for fd in (to_browser, mine_out, mine_in, from_browser):
        os.close(fd)
    profile = tempfile.mkdtemp(prefix="fixer-chromium-")

    def take_their_places() -> None:
        os.dup2(theirs[0], 3)
        os.dup2(theirs[1], 4)

    process = subprocess.Popen(
        [PROGRAM, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(3, 4),
        preexec_fn=take_their_places,
        start_new_session=True,
    )
    for fd in theirs:
        os.close(fd)
    browser = Browser(*ours)
    try:
        yield browser
    finally:
        with contextlib.suppress(AssertionError, OSError):
            browser._session = ""
            browser.call("Browser.close")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        if process.poll() is None:
            os.killpg(process.pid, 9)
            process.wait()
        for fd in ours:
            os.close(fd)
        shutil.rmtree(profile, ignore_errors=True)


TEXTS_OUTSIDE = """
[...document.querySelectorAll('svg')].flatMap(svg => {
  const box = svg.viewBox.baseVal;
  return [...svg.querySelectorAll('text')].filter(text => {
    const b = text.getBBox();
    return b.x < box.x - 1 || b.x + b.width > box.x + box.width + 1
        || b.y < box.y - 2 || b.y + b.height > box.y + box.height + 2;
  }).map(text => text.textContent);
})
"""
"""Texts of drawings that stick out of them."""

POOR_CONTRAST = """
(() => {
  const parse = text => { const m = text.match(/[\\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const light = c => {
    const [r, g, b] = c.slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = node => {
    let colour = parse(getComputedStyle(document.body).backgroundColor);
    const chain = [];
    for (let n = node; n && n !== document.documentElement; n = n.parentElement) chain.unshift(n);
    for (const n of chain) colour = over(parse(getComputedStyle(n).backgroundColor), colour);
    return colour;
  };
  const poor = [];
  for (const node of document.querySelectorAll('body *')) {
    if (node.closest('svg') || ![...node.childNodes].some(c => c.nodeType === 3 && c.textContent.trim())) continue;
    if (!node.getClientRects().length) continue;
    const below = behind(node), ink = over(parse(getComputedStyle(node).color), below);
    const [a, b] = [light(ink), light(below)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push([node.className, node.textContent.slice(0, 30), ratio.toFixed(2)].join(' | '));
  }
  return [...new Set(poor)];
})()
"""
"""Texts whose contrast is below 4.5 (WCAG 2.1, criterion 1.4.3)."""

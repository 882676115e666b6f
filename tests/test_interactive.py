"""``fixer apply --interactive`` at a real terminal: what is asked, what each answer does, and Ctrl-C."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import Run

HEAD = """\
import torch
from torch import nn

data = [(torch.randn(4, 3), torch.randn(4, 1))] * 5
"""
LOOP = """\
model{0} = nn.Linear(3, 1)
optimizer{0} = torch.optim.Adam(model{0}.parameters())
for x, y in data:
    loss{0} = ((model{0}(x) - y) ** 2).mean()
    loss{0}.backward()
    optimizer{0}.step()
"""
SCRIPT = HEAD + LOOP.format(1) + LOOP.format(2) + LOOP.format(3)


def fixed(*numbers: int, text: str = SCRIPT) -> str:
    for number in numbers:
        text = text.replace(f"    loss{number} = ", f"    optimizer{number}.zero_grad()\n    loss{number} = ")
    return text


class Terminal:
    """A fixer process whose standard input and output are a terminal."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        environment = {**os.environ, "TERM": "dumb"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # it starts twice as fast with byte code
        self.screen = ""
        self.child, self.end = pty.fork()
        if self.child == 0:
            os.chdir(folder)
            os.execve(sys.executable, [sys.executable, "-m", "fixer", *arguments], environment)

    def until(self, text: str, seconds: float = 30.0) -> None:
        """Read until ``text`` has come after what was waited for before."""
        deadline = time.monotonic() + seconds
        start = len(self.screen)
        while text not in self.screen[start:]:
            ready, _, _ = select.select([self.end], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"waited for {text!r}, saw {self.screen[start:]!r}"
            assert self._read(), f"waited for {text!r}, and it ended: {self.screen[start:]!r}"

    def type(self, keys: str) -> None:
        os.write(self.end, keys.encode())

    def answer(self, *answers: str) -> str:
        """Give one answer to each question, then read to the end; returns all that was shown."""
        for one in answers:
            self.until("]? ")
            self.type(one)
        while self._read():
            pass
        return self.screen

    @property
    def status(self) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])

    def _read(self) -> bool:
        try:
            piece = os.read(self.end, 65536)
        except OSError:  # the other end is closed
            return False
        self.screen += piece.decode().replace("\r\n", "\n")
        return bool(piece)


@pytest.mark.parametrize(
    ("answers", "numbers", "status"),
    [
        ("y\n y\n y\n", (1, 2, 3), 0),
        ("y\n n\n y\n", (1, 3), 1),
        ("n\n y\n n\n", (2,), 1),
        ("a\n", (1, 2, 3), 0),
        ("n\n a\n", (2, 3), 1),
        ("y\n d\n", (1,), 1),
        ("y\n q\n", (1,), 1),
        ("?\n huh\n y\n q\n", (1,), 1),
        ("y\n \x04", (1,), 1),
    ],
)
def test_every_answer(here: Path, answers: str, numbers: tuple[int, ...], status: int) -> None:
    (here / "a.py").write_text(SCRIPT)
    terminal = Terminal(here, "apply", "-i", "--unsafe", "a.py")
    shown = terminal.answer(*answers.split(" "))
    assert terminal.status == status, shown
    assert (here / "a.py").read_text() == fixed(*numbers)
    if "?" in answers:
        assert shown.count("q - quit: apply neither") == 2
    assert "Traceback" not in shown


def test_the_explanation_stands_above_each_change(here: Path) -> None:
    (here / "a.py").write_text(SCRIPT)
    terminal = Terminal(here, "apply", "-i", "--unsafe", "a.py")
    shown = terminal.answer("n\n", "y\n", "q\n")
    first, second, third, _ = shown.split("Apply this repair [y,n,a,d,q,?]? ")
    for number, text in ((1, first), (2, second), (3, third)):
        line = f"the gradients of optimizer{number} are never cleared"
        assert text.index(line) < text.index("@@ -") < text.index(f"+    optimizer{number}.zero_grad()")
        assert text.count("zero_grad()\n") == 1, "one change at a time"
    assert "(1/3) " in first and "(2/3) " in second
    assert "Repaired 1 finding in 1 file, 2 findings left." in shown
    assert "kept missing-zero-grad: not wanted" in shown


def test_d_goes_on_to_the_next_file_and_q_does_not(here: Path) -> None:
    for name in ("a.py", "b.py", "c.py"):
        (here / name).write_text(SCRIPT)
    terminal = Terminal(here, "apply", "-i", "--unsafe", ".")
    terminal.answer("d\n", "y\n", "q\n")
    assert terminal.status == 1
    assert [(here / name).read_text() for name in ("a.py", "b.py", "c.py")] == [SCRIPT, fixed(1), SCRIPT]


def test_ctrl_c_leaves_every_file_whole(here: Path) -> None:
    for name in ("a.py", "b.py"):
        (here / name).write_text(SCRIPT)
    terminal = Terminal(here, "apply", "-i", "--unsafe", "a.py", "b.py")
    for _ in range(4):
        terminal.until("]? ")
        terminal.type("y\n")
    terminal.until("]? ")
    started = time.monotonic()
    terminal.type("\x03")
    shown = terminal.answer()
    assert terminal.status == 130
    assert time.monotonic() - started < 5
    assert shown.rstrip().endswith("interrupted; a file is either done or as it was")
    assert "Traceback" not in shown
    assert (here / "a.py").read_text() == fixed(1, 2, 3), "its questions were answered"
    assert (here / "b.py").read_text() == SCRIPT, "its questions were not"
    assert sorted(os.listdir(here)) == ["a.py", "b.py"]


def test_a_file_that_changes_meanwhile_is_left_alone(here: Path) -> None:
    (here / "a.py").write_text(SCRIPT)
    terminal = Terminal(here, "apply", "-i", "--unsafe", "a.py")
    terminal.until("]? ")
    (here / "a.py").write_text("x = 1\n")
    terminal.type("a\n")
    shown = terminal.answer()
    assert terminal.status == 2
    assert "error: a.py: the file changed while it was being checked; run the command again" in shown
    assert (here / "a.py").read_text() == "x = 1\n"


def test_a_notebook_shows_its_code(here: Path) -> None:
    cell = '{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null, "source": %s}'

    text = '{"cells": [%s], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}' % (cell % json.dumps(SCRIPT))
    (here / "a.ipynb").write_text(text)
    terminal = Terminal(here, "apply", "-i", "--unsafe", "a.ipynb")
    shown = terminal.answer("y\n", "d\n")
    assert "+    optimizer1.zero_grad()\n" in shown
    assert (here / "a.ipynb").read_text() == text.replace(json.dumps(SCRIPT), json.dumps(fixed(1)))


def test_it_needs_a_terminal(run: Run, here: Path) -> None:
    (here / "a.py").write_text(SCRIPT)
    for arguments in (["a.py"], ["--verify", "a.py"], ["-"]):
        ran = run("apply", "--interactive", *arguments)
        assert (ran.status, len(ran.err.splitlines())) == (2, 1)
    assert (here / "a.py").read_text() == SCRIPT


def test_ctrl_c_ends_a_check_within_a_second(here: Path) -> None:
    for number in range(300):
        (here / f"a{number}.py").write_text(SCRIPT * 3)
    process = subprocess.Popen(
        [sys.executable, "-m", "fixer", "check", "--jobs", "2", "."],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    time.sleep(1.5)
    assert process.poll() is None, "it was still at work"
    started = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in err and err.startswith(b"interrupted")
    assert time.monotonic() - started < 5, "a second on a machine that is not busy"

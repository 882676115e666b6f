"""Every unusable input gives one clear line and status 2, and the other files are still done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Run

from fixer import limits
from fixer.sources.syntax import MAX_SIZE, check_syntax

pytestmark = pytest.mark.usefixtures("fake")

GOOD = b"for x in y:\n    backward(safe)\n"

BROKEN = {
    "unmatched parenthesis": (b"def f():\n    get(x, y))\n    backward()\n", 2, "unmatched ')'; balance the brackets"),
    "open parenthesis": (b"x = 1\ny = f(x\nbackward()\n", 2, "'(' was never closed; balance the brackets"),
    "lost indentation": (b"for a in b:\nbackward(a)\n", 2, "the indentation was lost"),
    "too much indentation": (b"x = 1\n    backward(x)\n", 2, "unexpected indent; the indentation was lost"),
    "tabs and spaces": (b"if x:\n        y = 1\n\tbackward()\n", 3, "inconsistent use of tabs and spaces"),
    "print statement": (
        b"backward()\nprint 'loss', loss\n",
        2,
        "Python 2 code (a print statement); convert it with 2to3",
    ),
    "print in a line": (b"backward()\nif x: print loss\n", 2, "Python 2 code (a print statement)"),
    "old except": (
        b"try:\n    backward()\nexcept ValueError, e:\n    pass\n",
        3,
        "Python 2 code ('except Error, name')",
    ),
    "old raise": (b"backward()\nraise ValueError, 'no'\n", 2, "Python 2 code ('raise Error, message')"),
    "exec statement": (b"backward()\nexec 'x = 1'\n", 2, "Python 2 code (an exec statement)"),
    "old comparison": (b"if backward() <> 1:\n    pass\n", 1, "Python 2 code (the operator <>)"),
    "backquotes": (b"x = `backward`\n", 1, "Python 2 code (backquotes)"),
    "old octal": (b"os.chmod(backward, 0755)\n", 1, "Python 2 code (an old integer literal)"),
    "long": (b"x = backward(10L)\n", 1, "Python 2 code (an old integer literal)"),
    "ur string": (b"x = ur'backward'\n", 1, "Python 2 code (a ur'' string)"),
    "magic": (b"import backward\n%matplotlib inline\n", 2, "a notebook or shell command (%matplotlib inline)"),
    "shell": (b"!pip install backward\n", 1, "a notebook or shell command"),
    "space of a web page": ("x =\u00a0backward()\n".encode(), 1, "as copied from a web page; replace it by a space"),
    "other": (b"x = backward() y\n", 1, "syntax error: invalid syntax; correct this line (read as Python 3."),
    "null byte": (b"backward()\nx = '\0'\n", 2, "null byte"),
    "invalid utf-8": (
        b"backward()\n# caf\xe9\n",
        2,
        "byte 0xe9 is not valid UTF-8; save it as UTF-8 or name its encoding",
    ),
    "1000 nested blocks": (
        b"".join(b" " * i + b"for i in backward:\n" for i in range(1000)) + b" " * 1000 + b"pass\n",
        101,
        "nested too deeply for Python's own parser",
    ),
    "1000 nested brackets": (b"backward(" * 1000 + b")" * 1000 + b"\n", 1, "nest"),
    "too large": (
        b"backward()\n" + b"x = 1\n" * 900_000,
        None,
        "the source has 5.1 MiB, more than the 2 MiB that are read",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("command", ["check", "apply"])
def test_one_line_names_path_line_and_reason(run: Run, here: Path, name: str, command: str) -> None:
    raw, line, words = BROKEN[name]
    (here / "bad.py").write_bytes(raw)
    (here / "good.py").write_bytes(GOOD)
    ran = run(command, "bad.py", "good.py")
    assert ran.status == 2
    place = "bad.py" if line is None else f"bad.py:{line}"
    (only,) = ran.err.splitlines()
    assert only.startswith(f"error: {place}: ")
    assert words in only
    assert "good.py:2:5" in ran.out, "the other file is still done"
    assert (here / "bad.py").read_bytes() == raw


@pytest.mark.parametrize("name", ["unmatched parenthesis", "print statement", "null byte", "too large"])
def test_a_broken_file_without_training_is_an_error_only_if_named(run: Run, here: Path, name: str) -> None:
    raw = BROKEN[name][0].replace(b"backward", b"b")
    (here / "bad.py").write_bytes(raw)
    assert run("check", "bad.py").status == 2
    assert run("check", ".").status == 0


@pytest.mark.parametrize(
    "text",
    [
        "print(x)\n",
        "x = 'print 3'\n",
        "x = 0o755\n",
        "x = 0x1F\n",
        "match x:\n    case 1:\n        pass\n",
        "",
        "\f\n",
        "#\n",
    ],
)
def test_python_3_is_no_error(text: str) -> None:
    check_syntax(text)


def test_a_long_chain_of_operators_is_done_or_refused(run: Run, here: Path) -> None:
    (here / "deep.py").write_text("x = backward" + " + 1" * 100_000 + "\n")
    ran = run("check", "deep.py")
    assert ran.status == 2
    assert "nested too deeply" in ran.err and len(ran.err.splitlines()) == 1


def test_an_empty_file_is_fine(run: Run, here: Path) -> None:
    (here / "empty.py").write_bytes(b"")
    ran = run("check", "empty.py")
    assert (ran.status, ran.err) == (0, "")


def test_a_large_file_without_training_is_fine_in_a_folder(run: Run, here: Path) -> None:
    (here / "data.py").write_bytes(b"x = 1\n" * (MAX_SIZE // 3))
    assert run("check", ".").status == 0


def test_a_missing_path(run: Run, here: Path) -> None:
    (here / "good.py").write_bytes(GOOD)
    ran = run("check", "nope.py", "good.py")
    assert ran.status == 2
    assert ran.err == "error: nope.py: no such file or folder; check the spelling\n"
    assert "good.py:2:5" in ran.out


def test_a_folder_without_python(run: Run, here: Path) -> None:
    (here / "docs").mkdir()
    (here / "docs" / "a.txt").write_text("backward")
    ran = run("check", "docs")
    assert ran.status == 2
    assert ran.err.startswith("error: docs: no Python files or notebooks in this folder")
    assert len(ran.err.splitlines()) == 1


def test_a_loop_of_links(run: Run, here: Path) -> None:
    (here / "a.py").symlink_to("b.py")
    (here / "b.py").symlink_to("a.py")
    (here / "good.py").write_bytes(GOOD)
    message = "symbolic links lead back to themselves; name the real file"
    assert run("check", "a.py").err == f"error: a.py: {message}\n"
    ran = run("check", ".")
    assert ran.status == 2
    assert ran.err.splitlines() == [f"error: a.py: {message}", f"error: b.py: {message}"]
    assert "good.py:2:5" in ran.out


def test_a_pipe_is_refused_instead_of_waited_for(run: Run, here: Path) -> None:
    os.mkfifo(here / "pipe.py")
    ran = run("check", "pipe.py")
    assert ran.status == 2
    assert ran.err == "error: pipe.py: not a regular file; name a file or a folder\n"


def test_a_pipe_among_the_files_of_a_project_is_not_waited_for(here: Path) -> None:
    """A softmax is searched for its users in the whole project; imports are followed, by name."""
    (here / "net.py").write_text(
        "import torch\n\n\nclass Net(torch.nn.Module):\n    def forward(self, x):\n        return torch.softmax(x, 1)\n"
    )
    (here / "train.py").write_text(
        "import torch\nimport pipe\nfrom net import Net\n\nmodel = Net()\nfor x, y in pipe.batches():\n"
        "    loss = torch.nn.CrossEntropyLoss()(model(x), y)\n    loss.backward()\n"
    )
    os.mkfifo(here / "pipe.py")
    os.mkfifo(here / "another.py")
    # In a process of its own: one that waits for a pipe could not be ended otherwise.
    command = [sys.executable, "-m", "fixer", "check", "--no-cache", "train.py"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "net.py:6:16  redundant-softmax" in done.stdout
    assert done.returncode == 1


def test_a_name_with_a_null_byte(run: Run, here: Path) -> None:
    ran = run("check", "a\0b.py")
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Permissions bind this process too, even where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def anybody(here: Path) -> Path:
    """A working folder that anybody may enter and write to, wherever pytest keeps its own."""
    for folder in [here, *here.parents]:
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    here.chmod(0o777)
    return here


def test_a_file_that_may_not_be_read(run: Run, anybody: Path, unprivileged: None) -> None:
    secret = anybody / "secret.py"
    secret.write_bytes(GOOD)
    secret.chmod(0)
    (anybody / "good.py").write_bytes(GOOD)
    ran = run("check", ".")
    assert ran.status == 2
    assert ran.err == "error: secret.py: no permission to read it; change its permissions (chmod u+r)\n"
    assert "good.py:2:5" in ran.out
    secret.chmod(0o600)


def test_a_folder_that_may_not_be_read(run: Run, anybody: Path, unprivileged: None) -> None:
    (anybody / "secret").mkdir()
    (anybody / "secret").chmod(0)
    (anybody / "good.py").write_bytes(GOOD)
    ran = run("check", ".")
    assert ran.status == 2
    assert ran.err == "error: secret: no permission to read it; change its permissions (chmod u+r)\n"
    assert "good.py:2:5" in ran.out
    (anybody / "secret").chmod(0o700)


def test_a_file_that_may_not_be_written(run: Run, anybody: Path, unprivileged: None) -> None:
    fixed = anybody / "fixed.py"
    fixed.write_bytes(GOOD)
    fixed.chmod(0o444)
    (anybody / "good.py").write_bytes(GOOD)
    ran = run("apply", "fixed.py", "good.py")
    assert ran.status == 2
    assert ran.err == "error: fixed.py: no permission to write it; change its permissions (chmod u+w)\n"
    assert fixed.read_bytes() == GOOD
    assert b"zero()" in (anybody / "good.py").read_bytes()
    assert "Repaired 1 finding in 1 file" in ran.out


def test_a_folder_that_may_not_be_written(run: Run, anybody: Path, unprivileged: None) -> None:
    (anybody / "in").mkdir()
    (anybody / "in" / "good.py").write_bytes(GOOD)
    (anybody / "in").chmod(0o555)
    ran = run("apply", "in/good.py")
    assert ran.status == 2
    assert ran.err == "error: in/good.py: cannot be written: permission denied; the file is unchanged\n"
    (anybody / "in").chmod(0o755)


def test_a_defect_of_a_rule_is_one_line(run: Run, here: Path) -> None:
    (here / "bad.py").write_text("backward()\ncrash()\n")
    (here / "good.py").write_bytes(GOOD)
    ran = run("check", ".")
    assert ran.status == 2
    (only,) = ran.err.splitlines()
    assert only.startswith("error: bad.py: internal error (KeyError: 'a defect of a rule' at tests/conftest.py:")
    assert "please report it" in only
    assert "good.py:2:5" in ran.out


def test_a_file_that_takes_too_long_is_given_up(run: Run, here: Path) -> None:
    (here / "pyproject.toml").write_text("[tool.fixer]\ntime-limit = 0.2\n")
    (here / "bad.py").write_text("backward()\nforever()\n")
    (here / "good.py").write_bytes(GOOD)
    ran = run("check", ".")
    assert ran.status == 2
    assert ran.err == (
        "error: bad.py: given up after 0.2 s; allow it more with time-limit in [tool.fixer], or report it\n"
    )
    assert "good.py:2:5" in ran.out


def test_the_time_limit_ends_with_its_body() -> None:
    with limits.time_limit(0.05):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    with pytest.raises(limits.TooSlow), limits.time_limit(0.05):
        while True:
            pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)

"""The diff: right, short, and taken byte for byte by git and patch, whatever the lines hold."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from conftest import Run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixer.diff import _myers, changes, matches, unified


def test_equal_files_have_no_diff() -> None:
    assert unified(b"a\n", b"a\n", "a.py") == b""


def test_the_format_is_the_unified_one() -> None:
    old = b"".join(b"line %d\n" % i for i in range(1, 11))
    new = old.replace(b"line 5\n", b"line five\n").replace(b"line 10\n", b"line 10\nline 11")
    assert unified(old, new, "src/a.py") == (
        b"--- a/src/a.py\n+++ b/src/a.py\n"
        b"@@ -2,9 +2,10 @@\n line 2\n line 3\n line 4\n-line 5\n+line five\n"
        b" line 6\n line 7\n line 8\n line 9\n line 10\n"
        b"+line 11\n\\ No newline at end of file\n"
    )


def test_far_changes_are_hunks_of_their_own() -> None:
    old = b"".join(b"%d\n" % i for i in range(40))
    new = old.replace(b"\n3\n", b"\nthree\n").replace(b"\n30\n", b"\nthirty\n")
    assert unified(old, new, "a").count(b"\n@@ ") == 2


def test_an_insertion_into_an_empty_file() -> None:
    assert unified(b"", b"x\n", "a") == b"--- a/a\n+++ b/a\n@@ -0,0 +1 @@\n+x\n"


def test_odd_names_are_written_as_git_writes_them() -> None:
    assert unified(b"", b"x\n", 'ta\tb"\\.py').startswith(b'--- "a/ta\\tb\\"\\\\.py"\n')
    assert unified(b"", b"x\n", "a b.py").startswith(b"--- a/a b.py\t\n")


LINES = st.lists(st.integers(0, 5), max_size=14)


@given(LINES, LINES)
def test_matches_ascend_and_match(a: list[int], b: list[int]) -> None:
    i = j = 0
    for x, y, size in matches(a, b):
        assert x >= i and y >= j and size > 0
        assert a[x : x + size] == b[y : y + size]
        i, j = x + size, y + size
    assert i <= len(a) and j <= len(b)


@given(LINES, LINES)
def test_changes_turn_one_into_the_other(a: list[int], b: list[int]) -> None:
    out = list(a)
    for a0, a1, b0, b1 in reversed(changes(a, b)):
        out[a0:a1] = b[b0:b1]
    assert out == b


@given(LINES, LINES)
def test_between_anchors_the_edit_is_the_shortest(a: list[int], b: list[int]) -> None:
    longest = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            longest[i + 1][j + 1] = longest[i][j] + 1 if x == y else max(longest[i][j + 1], longest[i + 1][j])
    assert len(_myers(a, 0, len(a), b, 0, len(b))) == longest[-1][-1]


def test_the_work_is_bounded() -> None:
    old = [i % 50 for i in range(60_000)]
    started = time.perf_counter()
    assert changes(old, [i % 50 + 100 for i in range(60_000)]) == [(0, 60_000, 0, 60_000)]
    spread = old.copy()
    for at in range(0, 60_000, 300):
        spread.insert(at, -1)
    assert len(changes(old, spread)) == 200
    assert time.perf_counter() - started < 10


PIECES = [
    b"for x in y:\n",
    b"\tbackward(safe)\r\n",
    b"a\r",
    b"\x0c\n",
    b"b = '\xe4'\n",
    b"\n",
    b"+x\n",
    b"--- q\n",
    b"\\ z\n",
    b"@@\n",
]
BLOB = st.tuples(st.lists(st.sampled_from(PIECES), max_size=30), st.sampled_from([b"", b"end", b"end\r"])).map(
    lambda pair: b"".join(pair[0]) + pair[1]
)


def apply_with(folder: Path, old: bytes, patch: bytes, *command: str) -> bytes:
    file = folder / "a.py"
    file.write_bytes(old)
    subprocess.run(command, input=patch, cwd=folder, check=True, capture_output=True)
    return file.read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BLOB, BLOB)
def test_git_and_patch_take_any_bytes(tmp_path: Path, old: bytes, new: bytes) -> None:
    # An empty side would mean that the file is created or deleted, which a repair never does.
    old, new = old or b"x\n", new or b"y\n"
    if old == new:
        return
    diff = unified(old, new, "a.py")
    assert apply_with(tmp_path, old, diff, "git", "apply", "--unsafe-paths", "-") == new
    assert apply_with(tmp_path, old, diff, "patch", "-p1", "--binary", "-s") == new


SCRIPTS = {
    "plain": b"for x in y:\n    backward(safe)\n",
    "crlf": b"for x in y:\r\n    backward(safe)\r\nz = 1\r\n",
    "cr": b"for x in y:\r    backward(safe)\rz = 1\r",
    "mixed": b"for x in y:\r\n    a = 1\n    backward(safe)\r\nz = 1\n",
    "bom": b"\xef\xbb\xbffor x in y:\n    backward(safe)\n",
    "latin-1": b"# coding: latin-1\nz = '\xe4'\nfor x in y:\n    backward(safe)\n",
    "no final newline": b"for x in y:\n    backward(safe)",
    "no final newline, crlf": b"for x in y:\r\n    backward(safe)",
    "form feed": b"\x0c\nfor x in y:\n\x0c    backward(safe)\n\x0c\n",
    "tabs": b"for x in y:\n\tbackward(safe)\n",
    "two bugs": b"for x in y:\n    backward(safe)\n" + b"# far\n" * 20 + b"for x in y:\n    softmax(safe)\n",
}


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("tool", [("git", "apply", "-"), ("patch", "-p1", "-s")])
def test_git_and_patch_do_what_apply_does(run: Run, here: Path, name: str, tool: tuple[str, ...]) -> None:
    file = here / "sub folder" / "train é.py"
    file.parent.mkdir()
    file.write_bytes(SCRIPTS[name])
    ran = run("diff", ".")
    assert ran.status == 1
    assert file.read_bytes() == SCRIPTS[name]
    subprocess.run(tool, input=ran.raw, check=True, capture_output=True)
    patched = file.read_bytes()
    file.write_bytes(SCRIPTS[name])
    assert run("apply", ".").status == 0
    assert file.read_bytes() == patched != SCRIPTS[name]
    assert patched.count(b"zero()") == SCRIPTS[name].count(b"safe")

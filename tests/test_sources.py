"""Files as text and back, byte for byte; atomic writing; which files a folder holds."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixer.sources.collect import collect
from fixer.sources.files import write_bytes
from fixer.sources.lines import line_of_offset, split_lines
from fixer.sources.python import Unusable, decode

EXACT = {
    "plain": b"x = 1\n",
    "empty": b"",
    "no final newline": b"x = 1",
    "crlf": b"x = 1\r\ny = 2\r\n",
    "cr": b"x = 1\ry = 2\r",
    "mixed ends": b"x = 1\r\ny = 2\nz = 3\rw = 4",
    "bom": b"\xef\xbb\xbfx = '\xc3\xa4'\r\n",
    "bom and cookie": b"\xef\xbb\xbf# -*- coding: utf-8 -*-\nx = 1\n",
    "latin-1": b"# -*- coding: latin-1 -*-\nx = '\xe4'\n",
    "cp1252 on line 2": b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n",
    "shift-jis": "# coding: shift_jis\nx = '日本'\n".encode("shift_jis"),
    "form feed": b"x = 1\n\x0c\ny = 2\n\x0c",
    "unicode line separator": "x = '\u2028'\n".encode(),
    "the word coding, not a cookie": b"x = 1\n# encoding the labels as coding: nonsense\ny = 2\n",
    "third line is no cookie": b"\n\n# coding: nonsense\n",
}


@pytest.mark.parametrize("raw", EXACT.values(), ids=EXACT)
def test_a_file_survives_byte_for_byte(raw: bytes) -> None:
    source = decode(raw)
    assert source.with_text(source.text) == raw
    assert source.with_text(source.text + "#") == raw + b"#"


def test_latin_1_text_is_decoded_by_its_cookie() -> None:
    assert decode(EXACT["latin-1"]).text.endswith("x = 'ä'\n")


def test_the_bom_is_no_part_of_the_text() -> None:
    assert decode(EXACT["bom"]).text == "x = 'ä'\r\n"


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (b"x = 1\ny = '\xff'\n", 2, "byte 0xff is not valid UTF-8"),
        (b"x = 1\r\n\r\ny = '\xe4'\r\n", 3, "byte 0xe4 is not valid UTF-8"),
        (b"x = 1\n\0\n", 2, "null byte"),
        (b"\xff\xfex\0=\0", 1, "UTF-16"),
        (b"# coding: klingon\n", 1, "unknown encoding: klingon"),
        (b"# coding: rot13\n", 1, "not one for source text"),
        (b"\xef\xbb\xbf# coding: latin-1\n", 1, "UTF-8 mark but names the encoding iso-8859-1"),
    ],
)
def test_undecodable_bytes_name_line_and_reason(raw: bytes, line: int, words: str) -> None:
    with pytest.raises(Unusable) as caught:
        decode(raw)
    assert caught.value.line == line
    assert words in caught.value.message


def test_a_character_that_the_encoding_lacks_is_refused() -> None:
    source = decode(EXACT["latin-1"])
    with pytest.raises(Unusable, match="'日'"):
        source.with_text(source.text + "# 日")


def test_an_encoding_that_does_not_round_trip_is_refused() -> None:
    # UTF-7 may spell the same text in several ways; a rewrite would touch lines that nobody asked for.
    source = decode(b"# coding: utf-7\nx = '+AOQ-'\ny = '+AC0-'\n")
    with pytest.raises(Unusable, match="not written back exactly"):
        source.with_text(source.text)


@given(st.text(alphabet="a\n\r\f\v\x1c\x85\u2028 #", max_size=60))
def test_lines_split_where_python_splits_them(text: str) -> None:
    lines = split_lines(text)
    assert "".join(lines) == text
    assert all(line.endswith(("\n", "\r")) for line in lines[:-1])
    assert all("\n" not in line[:-1].replace("\r", "", line.endswith("\r\n")) for line in lines)
    # The tokenizer of Python agrees: each line holds one comment that was put there.
    for number, line in enumerate(lines, 1):
        offset = len("".join(lines[: number - 1]).encode())
        assert line_of_offset(text.encode(), offset) == number or line in ("\n", "\r")


# --- writing -------------------------------------------------------------------------------------------------------


def test_writing_keeps_the_mode_and_leaves_nothing_beside_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    file.chmod(0o754)
    write_bytes(str(file), b"new\r\n", b"old")
    assert file.read_bytes() == b"new\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o754
    assert os.listdir(tmp_path) == ["a.py"]


def test_a_link_is_written_through_to_its_target(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target = tmp_path / "there" / "real.py"
    target.write_bytes(b"old")
    link = tmp_path / "link.py"
    link.symlink_to(target)
    write_bytes(str(link), b"new", b"old")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_file_that_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"somebody else's work")
    with pytest.raises(Unusable, match="changed while"):
        write_bytes(str(file), b"new", b"old")
    assert file.read_bytes() == b"somebody else's work"


def test_a_failed_write_leaves_the_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unusable, match="no space left on device; the file is unchanged"):
        write_bytes(str(file), b"new", b"old")
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.py"]


# --- collecting ----------------------------------------------------------------------------------------------------


def tree(root: Path, *names: str) -> None:
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")


def found(*paths: str) -> list[str]:
    collected = collect(paths)
    assert not collected.problems
    return [target.path for target in collected.targets]


def test_a_folder_gives_its_python_files_in_order(here: Path) -> None:
    tree(here, "b.py", "a.py", "sub/z.py", "sub/deep/y.py", "README.md", "c.pyi", "run.pyc")
    assert found(".") == ["a.py", "b.py", "sub/deep/y.py", "sub/z.py"]


def test_foreign_and_hidden_folders_are_skipped(here: Path) -> None:
    tree(here, "a.py", ".hidden.py", ".git/x.py", "__pycache__/x.py", "node_modules/x.py", "env/x.py", "venv/x.py")
    (here / "env" / "pyvenv.cfg").write_text("")
    assert found(".") == ["a.py"]
    assert found("venv") == ["venv/x.py"], "a folder that is named itself is walked"


def test_each_file_comes_once(here: Path) -> None:
    tree(here, "a.py", "sub/b.py")
    (here / "link.py").symlink_to("a.py")
    assert found("sub/b.py", ".", "a.py", "./sub/../a.py") == ["sub/b.py", "a.py"]


def test_a_named_file_is_taken_whatever_its_name(here: Path) -> None:
    tree(here, "train")
    assert found("train") == ["train"]


def test_paths_outside_the_working_directory_stay_absolute(here: Path) -> None:
    tree(here, "in/a.py", "out/b.py")
    os.chdir(here / "in")
    assert found("a.py", "../out/b.py") == ["a.py", str(here / "out" / "b.py")]


def test_gitignore_is_honoured_as_git_does(here: Path) -> None:
    tree(here, "a.py", "gen/x.py", "sub/b.py", "sub/skip.py", "sub/keep_me.py", "deep/build/c.py", "secret.py")
    (here / ".git" / "info").mkdir(parents=True)
    (here / ".git" / "info" / "exclude").write_text("secret.py\n")
    (here / ".gitignore").write_text("# generated\ngen/\nkeep_*.py\n/deep/build\n")
    (here / "sub" / ".gitignore").write_text("skip.py\n!keep_me.py\n")
    assert found(".") == ["a.py", "sub/b.py", "sub/keep_me.py"]
    assert found("sub") == ["sub/b.py", "sub/keep_me.py"], "the rules above a folder count too"
    assert found("gen") == ["gen/x.py"], "an ignored folder that is named itself is walked"
    assert found("secret.py") == ["secret.py"]


def test_git_agrees_on_what_is_ignored(here: Path) -> None:
    names = ["a.py", "x/a.py", "x/y/a.py", "x/b.py", "build/c.py", "x/build/d.py", "foo bar.py", "é.py", "x/#h.py"]
    tree(here, *names)
    (here / ".gitignore").write_text("/a.py\nx/**/b.py\nbuild/\n!x/build/\nfoo\\ bar.py\n\\#h.py\n[bad\n")
    (here / "x" / ".gitignore").write_text("*\n!a.py\n!*/\n")
    subprocess.run(["git", "init", "-q"], check=True)
    listed = subprocess.run(
        ["git", "-c", "core.quotepath=off", "ls-files", "-co", "--exclude-standard", "*.py"],
        capture_output=True,
        check=True,
    )
    assert found(".") == sorted(listed.stdout.decode().splitlines())


GLOBS = st.lists(
    st.text(alphabet="ab*?/!.[]-\\\\^ #", min_size=1, max_size=7)
    | st.sampled_from(["**/a", "a/**", "a/**/b", "[!a]", "*/"]),
    max_size=4,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(GLOBS, GLOBS)
def test_git_agrees_on_any_patterns(tmp_path: Path, outer: list[str], inner: list[str]) -> None:
    if not (tmp_path / ".git").exists():
        tree(
            tmp_path,
            "a.py",
            "b.py",
            "a/a.py",
            "a/b.py",
            "a/a/a.py",
            "a/b/a.py",
            "b/a/b.py",
            "b/b/b.py",
            "ab/-.py",
            "#.py",
        )
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("".join(f"{line}\n" for line in outer))
    (tmp_path / "a" / ".gitignore").write_text("".join(f"{line}\n" for line in inner))
    command = ["git", "-C", str(tmp_path), "ls-files", "-co", "--exclude-standard", "*.py"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout.decode().splitlines()
    collected = collect([str(tmp_path)]).targets
    assert sorted(os.path.relpath(target.path, tmp_path) for target in collected) == sorted(listed)


def test_a_loop_of_folder_links_ends(here: Path) -> None:
    tree(here, "a.py", "sub/b.py")
    (here / "sub" / "up").symlink_to("..")
    assert found(".") == ["a.py", "sub/b.py"]

"""What a stranger may hand in: archives, patches, scripts. Nothing leaves its folder, and no token is found."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest
from botcase import BUGGY, CLEAN, REPO, command, hub, opened, replies, review
from fakehub.store import patch_of

from fixer.bot import gather, markdown, render
from fixer.bot.archive import BadArchive, Bounds, everything, unpack
from fixer.bot.chart import chart, table
from fixer.bot.model import MAX_BODY, Analysis, Found, Proof, Review
from fixer.bot.patches import BadPatch, hunks, suggestion, undone


def archive(folder: Path, members: list[tuple[str, Any]]) -> Path:
    """A gzipped tar of (name, content); a TarInfo instead of content is taken as it is."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, content in members:
            member = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            member.name = name
            data = b"" if isinstance(content, tarfile.TarInfo) else content
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    path = folder / "a.tar.gz"
    path.write_bytes(gzip.compress(raw.getvalue()))
    return path


LONG = "top/" + "d/" * 600 + "x.py"


def link(kind: bytes, to: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo()
    member.type, member.linkname = kind, to
    return member


def test_an_archive_is_unpacked_below_its_folder(tmp_path: Path) -> None:
    members = [("top/a.py", b"x = 1\n"), ("top/pkg/b.py", b""), ("top/big.bin", b"0"), ("top/run.sh", b"#!/bin/sh\n")]
    into = tmp_path / "into"
    into.mkdir()
    assert unpack(archive(tmp_path, members), into).files == 2
    assert sorted(path.relative_to(into).as_posix() for path in into.rglob("*.*")) == ["a.py", "pkg/b.py"]
    every = tmp_path / "every"
    every.mkdir()
    assert unpack(archive(tmp_path, members), every, everything).files == 4


@pytest.mark.parametrize(
    "name",
    [
        "top/../../evil.py",
        "/etc/evil.py",
        "top/a/../../../evil.py",
        "../evil.py",
        "top\\..\\evil.py",
        "top/" + "d/" * 600 + "x.py",
    ],
)
def test_a_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    into = tmp_path / "deep" / "into"
    into.mkdir(parents=True)
    with pytest.raises(BadArchive):
        unpack(archive(tmp_path, [("top/a.py", b""), (name, b"evil")]), into, everything)
    assert not list(tmp_path.rglob("evil*"))


def test_links_and_devices_are_left_out(tmp_path: Path) -> None:
    outside = tmp_path / "secret.py"
    outside.write_text("token = 1\n")
    into = tmp_path / "into"
    into.mkdir()
    fifo = tarfile.TarInfo()
    fifo.type = tarfile.FIFOTYPE
    members = [
        ("top/s.py", link(tarfile.SYMTYPE, str(outside))),
        ("top/h.py", link(tarfile.LNKTYPE, "../secret.py")),
        ("top/dir", link(tarfile.SYMTYPE, str(tmp_path))),
        ("top/dir/written.py", b"through a link\n"),
        ("top/fifo.py", fifo),
        ("top/twice.py", b"first\n"),
        ("top/twice.py", b"second\n"),
        ("top/file.py", b"a file\n"),
        ("top/file.py/below.py", b"no folder\n"),
    ]
    found = unpack(archive(tmp_path, members), into, everything)
    assert found.links == ("s.py", "h.py", "dir")
    assert (into / "dir" / "written.py").read_text() == "through a link\n" and not (tmp_path / "written.py").exists()
    assert (into / "twice.py").read_text() == "first\n" and not (into / "s.py").exists()


def test_bombs_are_refused(tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    small = Bounds(total=1 << 20, file=1 << 18, members=50)
    zeros = gzip.compress(b"\0" * (1 << 26))
    (tmp_path / "z.tar.gz").write_bytes(zeros)
    large = tarfile.TarInfo("top/large.py")
    large.size = 1 << 40
    header = gzip.compress(large.tobuf(tarfile.PAX_FORMAT) + b"\0" * 1024)
    (tmp_path / "h.tar.gz").write_bytes(header)
    name = tarfile.TarInfo("x")
    name.type, name.size = tarfile.XHDTYPE, 1 << 30
    (tmp_path / "p.tar.gz").write_bytes(gzip.compress(name.tobuf() + b"\0" * (1 << 22)))
    (tmp_path / "t.tar.gz").write_bytes(archive(tmp_path, [("top/a.py", b"x" * 9999)]).read_bytes()[:60])
    (tmp_path / "n.tar.gz").write_bytes(b"no archive at all")
    for bomb in ("h", "p", "t", "n"):
        with pytest.raises(BadArchive):
            unpack(tmp_path / f"{bomb}.tar.gz", into, everything, small)
    many = archive(tmp_path, [(f"top/{n}.py", b"") for n in range(60)])
    with pytest.raises(BadArchive, match="more than 50 members"):
        unpack(many, into, everything, small)
    sizes = archive(tmp_path, [(f"top/{n}.bin", b"0" * (1 << 17)) for n in range(20)])
    with pytest.raises(BadArchive, match="MiB"):
        unpack(sizes, into, everything, small)


@pytest.mark.parametrize("name", ["x/../../../evil.py", "bomb"])
def test_a_bad_archive_is_told_and_nothing_is_run(name: str) -> None:
    github = hub()
    pull = opened(github, {"train.py": BUGGY})
    if name == "bomb":
        member = tarfile.TarInfo("top/train.py")
        member.size = 1 << 41
        raw = gzip.compress(member.tobuf(tarfile.PAX_FORMAT))
    else:
        raw_tar = io.BytesIO()
        with tarfile.open(fileobj=raw_tar, mode="w") as tar:
            tar.addfile(tarfile.TarInfo(f"top/{name}"), io.BytesIO())
        raw = gzip.compress(raw_tar.getvalue())
    github.store.repos[REPO].archives[pull.head] = raw
    assert review(github) == "reviewed"
    (check,) = github.store.checks
    assert "the archive" in check["_notes"][0]["message"] and github.store.comments == []


def test_a_download_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "MAX_ARCHIVE", 1 << 20)
    github = hub()
    pull = opened(github, {"train.py": BUGGY})
    github.store.repos[REPO].archives[pull.head] = os.urandom(3 << 20)
    assert review(github) == "reviewed"
    assert "more than 1 MiB" in github.store.checks[0]["_notes"][0]["message"]


def test_modules_of_the_repository_are_never_imported() -> None:
    """Names that Python or this program would import, at the top of the pull request."""
    evil = "import pathlib\npathlib.Path('/tmp/fixer-was-fooled').write_text('x')\n"
    names = ("fixer", "libcst", "multiprocessing", "json", "codemods", "sitecustomize", "typing", "torch", "tokenize")
    github = hub()
    mark = Path("/tmp/fixer-was-fooled")
    mark.unlink(missing_ok=True)
    opened(github, {"train.py": BUGGY, **{f"{name}.py": evil for name in names}, "fixer/__init__.py": evil})
    assert review(github) == "reviewed"
    assert len(github.store.review_comments) == 1 and not mark.exists()


def test_what_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    began = time.monotonic()
    (tmp_path / "stubborn.py").write_text(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(1)\n"
    )
    monkeypatch.setattr(gather, "_PASSED", (*gather._PASSED,))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(gather.Unreadable, match="longer than"):
        gather._run("stubborn", {}, tmp_path, 1.0, lambda: None)
    assert time.monotonic() - began < 30


def test_the_readers_environment_holds_no_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "teller.py").write_text(
        "import json, os\nfrom fixer.bot.child import ANSWER\n"
        "print(f'\\n{ANSWER}\\n' + json.dumps({'env': dict(os.environ), 'cwd': os.listdir()}))\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_secret")
    monkeypatch.setenv("FIXER_BOT_PRIVATE_KEY", "pem")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "aws")
    told = gather._run("teller", {}, tmp_path, 60.0, lambda: None)
    assert told["cwd"] == [] and not any(
        "secret" in value.lower() or value in ("pem", "aws") for value in told["env"].values()
    )


SPY = """\
import glob
import os
import socket

import torch
from torch import nn

found = [os.environ.get("GITHUB_TOKEN", ""), os.environ.get("FIXER_BOT_PRIVATE_KEY", "")]
for path in glob.glob("/proc/*/environ") + ["/root/.netrc", "/etc/shadow", {canary!r}]:
    try:
        found.append(open(path, errors="replace").read())
    except OSError:
        pass
text = "".join(found)
leaked = "CANARY" in text or "ghs_" in text
try:
    socket.create_connection(("127.0.0.1", {port}), 1)
    leaked = True
except OSError:
    pass
torch.manual_seed(0)
model = nn.Linear(4 + leaked, 2)  # with anything found, the training fails
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()
for step in range(8):
    loss = criterion(model(torch.randn(8, 4)), torch.randint(0, 2, (8,)))
    loss.backward()
    optimizer.step()
"""


@pytest.mark.slow
def test_a_script_that_looks_for_the_token_while_it_is_verified(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import socket

    from fixer.verify.sandbox import available

    probe = available()
    if not probe:
        pytest.skip(f"no sandbox here: {probe.reason}")
    canary = tmp_path / "canary.txt"
    canary.write_text("CANARY")
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_" + "CANARY" * 5)
    monkeypatch.setenv("FIXER_BOT_PRIVATE_KEY", "CANARY")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        script = SPY.format(canary=str(canary), port=listener.getsockname()[1])
        github = hub()
        pull = opened(github, {"spy.py": script})
        assert command(github, pull, "/fixer verify", python=sys.executable) == "done"
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    (reply,) = replies(github)
    assert "**confirmed**" in reply
    assert "xychart-beta" in reply and "| before |" in reply
    assert "xychart-beta" in github.summaries()[0]["body"] and "ghs_" not in github.summaries()[0]["body"]


def test_without_a_sandbox_nothing_is_run_and_it_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The programs of the sandbox are not on the path: the script must not run."""
    mark = tmp_path / "ran"
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    github = hub()
    pull = opened(github, {"train.py": f"open({str(mark)!r}, 'w').close()\n" + BUGGY})
    assert command(github, pull, "/fixer verify", python=sys.executable) == "answered"
    assert not mark.exists()
    (reply,) = replies(github)
    assert "not" in reply.lower() and "bubblewrap" in reply.lower()


@pytest.mark.parametrize("seed", range(40))
def test_a_diff_undone_gives_the_old_file(seed: int) -> None:
    """Random edits, as GitHub would show them."""
    import random

    dice = random.Random(seed)
    old = [f"line {dice.randrange(30)}" for _ in range(dice.randrange(40))]
    new = list(old)
    for _ in range(dice.randrange(1, 6)):
        at = dice.randrange(len(new) + 1)
        new[at : at + dice.choice((0, 0, 1, 3))] = [f"new {dice.randrange(9)}" for _ in range(dice.randrange(3))]
    before = "\n".join(old).encode() + (b"\n" if old and dice.random() < 0.7 else b"")
    after = "\n".join(new).encode() + (b"\n" if new and dice.random() < 0.7 else b"")
    patch = patch_of(before, after)
    if patch is None:
        assert before == after or not (before.strip() and after.strip())
        return
    assert undone(after, hunks(patch)) == before


def test_a_patch_of_another_file_is_noticed() -> None:
    patch = patch_of(CLEAN.encode(), BUGGY.encode())
    with pytest.raises(BadPatch):
        undone(b"short\n", hunks(patch))


def test_suggestions_stay_inside_of_one_hunk() -> None:
    old = [f"{n}" for n in range(1, 41)]
    shown = hunks(patch_of(b"\n".join(b"%d" % n for n in range(1, 40)), ("\n".join(old) + "\n").encode()))
    assert suggestion(old, [*old[:4], "new", *old[4:]], shown) is None
    found = suggestion(old, [*old[:39], "new", old[39]], shown)
    assert found is not None and (found.start, found.end, found.lines) == (40, 40, ("new", "40"))


def test_a_comment_never_grows_too_long() -> None:
    found = tuple(
        Found("missing-zero-grad", f"deep/{'x' * 80}/{n}.py", n + 1, n + 1, "m" * 500, f"{n:016x}", "safe", "s" * 300,
              touched=True, diff="+" + "d" * 4000)
        for n in range(400)
    )  # fmt: skip
    made = Review("a" * 40, Analysis(found), web="https://github.com/o/r")
    body = render.summary(made)
    assert len(body) <= MAX_BODY and markdown.marked(body) == ("summary", ()) and "400 silent" in body
    assert markdown.state_of(body)["head"] == "a" * 40
    assert len(render.check(made, True)["output"]["text"]) <= 65_535


def test_a_chart_that_mermaid_draws() -> None:
    """The rules that Mermaid's grammar has for xychart: fixed decimals, no quotes within, no empty list, both alike."""
    import re

    nan, inf = float("nan"), float("inf")
    text = chart([2.3, 1e-9, 5e-5, 1.1, nan, 3.0], [2.3, 1.0, 0.5, 0.25, 0.1, 0.05])
    lines = [line for line in text.splitlines() if line.strip().startswith("line ")]
    assert len(lines) == 2 and len({line.count(",") for line in lines}) == 1
    for line in lines:
        assert re.fullmatch(r"    line \[-?\d+(\.\d+)?(, -?\d+(\.\d+)?)+\]", line)
    assert not re.search(r"\de[+-]?\d|nan|inf", text.lower().replace("line", "").replace("before", ""))
    assert chart([nan], [1.0, 2.0]) == "" and chart([], []) == "" and chart([inf, 1.0], [1.0, 2.0]) == ""
    assert max(one.count(",") for one in chart([1.0] * 2000, [2.0] * 1999).splitlines()) < 40
    assert "not finite from figure 2" in table([1.0, nan], [1.0, 0.5])


def test_what_a_script_says_is_quoted() -> None:
    reason = "@all <b>x</b> | [y](https://evil.example) `z`"
    targets = ({"rule": "a|b", "before": {"text": "x|y\n# z"}},)
    proof = Proof("train.py", "confirmed", reason, targets=targets)
    text = render.proof(proof)
    assert "<b>" not in text and "@all" not in text and "](https://" not in text and "\n# z" not in text
    assert all(row.count("|") - row.count("\\|") == 6 for row in text.splitlines() if row.startswith("|"))
    answer = json.loads('{"verdict": "x", "loss": {"before": ["a", 1.0, null], "after": 3}, "targets": [1, {}]}')
    made = gather._proof("train.py", answer)
    assert made.loss_before == (1.0,) and made.loss_after == () and made.targets == ({},)

"""Whatever happens while files are written, each is whole: killed runs, full disks, two runs at once, links."""

from __future__ import annotations

import errno
import os
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest
from conftest import Run

from fixer.sources import files
from fixer.sources.files import write_bytes
from fixer.sources.python import Unusable

BUGGY = """\
import torch
from torch import nn

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in [(torch.randn(3, 4), torch.randn(3, 2))] * 4:
    loss = ((model(x) - y) ** 2).mean()
    loss.backward()
    optimizer.step()
"""
FIXED = BUGGY.replace("    loss = ", "    optimizer.zero_grad()\n    loss = ")
OLD, NEW = b"# old\n" * 20_000, b"# newer\n" * 20_000


def fixer(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "fixer", *arguments]


def leftovers(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if name.endswith((".tmp", ".bak"))]


# --- kill -9 -------------------------------------------------------------------------------------------------------


def rewrite_for_ever(path: str) -> None:
    while True:
        write_bytes(path, NEW, OLD)
        write_bytes(path, OLD, NEW)


def killed_at_random(path: Path, times: int) -> set[bytes]:
    """Kill a process that writes a file without end, again and again; what the file held each time."""
    seen = set()
    chance = random.Random(0)
    for _ in range(times):
        process = get_context("fork").Process(target=rewrite_for_ever, args=(str(path),))
        process.start()
        time.sleep(0.02 + chance.random() * 0.05)
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        seen.add(path.read_bytes())
        if path.read_bytes() not in (OLD, NEW):
            break
        path.write_bytes(OLD)
    return seen


def test_a_killed_run_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(OLD)
    assert killed_at_random(path, 40) <= {OLD, NEW}
    write_bytes(str(path), NEW, OLD)
    assert leftovers(tmp_path) == [], "the next write sweeps up"


def test_a_file_with_two_names_is_whole_or_has_a_copy_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(OLD)
    os.link(path, tmp_path / "b.py")
    for held in killed_at_random(path, 20):
        copies = [(tmp_path / name).read_bytes() for name in leftovers(tmp_path)]
        assert held in (OLD, NEW) or OLD in copies or NEW in copies


def test_apply_killed_half_way_goes_on_where_it_was(here: Path) -> None:
    for number in range(24):
        (here / f"a{number}.py").write_text(BUGGY)
    states = set()
    for attempt in range(4):
        process = subprocess.Popen(fixer("apply", "."), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.4 + 0.25 * attempt)
        process.kill()
        process.wait()
        states |= {file.read_text() for file in here.glob("*.py")}
    assert states <= {BUGGY, FIXED}
    done = subprocess.run(fixer("apply", "."), capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert {file.read_text() for file in here.glob("*.py")} == {FIXED}


# --- no room -------------------------------------------------------------------------------------------------------


def small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


@pytest.mark.parametrize("linked", [False, True])
def test_a_file_that_does_not_fit_stays_as_it_is(here: Path, linked: bool) -> None:
    (here / "a.py").write_text(BUGGY)
    (here / "b.py").write_text(BUGGY)
    if linked:
        os.link(here / "a.py", here / "c.txt")
    done = subprocess.run(fixer("apply", "."), capture_output=True, text=True, preexec_fn=small_files, timeout=60)
    assert done.returncode == 2
    problem = "cannot be written: file too large; the file is unchanged"
    assert done.stderr.splitlines() == [f"error: a.py: {problem}", f"error: b.py: {problem}"]
    assert (here / "a.py").read_text() == (here / "b.py").read_text() == BUGGY
    assert leftovers(here) == []


def test_a_full_disk(here: Path) -> None:
    (here / "disk").mkdir()
    (here / "a.py").write_text(BUGGY + "#" * 6000)
    script = (
        "mount -t tmpfs -o size=12k none disk && cp a.py disk/ && "
        f"{sys.executable} -m fixer apply disk/a.py; echo status $?; cmp a.py disk/a.py && ls -A disk"
    )
    made = shutil.which("unshare") and subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode == 0
    if not made:
        pytest.skip("a small disk needs a mount namespace (unshare -rm), which this machine does not allow")
    done = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-2:] == ["status 2", "a.py"], done
    assert "error: disk/a.py: cannot be written: no space left on device; the file is unchanged\n" in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [["check", "a.py"], ["check", "--format", "json", "a.py"], ["rules"], ["--version"]])
def test_output_that_does_not_fit_is_one_error(here: Path, words: list[str]) -> None:
    (here / "a.py").write_text(BUGGY)
    with open("/dev/full", "w") as full:
        done = subprocess.run(fixer(*words), stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr == "error: the output cannot be written: no space left on device\n"
    assert done.returncode == 2


def test_closed_outputs_leave_the_exit_status(here: Path) -> None:
    (here / "a.py").write_text(BUGGY)
    for closed in ((1,), (2,), (1, 2)):
        with open("out", "w") as out:
            close = partial(list, map(os.close, closed))
            ended = subprocess.run(fixer("check", "a.py"), stdout=out, stderr=out, preexec_fn=close, check=False)
        assert ended.returncode == 1
        assert ("missing-zero-grad" in (here / "out").read_text()) == (1 not in closed)


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
def test_a_failure_at_any_step_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(OLD)

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(files.os, step, fail)
        with pytest.raises(Unusable, match="cannot be written: input/output error; the file is unchanged"):
            write_bytes(str(path), NEW, OLD)
    assert path.read_bytes() == OLD
    assert leftovers(tmp_path) == []


# --- others at work ------------------------------------------------------------------------------------------------


def test_two_runs_at_once(here: Path) -> None:
    for number in range(20):
        (here / f"a{number:02}.py").write_text(BUGGY)
    both = [
        subprocess.Popen(fixer("apply", "."), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [process.communicate(timeout=120)[1] for process in both]
    assert {file.read_text() for file in here.glob("*.py")} == {FIXED}
    assert leftovers(here) == []
    for line in "".join(told).splitlines():
        assert line.endswith("the file changed while it was being checked; run the command again")
    assert {process.returncode for process in both} <= {0, 2}


def test_a_change_at_the_last_moment_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(OLD)
    keep = files._keep_attributes

    def meanwhile(*arguments: object) -> None:
        path.write_bytes(b"# an editor saved this\n")
        keep(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "_keep_attributes", meanwhile)
    with pytest.raises(Unusable, match="the file changed while it was being checked; run the command again"):
        write_bytes(str(path), NEW, OLD)
    assert path.read_bytes() == b"# an editor saved this\n"
    assert leftovers(tmp_path) == []


def test_a_file_that_somebody_keeps_locked_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    path = tmp_path / "a.py"
    path.write_bytes(OLD)
    monkeypatch.setattr(files, "_LOCK_SECONDS", 0.1)
    with open(path) as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Unusable, match="another program keeps it locked"):
            write_bytes(str(path), NEW, OLD)
    assert path.read_bytes() == OLD
    write_bytes(str(path), NEW, OLD)
    assert path.read_bytes() == NEW


# --- what a file is besides its content ----------------------------------------------------------------------------


def by_link(path: Path) -> None:
    real = path.parent / "deep" / "real.py"
    real.parent.mkdir()
    path.rename(real)
    path.symlink_to("deep/real.py")


def by_second_name(path: Path) -> None:
    os.link(path, path.parent / "second.txt")


@pytest.mark.parametrize("kind", [None, by_link, by_second_name])
def test_links_mode_and_owner_stay(here: Path, kind: Callable[[Path], None] | None) -> None:
    path = here / "a.py"
    path.write_text(BUGGY)
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 12345, 54321)
    if kind is not None:
        kind(path)
    before = path.stat()
    marked = True
    try:
        os.setxattr(path, "user.note", b"mine")
    except OSError:
        marked = False
    done = subprocess.run(fixer("apply", "a.py"), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    after = path.stat()
    assert path.read_text() == FIXED
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert stat.S_IMODE(after.st_mode) == 0o640
    assert not marked or os.getxattr(path, "user.note") == b"mine"
    assert path.is_symlink() == (kind is by_link)
    if kind is by_second_name:
        assert (after.st_ino, after.st_nlink) == (before.st_ino, 2)
        assert (here / "second.txt").read_text() == FIXED
    assert leftovers(here) == []


# --- many files ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("fake")
def test_ten_thousand_files_some_of_which_cannot_be_read(run: Run, here: Path) -> None:
    for folder in range(100):
        (here / f"d{folder:02}").mkdir()
        for number in range(99):
            (here / f"d{folder:02}" / f"f{number:02}.py").write_bytes(b"x = 1\n")
        (here / f"d{folder:02}" / "train.py").write_bytes(b"backward(safe)\n")
    odd = here / "d50"
    (odd / "nowhere.py").symlink_to("gone.py")
    (odd / "loop.py").symlink_to("loop.py")
    (odd / "folder.py").mkdir()
    os.mkfifo(odd / "pipe.py")
    (odd / "bytes.py").write_bytes(b"backward(\xff)\n")
    (odd / "null.py").write_bytes(b"backward()\0\n")
    ran = run("check", "--jobs", "2", "--quiet", ".")
    assert ran.status == 2
    assert ran.out.count("missing-zero-grad") == 100
    names = sorted(line.split(": ")[1].partition(":")[0] for line in ran.err.splitlines())
    assert names == [f"d50/{name}.py" for name in ("bytes", "loop", "nowhere", "null", "pipe")]

"""The sandbox of the verifier: a training in it, what it is made of, and what is said where there can be none."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path

import pytest
from verify_cases import job_of

pytest.importorskip("torch")

from fixer.verify.core import verify
from fixer.verify.job import Outcome
from fixer.verify.relay import Relay
from fixer.verify.sandbox import available, needs, seccomp
from fixer.verify.sandbox.interpreter import interpreter
from fixer.verify.scratch import copy_project, linked_files

CASE = "missing-zero-grad/flat_enumerate"
HERE = available()
sandboxed = pytest.mark.skipif(not HERE, reason=HERE.reason)


@sandboxed
@pytest.mark.slow
def test_a_repair_is_confirmed_inside() -> None:
    answer = verify(job_of(CASE), sandbox=True)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    plain = verify(job_of(CASE))
    assert answer.loss_before == plain.loss_before, "training inside is the same as outside"


@sandboxed
@pytest.mark.slow
def test_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert verify(job_of(CASE), sandbox=True).verdict is Outcome.CONFIRMED
    assert os.listdir(tmp_path) == []
    assert not list(Path("/sys/fs/cgroup").glob(f"*/fixer-{os.getpid()}-*"))


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("bwrap", "apt-get install bubblewrap"),
        ("linux", "needs Linux"),
        ("filter", "no system-call filter for riscv64"),
        ("new", "0.8 or newer, and this one is 0.6.1"),
    ],
)
def test_what_is_missing_is_said(missing: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "version", lambda: {"bwrap": None, "new": (0, 6, 1)}.get(missing, (0, 8, 0)))
    monkeypatch.setattr("sys.platform", "darwin" if missing == "linux" else "linux")
    monkeypatch.setattr("platform.machine", lambda: "riscv64" if missing == "filter" else "x86_64")
    found = needs.needs()
    assert found is not None and words in found
    answer = verify(job_of(CASE), sandbox=True)
    assert answer.verdict is Outcome.COULD_NOT_RUN
    assert answer.reason == found


def test_a_server_without_a_sandbox_is_not_taken_for_one() -> None:
    from fixer.verify.client import Server

    with Server(device="cpu") as plain, pytest.raises(ValueError, match="no sandbox"):
        verify(job_of(CASE), plain, sandbox=True)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_is_a_program_whose_jumps_stay_inside(machine: str) -> None:
    program = list(struct.iter_unpack("=HBBI", seccomp.program(machine)))
    assert 100 < len(program) < 4096
    for at, (code, yes, no, _) in enumerate(program):
        if code & 0x07 == 0x05:
            assert at + 1 + max(yes, no) < len(program), at
    assert program[-1][0] & 0x07 == 0x06
    with pytest.raises(KeyError):
        seccomp.program("vax")


def test_an_interpreter_uncovers_no_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "lib").mkdir()
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{tmp_path / 'lib'}:/")
    interpreter.cache_clear()
    import sys

    found = interpreter(sys.executable)
    interpreter.cache_clear()
    assert str(tmp_path / "lib") in found.paths
    assert str(tmp_path) not in found.paths and "/" not in found.paths


def test_links_out_of_a_project_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "big").write_bytes(bytes(5 * 2**20))
    project = tmp_path / "project"
    project.mkdir()
    script = project / "train.py"
    script.write_text("open('key.txt')")
    (project / "key.txt").symlink_to(tmp_path / "secret")
    (project / "big.bin").symlink_to(tmp_path / "big")
    (project / "own.bin").write_bytes(bytes(5 * 2**20))
    for closed, names in ((True, {"train.py", "own.bin"}), (False, {"train.py", "own.bin", "key.txt", "big.bin"})):
        to = tmp_path / f"copy{closed}"
        copy_project(project, to, script, script.read_text(), False, closed=closed)
        assert set(os.listdir(to)) == names
    assert linked_files(project) == [project / "own.bin"]


def sealed(relay: Relay, *payloads: bytes) -> list[bytes]:
    """Lines as a run sends them."""
    reading, writing = os.pipe()
    sent = os.fork()
    if sent == 0:
        from fixer.verify.child.sink import Sink

        sink = Sink(writing, relay.key)
        for payload in payloads:
            sink.write(json.loads(payload))
        sink.flush()
        os._exit(0)
    os.close(writing)
    os.waitpid(sent, 0)
    with open(reading, "rb") as file:
        return file.read().splitlines(keepends=True)


def test_only_sealed_lines_are_taken(tmp_path: Path) -> None:
    trace, output = tmp_path / "trace", tmp_path / "output"
    with Relay(trace, output) as relay:
        one, two = sealed(relay, b'{"k": "step"}', b'{"k": "exit", "status": "end"}')
        relay.take("trace", one[:7])
        relay.take("trace", one[7:] + two)
        assert not relay.forged
    assert trace.read_bytes() == b'{"k": "step"}\n{"k": "exit", "status": "end"}\n'


@pytest.mark.parametrize("how", ["plain", "seal", "again", "changed"])
def test_forged_lines_are_noticed(tmp_path: Path, how: str) -> None:
    trace = tmp_path / "trace"
    with Relay(trace, tmp_path / "output") as relay:
        (line,) = sealed(relay, b'{"k": "step"}')
        relay.take("trace", line)
        wrong = {
            "plain": b'{"k": "step"}\n', "seal": b'{"k": "step"}\t7\t0123456789abcdef\n', "again": line,
            "changed": line.replace(b"step", b"stop"),
        }  # fmt: skip
        relay.take("trace", wrong[how])
    assert trace.read_bytes().splitlines() == [b'{"k": "step"}', b'{"k": "exit", "status": "forged", "at": []}']


def test_settings_of_a_project_name_no_program_of_its_own(tmp_path: Path) -> None:
    from fixer.verify.choices import Choices, NotTrusted, choices

    script = str(tmp_path / "train.py")
    own = (("python", str(tmp_path / "bin" / "python")), ("sandbox", True))
    with pytest.raises(NotTrusted, match="--python"):
        choices(script, own)
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(NotTrusted):
        choices(script, (("python", f"{tmp_path}/../{tmp_path.name}/link/python"),), sandbox=True)
    assert choices(script, own, sandbox=False) == Choices(python=own[0][1])
    assert choices(script, own, python="/usr/bin/python3") == Choices(python="/usr/bin/python3", sandbox=True)
    assert choices(script, (("python", "/usr/bin/python3"), ("device", "cpu")), sandbox=True).device == "cpu"

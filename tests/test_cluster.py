"""Many files on joblib's pool, on a real Dask cluster and on a real Ray cluster of two workers: as on this machine."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any, TextIO, cast

import pytest
from conftest import Ran, Run

from fixer import cluster
from fixer.pool import NoCluster, run_many
from fixer.run import Options, run_file
from fixer.sources.collect import Target
from fixer.verify import many
from fixer.verify.many import verify_one
from fixer.worker import in_process

pytestmark = pytest.mark.slow

LOOP = """\
import torch
from net import Net
model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in [(torch.randn(3, 4), torch.randn(3, 2))] * 4:
{}    loss = ((model(x) - y) ** 2).mean()
    loss.backward()
    optimizer.step()
"""
BUGGY, CLEAN, BROKEN = LOOP.format(""), LOOP.format("    optimizer.zero_grad()\n"), "x = backward(\n"
NET = "from torch import nn\nclass Net(nn.Linear):\n    def __init__(self):\n        super().__init__(4, 2)\n"


@pytest.fixture
def project(here: Path) -> Path:
    for number in range(20):
        (here / f"a{number:02}.py").write_text((BUGGY, CLEAN, BUGGY, BROKEN)[number % 4])
    (here / "net.py").write_text(NET)
    return here


@pytest.fixture(scope="module")
def importable() -> Iterator[None]:
    """The functions of this file can be imported by the workers, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        yield


@pytest.fixture(scope="module")
def dask_cluster(importable: None) -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as found:
        yield found


@pytest.fixture(scope="module")
def ray_cluster(importable: None) -> Iterator[str]:
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    found = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    found.add_node(num_cpus=1)
    yield found.address
    found.shutdown()


def same(run: Run, *arguments: str) -> None:
    def check(*more: str) -> Ran:
        return run("check", ".", "--no-cache", "--format", "json", *more)

    here = check()
    assert here.status == 2
    answer = json.loads(here.out)
    assert (len(answer["findings"]), len(answer["errors"]), answer["files_checked"]) == (10, 5, 16)
    assert check(*arguments) == here


def test_loky_says_the_same(run: Run, project: Path) -> None:
    same(run, "--backend", "loky", "--jobs", "2")


def test_dask_says_the_same(run: Run, project: Path, dask_cluster: Any) -> None:
    same(run, "--backend", "dask", "--cluster", dask_cluster.scheduler_address)


def test_ray_says_the_same(run: Run, project: Path, ray_cluster: str) -> None:
    same(run, "--backend", "ray", "--cluster", ray_cluster)


def kill_once(target: Target, marker: str) -> Any:
    """Check a file; the first time that it is ``a07.py``, the worker of the cluster dies."""
    if target.path == "a07.py":
        try:
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return run_file(target, Options())
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(1)
    return run_file(target, Options())


def die(target: Target) -> Any:
    if target.path == "a07.py":
        os._exit(9)
    return run_file(target, Options())


def failed(target: Target, why: str) -> str:
    return f"{target.path}: {why}"


@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_the_files_of_a_killed_worker_are_done_by_another(
    request: pytest.FixtureRequest, project: Path, tmp_path: Path, backend: str
) -> None:
    found = request.getfixturevalue(f"{backend}_cluster")
    address = found if backend == "ray" else found.scheduler_address
    targets = [Target(f"a{number:02}.py", False) for number in range(20)]
    here = list(run_many(targets, partial(run_file, options=Options())))
    marker = tmp_path / "killed"
    work = partial(kill_once, marker=str(marker))
    there = list(cluster.run_on(targets, work, failed, backend, address))
    assert marker.exists()
    assert there == here


def test_a_file_that_kills_its_process_is_named_and_the_others_are_done(project: Path, dask_cluster: Any) -> None:
    targets = [Target(f"a{number:02}.py", False) for number in range(20)]
    here = list(run_many(targets, partial(run_file, options=Options())))
    there = list(cluster.run_on(targets, die, failed, "dask", dask_cluster.scheduler_address))
    assert there[7] == "a07.py: the process that checked it died (out of memory?)"
    assert [*there[:7], *there[8:]] == [*here[:7], *here[8:]]


def closed_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port: int = place.getsockname()[1]
        return port


def test_a_cluster_that_is_not_there_is_one_clear_error(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 1)
    where = f"tcp://127.0.0.1:{closed_port()}"
    ran = run("check", ".", "--backend", "dask", "--cluster", where)
    assert ran.status == 2 and ran.out == ""
    (only,) = ran.err.splitlines()
    assert only.startswith(f"error: the Dask cluster at {where} cannot be reached: ")
    unnamed = run("check", ".", "--backend", "dask")
    assert (unnamed.status, len(unnamed.err.splitlines())) == (2, 1)
    assert "--cluster tcp://HOST:PORT" in unnamed.err


def test_a_ray_cluster_that_is_not_there_is_one_clear_error(run: Run, project: Path) -> None:
    pytest.importorskip("ray")
    where = f"127.0.0.1:{closed_port()}"
    ran = run("check", ".", "--backend", "ray", "--cluster", where)
    assert ran.status == 2 and ran.out == ""
    (only,) = ran.err.splitlines()
    assert only.startswith(f"error: the Ray cluster at {where} cannot be reached: ")


@pytest.mark.parametrize("backend", ["dask", "ray"])
@pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-some\r\n"])
def test_what_is_no_cluster_is_not_waited_for(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch, backend: str, greeting: bytes
) -> None:
    pytest.importorskip("ray" if backend == "ray" else "distributed")
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        where = f"127.0.0.1:{server.getsockname()[1]}"
        thread = threading.Thread(target=lambda: server.accept()[0].sendall(greeting), daemon=True)
        thread.start()
        ran = run("check", ".", "--backend", backend, "--cluster", where)
        thread.join()
    assert ran.status == 2 and ran.out == ""
    (only,) = ran.err.splitlines()
    assert only.startswith(f"error: the {backend.capitalize()} cluster at {where} cannot be reached: ")


@pytest.mark.parametrize("where", ["nonsense", "auto", "tcp://", "tcp://host"])
def test_a_wrong_address_of_dask_is_named_at_once(run: Run, project: Path, where: str) -> None:
    pytest.importorskip("distributed")
    ran = run("check", ".", "--backend", "dask", "--cluster", where)
    assert ran.status == 2
    assert ran.err == f"error: {where} is not the address of a Dask scheduler; write tcp://HOST:PORT\n"


def test_gpus_that_no_machine_of_ray_has_are_an_error(run: Run, project: Path, ray_cluster: str) -> None:
    (project / "list.txt").write_text("a00.py\n")
    ran = run("verify", "--scripts", "list.txt", "--backend", "ray", "--cluster", ray_cluster, "--gpus", "900")
    assert (ran.status, ran.out) == (2, "")
    assert "has no machine with 900 GPUs (the most that one has: 0)" in ran.err


def test_what_fits_on_a_machine() -> None:
    assert [cluster._fitting(8, 2, each) for each in (0, 1, 0.5, 2, 3)] == [8, 2, 4, 1, 0]
    assert cluster._fitting(1, 4, 1) == 1


def test_other_threads_do_not_write_into_the_results(capsys: pytest.CaptureFixture[str]) -> None:
    with redirect_stdout(cast(TextIO, cluster._ThisThread(sys.stdout))):
        print("a result")
        other = threading.Thread(target=print, args=("a worker died",))
        other.start()
        other.join()
    assert tuple(capsys.readouterr()) == ("a result\n", "a worker died\n")


def test_nothing_in_the_working_directory_is_imported(run: Run, project: Path) -> None:
    for name in ("json", "pickle", "subprocess", "fixer"):
        (project / f"{name}.py").write_text("raise SystemExit('imported')\n")
    (done,) = in_process(str(project), partial(run_file, options=Options()), [Target("a00.py", True)], 60)
    assert [found.rule for found in done.findings] == ["missing-zero-grad"]
    assert verify_one("a03.py", ["--device", "cpu"])["reason"].startswith("a03.py")


@pytest.mark.parametrize(("backend", "extra"), [("loky", "cluster"), ("dask", "cluster-dask"), ("ray", "cluster-ray")])
def test_a_missing_library_names_its_extra(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch, backend: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, {"loky": "joblib"}.get(backend, backend), None)
    ran = run("check", ".", "--backend", backend, "--cluster", "x")
    assert ran.status == 2
    assert ran.err.rstrip().endswith(f"pip install 'training-fixer[{extra}]'")


def test_repos_are_taken_from_a_list(run: Run, project: Path) -> None:
    (project / "one").mkdir()
    (project / "two").mkdir()
    (project / "one" / "a.py").write_text(BUGGY)
    (project / "two" / "a.py").write_text(BUGGY)
    (project / "lists").mkdir()
    (project / "lists" / "repos.txt").write_text("# mine\n../two\n\n../one  # the first\n")
    found = json.loads(run("check", "--repos", "lists/repos.txt", "--format", "json").out)["findings"]
    assert [one["path"] for one in found] == ["two/a.py", "one/a.py"]
    for name, text in (("empty.txt", "# none\n"), ("nope.txt", None)):
        if text is not None:
            (project / name).write_text(text)
        ran = run("check", "--repos", name)
        assert (ran.status, len(ran.err.splitlines())) == (2, 1)
    assert run("check").status == 2


def test_many_scripts_are_verified_side_by_side(run: Run, project: Path) -> None:
    (project / "list.txt").write_text("a00.py\na01.py\na03.py\nnope.py\n")
    ran = run("verify", "--scripts", "list.txt", "--format", "json", "--device", "cpu", "--no-sandbox", "--jobs", "2")
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [answer["path"] for answer in answers] == ["a00.py", "a01.py", "a03.py", "nope.py"]
    assert answers[0]["verdict"] == "confirmed"
    assert [answer["verdict"] for answer in answers[2:]] == ["could-not-run", "could-not-run"]
    assert ran.status == 2
    assert run("verify", "--scripts", "list.txt", "--gpus", "1").status == 2
    assert run("verify").status == 2

def test_interrupted_scripts_are_not_trained_to_the_end(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = "import sys; print('{}', flush=True)"
    slow = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(600)"
    monkeypatch.setattr(many, "own_module", lambda *words: [sys.executable, "-c", slow if "slow" in words else quick])
    os.mkfifo("pid")
    answers = many._answers(["quick", "slow"], [], 2, "local", None, 0)
    assert next(answers)["status"] == 0
    with open("pid") as told:
        pid = int(told.read())
    answers.close()
    for _ in range(1000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    raise AssertionError("it still trains")


def test_scripts_are_verified_on_a_cluster(run: Run, project: Path, dask_cluster: Any) -> None:
    (project / "list.txt").write_text("a00.py\na01.py\n")
    where = ["--backend", "dask", "--cluster", dask_cluster.scheduler_address]
    ran = run("verify", "--scripts", "list.txt", "--device", "cpu", "--no-sandbox", *where)
    first, second = ran.out.splitlines()
    assert first.startswith("a00.py  confirmed")
    assert second.startswith("a01.py  ") and ran.status == 0


def test_no_cluster_is_an_error_of_its_own() -> None:
    with pytest.raises(NoCluster, match="needs a cluster"):
        list(cluster.run_on([Target("a.py", True)], die, failed, "ray"))

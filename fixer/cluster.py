"""Many files, or many trainings, on other processes and machines, through joblib: its own pool, Dask, or Ray.

One dying worker fails a whole call of joblib, and its Ray backend gives nothing before the end. So the work goes out in
waves of chunks; of a wave that fails each chunk goes again by itself, and of such a chunk each item: another worker
does what the dead one left, and an item that kills two of them is named. Workers need this program and the same paths.
"""

from __future__ import annotations

import os
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from functools import partial
from importlib import import_module
from typing import Any, TextIO, TypeVar, cast

from fixer.pool import NoCluster, cores
from fixer.worker import in_process

_EXTRA = {"loky": "cluster", "dask": "cluster-dask", "ray": "cluster-ray"}
_CONNECT_SECONDS = 10
_LARGEST_CHUNK = 64
_CHUNKS_IN_A_WAVE = 4
"""For each worker: enough that none waits for the slowest chunk for long."""

Item = TypeVar("Item")
Done = TypeVar("Done")


def run_on(
    items: Sequence[Item],
    work: Callable[[Item], Done],
    failed: Callable[[Item, str], Done],
    backend: str,
    address: str | None = None,
    jobs: int | None = None,
    gpus: float = 0,
    seconds: float = 60.0,
) -> Iterator[Done]:
    """``work`` over ``items``, in their order. ``failed`` makes a result of an item that could not be done, and why.

    ``address``: the Dask scheduler (tcp://HOST:PORT) or the Ray cluster (HOST:PORT, auto); without it, what the
    environment names. ``gpus``: GPUs for each item (Ray). ``seconds`` for one item. Raises NoCluster.
    """
    with _connected(backend, address, jobs, gpus) as (call, workers):
        size = max(1, min(_LARGEST_CHUNK, -(-len(items) // (2 * workers)))) if not gpus else 1
        chunks = [items[at : at + size] for at in range(0, len(items), size)]
        wave = _CHUNKS_IN_A_WAVE * workers
        task = partial(in_process, os.getcwd(), work, seconds=seconds * size)
        for at in range(0, len(chunks), wave):
            for chunk, done in zip(chunks[at : at + wave], _wave(call, task, chunks[at : at + wave]), strict=True):
                yield from done if isinstance(done, list) else _alone(call, task, chunk, done, failed)


Call = Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]
"""A function over chunks on the cluster; raises whatever joblib does."""


def _wave(call: Call, task: Callable[[Any], Any], chunks: Sequence[Sequence[Any]]) -> list[Any]:
    """The results of each chunk, or why there are none."""
    try:
        return call(task, chunks)
    except Exception as error:
        if len(chunks) > 1:
            return [one for chunk in chunks for one in _wave(call, task, [chunk])]
        return [_said(error)]


def _alone(
    call: Call, task: Callable[[Any], Any], chunk: Sequence[Any], why: str, failed: Callable[[Any, str], Any]
) -> Iterator[Any]:
    """The items of a chunk that failed, each in a call of its own."""
    for item in chunk:
        (done,) = _wave(call, task, [[item]]) if len(chunk) > 1 else [why]
        yield done[0] if isinstance(done, list) else failed(item, done)


@contextmanager
def _connected(backend: str, address: str | None, jobs: int | None, gpus: float) -> Iterator[tuple[Call, int]]:
    """The way to call a cluster, and how many workers it has. Raises NoCluster."""
    try:
        joblib: Any = import_module("joblib")
        if backend == "dask":
            with _dask(address) as (client, workers):
                yield partial(_called, joblib, {"backend": "dask", "client": client, "n_jobs": -1}), workers
        elif backend == "ray":
            with _ray(address, gpus) as workers:
                needs = {"num_cpus": 1, **({"num_gpus": gpus} if gpus else {})}
                settings = {"backend": "ray", "n_jobs": workers, "ray_remote_args": needs}
                yield partial(_called, joblib, settings), workers
        else:
            workers = jobs or cores()
            os.environ.setdefault("PYTHONSAFEPATH", "1")  # as fixer.pool's workers: nothing here is a module of theirs
            yield partial(_called, joblib, {"backend": "loky", "n_jobs": workers}), workers
    except ImportError as error:
        missing = (error.name or "joblib").partition(".")[0]
        raise NoCluster(
            f"--backend {backend} needs {missing}: pip install 'training-fixer[{_EXTRA[backend]}]'"
        ) from None


def _called(joblib: Any, settings: dict[str, Any], task: Callable[[Any], Any], chunks: Sequence[Any]) -> list[Any]:
    with joblib.parallel_config(**settings):
        results: list[Any] = joblib.Parallel(batch_size=1, pre_dispatch="all")(
            joblib.delayed(task)(chunk) for chunk in chunks
        )
    return results


@contextmanager
def _dask(address: str | None) -> Iterator[tuple[Any, int]]:
    dask: Any = import_module("dask")
    distributed: Any = import_module("distributed")
    where = address or dask.config.get("scheduler-address", None)
    if not where:
        raise NoCluster("--backend dask needs a cluster: name its scheduler with --cluster tcp://HOST:PORT")
    # Its client does not give up a wrong address for half a minute or ever, and ends with a traceback then.
    place = re.fullmatch(r"(?:(\w+)://)?(\[[^\]]+\]|[^:/]+):(\d{1,5})/?", where)
    if not place and not where.startswith("inproc://"):
        raise NoCluster(f"{where} is not the address of a Dask scheduler; write tcp://HOST:PORT")
    try:
        if place:
            _hear(place[2], place[3], plain=place[1] in (None, "tcp"))
        client = distributed.Client(where, timeout=_CONNECT_SECONDS, set_as_default=False)
    except Exception as error:
        raise NoCluster(f"the Dask cluster at {where} cannot be reached: {_said(error)}") from None
    try:
        try:
            client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        except Exception:
            raise NoCluster(f"the Dask cluster at {where} has no workers") from None
        threads = client.nthreads()
        yield client, max(1, sum(threads.values()))
    finally:
        client.close()


@contextmanager
def _ray(address: str | None, gpus: float) -> Iterator[int]:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent anywhere
    ray: Any = import_module("ray")
    register_ray = import_module("ray.util.joblib").register_ray
    where = address or os.environ.get("RAY_ADDRESS")
    if not where:
        raise NoCluster("--backend ray needs a cluster: name it with --cluster HOST:PORT, or auto")
    ours = not ray.is_initialized()
    try:
        host, _, port = where.removeprefix("ray://").rpartition(":")
        if host and port.isdigit():  # else Ray tries for minutes, and then ends the program
            _greet(host, port)
        if ours:
            ray.init(address=where, log_to_driver=False, logging_level="ERROR")
        register_ray()
        has = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    except Exception as error:
        raise NoCluster(f"the Ray cluster at {where} cannot be reached: {_said(error)}") from None
    try:
        # One process more than fit at once would never start, and Ray waits for all of them.
        workers = sum(_fitting(one.get("CPU", 0), one.get("GPU", 0), gpus) for one in has)
        if not workers:
            most = max((one.get("GPU", 0) for one in has), default=0)
            of = f"machine with {gpus:g} GPUs (the most that one has: {most:g})" if gpus else "CPU"
            raise NoCluster(f"the Ray cluster at {where} has no {of}")
        with redirect_stdout(cast(TextIO, _ThisThread(sys.stdout))):
            yield workers
    finally:
        if ours:
            ray.shutdown()


def _fitting(cpus: float, gpus: float, each: float) -> int:
    """How many processes fit on a machine; one takes a CPU and ``each`` GPUs."""
    return int(min(cpus, gpus / each) if each else cpus)


class _ThisThread:
    """Standard output of the thread that makes it. What others print (Ray's, when a worker dies) is no result."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._thread = threading.get_ident()

    def write(self, text: str) -> int:
        return (self._out if threading.get_ident() == self._thread else sys.stderr).write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._out, name)


def _reach(host: str, port: str) -> socket.socket:
    """A connection. Raises OSError if nothing listens there."""
    return socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_SECONDS)


def _hear(host: str, port: str, plain: bool) -> None:
    """Raise OSError if nothing listens there that begins as Dask does: with the length (8 bytes) of what it is."""
    with _reach(host, port) as line:
        if plain and not 0 < int.from_bytes(line.makefile("rb").read(8), "little") < 1 << 20:
            raise OSError("what listens there is no Dask scheduler")


def _greet(host: str, port: str) -> None:
    """Raise OSError if nothing listens there that greets as Ray does: with the settings of HTTP/2 (RFC 9113, 3.4)."""
    with _reach(host, port) as line:
        if os.environ.get("RAY_USE_TLS", "0") != "0":
            return
        line.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)))
        if line.makefile("rb").read(4)[3:] != b"\x04":
            raise OSError("what listens there is no Ray cluster")


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())[:200]
    return text or type(error).__name__


def listed(file: str) -> list[str]:
    """The paths in a list, one on each line (``#`` begins a comment), taken from the list's folder.

    Raises NoCluster if it cannot be read or is empty.
    """
    try:
        with open(file, encoding="utf-8") as stream:
            lines = [line.partition("#")[0].strip() for line in stream]
    except (OSError, UnicodeDecodeError) as error:
        why = (getattr(error, "strerror", None) or "it is not UTF-8").lower()
        raise NoCluster(f"{file}: cannot be read: {why}") from None
    paths = [os.path.join(os.path.dirname(file), os.path.expanduser(line)) for line in lines if line]
    if not paths:
        raise NoCluster(f"{file}: it names no paths; write one on each line")
    return paths

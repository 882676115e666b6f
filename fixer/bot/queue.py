"""The queue of jobs: DBOS Transact behind a port of a few functions, so that nothing else knows of it.

A job is durable before ``put`` returns. Jobs of one partition (a pull request) run one after the other. A job whose
process dies is taken up by another worker: DBOS keeps the steps that were finished, but leaves a dead executor's jobs
where they are, so the workers here watch one another by a heartbeat.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from dbos import DBOS, DBOSClient

from fixer.bot.tables import DONE, FAILED, QUEUED, Tables

QUEUE, WORKFLOW = "fixer", "fixer-job"
ATTEMPTS = 6
"""How often a failing job is tried; each time after a pause four times as long."""
VERSION = "1"
"""Of the jobs' shape. Executors take up only jobs of their own version, so it changes when old jobs cannot be read."""

LOST = 75
"""The exit status of a worker that was taken for dead (EX_TEMPFAIL: start it again)."""

log = logging.getLogger("fixer.bot")

Prepare = Callable[[str], str]
Finish = Callable[[str, str], str]


class Later(Exception):
    """The job is to come back after ``seconds``: it was a rate limit, no failure."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"later, in {seconds:.0f} s")
        self.seconds = seconds


@dataclass(frozen=True)
class Handler:
    """The two halves of a job, and what to do when it has failed for good. Each gets the job's body (JSON).

    They raise Later to come back, anything else to be tried again.
    """

    prepare: Prepare
    finish: Finish
    failed: Callable[[str, str], None]


class Queue:
    """One process's way to the queue."""

    def __init__(self, url: str, tables: Tables, dead_after: float = 30.0, retry_after: float = 10.0) -> None:
        self._url, self._tables = url, tables
        self._dead_after, self._retry_after = dead_after, retry_after
        self._client: DBOSClient | None = None
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._last_beat = time.monotonic()
        self._second = ThreadPoolExecutor(1)
        self.executor = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
        self.working = False

    # -- what the web side needs

    def open(self) -> None:
        """Connect; makes the database's tables if they are not there."""
        DBOS.migrate(self._url)
        self._tables.create()
        self._client = DBOSClient(system_database_url=self._url)

    def put(self, ident: str, partition: str, body: str, head: tuple[str, float] | None = None) -> bool:
        """Queue a job under a name of its own. Returns whether it is new, or taken up again after it had failed.

        ``head``: the newest head of the partition's pull request that this tells of, and of when it is. A name that is
        known: nothing, if that job is done; if it failed, it is tried again; if it is unfinished, it is
        made sure that it goes on.
        """
        if self._tables.remember(ident, partition, body, head):
            # Noted is safe: the answer need not wait for the second half, and a process that dies before it is followed
            # by a look at what was noted (``catch_up``).
            self._second.submit(self._enqueue_noted, ident, partition, body)
            return True
        known = self._tables.job(ident)
        if known is None or known.state == DONE:
            return False
        if known.state == FAILED:
            if self._tables.again(ident, known.attempt):
                self._enqueue(ident, known.attempt + 1, known.partition, known.body)
            return True
        # Noted but perhaps never queued: the process died in between. Queued twice, it is still one job.
        self._enqueue(ident, known.attempt, known.partition, known.body)
        return False

    def catch_up(self, older: float = 0.0) -> None:
        """Queue what was noted but never reached the queue. For what did, it changes nothing."""
        for ident in self._tables.unfinished(older):
            known = self._tables.job(ident)
            if known is not None and known.state == QUEUED:
                self._enqueue(ident, known.attempt, known.partition, known.body)

    def close(self) -> None:
        """Give the connections back."""
        self._second.shutdown()
        if self._client is not None:
            self._client.destroy()
            self._client = None

    # -- what a worker needs

    def work(self, handler: Handler, workers: int, poll: float = 0.5) -> None:
        """Take jobs from now on, ``workers`` at a time."""
        self._tables.beat(self.executor)
        self._last_beat = time.monotonic()
        _register(self, handler)
        DBOS(
            config={
                "name": "fixer-bot",
                "system_database_url": self._url,
                "application_version": VERSION,
                "executor_id": self.executor,
                "log_level": "WARNING",
                "enable_otlp": False,
            }
        )
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=workers,
            partition_concurrency=1,
            polling_interval_sec=poll,
            on_conflict="always_update",
        )
        self.working = True
        self.catch_up()
        for target, every in ((self._beat, self._dead_after / 6), (self._take_over, self._dead_after / 3)):
            thread = threading.Thread(target=self._again_and_again, args=(target, every), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, seconds: float) -> None:
        """Take no more jobs, give those that run ``seconds`` to end, and leave the rest to others."""
        self._stop.set()
        for thread in self._threads:
            thread.join(5)
        if self.working:
            self.working = False
            DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=max(1, int(seconds)))
            # Stopped, not dead: others need not wait until it is taken for dead.
            self._tables.beat(self.executor, 0.0)

    def guard(self) -> None:
        """End this process if it has been silent for so long that others may do its jobs by now.

        It must neither write anything more nor note a failure: the job is somebody else's.
        """
        if self.working and time.monotonic() - self._last_beat > 0.8 * self._dead_after:
            log.critical("this worker was silent for too long; its jobs belong to others now", extra=self._me())
            os._exit(LOST)

    @property
    def healthy(self) -> bool:
        """Whether this process can reach the database and (a worker) is known to live."""
        try:
            self._tables.counts()
        except Exception:
            return False
        return not self.working or time.monotonic() - self._last_beat <= 0.8 * self._dead_after

    def postpone(self, ident: str, body: str, seconds: float, failure: bool) -> int | None:
        """Queue a job for later. Returns the number of the try, or None if it has had enough of them."""
        known = self._tables.job(ident)
        if known is None:
            return None
        tries = int(json.loads(body).get("tries", 0)) + failure
        if tries >= ATTEMPTS:
            return None
        fresh = json.dumps(json.loads(body) | {"tries": tries})
        if self._tables.again(ident, known.attempt):
            self._enqueue(ident, known.attempt + 1, known.partition, fresh, seconds)
        return tries

    def _me(self) -> dict[str, str]:
        return {"worker": self.executor}

    def _enqueue(self, ident: str, attempt: int, partition: str, body: str, delay: float = 0.0) -> None:
        assert self._client is not None, "open() comes first"
        options: Any = {
            "workflow_name": WORKFLOW,
            "queue_name": QUEUE,
            "workflow_id": f"{ident}~{attempt}",
            "app_version": VERSION,
            "queue_partition_key": partition,
        }
        if delay:
            options["delay_seconds"] = delay
        self._client.enqueue(options, ident, attempt, body)

    def _enqueue_noted(self, ident: str, partition: str, body: str) -> None:
        try:
            self._enqueue(ident, 0, partition, body)
        except Exception:
            log.warning("not queued yet", extra={"job": ident}, exc_info=True)

    def _again_and_again(self, target: Callable[[], None], every: float) -> None:
        while not self._stop.is_set():
            try:
                target()
            except Exception:
                log.warning("housekeeping failed", exc_info=True)
            self._stop.wait(every)

    def _beat(self) -> None:
        self._tables.beat(self.executor)
        self._last_beat = time.monotonic()

    def _take_over(self) -> None:
        """Queue again what dead workers have left."""
        for ident, seen in self._tables.seen().items():
            if ident == self.executor or not self._dead(ident, seen) or not self._tables.claim(ident, seen):
                continue
            left = DBOS._recover_pending_workflows([ident])
            self._tables.bury(ident)
            log.info("took over from a dead worker", extra={"worker": ident, "jobs": len(left)})

    def _dead(self, ident: str, seen: float) -> bool:
        if time.time() - seen > self._dead_after:
            return True
        host, pid, _ = ident.rsplit(":", 2)
        if host != socket.gethostname():
            return False
        try:
            # A container begins with the same number each time: a worker of our own number is our predecessor.
            os.kill(int(pid), 0)
            return int(pid) == os.getpid()
        except ProcessLookupError:
            return True
        except PermissionError:
            return False


def _register(queue: Queue, handler: Handler) -> None:
    """Tell DBOS what a job is. Finished steps are not repeated; an unfinished one is, from its beginning."""

    @DBOS.step(name="prepare")
    def prepare(body: str) -> str:
        return handler.prepare(body)

    @DBOS.step(name="finish")
    def finish(body: str, prepared: str) -> str:
        return handler.finish(body, prepared)

    @DBOS.step(name="settle")
    def settle(ident: str, attempt: int, state: str) -> None:
        known = queue._tables.job(ident)
        if known is not None and known.attempt == attempt:
            queue._tables.settle(ident, state)

    @DBOS.step(name="postpone")
    def postpone(ident: str, body: str, seconds: float, failure: bool) -> int | None:
        return queue.postpone(ident, body, seconds, failure)

    @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=1_000)
    def work(ident: str, attempt: int, body: str) -> str:
        try:
            outcome = finish(body, prepare(body))
        except Later as later:
            postpone(ident, body, later.seconds, False)
            return "postponed"
        except Exception as error:
            log.warning("job failed", extra={"job": ident, "reason": f"{type(error).__name__}: {error}"[:500]})
            tries = json.loads(body).get("tries", 0)
            if postpone(ident, body, queue._retry_after * 4**tries, True) is None:
                handler.failed(body, f"{type(error).__name__}: {error}"[:500])
                settle(ident, attempt, FAILED)
                return "failed"
            return "retried"
        settle(ident, attempt, DONE)
        return outcome


__all__ = ["ATTEMPTS", "QUEUED", "Handler", "Later", "Queue"]

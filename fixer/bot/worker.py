"""A worker of the server: the bot's jobs with the App's tokens, and what is looked after in between."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx

from fixer.bot import render
from fixer.bot.desk import Desk
from fixer.bot.github import Client, GitHubError, Postponed
from fixer.bot.jobs import HeadMoved, Job, Superseded, finish, prepare
from fixer.bot.metrics import Metrics
from fixer.bot.queue import Handler, Later, Queue
from fixer.bot.settings import Settings
from fixer.bot.tables import SharedPacer, Tables
from fixer.bot.tokens import COMMITTING, REVIEWING, AppTokens, client_for
from fixer.bot.webhooks import partition, unpacked

log = logging.getLogger("fixer.bot")

LOOKS = 1.0
"""Seconds between two looks whether a newer push has come."""
STALE = 60.0
"""Seconds after which a delivery that was noted is looked after: it may never have reached the queue."""
MAX_REDELIVERIES = 3


class Worker:
    """Does jobs. ``transport`` is for tests."""

    def __init__(
        self,
        settings: Settings,
        tables: Tables,
        queue: Queue,
        metrics: Metrics,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._settings, self._tables, self._queue, self._metrics = settings, tables, queue, metrics
        self._transport = transport
        self.tokens = AppTokens(settings.app_id, settings.private_key, settings.api, transport)
        self._pacer = SharedPacer(tables, settings.write_interval, queue.guard)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._asked: dict[str, int] = {}

    def start(self) -> None:
        """Begin to work, and to look after what was missed."""
        handler = Handler(self.prepare, self.finish, self.failed)
        self._queue.work(handler, self._settings.workers, self._settings.poll)
        if self._settings.redeliver_every:
            self._thread = threading.Thread(target=self._look_after, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Take no more work; what runs may end."""
        self._stop.set()
        self._queue.stop(self._settings.stop_seconds)

    def prepare(self, body: str) -> str:
        """The first half of a job."""
        return self._timed("prepare", body, lambda desk, job, still: json.dumps(prepare(desk, job, still)))

    def finish(self, body: str, prepared: str) -> str:
        """The second half."""
        data = json.loads(prepared)
        if "stop" in data:
            return self._ended(unpacked(body), data["stop"])

        def work(desk: Desk, job: Job, still: Callable[[], None]) -> str:
            return json.dumps({"stop": finish(desk, job, data, still)})

        told = json.loads(self._timed("finish", body, work))["stop"]
        return self._ended(unpacked(body), told)

    def failed(self, body: str, reason: str) -> None:
        """A job has failed for good: the check says so."""
        job = unpacked(body)
        self._metrics.jobs.labels(job.kind, "failed").inc()
        log.error("job given up", extra=_about(job) | {"reason": reason})
        if job.kind != "review" or not job.sha:
            return
        desk = self._desk(job)
        payload = {
            "name": render.NAME, "head_sha": job.sha, "status": "completed", "conclusion": "neutral",
            "external_id": "failed",
            "output": {
                "title": "The review could not be finished",
                "summary": "GitHub or the bot's server was in trouble. Ask for it again with Re-run.",
            },
        }  # fmt: skip
        try:
            desk.permitted("check", lambda: desk.client.write("POST", desk.path("/check-runs"), payload))
        except Exception as error:
            log.error("nor could that be said", extra=_about(job) | {"reason": str(error)[:300]})
        finally:
            desk.client.close()

    def _ended(self, job: Job, outcome: str) -> str:
        self._metrics.jobs.labels(job.kind, outcome).inc()
        log.info("job done", extra=_about(job) | {"outcome": outcome})
        return outcome

    def _timed(self, half: str, body: str, work: Callable[[Desk, Job, Callable[[], None]], str]) -> str:
        job = unpacked(body)
        desk = self._desk(job)
        began = time.monotonic()
        try:
            return work(desk, job, self._still(job))
        except Superseded:
            return json.dumps({"stop": "superseded"})
        except HeadMoved:
            raise Later(0.1) from None  # a newer push, of which no webhook has told yet: look again
        except Postponed as error:
            raise Later(error.seconds) from None
        except GitHubError as error:
            if error.status in (404, 410, 451):
                # The repository, the pull request or the installation is gone: nobody waits for an answer.
                log.info("gone", extra=_about(job) | {"reason": error.message})
                return json.dumps({"stop": "gone"})
            raise
        finally:
            self._metrics.seconds.labels(half).observe(time.monotonic() - began)
            desk.client.close()

    def _desk(self, job: Job) -> Desk:
        commits = job.kind != "review"
        client: Client = client_for(
            self.tokens,
            job.installation,
            job.repo_id,
            COMMITTING if commits else REVIEWING,
            api=self._settings.api,
            pacer=self._pacer,
            transport=self._transport,
            observe=self._metrics.observe,
        )
        web = f"{self._settings.web}/{job.repo}"
        return Desk(client, job.repo, f"{self.tokens.slug()}[bot]", web, python=self._settings.python)

    def _still(self, job: Job) -> Callable[[], None]:
        """Raises Superseded when a webhook has told of a newer push; looks at most once a second."""
        looked = 0.0

        def still() -> None:
            nonlocal looked
            self._queue.guard()
            if job.kind != "review" or not job.sha or time.monotonic() - looked < LOOKS:
                return
            looked = time.monotonic()
            newest = self._tables.newest(partition(job))
            if newest is not None and newest != job.sha:
                raise Superseded(newest)

        return still

    # -- in between

    def _look_after(self) -> None:
        while not self._stop.wait(min(10.0, self._settings.redeliver_every)):
            for task, every in ((self.redeliver, self._settings.redeliver_every), (self.tidy, STALE)):
                try:
                    # One process of all does it: the first to reserve the next time.
                    if self._tables.reserve(f"task:{task.__name__}", every) == 0.0:
                        task()
                except Exception:
                    log.warning("looking after things failed", extra={"task": task.__name__}, exc_info=True)

    def tidy(self) -> None:
        """Queue what was noted but never reached the queue; forget what is long done."""
        self._queue.catch_up(STALE)
        self._tables.forget()

    def redeliver(self) -> int:
        """Ask GitHub to send again what did not arrive (it does not do so by itself). Returns how many."""
        found = self.tokens.deliveries()
        arrived = {one["guid"] for one in found if 200 <= int(one["status_code"]) < 400}
        missed: dict[str, int] = {}
        for one in found:
            # The newest attempt comes first.
            if one["guid"] not in arrived:
                missed.setdefault(one["guid"], int(one["id"]))
        count = 0
        for guid, ident in missed.items():
            tries = sum(one["guid"] == guid for one in found)
            if max(tries - 1, self._asked.get(guid, 0)) >= MAX_REDELIVERIES:
                continue
            self._asked[guid] = self._asked.get(guid, 0) + 1
            try:
                self.tokens.request("POST", f"/app/hook/deliveries/{ident}/attempts")
                count += 1
            except GitHubError as error:
                log.info("cannot be sent again", extra={"delivery": guid, "reason": error.message})
        if count:
            log.info("asked for missed deliveries", extra={"deliveries": count})
        return count


def _about(job: Job) -> dict[str, Any]:
    return {"kind": job.kind, "repository": job.repo, "number": job.number, "sha": job.sha[:12], "key": job.key}

"""The App server: answers webhooks at once, and works on them from a durable queue."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from githubkit.webhooks import verify

from fixer.bot import logs
from fixer.bot.metrics import Metrics
from fixer.bot.queue import Queue
from fixer.bot.settings import BadSetting, Settings, from_environment
from fixer.bot.tables import Tables
from fixer.bot.webhooks import Unreadable, jobs_of, packed, partition, seconds
from fixer.bot.worker import Worker

MAX_BODY = 25 << 20
"""Bytes of a webhook (docs.github.com: no payload is larger)."""

log = logging.getLogger("fixer.bot")


class Server:
    """One process of the server: what it holds, and its web application."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.tables = Tables(settings.database)
        self.queue = Queue(settings.database, self.tables, settings.dead_after, settings.retry_after)
        self.worker = (
            Worker(settings, self.tables, self.queue, self.metrics, transport) if settings.role != "web" else None
        )
        self.stopping = False
        self.app = self._application()

    def start(self) -> None:
        """Open the queue, and begin to work if that is this process's role."""
        self.queue.open()
        if self.worker is not None:
            self.worker.start()
        log.info("started", extra={"role": self.settings.role, "worker": self.queue.executor})

    def stop(self) -> None:
        """End what runs, within the time given; the rest is left to others."""
        self.stopping = True
        if self.worker is not None:
            self.worker.stop()
        self.queue.close()
        self.tables.close()
        log.info("stopped")

    def _application(self) -> FastAPI:
        @asynccontextmanager
        async def life(_: FastAPI) -> AsyncIterator[None]:
            await run_in_threadpool(self.start)
            yield
            await run_in_threadpool(self.stop)

        app = FastAPI(lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)
        app.add_api_route("/healthz", self._health, methods=["GET"])
        app.add_api_route("/metrics", self._metrics, methods=["GET"])
        if self.settings.role != "worker":
            app.add_api_route("/webhook", self._webhook, methods=["POST"])
        return app

    async def _health(self) -> Response:
        good = not self.stopping and await run_in_threadpool(lambda: self.queue.healthy)
        return _answer(200 if good else 503, "ok" if good else "not ready")

    async def _metrics(self) -> Response:
        text = await run_in_threadpool(lambda: self.metrics.text(self.tables.counts()))
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def _webhook(self, request: Request) -> Response:
        began = time.monotonic()
        event = request.headers.get("x-github-event", "")[:60]
        try:
            body = await _bounded(request)
        except _TooLarge:
            self.metrics.deliveries.labels("unknown", "too large").inc()
            return _answer(413, "too large")
        if not _signed(body, request.headers.get("x-hub-signature-256", ""), self.settings.secrets):
            # No trace but a counter: what an unsigned request says is nobody's word.
            self.metrics.deliveries.labels("unknown", "bad signature").inc()
            return _answer(401, "bad signature")
        status, result = await run_in_threadpool(self._accept, event, request.headers, body)
        self.metrics.deliveries.labels(event or "unknown", result).inc()
        self.metrics.answers.observe(time.monotonic() - began)
        return _answer(status, result)

    def _accept(self, event: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        """Queue what a delivery asks for. Returns the status and what became of it, in a word."""
        delivery = headers.get("x-github-delivery", "")[:80]
        if not delivery or not event:
            return 400, "no delivery"
        if event == "ping":
            return 200, "pong"
        try:
            jobs = jobs_of(event, delivery, body, self.settings.app_id)
        except Unreadable as error:
            log.warning("unreadable delivery", extra={"delivery": delivery, "github": event, "reason": str(error)})
            return 400, "unreadable"
        fresh = False
        for name, job, changed in jobs:
            head = (job.sha, seconds(changed)) if changed else None
            fresh = self.queue.put(name, partition(job), packed(job), head) or fresh
            log.info(
                "queued" if fresh else "known",
                extra={
                    "delivery": delivery,
                    "github": event,
                    "job": name,
                    "repository": job.repo,
                    "number": job.number,
                },
            )
        return 202, "queued" if fresh else "duplicate" if jobs else "ignored"


class _TooLarge(Exception):
    pass


async def _bounded(request: Request) -> bytes:
    """The raw body, refused unread where its length says that it is too large. Raises _TooLarge."""
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY:
        raise _TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise _TooLarge
    return bytes(body)


def _signed(body: bytes, signature: str, secrets: tuple[str, ...]) -> bool:
    """Whether one of the secrets signed the raw body; compared in constant time, and all of them."""
    if not signature.startswith("sha256=") or not signature.isascii():
        return False
    good = [verify(secret, body, signature) for secret in secrets]
    return any(good)


def _answer(status: int, text: str) -> Response:
    return Response(text + "\n", status_code=status, media_type="text/plain")


def main(host: str | None, port: int | None, role: str | None) -> int:
    """Run the server until it is told to stop. Returns the exit status."""
    try:
        settings = from_environment()
    except BadSetting as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    settings = replace(
        settings,
        host=host if host is not None else settings.host,
        port=port if port is not None else settings.port,
        role=role if role is not None else settings.role,
    )
    logs.configure(settings.log_level, (*settings.secrets, settings.private_key))
    try:
        server = Server(settings)
    except Exception as error:
        print(f"error: the server cannot start: {error}", file=sys.stderr)
        return 2
    config = uvicorn.Config(
        server.app, host=settings.host, port=settings.port, log_config=None, timeout_graceful_shutdown=5, lifespan="on"
    )
    runner = uvicorn.Server(config)
    # uvicorn stops gracefully at the signal, and then raises it once more for whoever was there before.
    signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        runner.run()
    except KeyboardInterrupt:
        pass
    failed = not runner.started
    sys.stdout.flush()
    sys.stderr.flush()
    # A job that did not end in time must not hold up the process: it is left to others.
    os._exit(1 if failed else 0)

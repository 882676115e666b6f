"""How the bot's server bears a flood of webhooks: 1,000 in 60 s, on this machine, with its worker at work beside it.

    python benchmarks/bot_load.py [--webhooks 1000] [--seconds 60] [--pulls 25] [--workers 1] [--database URL]

Starts `fixer bot serve` (SQLite unless told otherwise) and a fake GitHub, sends signed webhooks at an even pace (pushes
to a few pull requests, comments, events of other kinds, and one in ten a second time), waits until the queue is empty,
and prints as JSON: how long the answers took, whether anything was lost, and what came of it. Exit status 1: something
was lost.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import fakehub.api
from botcase import BUGGY, CLEAN, REPO, hub, opened
from botserver import Process, comment_event, pull_event, signed, until
from fakehub.api import FakeHub
from fakehub.wire import served

from fixer.bot.tables import Tables

# What the fake answers is proven in the tests; here its proof would only take time from the server.
fakehub.api.check_answer = lambda *_: None


def events(github: FakeHub, webhooks: int, pulls: int) -> list[tuple[bytes, str, str]]:
    """The deliveries, in order: body, event, id. The heads of the last pushes are those of the fake."""
    made = [opened(github, {"train.py": BUGGY + f"# {n}\n"}, branch=f"b{n}") for n in range(pulls)]
    out: list[tuple[bytes, str, str]] = []
    start = time.time() - webhooks
    for number in range(webhooks):
        pull = made[number % pulls]
        if number % 10 == 9:
            out.append(out[-1])
        elif number % 10 in (3, 7):
            out.append((comment_event(github, pull, "maria", "I see."), "issue_comment", f"c-{number}"))
        elif number % 10 == 5:
            out.append((b'{"action": "created", "repository": null}', "star", f"s-{number}"))
        else:
            code = CLEAN if number % 3 else BUGGY
            github.store.repos[REPO].commit(pull.head_ref, {"train.py": code + f"# push {number}\n"})
            out.append((pull_event(github, pull, at=start + number), "pull_request", f"p-{number}"))
    return out


def send(url: str, deliveries: list[tuple[bytes, str, str]], seconds: float) -> list[tuple[int, float]]:
    """Post them at an even pace from a few threads: status and time of each."""
    told: list[tuple[int, float]] = []
    began = time.monotonic()
    numbers = iter(range(len(deliveries)))
    lock = threading.Lock()

    def post() -> None:
        with httpx.Client(timeout=30) as client:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                body, event, ident = deliveries[number]
                time.sleep(max(0.0, began + seconds * number / len(deliveries) - time.monotonic()))
                at = time.perf_counter()
                try:
                    status = client.post(f"{url}/webhook", content=body, headers=signed(body, event, ident)).status_code
                except httpx.HTTPError:
                    status = 0
                told.append((status, time.perf_counter() - at))

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--webhooks", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--pulls", type=int, default=25)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--database")
    asked = parser.parse_args()
    github = hub()
    deliveries = events(github, asked.webhooks, asked.pulls)
    with tempfile.TemporaryDirectory(prefix="fixer-load-") as folder, served(github) as api:
        database = asked.database or f"sqlite:///{folder}/queue.sqlite"
        more = {"FIXER_BOT_DATABASE": database, "FIXER_BOT_WORKERS": str(asked.workers)}
        with Process(Path(folder), api, **more) as server:
            server.ready()
            began = time.monotonic()
            told = send(server.url, deliveries, asked.seconds)
            sent_in = time.monotonic() - began
            tables = Tables(database)
            until(lambda: tables.counts().get("queued", 0) == 0, 900)
            drained = time.monotonic() - began
            counts = tables.counts()
            missing = [ident for _, event, ident in deliveries if event == "pull_request" and not known(tables, ident)]
            tables.close()
    heads = {pull.head for pull in github.store.pulls.values()}
    unseen = heads - {check["head_sha"] for check in github.store.checks}
    times = sorted(seconds * 1000 for _, seconds in told)
    answer = {
        "webhooks": len(told),
        "sent_in_s": round(sent_in, 1),
        "refused": sum(status not in (200, 202) for status, _ in told),
        "lost": len(missing),
        "pull_requests_without_review_of_their_newest_push": len(unseen),
        "median_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[int(0.95 * len(times))], 1),
        "p99_ms": round(times[int(0.99 * len(times))], 1),
        "max_ms": round(times[-1], 1),
        "queue_empty_after_s": round(drained, 1),
        "jobs": counts,
    }
    print(json.dumps(answer, indent=2))
    return 1 if missing or unseen or answer["refused"] else 0


def known(tables: Tables, delivery: str) -> bool:
    """Whether a delivery's job is in the database (each is about one pull request)."""
    return any(tables.job(f"delivery-{delivery}-{number}") for number in range(1, 200))


if __name__ == "__main__":
    sys.exit(main())

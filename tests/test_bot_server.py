"""The server: signatures, deliveries, the queue, and what it says about itself."""

from __future__ import annotations

import gzip
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botcase import BUGGY, CLEAN, REPO, hub, keys, opened, replies
from botserver import SECRET, comment_event, pull_event, settings, signed, until
from fakehub.api import FakeHub
from fakehub.described import DATA
from fastapi.testclient import TestClient

from fixer.bot.logs import JsonLines
from fixer.bot.server import MAX_BODY, Server
from fixer.bot.settings import BadSetting, from_environment
from fixer.bot.webhooks import Unreadable, jobs_of, packed, partition


@pytest.fixture
def github() -> FakeHub:
    return hub()


@pytest.fixture
def server(github: FakeHub, tmp_path: Path) -> Iterator[tuple[Server, TestClient]]:
    made = Server(settings(tmp_path), github.transport())
    with TestClient(made.app) as client:
        yield made, client


def post(client: TestClient, body: bytes, event: str, delivery: str) -> tuple[int, str]:
    answer = client.post("/webhook", content=body, headers=signed(body, event, delivery))
    return answer.status_code, answer.text.strip()


def idle(server: Server, jobs: int = 1) -> None:
    until(lambda: server.tables.counts().get("queued", 0) == 0 and sum(server.tables.counts().values()) >= jobs)


def test_a_delivery_five_times_is_one_review(server: tuple[Server, TestClient], github: FakeHub) -> None:
    made, client = server
    pull = opened(github, {"train.py": BUGGY})
    body = pull_event(github, pull, "opened")
    assert post(client, body, "pull_request", "d-1") == (202, "queued")
    assert [post(client, body, "pull_request", "d-1") for _ in range(2)] == [(202, "duplicate")] * 2
    idle(made)
    assert [post(client, body, "pull_request", "d-1") for _ in range(2)] == [(202, "duplicate")] * 2
    idle(made)
    assert (len(github.store.reviews), len(github.summaries()), len(github.store.checks)) == (1, 1, 1)
    assert github.violations == []
    # One token for both halves of the job, for this repository alone.
    tokens = [one for one in github.store.tokens.values() if one["repositories"]]
    assert [one["repositories"] for one in tokens] == [[github.store.repos[REPO].id]]
    assert "contents" in tokens[0]["permissions"] and tokens[0]["permissions"]["contents"] == "read"
    text = client.get("/metrics").text
    assert 'fixer_deliveries_total{event="pull_request",result="duplicate"} 4.0' in text
    assert 'fixer_jobs_total{kind="review",outcome="reviewed"} 1.0' in text
    assert client.get("/healthz").text == "ok\n"


def test_a_newer_push_supersedes(server: tuple[Server, TestClient], github: FakeHub) -> None:
    made, client = server
    pull = opened(github, {"train.py": BUGGY})
    first = pull_event(github, pull, "opened", at=time.time() - 10)
    github.store.repos[REPO].commit("topic", {"train.py": CLEAN + "# x\n"})
    second = pull_event(github, pull, at=time.time())
    # The later event arrives first.
    assert post(client, second, "pull_request", "d-2") == (202, "queued")
    assert post(client, first, "pull_request", "d-1") == (202, "queued")
    idle(made, 2)
    assert github.store.reviews == [] and [one["head_sha"] for one in github.store.checks] == [pull.head]
    assert 'outcome="superseded"} 1.0' in client.get("/metrics").text


def test_a_command_by_webhook_however_often(server: tuple[Server, TestClient], github: FakeHub) -> None:
    made, client = server
    pull = opened(github, {"train.py": BUGGY})
    body = comment_event(github, pull, "maria", "/fixer apply")
    assert post(client, body, "issue_comment", "c-1") == (202, "queued")
    # A replay under another name: the header is not signed, but the comment is the same.
    assert post(client, body, "issue_comment", "c-2") == (202, "duplicate")
    idle(made)
    assert github.store.repos[REPO].commits[pull.head].tree["train.py"].decode() == CLEAN
    assert len(replies(github)) == 1 and github.violations == []


def test_forged_missing_and_stale_signatures(server: tuple[Server, TestClient], github: FakeHub) -> None:
    made, client = server
    body = pull_event(github, opened(github, {"train.py": BUGGY}), "opened")
    good = signed(body, "pull_request", "d")
    without = {name: value for name, value in good.items() if name != "x-hub-signature-256"}
    for headers in (
        without,
        without | {"x-hub-signature-256": ""},
        without | {"x-hub-signature-256": "sha256="},
        without | {"x-hub-signature-256": "sha256=é".encode("latin-1").decode("latin-1")},
        without | {"x-hub-signature": "sha1=0123"},
        signed(body, "pull_request", "d", "another secret"),
        signed(body + b" ", "pull_request", "d"),  # the signature of an older body
        signed(body, "pull_request", "d", "a webhook secret of last year"),
    ):
        answer = client.post("/webhook", content=body, headers={k: v.encode("latin-1") for k, v in headers.items()})
        assert answer.status_code == 401, headers
    assert made.tables.counts() == {}
    assert 'fixer_deliveries_total{event="unknown",result="bad signature"} 8.0' in client.get("/metrics").text


def test_a_secret_can_be_changed_without_a_gap(github: FakeHub, tmp_path: Path) -> None:
    made = Server(
        settings(
            tmp_path,
            role="web",
        ),
        github.transport(),
    )
    made.settings = settings(tmp_path, role="web")
    object.__setattr__(made.settings, "secrets", ("new", SECRET))
    with TestClient(made.app) as client:
        for secret, status in (("new", 200), (SECRET, 200), ("older", 401)):
            assert (
                client.post("/webhook", content=b"{}", headers=signed(b"{}", "ping", "p", secret)).status_code == status
            )


def test_too_large_is_refused_unread(server: tuple[Server, TestClient]) -> None:
    _, client = server

    def endless() -> Iterator[bytes]:
        for _ in range(27):
            yield b"x" * (1 << 20)

    headers = {"x-github-event": "push", "content-length": str(MAX_BODY + 1)}
    assert client.post("/webhook", content=b"x", headers=headers).status_code == 413
    assert client.post("/webhook", content=endless(), headers={"x-github-event": "push"}).status_code == 413


def test_real_payloads(server: tuple[Server, TestClient], github: FakeHub) -> None:
    """Every published payload of the events in question, each twice; none of them is refused."""
    _, client = server
    events: dict[str, list[dict[str, Any]]] = json.loads(gzip.decompress((DATA / "webhooks.json.gz").read_bytes()))
    jobs = count = 0
    for event, examples in events.items():
        for number, payload in enumerate(examples):
            body = json.dumps(payload).encode()
            count += 1
            found = jobs_of(event, f"{event}-{number}", body, "77")
            jobs += len(found)
            for _, job, _ in found:
                assert job.repo == payload["repository"]["full_name"] and job.number > 0
    assert count >= 80 and jobs >= 3
    payload = next(one for one in events["pull_request"] if one["action"] == "opened" and "installation" in one)
    github.installation = payload["installation"]["id"]
    body = json.dumps(payload).encode()
    assert post(client, body, "pull_request", "r-1")[0] == post(client, body, "pull_request", "r-1")[0] == 202
    # The repository of the example is not on this GitHub: the job ends, and is not tried again.
    idle(server[0])
    assert server[0].tables.counts() == {"done": 1}


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"pull_request": 3, "repository": {"id": "x"}}'])
def test_what_is_no_payload(server: tuple[Server, TestClient], body: bytes) -> None:
    assert post(server[1], body, "pull_request", "d")[0] == 400
    with pytest.raises(Unreadable):
        jobs_of("pull_request", "d", body, "77")


def test_other_events_and_bots_make_no_jobs(github: FakeHub) -> None:
    pull = opened(github, {"train.py": BUGGY})
    for event, change in (
        ("pull_request", {"action": "closed"}),
        ("pull_request", {"action": "labeled"}),
        ("pull_request", {"installation": None}),
        ("push", {}),
    ):
        data = json.loads(pull_event(github, pull)) | change
        assert jobs_of(event, "d", json.dumps(data).encode(), "77") == []
    said = json.loads(comment_event(github, pull, "renovate[bot]", "/fixer apply"))
    said["sender"]["type"] = "Bot"
    assert jobs_of("issue_comment", "d", json.dumps(said).encode(), "77") == []
    edited = json.loads(comment_event(github, pull, "maria", "/fixer apply")) | {"action": "edited"}
    assert jobs_of("issue_comment", "d", json.dumps(edited).encode(), "77") == []


def test_github_in_trouble_and_back(server: tuple[Server, TestClient], github: FakeHub) -> None:
    made, client = server
    opened(github, {"train.py": BUGGY})
    pull = github.store.pulls[REPO, 1]
    github.fail("GET", "/pulls/1", 502, times=2)
    github.fail("POST", "/reviews", 502, after=True)
    github.fail("POST", "/access_tokens", 503)
    github.fail("POST", "/issues/1/comments", 403, message="You have exceeded a secondary rate limit",
                headers=(("retry-after", "1"),))  # fmt: skip
    post(client, pull_event(github, pull, "opened"), "pull_request", "d-1")
    idle(made)
    assert (len(github.store.reviews), len(github.summaries()), len(github.store.checks)) == (1, 1, 1)
    assert made.tables.counts() == {"done": 1} and github.violations == []


def test_a_long_rate_limit_postpones_the_job(server: tuple[Server, TestClient], github: FakeHub) -> None:
    made, client = server
    pull = opened(github, {"train.py": BUGGY})
    reset = str(int(time.time()) + 3600)
    github.fail("GET", "/pulls/1", 403, headers=(("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)))
    post(client, pull_event(github, pull, "opened"), "pull_request", "d-1")
    until(lambda: made.tables.blocked(str(github.installation)) > 3000)
    until(lambda: (made.tables.job("delivery-d-1-1") or made).attempt == 1)  # type: ignore[union-attr]
    assert github.store.checks == [] and made.tables.counts() == {"queued": 1}


def test_a_job_that_fails_for_good_says_so_and_can_be_sent_again(
    server: tuple[Server, TestClient], github: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fixer.bot import queue, worker

    made, client = server
    monkeypatch.setattr(queue, "ATTEMPTS", 2)
    pull = opened(github, {"train.py": BUGGY})
    calls: list[int] = []

    def broken(*_: object) -> None:
        calls.append(1)
        raise KeyError("a defect")

    with monkeypatch.context() as patched:
        patched.setattr(worker, "prepare", broken)
        body = pull_event(github, pull, "opened")
        post(client, body, "pull_request", "d-1")
        until(lambda: made.tables.counts() == {"failed": 1})
    assert len(calls) == 2
    (check,) = github.store.checks
    assert check["conclusion"] == "neutral" and "could not be finished" in check["output"]["title"]
    # Sent again by hand, or by GitHub: it is taken up, not swallowed.
    assert post(client, body, "pull_request", "d-1") == (202, "queued")
    until(lambda: made.tables.counts() == {"done": 1})
    assert len(github.store.reviews) == 1


def test_what_was_noted_but_never_queued_is_caught_up_on(github: FakeHub, tmp_path: Path) -> None:
    """A process that died between the two halves of taking a delivery in."""
    pull = opened(github, {"train.py": BUGGY})
    ((name, job, _),) = jobs_of("pull_request", "d-1", pull_event(github, pull, "opened"), "77")
    made = Server(settings(tmp_path), github.transport())
    made.tables.create()
    assert made.tables.remember(name, partition(job), packed(job))
    with TestClient(made.app):
        until(lambda: made.tables.counts() == {"done": 1})
    assert len(github.store.reviews) == 1


def test_missed_deliveries_are_asked_for(github: FakeHub, tmp_path: Path) -> None:
    made = Server(settings(tmp_path), github.transport())
    assert made.worker is not None

    def delivery(ident: int, guid: str, status: int, redelivery: bool = False) -> dict[str, Any]:
        return {
            "id": ident, "guid": guid, "delivered_at": "2026-11-21T10:00:00Z", "redelivery": redelivery,
            "duration": 0.1,
            "status": "OK" if status < 400 else "timed out", "status_code": status, "event": "pull_request",
            "action": "opened", "installation_id": 1, "repository_id": 1,
        }  # fmt: skip

    github.store.deliveries = [
        delivery(9, "late", 502, True), delivery(8, "arrived", 202, True), delivery(7, "arrived", 502),
        delivery(6, "fine", 202), delivery(5, "late", 0),
        *[delivery(n, "hopeless", 502, n != 1) for n in (4, 3, 2, 1)],
    ]  # fmt: skip
    assert made.worker.redeliver() == 1
    assert github.redelivered == [9] and github.violations == []
    # A long outage does not fit on one page; and what was asked for three times is left alone.
    github.store.deliveries = [delivery(1000 + n, f"outage-{n}", 502) for n in range(250)]
    assert made.worker.redeliver() == 250
    assert [made.worker.redeliver() for _ in range(3)] == [250, 250, 0]


def test_tokens_are_renewed_before_they_end_and_when_they_are_refused(github: FakeHub) -> None:
    from fixer.bot.tokens import REVIEWING, AppTokens, client_for

    now = [time.time()]
    github.clock = lambda: now[0]
    tokens = AppTokens("77", keys()[0], transport=github.transport(), clock=lambda: now[0])
    ident = github.store.repos[REPO].id
    first = tokens.token(4242, ident, REVIEWING)
    assert tokens.token(4242, ident, REVIEWING) == first
    now[0] += 3400  # five minutes before its end it is old
    second = tokens.token(4242, ident, REVIEWING)
    assert second != first
    opened(github, {"train.py": BUGGY})
    client = client_for(tokens, 4242, ident, REVIEWING, transport=github.transport(), sleep=lambda _: None)
    github.store.tokens[second]["ends"] = 0.0  # revoked
    assert client.get(f"/repos/{REPO}/pulls/1")["number"] == 1


def test_a_permission_that_is_not_granted_narrows_nothing(github: FakeHub) -> None:
    from fixer.bot.tokens import COMMITTING, AppTokens

    github.grants = {"metadata": "read", "contents": "read", "pull_requests": "write"}
    tokens = AppTokens("77", keys()[0], transport=github.transport())
    assert tokens.token(4242, github.store.repos[REPO].id, COMMITTING).startswith("ghs_")


def test_writes_keep_their_distance(tmp_path: Path) -> None:
    from fixer.bot.tables import SharedPacer, Tables

    tables = Tables(f"sqlite:///{tmp_path}/x.sqlite")
    tables.create()
    pacer = SharedPacer(tables, 1.0, lambda: None)
    waits = [pacer.write("one") for _ in range(4)]
    assert [round(wait) for wait in waits] == [0, 1, 2, 3] and round(pacer.write("two")) == 0
    pacer.block("one", 60)
    assert pacer.read("one") > 50 and pacer.write("one") > 50 and pacer.read("two") == 0


def test_logs_hold_no_secrets() -> None:
    token, private = "ghs_" + "a1" * 18, keys()[0]
    form = JsonLines([SECRET, private])
    record = logging.LogRecord("x", 20, "f", 1, f"got {token} and {SECRET}", None, None)
    record.url = "postgresql://user:hunter2@host/db?token=abcdefghijk"
    record.key = private
    line = form.format(record)
    for secret in (token, SECRET, "hunter2", "abcdefghijk", private.splitlines()[3]):
        assert secret not in line
    assert json.loads(line)["level"] == "info"


def test_settings_are_named_when_they_are_wrong(tmp_path: Path) -> None:
    good = {"FIXER_BOT_APP_ID": "1", "FIXER_BOT_PRIVATE_KEY": keys()[0], "FIXER_BOT_WEBHOOK_SECRET": "a, b"}
    assert from_environment(good).secrets == ("a", "b") and from_environment(good).database.startswith("sqlite")
    assert SECRET not in repr(settings(tmp_path)) and "BEGIN" not in repr(settings(tmp_path))
    url = from_environment(good | {"FIXER_BOT_DATABASE": "postgres://u:p@h/d"}).database
    assert url == "postgresql+psycopg://u:p@h/d"
    key = tmp_path / "key.pem"
    key.write_text(keys()[0])
    named = {name: value for name, value in good.items() if name != "FIXER_BOT_PRIVATE_KEY"}
    assert from_environment(named | {"FIXER_BOT_PRIVATE_KEY_FILE": str(key)}).private_key
    for change, word in (
        ({"FIXER_BOT_APP_ID": ""}, "APP_ID"),
        ({"FIXER_BOT_PRIVATE_KEY": "x"}, "PRIVATE_KEY"),
        ({"FIXER_BOT_WEBHOOK_SECRET": ""}, "WEBHOOK_SECRET"),
        ({"FIXER_BOT_DATABASE": "mysql://x"}, "DATABASE"),
        ({"FIXER_BOT_ROLE": "boss"}, "ROLE"),
        ({"FIXER_BOT_PORT": "eighty"}, "PORT"),
        ({"FIXER_BOT_WEBHOOK_SECRET": "", "FIXER_BOT_WEBHOOK_SECRET_FILE": "/nowhere"}, "/nowhere"),
    ):
        with pytest.raises(BadSetting, match=word):
            from_environment(good | change)

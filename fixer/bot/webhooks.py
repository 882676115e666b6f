"""From a webhook to a job: slim models of what is used, and nothing else.

GitHub's payloads vary: a fork may be gone (``head.repo`` null), a hook of a repository names no installation. What does
not fit is no error but no job.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from fixer.bot.jobs import Job
from fixer.bot.pulls import Malformed, repository

REVIEWED = ("opened", "reopened", "synchronize", "ready_for_review", "edited")


class User(BaseModel):
    login: str
    type: str = "User"


class Repository(BaseModel):
    id: int
    full_name: str


class Installation(BaseModel):
    id: int


class Commit(BaseModel):
    sha: str


class PullRequest(BaseModel):
    number: int
    head: Commit
    state: str = "open"
    updated_at: str = ""


class Issue(BaseModel):
    number: int
    pull_request: dict[str, Any] | None = None
    state: str = "open"


class Comment(BaseModel):
    id: int
    body: str | None = ""
    user: User | None = None
    created_at: str = ""


class SmallPull(BaseModel):
    number: int


class CheckRun(BaseModel):
    id: int
    head_sha: str
    pull_requests: list[SmallPull] = []
    app: dict[str, Any] | None = None


class CheckSuite(BaseModel):
    head_sha: str
    pull_requests: list[SmallPull] = []


class RequestedAction(BaseModel):
    identifier: str


class Payload(BaseModel):
    action: str = ""
    repository: Repository | None = None
    installation: Installation | None = None
    sender: User | None = None
    pull_request: PullRequest | None = None
    issue: Issue | None = None
    comment: Comment | None = None
    check_run: CheckRun | None = None
    check_suite: CheckSuite | None = None
    requested_action: RequestedAction | None = None
    changes: dict[str, Any] | None = None


class Unreadable(Exception):
    """A body that is no payload."""


def jobs_of(event: str, delivery: str, body: bytes, app_id: str) -> list[tuple[str, Job, str]]:
    """The jobs of a delivery: name, job, and when the pull request was changed (empty: the event is no push).

    Raises Unreadable. The name tells jobs apart: a comment is one job, however often its event is sent.
    """
    try:
        payload = Payload.model_validate_json(body)
    except ValidationError as error:
        raise Unreadable(f"{error.error_count()} fields of this {event[:40]} event are not as documented") from None
    if payload.repository is None or payload.installation is None:
        return []
    try:
        repository(payload.repository.full_name)
    except Malformed:
        return []
    if event == "pull_request":
        return _of_pull(payload, delivery)
    if event in ("issue_comment", "pull_request_review_comment"):
        return _of_comment(payload, event)
    if event == "check_run":
        return _of_check(payload, delivery, app_id)
    if event == "check_suite" and payload.action == "rerequested" and payload.check_suite is not None:
        suite = payload.check_suite
        return [_review(payload, one.number, suite.head_sha, delivery) for one in suite.pull_requests]
    return []


def partition(job: Job) -> str:
    """What runs one after the other: the jobs of one pull request."""
    return f"{job.repo_id}#{job.number}"


def packed(job: Job) -> str:
    """A job as text."""
    return json.dumps(asdict(job))


def unpacked(text: str) -> Job:
    """The job back from its text (what the queue has added is left out)."""
    data = json.loads(text)
    return Job(**{name: data[name] for name in Job.__dataclass_fields__})


def seconds(text: str) -> float:
    """A time of GitHub's as seconds since the epoch (0: none)."""
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0


def _of_pull(payload: Payload, delivery: str) -> list[tuple[str, Job, str]]:
    pull = payload.pull_request
    if pull is None or payload.action not in REVIEWED or pull.state != "open":
        return []
    if payload.action == "edited" and "base" not in (payload.changes or {}):
        return []
    return [_review(payload, pull.number, pull.head.sha, delivery, pull.updated_at)]


def _review(payload: Payload, number: int, sha: str, delivery: str, changed: str = "") -> tuple[str, Job, str]:
    job = Job("review", number=number, key=delivery, sha=sha, **_where(payload))
    return f"delivery-{delivery}-{number}", job, changed


def _of_comment(payload: Payload, event: str) -> list[tuple[str, Job, str]]:
    comment, sender = payload.comment, payload.sender
    about = payload.pull_request or (payload.issue if payload.issue and payload.issue.pull_request else None)
    if comment is None or about is None or payload.action != "created" or "/fixer" not in (comment.body or ""):
        return []
    author = comment.user or sender
    if author is None or "Bot" in (author.type, sender.type if sender else ""):
        return []
    from fixer.bot.commands import parse

    text = comment.body or ""
    if not parse(text):
        return []
    kind = "pulls" if event == "pull_request_review_comment" else "issues"
    where = _where(payload)
    place = f"/repos/{where['repo']}/{kind}/comments/{comment.id}"
    job = Job(
        "command", number=about.number, key=str(comment.id), login=author.login, text=text[:10_000], place=place,
        at=comment.created_at, **where,
    )  # fmt: skip
    return [(f"comment-{where['repo_id']}-{kind}-{comment.id}", job, "")]


def _of_check(payload: Payload, delivery: str, app_id: str) -> list[tuple[str, Job, str]]:
    run, sender = payload.check_run, payload.sender
    if run is None or str((run.app or {}).get("id")) != app_id:
        return []
    if payload.action == "rerequested":
        return [_review(payload, one.number, run.head_sha, delivery) for one in run.pull_requests]
    asked = payload.requested_action
    if payload.action != "requested_action" or asked is None or sender is None or sender.type == "Bot":
        return []
    if asked.identifier not in ("apply", "verify"):
        return []
    found = []
    for one in run.pull_requests:
        key = f"button-{delivery}"
        job = Job(
            "button", number=one.number, key=key, sha=run.head_sha, login=sender.login, text=asked.identifier,
            **_where(payload),
        )  # fmt: skip
        found.append((f"{key}-{one.number}", job, ""))
    return found


def _where(payload: Payload) -> dict[str, Any]:
    assert payload.repository is not None and payload.installation is not None, "jobs_of has looked"
    return {
        "repo": payload.repository.full_name,
        "repo_id": payload.repository.id,
        "installation": payload.installation.id,
    }

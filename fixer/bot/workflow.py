"""The bot inside of a GitHub workflow: ``fixer bot review``. Needs no checkout, and no right but to read.

It reads the event that started the workflow, reviews the pull request with the workflow's token, and says what it may
say with that. A token that may only read (every pull request from a fork) leaves annotations and the job summary.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fixer.bot import render, sarif
from fixer.bot.desk import Desk
from fixer.bot.github import API, Client, GitHubError, Postponed, TooLarge, Uncertain, Unreachable
from fixer.bot.jobs import Job, Superseded, run_telling
from fixer.bot.model import Review
from fixer.bot.pulls import Malformed, repository
from fixer.report.github import command

OK, FINDINGS, FAILED = 0, 1, 2
MAX_SUMMARY = 900_000
"""Characters of a job summary (GitHub takes a mebibyte)."""


class Unusable(Exception):
    """The workflow's surroundings do not allow a review: what is missing and what to do."""


@dataclass(frozen=True)
class Given:
    """The options of ``fixer bot review``."""

    repository: str | None = None
    number: int | None = None
    login: str | None = None
    python: str | None = None
    sarif: str | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    overrides: dict[str, bool] = field(default_factory=dict)
    commands: bool = False


def review(given: Given, environment: Mapping[str, str], **options: Any) -> int:
    """Review one pull request, or carry out the command that a comment holds. Returns the exit status.

    ``options`` go to the client (tests hand in a transport).
    """
    try:
        desk, job = _start(given, environment, options)
        if job is None:
            print("nothing to do: this event is about no pull request")
            return OK
        outcome, found = run_telling(desk, job)
    except Unusable as error:
        return _fail(str(error))
    except (GitHubError, Malformed, Unreachable, Uncertain, TooLarge) as error:
        return _fail(f"{error}; check the token's permissions, or run the workflow again")
    except Postponed as error:
        return _fail(f"{error}; run the workflow again after that")
    except Superseded as error:
        return _fail(f"{error}; the newest push has a workflow of its own")
    print(f"{desk.repo}#{job.number}: {outcome}")
    if found is None:
        return OK
    return _told(desk, found, given, environment)


def _told(desk: Desk, found: Review, given: Given, environment: Mapping[str, str]) -> int:
    """Say here what could not be said there, and leave what later steps need."""
    here = {"check", "review"} & set(desk.denied)
    if here or not (found.choices.check or found.choices.review):
        for line in _annotated(found):
            print(line)
    for what, why in sorted(desk.denied.items()):
        print(f"the token does not allow: {what} ({why})")
    if environment.get("GITHUB_STEP_SUMMARY"):
        _append(environment["GITHUB_STEP_SUMMARY"], render.summary(found)[:MAX_SUMMARY] + "\n")
    if environment.get("GITHUB_OUTPUT"):
        _append(environment["GITHUB_OUTPUT"], f"findings={len(found.analysis.touched)}\n")
    if given.sarif:
        Path(given.sarif).write_text(json.dumps(sarif.log(found), indent=2))
    return FINDINGS if found.analysis.touched and found.choices.fail else OK


def _annotated(found: Review) -> list[str]:
    lines = []
    for note in render.notes(found):
        kind = "notice" if note["annotation_level"] == "notice" else "warning"
        place = {"file": note["path"], "line": str(note["start_line"]), "endLine": str(note["end_line"])}
        lines.append(command(kind, place | {"title": f"fixer: {note['title']}"}, note["message"]))
    return lines


def _append(path: str, text: str) -> None:
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        print(f"error: {path}: cannot be written: {error.strerror}", file=sys.stderr)


def _start(given: Given, environment: Mapping[str, str], options: dict[str, Any]) -> tuple[Desk, Job | None]:
    token = environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN")
    if not token:
        raise Unusable("there is no token: set GITHUB_TOKEN (in a workflow: env: GITHUB_TOKEN: ${{ github.token }})")
    name = given.repository or environment.get("GITHUB_REPOSITORY")
    if not name:
        raise Unusable("which repository? say --repository OWNER/NAME (a workflow sets GITHUB_REPOSITORY)")
    try:
        name = repository(name)
    except Malformed as error:
        raise Unusable(f"{error}; it must be OWNER/NAME") from None
    client = Client(lambda renew: token, name, environment.get("GITHUB_API_URL") or API, **options)
    web = f"{environment.get('GITHUB_SERVER_URL') or 'https://github.com'}/{name}"
    desk = Desk(
        client,
        name,
        given.login or _login(client),
        web,
        app=False,
        commands=given.commands,
        python=given.python,
        select=given.select,
        ignore=given.ignore,
        overrides=given.overrides,
    )
    return desk, _job(given, environment, client, name)


def _login(client: Client) -> str:
    """Who the token is: a person, or (what an installation's token may not ask) the workflow itself."""
    try:
        return str(client.get("/user")["login"])
    except GitHubError as error:
        if error.status in (403, 404):
            return "github-actions[bot]"
        raise


def _job(given: Given, environment: Mapping[str, str], client: Client, name: str) -> Job | None:
    if given.number is not None:
        return Job("review", name, given.number, "asked")
    kind = environment.get("GITHUB_EVENT_NAME", "")
    event = _event(environment)
    if "pull_request" in event and "comment" not in event:
        return Job("review", name, _number(event["pull_request"]), "event")
    if kind == "workflow_run" or "workflow_run" in event:
        return _of_run(event.get("workflow_run") or {}, client, name)
    if "comment" in event:
        return _of_comment(event, name)
    raise Unusable(f"the event {kind or 'of this workflow'} names no pull request; say --pull-request NUMBER")


def _event(environment: Mapping[str, str]) -> dict[str, Any]:
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        raise Unusable("which pull request? say --pull-request NUMBER (a workflow sets GITHUB_EVENT_PATH)")
    try:
        event = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unusable(f"{path} cannot be read as an event ({error}); say --pull-request NUMBER") from None
    if not isinstance(event, dict):
        raise Unusable(f"{path} is no event; say --pull-request NUMBER")
    return event


def _number(data: Any) -> int:
    number = data.get("number") if isinstance(data, dict) else None
    if not isinstance(number, int):
        raise Unusable("the event names no pull request; say --pull-request NUMBER")
    return number


def _of_run(run: dict[str, Any], client: Client, name: str) -> Job | None:
    """The open pull request that a finished workflow ran for. What the event itself says is GitHub's own word; an
    artifact of that workflow would be a stranger's."""
    owner = ((run.get("head_repository") or {}).get("owner") or {}).get("login")
    branch, sha = run.get("head_branch"), run.get("head_sha")
    if run.get("event") not in ("pull_request", "pull_request_target") or not owner or not branch:
        return None
    for one in client.pages(f"/repos/{name}/pulls", state="open", head=f"{owner}:{branch}"):
        if one["head"]["sha"] == sha:
            return Job("review", name, int(one["number"]), "run")
    return None


def _of_comment(event: dict[str, Any], name: str) -> Job | None:
    comment, sender = event["comment"], event.get("sender") or {}
    issue = event.get("issue") or {}
    about = event.get("pull_request") or (issue if issue.get("pull_request") else None)
    if about is None or event.get("action") != "created" or sender.get("type") == "Bot":
        return None
    kind = "pulls" if "pull_request" in event else "issues"
    ident = int(comment["id"])
    return Job(
        "command",
        name,
        _number(about),
        str(ident),
        login=str((comment.get("user") or {}).get("login", "")),
        text=str(comment.get("body") or ""),
        place=f"/repos/{name}/{kind}/comments/{ident}",
        at=str(comment.get("created_at", "")),
    )


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return FAILED


def from_environment(given: Given) -> int:
    """``review`` with this process's environment."""
    return review(given, os.environ)

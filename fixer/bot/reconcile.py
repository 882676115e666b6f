"""Bring a pull request's page in line with a review: say what is new, settle what is gone, repeat nothing.

Every part looks first what is there, by the hidden markers in the bot's own texts; so all of it may be interrupted and
done again at any point.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from fixer.bot import markdown as md
from fixer.bot import render
from fixer.bot.desk import Desk, log
from fixer.bot.github import GitHubError
from fixer.bot.model import Review

Still = Callable[[], None]

_THREADS = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { id isResolved comments(first: 1) { nodes { fullDatabaseId } } }
      }
    }
  }
}
"""
_RESOLVE = """
mutation($thread: ID!) { resolveReviewThread(input: {threadId: $thread}) { thread { id isResolved } } }
"""


def publish(desk: Desk, number: int, review: Review, still: Still) -> None:
    """Make the pull request say what ``review`` says. ``still`` raises when a newer push has made it pointless."""
    if review.choices.check:
        still()
        desk.permitted("check", lambda: _check(desk, review))
    # Without findings, now or before, there is nothing more to look for.
    inline: list[dict[str, Any]] = []
    if review.choices.review:
        still()
        inline = desk.permitted("review", lambda: _inline(desk, number, review, still)) or []
        _settle(desk, number, review, inline)
    if review.choices.comment or review.ignored:
        still()
        desk.permitted("comment", lambda: _summary(desk, number, review))


def _check(desk: Desk, review: Review) -> None:
    client = desk.client
    notes = render.notes(review)
    digest = render.digest(review, desk.app)
    payload = render.check(review, desk.app) | {"external_id": digest}
    slug = desk.me.removesuffix("[bot]")
    runs = client.pages(
        desk.path(f"/commits/{review.head}/check-runs"), key="check_runs", check_name=render.NAME, filter="all"
    )
    mine = [run for run in runs if (run.get("app") or {}).get("slug") == slug and run.get("external_id") == digest]
    run = max(mine, key=lambda one: int(one["id"])) if mine else None
    sent = 0
    if run is not None:
        sent = int((run.get("output") or {}).get("annotations_count") or 0)
        if run["status"] == "completed" and sent >= len(notes):
            return
    else:
        first, sent = notes[: render.MAX_ANNOTATIONS], min(len(notes), render.MAX_ANNOTATIONS)
        body = payload if sent == len(notes) else _unfinished(payload)
        run = client.write("POST", desk.path("/check-runs"), _with_notes(body, first))
        if sent == len(notes):
            return
    while True:
        batch = notes[sent : sent + render.MAX_ANNOTATIONS]
        sent += len(batch)
        body = payload if sent >= len(notes) else _unfinished(payload)
        body = {name: value for name, value in body.items() if name != "head_sha"}
        client.write("PATCH", desk.path(f"/check-runs/{run['id']}"), _with_notes(body, batch))
        if sent >= len(notes):
            return


def _unfinished(payload: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in payload.items() if name not in ("conclusion", "actions")}
    return kept | {"status": "in_progress"}


def _with_notes(payload: dict[str, Any], notes: list[dict[str, Any]]) -> dict[str, Any]:
    return payload | {"output": payload["output"] | ({"annotations": notes} if notes else {})}


def _inline(desk: Desk, number: int, review: Review, still: Still) -> list[dict[str, Any]]:
    """Post the findings that have no comment yet. Returns the bot's comments that were there before."""
    there = [item for item in desk.client.pages(desk.path(f"/pulls/{number}/comments")) if desk.mine(item)]
    posted = frozenset(words[0] for item in there if (words := _finding(item)))
    fresh = render.inline(review, posted)
    if fresh:
        body = {
            "commit_id": review.head,
            "event": "COMMENT",
            "body": render.review_body(review, len(fresh)),
            "comments": render.comments(review, fresh),
        }
        try:
            desk.client.write("POST", desk.path(f"/pulls/{number}/reviews"), body)
        except GitHubError as error:
            if error.status != 422:
                raise
            still()  # the likeliest reason: the head has moved
            log.warning("review refused", extra={"reason": error.message, "repository": desk.repo, "number": number})
            plain = body | {"comments": render.comments(review, fresh, suggestions=False)}
            try:
                desk.client.write("POST", desk.path(f"/pulls/{number}/reviews"), plain)
            except GitHubError as again:
                if again.status != 422:
                    raise
                # The summary and the annotations hold all of it.
                log.warning("review refused", extra={"reason": again.message, "repository": desk.repo})
    return there


def _settle(desk: Desk, number: int, review: Review, there: list[dict[str, Any]]) -> None:
    """Mark what is gone: the comment says so, and its thread is resolved."""
    current = {one.fingerprint for one in review.analysis.findings}
    unread = {one.path for one in review.analysis.troubles}
    if "." in unread:
        return
    gone = [
        item
        for item in there
        if (words := _finding(item)) and words[0] not in current and item.get("path") not in unread
    ]
    if not gone:
        return
    for item in gone:
        body = {"body": render.settled(item["body"], review.head)}
        place = desk.path(f"/pulls/comments/{item['id']}")
        desk.permitted("review", partial(desk.client.write, "PATCH", place, body))
    try:
        _resolve(desk, number, {int(item["id"]) for item in gone})
    except GitHubError as error:
        # Resolving asks for more rights than commenting; the comment itself says that it is done.
        log.info("threads not resolved", extra={"reason": error.message, "repository": desk.repo, "number": number})


def _resolve(desk: Desk, number: int, comments: set[int]) -> None:
    owner, name = desk.repo.split("/")
    after: str | None = None
    while True:
        about = {"owner": owner, "name": name, "number": number, "after": after}
        data = desk.client.graphql(_THREADS, about)
        threads = data["repository"]["pullRequest"]["reviewThreads"]
        for thread in threads["nodes"]:
            first = thread["comments"]["nodes"]
            if first and int(first[0]["fullDatabaseId"]) in comments and not thread["isResolved"]:
                ident = thread["id"]
                desk.ensured(partial(desk.client.graphql, _RESOLVE, {"thread": ident}, change=True))
        if not threads["pageInfo"]["hasNextPage"]:
            return
        after = threads["pageInfo"]["endCursor"]


def _finding(item: dict[str, Any]) -> tuple[str, ...]:
    """The fingerprint in a comment about a finding that is not settled."""
    marker = md.marked(item.get("body"))
    return marker[1] if marker and marker[0] == md.FINDING else ()


def _summary(desk: Desk, number: int, review: Review) -> None:
    there = desk.summary_of(number)
    if there is None and not review.analysis.touched and not review.proofs and not review.ignored:
        return
    body = render.summary(review)
    if there is None:
        desk.client.write("POST", desk.path(f"/issues/{number}/comments"), {"body": body})
    elif there["body"] != body:
        desk.client.write("PATCH", desk.path(f"/issues/comments/{there['id']}"), {"body": body})

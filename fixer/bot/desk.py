"""Where the bot works: a repository, who it is there, and the texts it has left on a pull request."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fixer.bot import markdown as md
from fixer.bot.github import TRIES, Client, GitHubError, Uncertain

log = logging.getLogger("fixer.bot")
T = TypeVar("T")

DENIED = (401, 403, 404)
"""Answers that mean: not allowed (a repository that may not be seen is answered with 404)."""


@dataclass
class Desk:
    """One repository, as the bot sees it.

    ``me`` is the login that the bot's texts come from; nobody else's markers count. ``web`` is the repository's page.
    ``app``: the bot is an App of its own, with buttons; ``commands``: it listens to comments. ``select``,
    ``ignore`` and ``overrides`` (of ``Choices``) come from whoever runs it and go before the repository's settings.
    """

    client: Client
    repo: str
    me: str
    web: str = ""
    app: bool = True
    commands: bool = True
    python: str | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    overrides: dict[str, bool] = field(default_factory=dict)
    denied: dict[str, str] = field(default_factory=dict)
    sleep: Callable[[float], None] = time.sleep

    def path(self, rest: str) -> str:
        """A path below the repository's."""
        return f"/repos/{self.repo}{rest}"

    def mine(self, item: dict[str, Any]) -> bool:
        """Whether the bot itself wrote a comment or review."""
        return str((item.get("user") or {}).get("login", "")).lower() == self.me.lower()

    def ensured(self, attempt: Callable[[], T]) -> T:
        """Do something that begins by looking whether it is done: again, if nobody knows whether it arrived."""
        for number in range(TRIES):
            try:
                return attempt()
            except Uncertain as error:
                log.warning("uncertain", extra={"reason": str(error), "repository": self.repo})
                if number == TRIES - 1:
                    raise
                self.sleep(0.5 * 2**number)
        raise AssertionError("the loop returns or raises")

    def permitted(self, what: str, attempt: Callable[[], T]) -> T | None:
        """Do something if it is allowed; otherwise remember what was not."""
        try:
            return self.ensured(attempt)
        except GitHubError as error:
            if error.status not in DENIED:
                raise
            self.denied[what] = error.message
            log.info("not permitted", extra={"what": what, "reason": error.message, "repository": self.repo})
            return None

    def summary_of(self, number: int) -> dict[str, Any] | None:
        """The bot's summary comment, if there is one."""
        for item in self._comments(number):
            marker = md.marked(item.get("body"))
            if marker and marker[0] == md.SUMMARY:
                return item
        return None

    def ignored(self, number: int) -> tuple[str, ...]:
        """The rules that somebody has silenced on this pull request."""
        summary = self.summary_of(number)
        rules = md.state_of(summary["body"]).get("ignored", []) if summary else []
        return tuple(sorted(rule for rule in rules if isinstance(rule, str)))

    def reply(self, number: int, key: str, text: str) -> None:
        """Answer once: ``key`` names what is answered."""

        def attempt() -> None:
            mark = (md.REPLY, (key,))
            if not any(md.marked(item.get("body")) == mark for item in self._comments(number)):
                body = md.fitted([(0, text)], md.marker(md.REPLY, key))
                self.client.write("POST", self.path(f"/issues/{number}/comments"), {"body": body})

        self.permitted("comment", attempt)

    def react(self, place: str, content: str) -> None:
        """Leave a reaction on a comment (``place`` is its path). GitHub itself keeps it from being there twice."""
        self.permitted("reaction", lambda: self.client.write("POST", f"{place}/reactions", {"content": content}))

    def may_write(self, login: str) -> bool:
        """Whether somebody may push to the repository, as GitHub says now."""
        from urllib.parse import quote

        answer = self.client.maybe(self.path(f"/collaborators/{quote(login, safe='')}/permission"))
        return bool(answer) and answer.get("permission") in ("admin", "write")

    def _comments(self, number: int) -> Iterator[dict[str, Any]]:
        for item in self.client.pages(self.path(f"/issues/{number}/comments")):
            if self.mine(item):
                yield item

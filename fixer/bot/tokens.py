"""Installation tokens: each for one repository and what a job needs there, kept until shortly before they expire."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
from githubkit import AppAuthStrategy, GitHub, Response
from githubkit.exception import GitHubException, RequestFailed
from githubkit.throttling import LocalThrottler

from fixer.bot.github import AGENT, API, Client, GitHubError, Kept, Unreachable

EARLY = 300.0
"""Seconds before its end at which a token is renewed: a job may still need it for a while."""

REVIEWING = {"metadata": "read", "contents": "read", "pull_requests": "write", "checks": "write", "issues": "write"}
COMMITTING = REVIEWING | {"contents": "write"}


class AppTokens:
    """The App's own identity, and the tokens of its installations."""

    def __init__(
        self,
        app_id: str,
        private_key: str,
        api: str = API,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._kit = GitHub(
            AppAuthStrategy(app_id, private_key),
            base_url=api,
            user_agent=AGENT,
            http_cache=False,
            auto_retry=False,
            throttler=LocalThrottler(4),
            timeout=30,
            transport=Kept(transport) if transport else None,
        )
        self._clock = clock
        self._kept: dict[tuple[int, int, str], tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._slug: str | None = None

    def token(self, installation: int, repository: int, permissions: dict[str, str], renew: bool = False) -> str:
        """A token for one repository. Raises GitHubError (the App was removed, say) or Unreachable."""
        key = (installation, repository, repr(sorted(permissions.items())))
        with self._lock:
            token, ends = self._kept.get(key, ("", 0.0))
            if token and not renew and self._clock() < ends - EARLY:
                return token
        path = f"/app/installations/{installation}/access_tokens"
        try:
            body = self.request("POST", path, {"repository_ids": [repository], "permissions": permissions})
        except GitHubError as error:
            if error.status != 422:
                raise
            # The owner has not granted all of it: work with what there is.
            body = self.request("POST", path, {"repository_ids": [repository]})
        ends = datetime.fromisoformat(body["expires_at"].replace("Z", "+00:00")).timestamp()
        with self._lock:
            self._kept[key] = (body["token"], ends)
        return str(body["token"])

    def slug(self) -> str:
        """The App's name in URLs; its comments come from ``slug[bot]``."""
        if self._slug is None:
            self._slug = str(self.request("GET", "/app")["slug"])
        return self._slug

    def deliveries(self, most: int = 10) -> list[dict[str, Any]]:
        """What GitHub has sent to the App's hook, the newest first: at most ``most`` pages of 100."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        for _ in range(most):
            answer = self._answer("GET", "/app/hook/deliveries", None, {"per_page": 100, "cursor": cursor})
            found += answer.json()
            following = answer.raw_response.links.get("next", {}).get("url", "")
            cursor = httpx.URL(following).params.get("cursor") if following else None
            if cursor is None:
                break
        return found

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of a request as the App itself."""
        answer = self._answer(method, path, body)
        return answer.json() if answer.content else None

    def _answer(self, method: str, path: str, body: Any = None, params: dict[str, Any] | None = None) -> Response[Any]:
        """Tried three times: none of these requests does harm when it is repeated."""
        given = {name: value for name, value in (params or {}).items() if value is not None}
        for number in range(3):
            try:
                return self._kit.request(method, path, json=body, params=given or None)
            except RequestFailed as error:
                status = error.response.status_code
                if status < 500:
                    raise GitHubError(status, _message(error), f"{method} {path}") from None
            except GitHubException:
                pass
            time.sleep(0.3 * 2**number)
        raise Unreachable(f"GitHub did not answer {method} {path}")


def _message(error: RequestFailed) -> str:
    try:
        body = error.response.json()
    except ValueError:
        body = {}
    return str(body.get("message", "no reason given")) if isinstance(body, dict) else "no reason given"


def client_for(
    tokens: AppTokens, installation: int, repository: int, permissions: dict[str, str], **options: Any
) -> Client:
    """A client for one repository of an installation."""

    def token(renew: bool) -> str:
        return tokens.token(installation, repository, permissions, renew)

    return Client(token, who=str(installation), **options)

"""Talking to GitHub: githubkit carries the requests; retries, pauses and what an answer means are decided here.

A GET is repeated when GitHub or the network fails. A write is not: whoever made it first looks whether it arrived
(``Uncertain``). A rate limit is waited for if that takes a minute at most; otherwise the job is to come back later
(``Postponed``).
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from githubkit import GitHub, TokenAuthStrategy, UnauthAuthStrategy
from githubkit.exception import RateLimitExceeded, RequestError, RequestFailed, RequestTimeout
from githubkit.throttling import LocalThrottler

from fixer import __version__
from fixer.bot.pacing import LocalPacer, Pacer

API = "https://api.github.com"
AGENT = f"training-fixer/{__version__}"
TRIES = 4
LONGEST_WAIT = 60.0
PAGE = 100

_log = logging.getLogger("fixer.bot")


class GitHubError(Exception):
    """GitHub refused: the status, and its reason in a sentence."""

    def __init__(self, status: int, message: str, request: str = "") -> None:
        super().__init__(f"GitHub answered {status} to {request}: {message}" if request else message)
        self.status = status
        self.message = message


class Uncertain(Exception):
    """A write of which nobody knows whether it arrived: look for its marker, then try again."""


class Unreachable(Exception):
    """GitHub did not answer, again and again."""


class Postponed(Exception):
    """A rate limit: come back after ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"GitHub asks to wait for {seconds:.0f} s")
        self.seconds = seconds


class TooLarge(Exception):
    """A download with more bytes than are taken."""


Observe = Callable[[str, int, Mapping[str, str]], None]
"""Told of every answer: method, status (0: none), headers."""


class Client:
    """GitHub as one installation (``who``) sees it.

    ``token`` gives the token to use; asked with True, a new one (the old one was refused).
    """

    def __init__(
        self,
        token: Callable[[bool], str | None],
        who: str = "",
        api: str = API,
        pacer: Pacer | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        observe: Observe | None = None,
    ) -> None:
        self._token, self.who, self.api = token, who, api.rstrip("/")
        self._pacer = pacer or LocalPacer()
        self._transport, self._sleep, self._observe = transport, sleep, observe
        self._kit: GitHub[Any] | None = None

    def get(self, path: str, accept: str | None = None, **params: Any) -> Any:
        """The JSON at ``path``; with ``accept`` another form of it, as bytes. Repeats what failed on the way."""
        answer = self._repeated("GET", path, params=params, accept=accept)
        return answer.content if accept else answer.json()

    def maybe(self, path: str, **params: Any) -> Any:
        """The same, or None where there is nothing (404)."""
        try:
            return self.get(path, **params)
        except GitHubError as error:
            if error.status == 404:
                return None
            raise

    def pages(self, path: str, key: str | None = None, most: int = 3_000, **params: Any) -> Iterator[Any]:
        """All items of a list, page by page (``key``: the list's name in the answer)."""
        for page in range(1, most // PAGE + 2):
            answer = self.get(path, per_page=PAGE, page=page, **params)
            items = answer[key] if key else answer
            yield from items
            if len(items) < PAGE:
                return

    def write(self, method: str, path: str, body: Any = None) -> Any:
        """Make one change. Raises Uncertain if nobody knows whether it arrived; rate limits are waited for."""
        for number in range(TRIES):
            self._wait(self._pacer.write(self.who))
            try:
                answer = self._send(method, path, json=body)
            except _Limited as error:
                self._limited(error.seconds * 2**number)
                continue
            except _Failed as error:
                raise Uncertain(f"{method} {path}: {error}") from None
            return answer.json() if answer.content else None
        raise Postponed(LONGEST_WAIT)

    def graphql(self, query: str, variables: dict[str, Any], change: bool = False) -> dict[str, Any]:
        """The data of a GraphQL query. Raises GitHubError with its first error."""
        path = f"{self.api.removesuffix('/v3')}/graphql"
        body = {"query": query, "variables": variables}
        answer = self.write("POST", path, body) if change else self._repeated("POST", path, json=body).json()
        if answer.get("errors"):
            raise GitHubError(200, str(answer["errors"][0].get("message", "GraphQL error")), "GraphQL")
        data: dict[str, Any] = answer.get("data") or {}
        return data

    def download(self, path: str, target: Path, limit: int) -> None:
        """Write what ``path`` leads to into a file, at most ``limit`` bytes. Raises TooLarge."""
        for number in range(TRIES):
            try:
                self._wait(self._pacer.read(self.who))
                self._download(path, target, limit)
                return
            except _Limited as error:
                self._limited(error.seconds)
            except (_Failed, httpx.HTTPError) as error:
                if number == TRIES - 1:
                    raise Unreachable(f"GitHub did not hand out {path}: {error}") from None
                self._pause(number)
        raise Postponed(LONGEST_WAIT)

    def close(self) -> None:
        """Give the connection back."""
        if self._kit is not None:
            self._kit.__exit__(None, None, None)
            self._kit = None

    def _repeated(self, method: str, path: str, **options: Any) -> httpx.Response:
        for number in range(TRIES):
            try:
                self._wait(self._pacer.read(self.who))
                return self._send(method, path, **options)
            except _Limited as error:
                self._limited(error.seconds * 2**number)
            except _Failed as error:
                if number == TRIES - 1:
                    raise Unreachable(f"GitHub did not answer {method} {path}: {error}") from None
                self._pause(number)
        raise Postponed(LONGEST_WAIT)

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request. A refused token is renewed once."""
        try:
            return self._once(method, path, **options)
        except GitHubError as error:
            if error.status != 401:
                raise
            self.close()
            self._kit = self._opened(renew=True)
            return self._once(method, path, **options)

    def _once(
        self,
        method: str,
        path: str,
        json: Any = None,
        params: dict[str, Any] | None = None,
        accept: str | None = None,
        stream: bool = False,
    ) -> httpx.Response:
        kit = self._kit or self._opened()
        self._kit = kit
        status, headers = 0, {}
        try:
            answer = kit.request(
                method,
                path,
                json=json,
                params={name: value for name, value in (params or {}).items() if value is not None},
                headers={"Accept": accept} if accept else None,
                stream=stream,
            )
            status, headers = answer.status_code, dict(answer.headers)
            return answer.raw_response
        except RateLimitExceeded as error:
            status, headers = error.response.status_code, dict(error.response.headers)
            raise _Limited(max(1.0, error.retry_after.total_seconds())) from None
        except RequestFailed as error:
            status, headers = error.response.status_code, dict(error.response.headers)
            raise _refused(error, f"{method} {path}") from None
        except (RequestTimeout, RequestError) as error:
            cause = error.__cause__ or error
            raise _Failed(f"{type(cause).__name__}: {cause}") from None
        finally:
            if self._observe is not None:
                self._observe(method, status, headers)

    def _download(self, path: str, target: Path, limit: int) -> None:
        answer = self._send("GET", path, stream=True)
        try:
            size = 0
            with open(target, "wb") as file:
                for chunk in answer.iter_bytes(1 << 16):
                    size += len(chunk)
                    if size > limit:
                        raise TooLarge(f"the archive has more than {limit >> 20} MiB")
                    file.write(chunk)
        finally:
            answer.close()

    def _opened(self, renew: bool = False) -> GitHub[Any]:
        token = self._token(renew)
        kit: GitHub[Any] = GitHub(
            TokenAuthStrategy(token) if token else UnauthAuthStrategy(),
            base_url=self.api,
            user_agent=AGENT,
            http_cache=False,
            auto_retry=False,
            throttler=LocalThrottler(10),
            timeout=30,
            transport=Kept(self._transport) if self._transport else None,
        )
        kit.__enter__()  # type: ignore[no-untyped-call]
        return kit

    def _limited(self, seconds: float) -> None:
        self._pacer.block(self.who, seconds)
        if seconds > LONGEST_WAIT:
            raise Postponed(seconds)
        _log.info("rate limited", extra={"seconds": seconds, "installation": self.who})

    def _wait(self, seconds: float) -> None:
        if seconds > LONGEST_WAIT:
            raise Postponed(seconds)
        if seconds > 0:
            self._sleep(seconds)

    def _pause(self, number: int) -> None:
        self._sleep(0.5 * 2**number * random.uniform(0.8, 1.2))


class _Limited(Exception):
    def __init__(self, seconds: float) -> None:
        super().__init__(f"rate limit for {seconds} s")
        self.seconds = seconds


class _Failed(Exception):
    """No answer, or one of a server in trouble."""


class Kept(httpx.BaseTransport):
    """A transport that outlives the clients that use it."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._inner.handle_request(request)


def _refused(error: RequestFailed, request: str) -> Exception:
    """What an answer of 400 and more means."""
    status = error.response.status_code
    try:
        error.response.raw_response.read()
        body = error.response.json()
    except (ValueError, httpx.HTTPError):
        body = {}
    message = str(body.get("message", "")) if isinstance(body, dict) else ""
    if isinstance(body, dict) and body.get("errors"):
        message += f" ({str(body['errors'])[:300]})"
    if status in (403, 429) and "rate limit" in message.lower():
        return _Limited(LONGEST_WAIT)
    if status >= 500 or status == 408:
        return _Failed(f"status {status}")
    return GitHubError(status, message or "no reason given", request)


def segment(path: str) -> str:
    """A path for use in a URL."""
    return quote(path, safe="/")

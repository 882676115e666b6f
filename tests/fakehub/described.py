"""Requests and answers against GitHub's description of its API, cut to the operations used."""

from __future__ import annotations

import json
import re
import warnings
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

DATA = Path(__file__).parent.parent / "data" / "github"
HOST = "https://api.github.com"


class Violation(AssertionError):
    """Something that GitHub's description does not allow."""


class _Request:
    def __init__(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> None:
        from openapi_core.datatypes import RequestParameters
        from werkzeug.datastructures import Headers, ImmutableMultiDict

        self.host_url, self.path, self.method = HOST, path, method.lower()
        self.full_url_pattern = HOST + path
        self.content_type = "application/json"
        self.body = body or None
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(parse_qsl(query)), header=Headers(headers), path={}
        )


class _Response:
    def __init__(self, status: int, body: bytes) -> None:
        self.data, self.status_code, self.content_type = body, status, "application/json"
        self.headers: dict[str, str] = {}


@cache
def _api() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from openapi_core import OpenAPI

        return OpenAPI.from_dict(json.loads((DATA / "openapi.json").read_text()) | {"servers": [{"url": HOST}]})


@cache
def _document() -> dict[str, Any]:
    return json.loads((DATA / "openapi.json").read_text())


@cache
def examples() -> dict[str, Any]:
    """GitHub's example answer of each operation."""
    return json.loads((DATA / "examples.json").read_text())


@cache
def _routes() -> list[tuple[str, re.Pattern[str], str, dict[str, Any]]]:
    found = []
    for template, methods in _document()["paths"].items():
        # These two may hold slashes, which the description's own templates do not match.
        pattern = re.sub(
            r"\\{(\w+)\\}",
            lambda m: f"(?P<{m[1]}>.+)" if m[1] in ("path", "ref") else f"(?P<{m[1]}>[^/]+)",
            re.escape(template),
        )
        for method, operation in methods.items():
            if method != "parameters":
                found.append((method.upper(), re.compile(pattern), template, operation))
    return sorted(found, key=lambda one: one[2].count("{"))


def matched(method: str, path: str) -> tuple[dict[str, Any], dict[str, str], str]:
    """The operation for a request, its path parameters, and the path as the description can match it."""
    for wanted, pattern, template, operation in _routes():
        found = pattern.fullmatch(path)
        if wanted == method and found:
            given = found.groupdict()
            return operation, given, template.format(**{name: quote(value, safe="") for name, value in given.items()})
    raise Violation(f"{method} {path} is none of the operations that the bot is known to use")


def check_request(method: str, url: str, headers: dict[str, str], body: bytes) -> tuple[str, dict[str, str]]:
    """Raise Violation unless the description allows a request. Returns the operation's name and path parameters."""
    from openapi_core.exceptions import OpenAPIError

    parts = urlsplit(url)
    operation, given, path = matched(method, parts.path)
    known = {_resolved(one)["name"] for one in operation.get("parameters", []) if _resolved(one)["in"] == "query"}
    strange = {name for name, _ in parse_qsl(parts.query)} - known
    if strange:
        raise Violation(f"{method} {path} has no query parameter {sorted(strange)}")
    if body and "requestBody" not in operation:
        raise Violation(f"{method} {path} takes no body")
    try:
        _api().validate_request(_Request(method, path, parts.query, headers, body))
    except OpenAPIError as error:
        raise Violation(f"{method} {parts.path}: {_reason(error)}") from error
    return operation["operationId"], given


def check_answer(method: str, url: str, headers: dict[str, str], body: bytes, status: int, answer: bytes) -> None:
    """Raise Violation unless the description allows this answer (only those of success are described)."""
    from openapi_core.exceptions import OpenAPIError

    parts = urlsplit(url)
    operation, _, path = matched(method, parts.path)
    if status >= 400 or not operation["responses"].get(str(status), {}).get("content"):
        return
    try:
        _api().validate_response(_Request(method, path, parts.query, headers, body), _Response(status, answer))
    except OpenAPIError as error:
        raise Violation(f"the fake answers {method} {parts.path} wrongly: {_reason(error)}") from error


def _resolved(parameter: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in parameter:
        return _document()["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[1]]
    return parameter


def _reason(error: BaseException) -> str:
    texts = []
    at: BaseException | None = error
    while at is not None:
        if not getattr(at, "schema_errors", ()):
            texts.append(str(at).split("\n")[0][:200])
        for one in getattr(at, "schema_errors", ()):
            texts.append(f"{'/'.join(map(str, one.absolute_path))}: {one.message[:300]}")
        at = at.__cause__
    return "; ".join(dict.fromkeys(texts))

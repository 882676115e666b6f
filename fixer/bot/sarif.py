"""A review as SARIF 2.1.0, for code scanning: the findings that concern the pull request."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any
from urllib.parse import quote

from fixer import __version__
from fixer.bot.desk import Desk
from fixer.bot.model import Found, Review
from fixer.report.sarif import SCHEMA


def log(review: Review) -> dict[str, Any]:
    """The SARIF log. Fingerprints are filled in: uploads through the API are not fingerprinted by GitHub."""
    found = review.analysis.touched
    names = sorted({one.rule for one in found})
    driver = {"name": "training-fixer", "version": __version__, "rules": [{"id": name} for name in names]}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "training-fixer/"},
        "results": [_result(one, names) for one in found],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def upload(desk: Desk, number: int, review: Review) -> None:
    """Hand the log to code scanning; where that is not allowed (or not switched on), it is left out."""
    packed = gzip.compress(json.dumps(log(review)).encode(), mtime=0)
    body = {
        "commit_sha": review.head,
        "ref": f"refs/pull/{number}/head",
        "sarif": base64.b64encode(packed).decode(),
        "tool_name": "training-fixer",
    }
    desk.permitted("sarif", lambda: desk.client.write("POST", desk.path("/code-scanning/sarifs"), body))


def _result(one: Found, names: list[str]) -> dict[str, Any]:
    place = _place(one.path, one.line, max(one.line, one.end_line))
    flow = [
        {"location": _place(step.path, step.line, step.line) | {"message": {"text": step.note}}} for step in one.steps
    ]
    return {
        "ruleId": one.rule,
        "ruleIndex": names.index(one.rule),
        "level": "warning",
        "message": {"text": f"{one.message}. Repair ({one.applicability}): {one.summary}"},
        "locations": [place],
        "partialFingerprints": {"fixer/v1": one.fingerprint},
        **({"codeFlows": [{"threadFlows": [{"locations": flow}]}]} if flow else {}),
    }


def _place(path: str, first: int, last: int) -> dict[str, Any]:
    region = {"startLine": first, "endLine": last}
    return {"physicalLocation": {"artifactLocation": {"uri": quote(path)}, "region": region}}

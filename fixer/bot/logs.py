"""Structured logs: one JSON object a line on standard error, without secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Iterable

_SHAPES = re.compile(
    r"gh[pousr]_[A-Za-z0-9_]{10,}|github_pat_\w{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----"
    r"|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)|(?<=token=)[\w-]{8,}",
    re.DOTALL,
)
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A record as JSON: time, level, event, and what was given as ``extra``."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = [secret for secret in secrets if len(secret) >= 4]

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _PLAIN and _simple(value)}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return self.clean(json.dumps(line, default=str))

    def clean(self, text: str) -> str:
        """The text without anything that is, or looks like, a secret."""
        for secret in self._secrets:
            text = text.replace(json.dumps(secret)[1:-1], "[secret]").replace(secret, "[secret]")
        return _SHAPES.sub("[secret]", text)


def _simple(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float, bool, list, tuple, dict))


def configure(level: str, secrets: Iterable[str] = ()) -> None:
    """Send the records of the whole process to standard error, as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(secrets))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel("WARNING")
    logging.getLogger("fixer").setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "dbos"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    logging.getLogger("uvicorn.error").setLevel("INFO")
    logging.getLogger("uvicorn.access").setLevel("WARNING")
    logging.getLogger("httpx").setLevel("WARNING")

"""The server's settings: environment variables, each of which may name a file instead (``..._FILE``)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fixer.bot.github import API

DATABASE = "sqlite:///fixer-bot.sqlite"
ROLES = ("all", "web", "worker")


class BadSetting(Exception):
    """A setting that is missing or cannot be used: its name, and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``fixer bot serve`` needs to know. ``secrets`` holds all webhook secrets that are valid (to change one
    without losing a delivery, give both, separated by a comma)."""

    app_id: str
    private_key: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    database: str = DATABASE
    api: str = API
    web: str = "https://github.com"
    host: str = "127.0.0.1"
    port: int = 8000
    role: str = "all"
    workers: int = 2
    python: str | None = None
    log_level: str = "INFO"
    write_interval: float = 1.0
    dead_after: float = 30.0
    stop_seconds: float = 25.0
    redeliver_every: float = 300.0
    retry_after: float = 10.0
    poll: float = 0.5


def from_environment(given: Mapping[str, str] | None = None) -> Settings:
    """The settings in the environment. Raises BadSetting."""
    environment = os.environ if given is None else given
    database = _text(environment, "DATABASE", DATABASE)
    key = _needed(environment, "PRIVATE_KEY", "the App's private key (a file's path in FIXER_BOT_PRIVATE_KEY_FILE)")
    if "PRIVATE KEY-----" not in key:
        raise BadSetting("FIXER_BOT_PRIVATE_KEY is no private key in PEM form; generate one on the App's page")
    secrets = tuple(
        one.strip()
        for one in _needed(environment, "WEBHOOK_SECRET", "the webhook secret of the App").split(",")
        if one.strip()
    )
    role = _text(environment, "ROLE", "all")
    if role not in ROLES:
        raise BadSetting(f"FIXER_BOT_ROLE is {role!r}; it must be one of {', '.join(ROLES)}")
    return Settings(
        app_id=_needed(environment, "APP_ID", "the App's ID, which stands on its page"),
        private_key=key.replace("\\n", "\n"),
        secrets=secrets,
        database=_database(database),
        api=_text(environment, "API", API).rstrip("/"),
        web=_text(environment, "WEB", "https://github.com").rstrip("/"),
        host=_text(environment, "HOST", "127.0.0.1"),
        port=int(_number(environment, "PORT", 8000)),
        role=role,
        workers=max(1, int(_number(environment, "WORKERS", 2))),
        python=_text(environment, "PYTHON", "") or None,
        log_level=_text(environment, "LOG_LEVEL", "INFO").upper(),
        write_interval=_number(environment, "WRITE_INTERVAL", 1.0),
        dead_after=_number(environment, "DEAD_AFTER", 30.0),
        stop_seconds=_number(environment, "STOP_SECONDS", 25.0),
        redeliver_every=_number(environment, "REDELIVER_EVERY", 300.0),
        retry_after=_number(environment, "RETRY_AFTER", 10.0),
        poll=_number(environment, "POLL", 0.5),
    )


def _database(url: str) -> str:
    """A URL as SQLAlchemy takes it, with the driver that is installed."""
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise BadSetting("FIXER_BOT_DATABASE must begin with sqlite:/// or postgresql://")
    return url


def _text(environment: Mapping[str, str], name: str, default: str) -> str:
    """A setting, or the content of the file that ``name`` with _FILE names."""
    value = environment.get(f"FIXER_BOT_{name}")
    path = environment.get(f"FIXER_BOT_{name}_FILE")
    if value or not path:
        return value or default
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"FIXER_BOT_{name}_FILE: {path} cannot be read ({error})") from None


def _needed(environment: Mapping[str, str], name: str, what: str) -> str:
    value = _text(environment, name, "")
    if not value:
        raise BadSetting(f"FIXER_BOT_{name} is not set: {what}; `fixer bot init` prints the steps")
    return value


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    text = _text(environment, name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise BadSetting(f"FIXER_BOT_{name} is {text!r}; it must be a number")
    return value

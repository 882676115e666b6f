"""A server of the bot for tests: in this process, or in processes of its own that can be killed."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from botcase import REPO, keys
from fakehub.api import FakeHub
from fakehub.store import Pull

from fixer.bot.settings import Settings

SECRET = "a webhook secret"


def settings(folder: Path, **more: Any) -> Settings:
    """The settings of a server whose database is in ``folder``."""
    given = {
        "database": f"sqlite:///{folder}/queue.sqlite", "write_interval": 0.0, "redeliver_every": 0.0,
        "retry_after": 0.05, "poll": 0.1, "stop_seconds": 1.0,
    }  # fmt: skip
    return Settings("77", keys()[0], (SECRET,), **{**given, **more})


def pull_event(github: FakeHub, pull: Pull, action: str = "synchronize", at: float = 0.0) -> bytes:
    """What GitHub sends when a pull request changes (the fields that are read)."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at or time.time()))
    data = github.pull_data(pull) | {"updated_at": moment}
    return _payload(github, {"action": action, "number": pull.number, "pull_request": data})


def comment_event(github: FakeHub, pull: Pull, login: str, text: str) -> bytes:
    """What GitHub sends when somebody says something on a pull request."""
    said = github.comment(pull, login, text)
    shown = {name: value for name, value in said.items() if name != "_pull"}
    issue = {"number": pull.number, "state": "open", "pull_request": {"url": "https://x"}}
    return _payload(github, {"action": "created", "issue": issue, "comment": shown}, login)


def _payload(github: FakeHub, data: dict[str, Any], sender: str = "contributor") -> bytes:
    repo = {"id": github.store.repos[REPO].id, "full_name": REPO}
    more = {
        "repository": repo,
        "installation": {"id": github.installation},
        "sender": {"login": sender, "type": "User"},
    }
    return json.dumps(data | more).encode()


def signed(body: bytes, event: str, delivery: str, secret: str = SECRET) -> dict[str, str]:
    """The headers of a delivery."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "x-hub-signature-256": f"sha256={digest}", "x-github-event": event, "x-github-delivery": delivery,
        "content-type": "application/json",
    }  # fmt: skip


def until(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait for something to become true; gives it. Fails after ``seconds``."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


class Process:
    """``fixer bot serve`` in a process of its own."""

    def __init__(self, folder: Path, api: str, role: str = "all", name: str = "server", **environment: str) -> None:
        self.log = folder / f"{name}.log"
        self._key = folder / "key.pem"
        self._key.write_text(keys()[0])
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "FIXER_BOT_APP_ID": "77",
            "FIXER_BOT_PRIVATE_KEY_FILE": str(self._key),
            "FIXER_BOT_WEBHOOK_SECRET": SECRET,
            "FIXER_BOT_DATABASE": f"sqlite:///{folder}/queue.sqlite",
            "FIXER_BOT_API": api,
            "FIXER_BOT_ROLE": role,
            "FIXER_BOT_WRITE_INTERVAL": "0",
            "FIXER_BOT_REDELIVER_EVERY": "0",
            "FIXER_BOT_POLL": "0.1",
            "FIXER_BOT_RETRY_AFTER": "0.2",
            "FIXER_BOT_STOP_SECONDS": "2",
            **environment,
        }
        self.url = ""
        self.process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "fixer", "bot", "serve", "--port", str(port)],
                env=self._environment, stdout=log, stderr=log, cwd=self.log.parent, start_new_session=True,
            )  # fmt: skip

    def ready(self) -> Process:
        """Wait until it answers."""

        def answers() -> bool:
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            try:
                return httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200
            except httpx.HTTPError:
                return False

        until(answers)
        return self

    def deliver(self, body: bytes, event: str, delivery: str) -> httpx.Response:
        return httpx.post(f"{self.url}/webhook", content=body, headers=signed(body, event, delivery), timeout=30)

    def kill(self) -> None:
        """kill -9, with all that it started."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def again(self) -> Process:
        """Start once more, with the same settings."""
        self.process = self._started()
        return self.ready()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def free_port() -> int:
    """A port that nobody listens on just now."""
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])

"""``fixer bot init``: the manifest of a GitHub App, a settings file, and the steps that a person has to take."""

from __future__ import annotations

import html
import json
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

EVENTS = ("pull_request", "issue_comment", "pull_request_review_comment", "check_run")
MANIFEST, PAGE, SETTINGS = "fixer-app-manifest.json", "fixer-app.html", "fixer-bot.env"


class BadRequest(Exception):
    """What was asked cannot be done: why, and what to do."""


def manifest(url: str, name: str, commits: bool) -> dict[str, Any]:
    """The App as GitHub registers it: the least rights that the bot can do with."""
    base = url.rstrip("/")
    permissions = {
        "metadata": "read",
        "contents": "write" if commits else "read",
        "pull_requests": "write",
        "issues": "write",
        "checks": "write",
    }
    return {
        "name": name,
        "url": base,
        "hook_attributes": {"url": f"{base}/webhook", "active": True},
        "redirect_url": f"{base}/",
        "public": False,
        "default_permissions": permissions,
        "default_events": list(EVENTS),
    }


def write(url: str, name: str, organization: str | None, commits: bool, folder: str, force: bool) -> str:
    """Write the files into ``folder``. Returns the steps to take. Raises BadRequest; then nothing was written."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BadRequest(f"{url} is no address; write it as in --url https://fixer.example.org")
    if not name.strip() or len(name) > 34:
        raise BadRequest("the name of an App has 1 to 34 characters; choose another with --name")
    there = Path(folder)
    if not there.is_dir():
        raise BadRequest(f"{folder} is no folder; make it first, or name another with --folder")
    old = [file for file in (MANIFEST, PAGE, SETTINGS) if (there / file).exists()]
    if old and not force:
        raise BadRequest(f"{' and '.join(old)} would be overwritten; say --force, or name another --folder")
    data = json.dumps(manifest(url, name, commits), indent=2)
    try:
        (there / MANIFEST).write_text(data + "\n")
        (there / PAGE).write_text(_page(data, organization))
        _private(there / SETTINGS, _settings(secrets.token_hex(32)))
    except OSError as error:
        raise BadRequest(f"{folder} cannot be written: {(error.strerror or str(error)).lower()}") from None
    return _steps(there, url, organization)


def _private(path: Path, text: str) -> None:
    """A file that nobody else may read, from its first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _page(data: str, organization: str | None) -> str:
    owner = f"organizations/{html.escape(organization)}/" if organization else ""
    return (
        "<!doctype html>\n<title>Register the App</title>\n"
        f'<form action="https://github.com/{owner}settings/apps/new" method="post">\n'
        f'<input type="hidden" name="manifest" value="{html.escape(data)}">\n'
        '<button type="submit">Register the App on GitHub</button>\n</form>\n'
    )


def _settings(secret: str) -> str:
    return (
        "# The settings of `fixer bot serve`. Keep this file to yourself.\n"
        "FIXER_BOT_APP_ID=\n"
        "FIXER_BOT_PRIVATE_KEY_FILE=\n"
        f"FIXER_BOT_WEBHOOK_SECRET={secret}\n"
        "# FIXER_BOT_DATABASE=postgresql+psycopg://user:password@host/fixer\n"
    )


def _steps(there: Path, url: str, organization: str | None) -> str:
    owner = f"https://github.com/organizations/{organization}" if organization else "https://github.com"
    return "\n".join(
        [
            f"wrote {there / MANIFEST}, {there / PAGE} and {there / SETTINGS}",
            "",
            f"1. Open {there / PAGE} in a browser and press its button: GitHub registers the App.",
            f"   (By hand: {owner}/settings/apps/new, with what {MANIFEST} says.)",
            f"2. On the App's page, set the webhook secret to FIXER_BOT_WEBHOOK_SECRET of {SETTINGS},",
            "   and generate a private key; keep the file that the browser downloads.",
            f"3. Write the App ID and the key file's path into {SETTINGS}.",
            f"4. Start the server where {url.rstrip('/')} leads to:",
            f"       set -a; . ./{SETTINGS}; set +a; fixer bot serve --host 0.0.0.0 --port 8000",
            "5. Install the App on your repositories (the App's page, Install App), and open a pull request.",
        ]
    )

"""What GitHub says about a pull request: who, which commits, which files; and the settings at its base."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from fixer.bot.github import Client, GitHubError, segment
from fixer.bot.model import ChangedFile

MAX_FETCHED = 20
MAX_BASE = 3 << 20
SETTINGS = "pyproject.toml"

_NAME = re.compile(r"[\w.-]{1,100}/[\w.-]{1,100}")
_SHA = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request. ``head_repo`` is None if the fork was deleted."""

    number: int
    state: str
    head: str
    head_ref: str
    head_repo: str | None
    base: str
    base_ref: str
    base_repo: str
    draft: bool
    author_is_bot: bool
    maintainers_may_edit: bool

    @property
    def is_fork(self) -> bool:
        return self.head_repo is None or self.head_repo.lower() != self.base_repo.lower()


class Malformed(Exception):
    """An answer of GitHub that is not as documented."""


def repository(name: str) -> str:
    """An ``owner/name`` that may stand in a URL. Raises Malformed."""
    if not _NAME.fullmatch(name) or ".." in name.split("/"):
        raise Malformed(f"{name!r} is no name of a repository")
    return name


def pull_from(data: dict[str, Any]) -> Pull:
    """A pull request from what the API, or a webhook, says of it. Raises Malformed."""
    try:
        head, base = data["head"], data["base"]
        pull = Pull(
            number=int(data["number"]),
            state=str(data["state"]),
            head=str(head["sha"]),
            head_ref=str(head["ref"]),
            head_repo=repository(head["repo"]["full_name"]) if head.get("repo") else None,
            base=str(base["sha"]),
            base_ref=str(base["ref"]),
            base_repo=repository(base["repo"]["full_name"]),
            draft=bool(data.get("draft")),
            author_is_bot=(data.get("user") or {}).get("type") == "Bot",
            maintainers_may_edit=bool(data.get("maintainer_can_modify")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed(f"the pull request lacks {error}") from None
    if not _SHA.fullmatch(pull.head) or not _SHA.fullmatch(pull.base):
        raise Malformed("the pull request names no commit")
    return pull


def read_pull(client: Client, repo: str, number: int) -> Pull:
    """The pull request as it is now."""
    return pull_from(client.get(f"/repos/{repo}/pulls/{number}"))


def changed_files(client: Client, repo: str, number: int) -> tuple[ChangedFile, ...]:
    """The files of a pull request (GitHub lists at most 3,000)."""
    return tuple(
        ChangedFile(one["filename"], one["status"], one.get("previous_filename"), one.get("patch"))
        for one in client.pages(f"/repos/{repo}/pulls/{number}/files")
    )


def with_bases(
    client: Client, repo: str, base: str, files: Sequence[ChangedFile], kinds: Sequence[str]
) -> tuple[ChangedFile, ...]:
    """The files; those of which GitHub shows no diff (too large) with their text at the base, within bounds."""
    out, left = [], MAX_FETCHED
    for one in files:
        if one.patch is None and one.status in ("modified", "changed") and one.path.endswith(tuple(kinds)) and left:
            left -= 1
            raw = file_at(client, repo, one.previous or one.path, base)
            if raw is not None:
                text = base64.b64encode(raw).decode()
                one = ChangedFile(one.path, one.status, one.previous, None, text)
        out.append(one)
    return tuple(out)


def file_at(client: Client, repo: str, path: str, ref: str) -> bytes | None:
    """A file's bytes at a commit; None if it is not there (or too large to be of use)."""
    try:
        raw = client.get(f"/repos/{repo}/contents/{segment(path)}", accept="application/vnd.github.raw+json", ref=ref)
    except GitHubError as error:
        if error.status in (403, 404):  # 403: larger than 100 MB
            return None
        raise
    return raw if isinstance(raw, bytes) and len(raw) <= MAX_BASE else None


def base_settings(client: Client, repo: str, pull: Pull, files: Sequence[ChangedFile]) -> dict[str, str | None]:
    """Every pyproject.toml that could speak for a changed file, or that the pull request changes: as it is at the
    base branch (base64), or None where the base has none."""
    folders = {str(parent) for one in files for parent in PurePosixPath(one.path).parents} | {"."}
    asked = {str(PurePosixPath(folder) / SETTINGS) for folder in folders}
    for one in files:
        asked |= {name for name in (one.path, one.previous) if name and PurePosixPath(name).name == SETTINGS}
    tree = client.get(f"/repos/{repo}/git/trees/{pull.base}", recursive="1")
    there = {one["path"] for one in tree["tree"] if one["type"] == "blob"}
    found: dict[str, str | None] = {}
    for path in sorted(asked, key=lambda name: (name.count("/"), name)):
        raw = None
        if path in there or tree.get("truncated"):
            raw = file_at(client, repo, path, pull.base)
        if raw is not None or path in {one.path for one in files}:
            found[path] = None if raw is None else base64.b64encode(raw).decode()
    return found

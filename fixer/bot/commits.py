"""One commit with the repairs on the pull request's branch, through the Git Data API. Never forced."""

from __future__ import annotations

from dataclasses import dataclass

from fixer.bot.desk import DENIED, Desk
from fixer.bot.github import GitHubError, segment
from fixer.bot.model import Rewritten
from fixer.bot.pulls import Pull

TRAILER = "Fixer-Command"


class Moved(Exception):
    """The branch is no longer where it was when the repairs were made; nothing was changed."""


class NotAllowed(Exception):
    """The bot may not push there: why."""


@dataclass(frozen=True, slots=True)
class Committed:
    """The commit on the branch, and whether it was there before (a job that was interrupted and done again)."""

    sha: str
    before: bool = False


def commit(desk: Desk, pull: Pull, files: tuple[Rewritten, ...], key: str) -> Committed:
    """Commit ``files`` on top of the analysed head. Raises Moved or NotAllowed; then nothing has changed.

    ``key`` names the command: it stands in the message, so that a second try finds the first one's commit.
    """
    if pull.head_repo is None:
        raise NotAllowed("the branch's repository is gone")
    if pull.is_fork and not pull.maintainers_may_edit:
        raise NotAllowed("the branch belongs to a fork whose owner does not let maintainers edit it")
    try:
        return desk.ensured(lambda: _commit(desk, pull, files, key))
    except GitHubError as error:
        if error.status in DENIED:
            raise NotAllowed(f"GitHub does not let the bot push to {pull.head_repo} ({error.message})") from None
        raise


def message(files: tuple[Rewritten, ...], key: str) -> str:
    """The commit's message: what was repaired, file by file."""
    total = sum(len(one.repaired) for one in files)
    title = f"Repair {total} silent training bug{'' if total == 1 else 's'}"
    lines = [f"{one.path}\n" + "\n".join(f"- {' '.join(text.split())[:200]}" for text in one.repaired) for one in files]
    body = "\n\n".join(lines)[:20_000]
    return f"{title}\n\n{body}\n\n{TRAILER}: {key}\n"


def _commit(desk: Desk, pull: Pull, files: tuple[Rewritten, ...], key: str) -> Committed:
    client, git = desk.client, f"/repos/{pull.head_repo}/git"
    branch = client.maybe(f"{git}/ref/heads/{segment(pull.head_ref)}")
    if branch is None:
        raise Moved("the branch is gone")
    now = str(branch["object"]["sha"])
    parent = client.get(f"{git}/commits/{now}")
    if f"\n{TRAILER}: {key}" in parent["message"]:
        return Committed(now, before=True)
    if now != pull.head:
        raise Moved(f"the branch has moved to {now[:12]} in the meantime")
    entries = []
    for one in files:
        blob = client.write("POST", f"{git}/blobs", {"content": one.content, "encoding": "base64"})
        entries.append({"path": one.path, "mode": one.mode, "type": "blob", "sha": blob["sha"]})
    tree = client.write("POST", f"{git}/trees", {"base_tree": parent["tree"]["sha"], "tree": entries})
    made = client.write(
        "POST", f"{git}/commits", {"message": message(files, key), "tree": tree["sha"], "parents": [pull.head]}
    )
    try:
        client.write("PATCH", f"{git}/refs/heads/{segment(pull.head_ref)}", {"sha": made["sha"], "force": False})
    except GitHubError as error:
        if error.status in (409, 422):
            raise Moved("somebody pushed to the branch in the meantime") from None
        raise
    return Committed(str(made["sha"]))

"""`/fixer` commands: who may give them, what they do, and that nobody's work is ever overwritten."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from botcase import BUGGY, CLEAN, HOISTED, REPO, command, desk, hub, opened, reactions, replies, review

from fixer.bot.commands import parse
from fixer.bot.jobs import Job, finish, prepare, run


def test_commands_are_read_from_lines_of_their_own() -> None:
    assert [one.name for one in parse("thanks!\n/fixer apply\n")] == ["apply"]
    assert parse("> /fixer apply\n") == []
    assert parse("```\n/fixer apply\n```\n") == []
    assert parse("say /fixer apply\n") == [] and parse("/fixerapply\n/fixer-x\n") == []
    assert parse("/fixer apply --unsafe")[0].unsafe
    assert parse("/fixer apply missing-zero-grad")[0].rules == ("missing-zero-grad",)
    assert "missing-zero-grad" in parse("/fixer ignore missing-zero-grat")[0].problem
    assert parse("/fixer frobnicate")[0].problem and parse("/fixer ignore")[0].problem
    assert parse("/fixer")[0].name == "help"
    assert len(parse("/fixer help\n" * 50)) == 3


def test_apply_commits_once_on_the_branch() -> None:
    github = hub()
    pull = opened(github, {"train.py": BUGGY, "other.py": HOISTED})
    review(github)
    before = pull.head
    assert command(github, pull, "/fixer apply") == "done"
    commit = github.store.repos[REPO].commits[pull.head]
    assert commit.parents == (before,) and commit.tree["train.py"].decode() == CLEAN
    assert "train.py\n- missing-zero-grad: " in commit.message and "Fixer-Command: " in commit.message
    assert reactions(github) == ["eyes", "+1"]
    assert pull.head[:12] in replies(github)[0]
    review(github)
    assert "train.py" not in {note["path"] for note in github.store.checks[-1]["_notes"]}


def test_apply_takes_unsafe_repairs_only_when_asked() -> None:
    github = hub()
    pull = opened(github, {"train.py": HOISTED})
    before = pull.head
    assert command(github, pull, "/fixer apply") == "done"
    assert pull.head == before and "--unsafe" in replies(github)[0]
    assert command(github, pull, "/fixer apply --unsafe") == "done"
    text = github.store.repos[REPO].commits[pull.head].tree["train.py"].decode()
    assert text.index("optimizer = ") < text.index("for epoch")


def test_apply_touches_only_what_the_pull_request_is_told_of() -> None:
    github = hub()
    two = BUGGY + "\n\n" + BUGGY.replace("def train", "def other").split("\n\n\n", 1)[1]
    github.store.repos[REPO].commit("main", {"train.py": two})
    head, _, tail = two.rpartition("lr=0.1")
    changed = head + "lr=0.1" + tail.replace("loss.backward()", "loss.backward()  # new")
    pull = opened(github, {"train.py": changed})
    assert command(github, pull, "/fixer apply") == "done"
    text = github.store.repos[REPO].commits[pull.head].tree["train.py"].decode()
    assert text.count("optimizer.zero_grad()") == 1
    assert text.index("optimizer.zero_grad()") > text.index("def other")


def test_a_stranger_moves_nothing() -> None:
    github = hub()
    pull = opened(github, {"train.py": BUGGY})
    before = pull.head
    for login in ("mallory", "rob", "tess"):
        assert (
            command(github, pull, "/fixer apply\n/fixer verify\n/fixer ignore missing-zero-grad", login)
            == "not permitted"
        )
    assert pull.head == before and set(reactions(github)) == {"confused"}
    assert replies(github) == [] and github.summaries() == []


def test_a_push_in_between_is_never_overwritten() -> None:
    github = hub()
    pull = opened(github, {"train.py": BUGGY})
    repo = github.store.repos[REPO]
    moved: list[str] = []

    def push(method: str, path: str) -> None:
        if method == "PATCH" and "/git/refs/" in path and not moved:
            moved.append(repo.commit("topic", {"train.py": BUGGY + "# somebody's work\n"}))

    github.before = push
    assert command(github, pull, "/fixer apply") == "answered"
    assert pull.head == moved[0] and "Nothing was changed" in replies(github)[0]
    assert reactions(github) == ["eyes", "confused"]
    github.before = None
    assert command(github, pull, "/fixer apply") == "done"
    assert "# somebody's work" in repo.commits[pull.head].tree["train.py"].decode()


def test_an_interrupted_apply_commits_once() -> None:
    """Killed after the commit, before the answer: the second half is done again, on the same work."""
    github = hub()
    pull = opened(github, {"train.py": BUGGY})
    said = github.comment(pull, "maria", "/fixer apply")
    place = f"/repos/{REPO}/issues/comments/{said['id']}"
    job = Job(
        "command", REPO, 1, str(said["id"]), login="maria", text="/fixer apply", place=place, at=said["created_at"]
    )
    prepared = prepare(desk(github), job)
    finish(desk(github), job, prepared)
    after = pull.head
    finish(desk(github), job, prepared)
    # And from its very beginning.
    run(desk(github), job)
    assert pull.head == after and len(replies(github)) == 1


@pytest.mark.parametrize("editable", [False, True])
def test_apply_on_a_fork(editable: bool, tmp_path: Path) -> None:
    """GitHub does not let an App push to a fork it is not installed on; then the answer holds a patch that applies."""
    github = hub()
    github.store.repo("stranger/trainer", fork_of=REPO)
    pull = opened(github, {"train.py": BUGGY}, head_repo="stranger/trainer", editable=editable)
    before = pull.head
    assert command(github, pull, "/fixer apply") == "answered"
    assert pull.head == before
    (reply,) = replies(github)
    assert "git apply" in reply
    if not editable:
        assert github.made("POST", "/git/blobs") == 0
    patch = reply.split("```diff\n")[1].split("```")[0]
    (tmp_path / "train.py").write_text(BUGGY)
    subprocess.run(["git", "apply", "-"], input=patch.encode(), cwd=tmp_path, check=True)
    assert (tmp_path / "train.py").read_text() == CLEAN


def test_apply_on_a_fork_where_the_bot_may_push() -> None:
    github = hub()
    fork = github.store.repo("stranger/trainer", fork_of=REPO)
    pull = opened(github, {"train.py": BUGGY}, head_repo="stranger/trainer", editable=True)
    at = desk(github)
    token = github.token(login="training-fixer[bot]")
    github.store.tokens[token]["repositories"] = [fork.id, github.store.repos[REPO].id]
    at.client._token = lambda renew: token
    said = github.comment(pull, "maria", "/fixer apply")
    place = f"/repos/{REPO}/issues/comments/{said['id']}"
    assert run(at, Job("command", REPO, 1, "k", login="maria", text="/fixer apply", place=place)) == "done"
    assert fork.commits[pull.head].tree["train.py"].decode() == CLEAN and github.violations == []


def test_apply_on_a_deleted_fork() -> None:
    github = hub()
    github.store.repo("stranger/trainer", fork_of=REPO)
    pull = opened(github, {"train.py": BUGGY}, head_repo="stranger/trainer", editable=True)
    assert pull.head
    pull.head_repo = None
    assert command(github, pull, "/fixer apply") == "answered"
    assert "gone" in replies(github)[0]


def test_the_button_is_for_the_commit_it_was_shown_for() -> None:
    github = hub()
    pull = opened(github, {"train.py": BUGGY})
    review(github)
    shown = github.store.checks[0]["head_sha"]
    github.store.repos[REPO].commit("topic", {"train.py": BUGGY + "# more\n"})
    job = Job("button", REPO, 1, "button-1", sha=shown, login="wim", text="apply")
    assert run(desk(github), job) == "answered" and "moved" in replies(github)[0]
    job = Job("button", REPO, 1, "button-2", sha=pull.head, login="wim", text="apply")
    assert run(desk(github), job) == "done"
    assert github.store.repos[REPO].commits[pull.head].tree["train.py"].decode() == CLEAN + "# more\n"


def test_explain_and_help_and_nonsense() -> None:
    github = hub()
    pull = opened(github, {"train.py": CLEAN + "# x\n"})
    assert command(github, pull, "/fixer explain missing-zero-grad") == "done"
    assert "**What it does**" in replies(github)[0]
    assert command(github, pull, "/fixer help") == "done"
    assert "| `/fixer apply` |" in replies(github)[1]
    assert command(github, pull, "/fixer applyy") == "answered"
    assert "apply" in replies(github)[2]


def test_a_comment_without_a_command_is_no_command() -> None:
    github = hub()
    pull = opened(github, {"train.py": BUGGY})
    assert command(github, pull, "I like /fixer apply") == "no command"
    assert reactions(github) == []


def test_verify_on_a_fork_runs_only_the_commit_that_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from fixer.bot import gather
    from fixer.bot.model import Proof

    ran: list[str] = []

    def prove(analysis: object, *_: object) -> tuple[Proof, ...]:
        ran.append("run")
        return (Proof("train.py", "confirmed", "it is so"),)

    monkeypatch.setattr(gather, "_proofs", prove)
    github = hub()
    now = [1_000_000.0]
    github.clock = lambda: now[0]
    github.store.repo("stranger/trainer", fork_of=REPO)
    pull = opened(github, {"train.py": BUGGY}, head_repo="stranger/trainer")
    github.store.repos[REPO].commit("main", {"pyproject.toml": "[tool.fixer.bot]\nverify = true\n"})
    review(github)
    assert ran == []  # a setting is not enough for a fork
    now[0] += 60
    # A push slips in between the maintainer's look and the bot's: the bot's check of it is younger than the command.
    said = github.comment(pull, "maria", "/fixer verify")
    now[0] += 60
    github.store.repos["stranger/trainer"].commit("topic", {"train.py": BUGGY + "# evil\n"})
    review(github)
    place = f"/repos/{REPO}/issues/comments/{said['id']}"
    job = Job("command", REPO, 1, "k1", login="maria", text="/fixer verify", place=place, at=said["created_at"])
    assert run(desk(github), job) == "answered" and ran == []
    assert f"/fixer verify {pull.head[:12]}" in replies(github)[0].replace("\\", "")
    now[0] += 60
    assert command(github, pull, "/fixer verify") == "done" and ran == ["run"]
    assert command(github, pull, f"/fixer verify {pull.head[:10]}") == "done" and len(ran) == 2
    assert command(github, pull, "/fixer verify 0123456789") == "answered" and len(ran) == 2
    assert "confirmed" in github.summaries()[0]["body"]

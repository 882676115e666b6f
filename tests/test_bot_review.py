"""The review of a pull request, from its files to what stands on its page, on the fake GitHub."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from botcase import BUGGY, CLEAN, HOISTED, REPO, command, desk, hub, opened, replies, review

from fixer.bot.choices import choices
from fixer.bot.jobs import HeadMoved, Job, finish, prepare
from fixer.config import BOT_KEYS, BadSettings, settings_for


def test_open_review_push_fix_resolved() -> None:
    github = hub()
    pull = opened(github, {"train.py": BUGGY})
    assert review(github) == "reviewed"
    (comment,) = github.store.review_comments
    assert (comment["path"], comment["line"], comment.get("start_line")) == ("train.py", 11, None)
    expected = "            optimizer.zero_grad()\n            loss = criterion(model(inputs), targets)\n"
    assert f"```suggestion\n{expected}```" in comment["body"]
    (check,) = github.store.checks
    assert (check["conclusion"], check["head_sha"], len(check["_notes"])) == ("neutral", pull.head, 1)
    assert [action["identifier"] for action in check["_actions"]] == ["apply", "verify"]
    assert len(github.summaries()) == 1
    # Nothing is said twice.
    before = len(github.log)
    assert review(github) == "reviewed"
    assert [entry for entry in github.log[before:] if entry[0] != "GET"] == []
    # A push repairs it: the thread is resolved, the comment says so, the summary is the same comment.
    github.store.repos[REPO].commit("topic", {"train.py": CLEAN + "# done\n"})
    assert review(github) == "reviewed"
    assert github.store.resolved == {comment["id"]}
    assert comment["body"].startswith(f"**Fixed** as of {pull.head[:12]}")
    assert "```suggestion" not in comment["body"]
    (summary,) = github.summaries()
    assert "No silent training bug" in summary["body"]
    assert github.store.checks[-1]["conclusion"] == "success"


def test_the_suggestion_makes_the_repair() -> None:
    github = hub()
    pull = opened(github, {"train.py": BUGGY})
    review(github)
    (comment,) = github.store.review_comments
    block = re.search(r"```suggestion\n(.*?)```", comment["body"], re.DOTALL)
    assert block is not None
    lines = BUGGY.splitlines(keepends=True)
    lines[comment["line"] - 1 : comment["line"]] = [block[1]]
    assert "".join(lines) == CLEAN
    assert pull.head


def test_nothing_is_posted_without_findings_but_the_green_check() -> None:
    github = hub()
    opened(github, {"train.py": CLEAN.replace("0.1", "0.2"), "notes.txt": "hello\n"})
    assert review(github) == "reviewed"
    writes = [path for method, path, _ in github.log if method != "GET"]
    assert writes == [f"/repos/{REPO}/check-runs"]
    assert github.store.checks[0]["conclusion"] == "success"


def test_a_pull_request_without_code_costs_no_download() -> None:
    github = hub()
    opened(github, {"data.csv": "1,2\n"})
    assert review(github) == "reviewed"
    assert github.made("GET", "/tarball/") == 0
    assert github.store.checks[0]["conclusion"] == "success"


def test_old_bugs_are_counted_and_not_reported() -> None:
    github = hub()
    old = BUGGY + "\n\ndef helper():\n    return 1\n" + "# filler\n" * 30
    github.store.repos[REPO].commit("main", {"train.py": old})
    opened(github, {"train.py": old.replace("return 1", "return 2")})
    assert review(github) == "reviewed"
    assert github.store.review_comments == [] and github.store.comments == []
    (check,) = github.store.checks
    assert check["conclusion"] == "success" and "1 more finding" in check["output"]["summary"]


def test_a_cause_in_another_place_counts() -> None:
    """The line that a pull request deletes is the cause; the statement that is reported did not change."""
    github = hub()
    padded = CLEAN.replace(
        "            loss = ", "            # one\n            # two\n            # three\n            loss = "
    )
    github.store.repos[REPO].commit("main", {"train.py": padded})
    opened(github, {"train.py": padded.replace("            optimizer.zero_grad()\n", "")})
    assert review(github) == "reviewed"
    assert github.store.checks[0]["conclusion"] == "neutral"
    # The repair reaches over lines that the diff shows; the backward itself is not one of them.
    assert len(github.store.review_comments) + ("train.py" in github.summaries()[0]["body"]) >= 1


def test_a_moved_block_is_one_suggestion_in_one_hunk() -> None:
    github = hub()
    opened(github, {"other.py": HOISTED})
    review(github)
    (comment,) = github.store.review_comments
    assert comment["start_line"] < comment["line"]
    block = re.search(r"```suggestion\n(.*?)```", comment["body"], re.DOTALL)
    assert block is not None
    lines = HOISTED.splitlines(keepends=True)
    lines[comment["start_line"] - 1 : comment["line"]] = [block[1]]
    repaired = "".join(lines)
    assert repaired.index("optimizer = ") < repaired.index("for epoch")
    assert repaired.count("# plain steps") == 1


def test_a_block_moved_between_hunks_is_a_diff() -> None:
    github = hub()
    far = HOISTED.replace(
        "            optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)\n",
        "".join(f"            # filler {n}\n" for n in range(30))
        + "            optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)\n",
    )
    github.store.repos[REPO].commit("main", {"train.py": far.replace("lr=0.1", "lr=0.3")})
    opened(github, {"train.py": far})
    review(github)
    (comment,) = github.store.review_comments
    assert "```suggestion" not in comment["body"] and "```diff" in comment["body"]


def test_files_renamed_deleted_binary_and_large() -> None:
    github = hub()
    repo = github.store.repos[REPO]
    large = BUGGY + "TABLE = '''" + "".join(f"{n} {'x' * 90}\n" for n in range(12_000)) + "'''\n"
    assert len(large) > 1 << 20
    repo.commit(
        "main", {"old.py": BUGGY + "# same\n" * 20, "gone.py": BUGGY, "large.py": large.replace("lr=0.1", "lr=0.7")}
    )
    opened(
        github,
        {
            "old.py": None,
            "new.py": BUGGY.replace("lr=0.1", "lr=0.2") + "# same\n" * 20,
            "gone.py": None,
            "photo.py": b"\x89PNG\0\0loss.backward()\n",
            "large.py": large.replace("            loss.backward()", "            loss.backward()  # new"),
            "half.py": "def broken(:\n    loss.backward()\n",
        },
    )
    assert review(github) == "reviewed"
    paths = {note["path"]: note["title"] for note in github.store.checks[0]["_notes"]}
    assert paths["large.py"] == "missing-zero-grad"  # its diff is not shown, so it is compared with its base
    assert paths["photo.py"] == paths["half.py"] == "not checked"
    assert "gone.py" not in paths and "old.py" not in paths
    # In the renamed file the bug is old, and the line it stands on did not change.
    assert "new.py" not in paths
    assert all(comment["path"] != "large.py" for comment in github.store.review_comments)


def test_a_notebook_and_markdown() -> None:
    import json

    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None,
              "source": BUGGY.splitlines(keepends=True)}]  # fmt: skip
    notebook = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)
    github = hub()
    opened(github, {"a.ipynb": notebook, "guide.md": f"# Guide\n\n```python\n{BUGGY}```\n"})
    review(github)
    by_path = {comment["path"]: comment for comment in github.store.review_comments}
    lines = notebook.splitlines()
    assert "criterion(model(inputs)" in lines[by_path["a.ipynb"]["line"] - 1]
    block = re.search(r"```suggestion\n(.*?)```", by_path["a.ipynb"]["body"], re.DOTALL)
    assert block is not None
    at = by_path["a.ipynb"]
    lines[at.get("start_line") or at["line"] - 1 : at["line"]] = []
    lines = notebook.splitlines(keepends=True)
    first = (at.get("start_line") or at["line"]) - 1
    lines[first : at["line"]] = [block[1]]
    assert "".join(json.loads("".join(lines))["cells"][0]["source"]) == CLEAN
    assert by_path["guide.md"]["line"] == 14


def test_five_hundred_files() -> None:
    github = hub()
    changes = {f"pkg/m{n:03d}.py": CLEAN if n % 8 else BUGGY for n in range(500)}
    opened(github, changes)
    assert review(github) == "reviewed"
    assert len(github.store.review_comments) == 30
    (check,) = github.store.checks
    assert len(check["_notes"]) == 63 and check["status"] == "completed" and check["conclusion"] == "neutral"
    assert github.made("PATCH", "/check-runs/") == 1
    (summary,) = github.summaries()
    assert summary["body"].count("| [`pkg/") == 63 and len(summary["body"]) <= 65_536
    before = len(github.log)
    review(github)
    assert [entry for entry in github.log[before:] if entry[0] != "GET"] == []


def test_a_cause_in_an_imported_module() -> None:
    """The script did not change; the model it imports did, and now it squashes the logits."""
    model = "from torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    model += "        self.out = nn.Linear(4, 2)\n\n    def forward(self, x):\n        return self.out(x)\n"
    script = CLEAN.replace("from torch import nn\n", "from torch import nn\n\nfrom model import Net\n")
    script = script.replace("nn.Linear(4, 2)", "Net()")
    github = hub()
    github.store.repos[REPO].commit("main", {"model.py": model, "train.py": script})
    opened(github, {"model.py": model.replace("return self.out(x)", "return self.out(x).softmax(dim=1)")})
    assert review(github) == "reviewed"
    assert github.store.checks[0]["conclusion"] == "neutral"
    assert {note["title"] for note in github.store.checks[0]["_notes"]} == {"redundant-softmax"}


def test_an_old_bug_that_an_importer_shows_is_counted_only() -> None:
    """The model was wrong before, and so says the script that imports it; this change is about something else."""
    model = "from torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    model += (
        "        self.out = nn.Linear(4, 2)\n\n    def forward(self, x):\n        return self.out(x).softmax(dim=1)\n"
    )
    script = CLEAN.replace("from torch import nn\n", "from torch import nn\n\nfrom model import Net\n")
    script = script.replace("nn.Linear(4, 2)", "Net()")
    github = hub()
    github.store.repos[REPO].commit("main", {"model.py": model, "train.py": script})
    opened(github, {"model.py": model + "\n\nVERSION = 2\n"})
    assert review(github) == "reviewed"
    (check,) = github.store.checks
    assert check["conclusion"] == "success" and "1 more finding" in check["output"]["summary"]


def test_settings_come_from_the_base_branch() -> None:
    github = hub()
    github.store.repos[REPO].commit("main", {"pyproject.toml": "[tool.fixer]\nignore = []\n"})
    stranger = "[tool.fixer]\nignore = ['missing-zero-grad']\n[tool.fixer.bot]\nenabled = false\n"
    opened(github, {"train.py": BUGGY, "pyproject.toml": stranger, "pkg/pyproject.toml": stranger, "pkg/a.py": BUGGY})
    assert review(github) == "reviewed"
    assert {comment["path"] for comment in github.store.review_comments} == {"train.py", "pkg/a.py"}


@pytest.mark.parametrize("outcome, settings", [("disabled", "enabled = false"), ("reviewed", "review = false")])
def test_settings_at_the_base_count(outcome: str, settings: str) -> None:
    github = hub()
    github.store.repos[REPO].commit("main", {"pyproject.toml": f"[tool.fixer.bot]\n{settings}\n"})
    opened(github, {"train.py": BUGGY, "pyproject.toml": ""})
    assert review(github) == outcome
    assert github.store.review_comments == []
    assert [one["conclusion"] for one in github.store.checks] == (["neutral"] if outcome == "reviewed" else [])
    assert len(github.summaries()) == (outcome == "reviewed")


def test_every_setting_of_the_bot_is_one_that_the_tool_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "[tool.fixer.bot]\n" + "".join(f"{key} = false\n" for key in BOT_KEYS)
    made = choices(text.encode())
    assert not any(getattr(made, key.replace("-", "_")) for key in BOT_KEYS)
    (tmp_path / "pyproject.toml").write_text(text)
    assert settings_for(str(tmp_path / "a.py")).file is not None
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "pyproject.toml").write_text("[tool.fixer.bot]\nenabled = 3\n")
    with pytest.raises(BadSettings, match="bot.enabled must be true or false"):
        settings_for(str(tmp_path / "sub" / "a.py"))


def test_broken_settings_at_the_base_are_named() -> None:
    github = hub()
    github.store.repos[REPO].commit("main", {"pyproject.toml": "[tool.fixer.bot]\nenabeld = true\n"})
    opened(github, {"train.py": BUGGY})
    assert review(github) == "reviewed"
    (check,) = github.store.checks
    assert "enabeld" in check["_notes"][0]["message"] and "enabled" in check["_notes"][0]["message"]
    assert github.store.review_comments == []


def test_rules_of_the_settings_and_silencing_comments() -> None:
    github = hub()
    github.store.repos[REPO].commit("main", {"pyproject.toml": "[tool.fixer]\nexclude = ['vendored/']\n"})
    silent = BUGGY.replace("loss.backward()", "loss.backward()  # fixer: ignore[missing-zero-grad]")
    opened(github, {"train.py": silent, "vendored/x.py": BUGGY})
    assert review(github) == "reviewed"
    assert github.store.checks[0]["conclusion"] == "success" and github.store.comments == []


def test_drafts_and_bots_are_left_alone() -> None:
    github = hub()
    opened(github, {"train.py": BUGGY}, draft=True)
    assert review(github) == "draft"
    opened(github, {"train.py": BUGGY}, branch="b", author="renovate[bot]", author_type="Bot")
    assert review(github, 2) == "bot"
    opened(github, {"train.py": BUGGY}, branch="c", state="closed")
    assert review(github, 3) == "closed"
    assert github.store.checks == []


def test_a_moved_head_is_seen_before_anything_is_said() -> None:
    github = hub()
    opened(github, {"train.py": BUGGY})
    job = Job("review", REPO, 1, "x")
    prepared = prepare(desk(github), job)
    github.store.repos[REPO].commit("topic", {"train.py": CLEAN})
    with pytest.raises(HeadMoved):
        finish(desk(github), job, prepared)
    assert [entry for entry in github.log if entry[0] != "GET"] == []


def test_somebody_elses_markers_count_for_nothing() -> None:
    github = hub()
    pull = opened(github, {"train.py": BUGGY})
    review(github)
    (comment,) = github.store.review_comments
    marker = comment["body"].splitlines()[-1]
    fresh = hub()
    pull = opened(fresh, {"train.py": BUGGY})
    fresh.comment(pull, "mallory", '<!-- fixer:state {"ignored": ["missing-zero-grad"]} -->\n<!-- fixer:summary -->')
    fresh.store.review_comments.append(
        comment | {"body": marker, "user": comment["user"] | {"login": "mallory"}, "id": 5}
    )
    assert review(fresh) == "reviewed"
    assert sum(one["user"]["login"] != "mallory" for one in fresh.store.review_comments) == 1
    assert sum(one["user"]["login"] != "mallory" for one in fresh.store.comments) == 1


def test_text_of_a_stranger_stays_text() -> None:
    github = hub()
    name = "@everyone <!-- fixer:summary -->`x`|.py"
    opened(github, {name: BUGGY})
    assert review(github) == "reviewed"
    for body in [one["body"] for one in (*github.store.comments, *github.store.review_comments)]:
        outside = re.sub(r"(`+).*?\1", "", body, flags=re.DOTALL)
        assert "@everyone" not in outside and outside.count("<!-- fixer:summary -->") <= 1
    assert review(github) == "reviewed" and len(github.store.comments) == 1


def test_missing_permissions_are_no_failure() -> None:
    github = hub()
    opened(github, {"train.py": BUGGY})
    token = github.token({"metadata": "read", "contents": "read", "pull_requests": "write"}, "training-fixer[bot]")
    at = desk(github)
    at.client._token = lambda renew: token
    from fixer.bot.jobs import run

    assert run(at, Job("review", REPO, 1, "x")) == "reviewed"
    assert set(at.denied) == {"check"} and len(github.store.review_comments) == 1


def test_a_thread_that_cannot_be_resolved_is_marked() -> None:
    github = hub()
    github.grants["contents"] = "read"  # GitHub asks for more than that to resolve a thread
    opened(github, {"train.py": BUGGY})
    review(github)
    github.store.repos[REPO].commit("topic", {"train.py": CLEAN})
    review(github)
    assert github.store.resolved == set()
    assert github.store.review_comments[0]["body"].startswith("**Fixed**")


def test_a_refused_review_is_made_without_suggestions_or_left_out() -> None:
    github = hub()
    opened(github, {"train.py": BUGGY})
    github.fail("POST", "/reviews", 422)
    assert review(github) == "reviewed"
    (comment,) = github.store.review_comments
    assert "```suggestion" not in comment["body"]
    other = hub()
    opened(other, {"train.py": BUGGY})
    other.fail("POST", "/reviews", 422, times=2)
    assert review(other) == "reviewed"
    assert other.store.review_comments == [] and "missing-zero-grad" in other.summaries()[0]["body"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("part", ["/reviews", "/issues/1/comments", "/check-runs"])
def test_a_write_that_got_no_answer_is_looked_for(part: str, after: bool) -> None:
    github = hub()
    opened(github, {"train.py": BUGGY})
    github.fail("POST", part, 502, after=after)
    assert review(github) == "reviewed"
    assert (len(github.store.reviews), len(github.summaries()), len(github.store.checks)) == (1, 1, 1)


def test_ignoring_a_rule_on_this_pull_request() -> None:
    github = hub()
    pull = opened(github, {"train.py": BUGGY, "other.py": HOISTED})
    review(github)
    assert len(github.store.review_comments) == 2
    assert command(github, pull, "/fixer ignore missing-zero-grad") == "done"
    (summary,) = github.summaries()
    assert "Ignored on this pull request: `missing-zero-grad`" in summary["body"]
    assert "other.py" in summary["body"] and "`train.py" not in summary["body"]
    github.store.repos[REPO].commit("topic", {"more.py": BUGGY})
    review(github)
    assert {one["path"] for one in github.store.review_comments} == {"train.py", "other.py"}
    assert replies(github) == []

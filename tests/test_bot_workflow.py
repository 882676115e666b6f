"""`fixer bot review` in a workflow, `fixer bot init`, and the files for those who deploy."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from botcase import BUGGY, CLEAN, REPO, hub, opened, replies
from conftest import Run
from fakehub.api import FakeHub

from fixer.bot import manifest, workflow
from fixer.bot.workflow import Given
from fixer.config import BOT_KEYS

ROOT = Path(__file__).parent.parent


class Workflow:
    """A run of the workflow: its environment, its files, and what it printed."""

    def __init__(self, github: FakeHub, folder: Path, event: str, payload: dict[str, Any], **permissions: str) -> None:
        self.github = github
        self.summary, self.output = folder / "summary.md", folder / "output.txt"
        (folder / "event.json").write_text(json.dumps(payload))
        level = permissions or dict.fromkeys(("contents", "pull_requests", "checks"), "write")
        self.environment = {
            "GITHUB_TOKEN": github.token({"metadata": "read", **level}),
            "GITHUB_REPOSITORY": REPO,
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_OUTPUT": str(self.output),
        }

    def run(self, **given: Any) -> int:
        status = workflow.review(
            Given(**given), self.environment, transport=self.github.transport(), sleep=lambda seconds: None
        )
        assert self.github.violations == []
        return status


def event_of(github: FakeHub, number: int = 1) -> dict[str, Any]:
    return {"action": "opened", "number": number, "pull_request": github.pull_data(github.store.pulls[REPO, number])}


def test_a_review_with_the_workflows_token(tmp_path: Path) -> None:
    github = hub()
    opened(github, {"train.py": BUGGY})
    run = Workflow(github, tmp_path, "pull_request", event_of(github))
    assert run.run() == 0
    (check,) = github.store.checks
    assert check["app"]["slug"] == "github-actions" and check["_actions"] == []
    (comment,) = github.store.review_comments
    assert comment["user"]["login"] == "github-actions[bot]" and "/fixer" not in comment["body"]
    assert "missing-zero-grad" in run.summary.read_text() and run.output.read_text() == "findings=1\n"
    assert run.run(overrides={"fail": True}) == 1
    assert len(github.store.review_comments) == 1


def test_a_read_only_token_of_a_fork_leaves_annotations_and_a_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    github = hub()
    github.store.repo("stranger/trainer", fork_of=REPO)
    opened(github, {"train.py": BUGGY}, head_repo="stranger/trainer")
    run = Workflow(
        github, tmp_path, "pull_request", event_of(github), contents="read", pull_requests="read", checks="read"
    )
    assert run.run(sarif=str(tmp_path / "out.sarif")) == 0
    out = capsys.readouterr().out
    assert re.search(r"^::warning file=train.py,line=12,endLine=12,title=fixer%3A missing-zero-grad::", out, re.M)
    assert "the token does not allow: check" in out
    assert "missing-zero-grad" in run.summary.read_text()
    assert github.store.checks == github.store.comments == github.store.review_comments == []
    (found,) = json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]
    assert found["ruleId"] == "missing-zero-grad" and found["partialFingerprints"]


def test_the_second_workflow_finds_its_pull_request_by_itself(tmp_path: Path) -> None:
    github = hub()
    github.store.repo("stranger/trainer", fork_of=REPO)
    pull = opened(github, {"train.py": BUGGY}, head_repo="stranger/trainer")
    finished = {
        "event": "pull_request", "head_branch": "topic", "head_sha": pull.head,
        "head_repository": {"owner": {"login": "stranger"}}, "pull_requests": [],
    }  # fmt: skip
    run = Workflow(github, tmp_path, "workflow_run", {"action": "completed", "workflow_run": finished})
    assert run.run() == 0 and len(github.store.review_comments) == 1
    # By the time it runs there is a newer push: that one has a workflow of its own.
    finished["head_sha"] = "0" * 40
    other = Workflow(github, tmp_path, "workflow_run", {"action": "completed", "workflow_run": finished})
    assert other.run() == 0 and len(github.store.reviews) == 1


def test_commands_in_a_workflow(tmp_path: Path) -> None:
    github = hub()
    pull = opened(github, {"train.py": BUGGY})
    said = github.comment(pull, "maria", "/fixer apply")
    event = {
        "action": "created", "comment": {name: value for name, value in said.items() if name != "_pull"},
        "issue": {"number": 1, "pull_request": {"url": "x"}}, "sender": {"login": "maria", "type": "User"},
    }  # fmt: skip
    run = Workflow(github, tmp_path, "issue_comment", event)
    assert run.run() == 0
    assert github.store.repos[REPO].commits[pull.head].tree["train.py"].decode() == CLEAN
    assert len(replies(github)) == 1
    event["issue"] = {"number": 1}  # a comment on an issue
    assert Workflow(github, tmp_path, "issue_comment", event).run() == 0


def test_sarif_is_uploaded_where_it_may_be(tmp_path: Path) -> None:
    import base64
    import gzip

    github = hub()
    pull = opened(github, {"train.py": BUGGY})
    run = Workflow(
        github, tmp_path, "pull_request", event_of(github),
        contents="read", pull_requests="write", checks="write", security_events="write",
    )  # fmt: skip
    assert run.run(overrides={"sarif": True}) == 0
    (sent,) = github.store.sarifs
    assert (sent["commit_sha"], sent["ref"]) == (pull.head, "refs/pull/1/head")
    log = json.loads(gzip.decompress(base64.b64decode(sent["sarif"])))
    assert log["version"] == "2.1.0" and len(log["runs"][0]["results"]) == 1


@pytest.mark.parametrize(
    "change, words",
    [
        ({"GITHUB_TOKEN": ""}, "GITHUB_TOKEN"),
        ({"GITHUB_REPOSITORY": ""}, "--repository"),
        ({"GITHUB_REPOSITORY": "../../etc"}, "OWNER/NAME"),
        ({"GITHUB_EVENT_PATH": ""}, "--pull-request"),
        ({"GITHUB_EVENT_PATH": "/nowhere"}, "/nowhere"),
        ({"GITHUB_TOKEN": "ghs_wrong"}, "401"),
        ({"GITHUB_REPOSITORY": "octo/other"}, "404"),
    ],
)
def test_what_is_missing_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, str], words: str
) -> None:
    github = hub()
    opened(github, {"train.py": BUGGY})
    run = Workflow(github, tmp_path, "pull_request", event_of(github))
    run.environment |= change
    assert run.run() == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ") and err.count("\n") == 1 and words in err


def test_init_writes_the_manifest_and_prints_the_steps(run: Run, here: Path) -> None:
    ran = run("bot", "init", "--url", "https://fixer.example.org/")
    assert ran.status == 0 and "https://github.com/settings/apps/new" in ran.out
    made = json.loads((here / manifest.MANIFEST).read_text())
    assert made["hook_attributes"]["url"] == "https://fixer.example.org/webhook"
    assert made["default_permissions"]["checks"] == "write" and "issue_comment" in made["default_events"]
    settings = here / manifest.SETTINGS
    assert settings.stat().st_mode & 0o777 == 0o600 and re.search(r"SECRET=[0-9a-f]{64}\n", settings.read_text())
    again = run("bot", "init", "--url", "https://fixer.example.org/")
    assert again.status == 2 and "--force" in again.err
    assert run("bot", "init", "--url", "fixer", "--force").status == 2
    assert run("bot", "init", "--url", "https://x.org", "--folder", "missing").status == 2


def test_serve_names_what_is_not_set(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET"):
        monkeypatch.delenv(f"FIXER_BOT_{name}", raising=False)
    ran = run("bot", "serve")
    assert ran.status == 2 and ran.err.startswith("error: FIXER_BOT_") and "fixer bot init" in ran.err


def test_without_the_extra_one_line_says_what_to_install(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in list(sys.modules):
        if name.startswith("fixer.bot.") and name != "fixer.bot.commandline":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "githubkit", None)
    ran = run("bot", "review")
    assert ran.status == 2 and "pip install 'training-fixer[bot]'" in ran.err


def test_the_action_says_what_the_command_takes(run: Run, here: Path) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert action["runs"]["using"] == "composite"
    help_text = run("bot", "review", "--help").out
    script = "\n".join(step.get("run", "") for step in action["runs"]["steps"])
    for option in set(re.findall(r"--[a-z-]+", script.split("fixer bot review", 1)[1])) - {"--no-"}:
        assert option in help_text, option
    used = set(re.findall(r"inputs\.([\w-]+)", json.dumps(action["runs"])))
    assert used == set(action["inputs"])
    # What a stranger could write never becomes part of the script itself.
    assert "${{" not in script
    assert "pull_request_target" not in (ROOT / "action.yml").read_text()


def test_the_script_of_the_action_builds_the_command(tmp_path: Path) -> None:
    """The composite step run by bash, with a `fixer` that only notes its arguments."""
    import os
    import subprocess

    action = yaml.safe_load((ROOT / "action.yml").read_text())
    step = next(step for step in action["runs"]["steps"] if "fixer bot review" in step.get("run", ""))
    (tmp_path / "fixer").write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$NOTED"\nexit 0\n')
    (tmp_path / "fixer").chmod(0o755)
    defaults = {name: str(one.get("default", "")) for name, one in action["inputs"].items()}
    given = defaults | {"select": "missing-zero-grad, redundant-softmax", "verify": "true", "comment": "false"}
    environment = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: given[m[1]], str(value))
        for name, value in step["env"].items()
        if "inputs." in str(value)
    }
    noted = tmp_path / "noted"
    path = f"{tmp_path}:{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", step["run"]],
        env=environment | {"PATH": path, "NOTED": str(noted), "FIXER": str(tmp_path / "fixer")}, check=True,
    )  # fmt: skip
    arguments = noted.read_text().splitlines()
    assert arguments[:2] == ["bot", "review"]
    assert arguments[arguments.index("--select") + 1] == "missing-zero-grad, redundant-softmax"
    assert "--verify" in arguments and "--no-comment" in arguments and "--no-check" not in arguments


def test_the_workflows_in_the_documentation_are_sound() -> None:
    text = (ROOT / "docs" / "bot.md").read_text()
    inputs = set(yaml.safe_load((ROOT / "action.yml").read_text())["inputs"])
    found = 0
    for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL):
        data = yaml.safe_load(block)
        assert "pull_request_target" not in block
        for job in data.get("jobs", {}).values():
            for step in job["steps"]:
                if "training-fixer" in step.get("uses", ""):
                    found += 1
                    assert set(step.get("with", {})) <= inputs
    assert found >= 3
    for key in BOT_KEYS:
        assert f"`{key}`" in text or f"\n{key} = " in text, key
    names = re.findall(r'environment, "([A-Z_]+)"', (ROOT / "fixer/bot/settings.py").read_text())
    assert len(names) >= 15
    for name in names:
        assert f"`FIXER_BOT_{name}`" in text, name


def test_the_compose_file_and_the_image() -> None:
    """No container engine is asked for: the files are read as one would read them."""
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    assert {"web", "worker", "postgres"} <= set(compose["services"])
    for name, service in compose["services"].items():
        for other in service.get("depends_on", {}):
            assert other in compose["services"], name
    image = (ROOT / "Dockerfile").read_text()
    lines = [line for line in image.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
    words = [shlex.split(line, comments=True)[0] for line in lines]
    known = {
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "RUN",
        "USER",
        "VOLUME",
        "WORKDIR",
    }
    assert set(words) <= known and words[0] in ("ARG", "FROM")
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users and users[-1] not in ("root", "0")
    assert "bubblewrap" in image
    copied = [part for line in lines if line.startswith("COPY") and "--from" not in line for part in line.split()[1:-1]]
    for part in copied:
        if not part.startswith("--"):
            assert (ROOT / part).exists(), part

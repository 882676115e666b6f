"""The commit hooks, run by the real pre-commit on a real repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml", reason="pre-commit is not installed")
pytest.importorskip("pre_commit", reason="pre-commit is not installed")

ROOT = Path(__file__).parent.parent
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
# The machine may be busy with other tests.
SETTINGS = "[tool.fixer]\ntime-limit = 100\n"


def command(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PRE_COMMIT_HOME": str(folder.parent / "cache"),
        "PRE_COMMIT_COLOR": "never",
        "PYTHONPATH": str(ROOT),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    for name in [name for name in environment if name.startswith("GIT_") and not name.startswith("GIT_CONFIG")]:
        del environment[name]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a buggy script, a text and both hooks, as they are published but for their environment.

    Building that environment would download what the hooks need; here they run in this one.
    """
    folder = tmp_path / "project"
    folder.mkdir()
    hooks = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    for hook in hooks:
        assert hook["language"] == "python"
        hook["language"] = "system"
        hook["entry"] = f'"{sys.executable}" -m {hook["entry"]}'
    config = {"repos": [{"repo": "local", "hooks": hooks}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    shutil.copy(ROOT / "examples" / "digits.py", folder)
    (folder / "notes.txt").write_text("loss.backward()\n")
    (folder / "pyproject.toml").write_text(SETTINGS)
    for words in (["init", "-q"], ["config", "user.email", "a@b.c"], ["config", "user.name", "A"], ["add", "."]):
        assert command("git", *words, folder=folder).returncode == 0
    return folder


def hook(project: Path, name: str) -> subprocess.CompletedProcess[str]:
    return command(sys.executable, "-m", "pre_commit", "run", name, "--verbose", folder=project)


def test_the_manifest_is_valid() -> None:
    ran = command(sys.executable, "-m", "pre_commit", "validate-manifest", str(MANIFEST), folder=ROOT)
    assert ran.returncode == 0, ran.stdout


def test_check_stops_a_commit(project: Path) -> None:
    ran = hook(project, "fixer-check")
    assert ran.returncode == 1
    assert "- exit code: 1" in ran.stdout and "digits.py:51:13  missing-zero-grad" in ran.stdout
    assert "files were modified" not in ran.stdout and "notes.txt" not in ran.stdout


def test_apply_repairs_what_is_safe(project: Path) -> None:
    ran = hook(project, "fixer-apply")
    assert ran.returncode == 1 and "files were modified by this hook" in ran.stdout
    assert "            optimizer.zero_grad()\n" in (project / "digits.py").read_text()


def test_a_right_script_passes(project: Path) -> None:
    applied = command(sys.executable, "-m", "fixer", "apply", "--unsafe", "digits.py", folder=project)
    assert applied.returncode == 0, applied.stdout + applied.stderr
    command("git", "add", ".", folder=project)
    for name in ("fixer-check", "fixer-apply"):
        ran = hook(project, name)
        assert ran.returncode == 0, ran.stdout
        assert "Passed" in ran.stdout


def test_excluded_files_stay_out_although_the_hook_names_them(project: Path) -> None:
    (project / "pyproject.toml").write_text(SETTINGS + 'exclude = ["digits.py"]\n')
    command("git", "add", ".", folder=project)
    for name in ("fixer-check", "fixer-apply"):
        ran = hook(project, name)
        assert ran.returncode == 0, ran.stdout

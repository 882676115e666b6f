"""What is built: the same bytes each time, all that belongs in it and nothing else; and what it installs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling", reason="the build backend is not installed")

ROOT = Path(__file__).parent.parent
FIRST, LATER = 1_700_000_000, 1_750_000_000


def copied(target: Path, time: int, mode: int) -> Path:
    """The source tree in another place, its files of another age and with other permissions."""
    ignored = shutil.ignore_patterns(".venv", ".git", "build", "dist", "site", ".*_cache", "__pycache__", ".hypothesis")
    shutil.copytree(ROOT, target, ignore=ignored, symlinks=True)
    for path in target.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(mode)
            os.utime(path, (time, time))
    return target


def build(tree: Path, out: Path, **environment: str) -> dict[str, Path]:
    """The wheel and the source distribution of a tree."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(out)]
    given = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000", **environment}
    ran = subprocess.run(command, cwd=tree, env=given, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return {path.suffix: path for path in out.iterdir()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("one")
    return build(copied(folder / "tree", FIRST, 0o644), folder / "out", TZ="UTC", PYTHONHASHSEED="1")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_it_builds_the_same_bytes_anywhere(built: dict[str, Path], tmp_path: Path) -> None:
    tree = copied(tmp_path / "somewhere" / "else", LATER, 0o600)
    again = build(tree, tmp_path / "out", TZ="Asia/Tokyo", PYTHONHASHSEED="2", LANG="C", HOME=str(tmp_path))
    for suffix in (".whl", ".gz"):
        assert built[suffix].name == again[suffix].name
        assert digest(built[suffix]) == digest(again[suffix])


def test_the_wheel_holds_the_packages_and_nothing_else(built: dict[str, Path]) -> None:
    names = set(zipfile.ZipFile(built[".whl"]).namelist())
    kept = {".py", ".css", ".typed", ".json", ".html"}
    expected = {
        path.relative_to(ROOT).as_posix()
        for package in ("fixer", "codemods")
        for path in (ROOT / package).rglob("*")
        if path.suffix in kept and "__pycache__" not in path.parts
    }
    assert {"fixer/py.typed", "codemods/py.typed", "fixer/report/html/style.css"} <= expected <= names
    others = {name.partition("/")[2] for name in names - expected if ".dist-info/" in name}
    assert {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"} == others
    assert not [name for name in names if name.startswith(("golden", "tests", "examples", "docs", "benchmarks"))]


def test_the_source_distribution_is_enough_to_build_and_test(built: dict[str, Path], tmp_path: Path) -> None:
    with tarfile.open(built[".gz"]) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(tmp_path, filter="data")
        else:
            archive.extractall(tmp_path)
    (tree,) = tmp_path.iterdir()
    for part in ("tests/conftest.py", "golden/clean", "docs/library.md", "Makefile", "constraints.txt", "examples"):
        assert (tree / part).exists(), part
    again = build(tree, tmp_path / "out")
    assert digest(again[".whl"]) == digest(built[".whl"])


def test_what_is_installed_works(built: dict[str, Path], tmp_path: Path) -> None:
    target = tmp_path / "site"
    options = ["--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", "--target", str(target)]
    command = [sys.executable, "-m", "pip", "install", "--quiet", *options, str(built[".whl"])]
    subprocess.run(command, check=True, timeout=120)
    shutil.copy(ROOT / "examples" / "digits.py", tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(target)}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, str(target / "bin" / "fixer") if os.name == "posix" else "-m", *words]
        return subprocess.run(
            program, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    from fixer import __version__

    assert run("--version").stdout == f"fixer {__version__}\n"
    assert "missing-zero-grad" in run("check", "digits.py").stdout
    assert run("check", "--format", "html", "digits.py").stdout.startswith("<!DOCTYPE html>")
    assert run("explain", "redundant-softmax").stdout.startswith("# redundant-softmax\n")
    where = "import codemods, fixer; print(fixer.__file__, codemods.__file__)"
    shown = subprocess.run(
        [sys.executable, "-c", where], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert all(path.startswith(str(target)) for path in shown.stdout.split())


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("fixer che", ["check"]),
        ("fixer explain unscaled", ["unscaled-accumulation"]),
        ("fixer check --select missing-z", ["missing-zero-grad"]),
        ("fixer check --select missing-zero-grad,redundant-sof", ["missing-zero-grad,redundant-softmax"]),
        ("fixer check --force", ["--force-exclude"]),
    ],
)
def test_the_shell_completes(words: str, found: list[str], tmp_path: Path) -> None:
    environment = {
        **os.environ, "_FIXER_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")),
    }  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-c", "from fixer.__main__ import main; main()"],
        env=environment, capture_output=True, text=True, check=False, timeout=60, cwd=ROOT,
    )  # fmt: skip
    assert ran.stdout.split() == found, ran.stderr

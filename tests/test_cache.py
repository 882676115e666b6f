"""The cache: a kept answer is what a fresh run would say, whatever changes; shared, bounded, and never in the way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st

from codemods import _registry
from fixer import cache, engine
from fixer.findings import Applicability, Finding, Fix, NotChecked, Shown, Span
from fixer.reading import disk
from fixer.run import Options, Result, run_file
from fixer.sources.collect import Target

TRAIN = """\
import torch
from net import Net
from lib.optim import build
from .near import criterion

model = Net()
optimizer = build(model)
for x, y in [(torch.randn(3, 4), torch.randn(3, 2))] * 4:
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
"""
NET = "from torch import nn\nclass Net(nn.Module):\n    def forward(self, x):\n        return x\n"
OPTIM = "import torch\ndef build(model):\n    return torch.optim.SGD(model.parameters(), lr=0.1)\n"
ZEROING = OPTIM.replace("    return", "    model.register_full_backward_hook(print)\n    return")
NEAR = "def criterion(a, b):\n    return ((a - b) ** 2).mean()\n"
CLEARING = "import train\ndef criterion(a, b):\n    train.optimizer.zero_grad()\n    return ((a - b) ** 2).mean()\n"

FILES = {
    "train.py": [
        TRAIN,
        TRAIN.replace("    loss.backward()", "    optimizer.zero_grad()\n    loss.backward()"),
        "x = 1\n",
    ],
    "net.py": [NET, NET.replace("return x", "return x.detach()"), "broken(", ""],
    "lib/__init__.py": ["", "from lib.optim import build\n"],
    "lib/optim.py": [OPTIM, ZEROING, OPTIM.replace("SGD", "LBFGS"), "def build(model):\n    return None\n"],
    "near.py": [NEAR, CLEARING],
    "src/net.py": [NET, "class Net:\n    pass\n"],
    "pyproject.toml": ["", "[tool.fixer]\nignore = ['missing-zero-grad']\n", "[tool.fixer]\nselect = 'x'\n"],
    "net/__init__.py": [NET],
    "../net.py": [NET.replace("return x", "return 1")],
    "../lib/optim.py": [ZEROING],
    "../setup.py": [""],
    "other/near.py": [CLEARING],
}
EDITS = st.tuples(st.sampled_from(sorted(FILES)), st.integers(-1, 3))


def answered(path: str, kept: bool) -> Result:
    from fixer import config

    for cached in (config._nearest, config._load):
        cached.cache_clear()
    return run_file(Target(path, True), Options(cache=kept))


def edit(folder: Path, name: str, version: int) -> None:
    """Write one of the versions of a file, or delete it; sizes and times of change tell nothing."""
    file = folder / name
    if version < 0:
        file.unlink(missing_ok=True)
        return
    if not file.parent.is_dir():
        file.parent.mkdir(parents=True)
    text = FILES[name][version % len(FILES[name])]
    file.write_text(text + "#" * (400 - len(text)) if text and not name.endswith(".toml") else text)
    os.utime(file, (1, 1))


@settings(max_examples=25, deadline=None)
@given(st.lists(EDITS, max_size=12))
def test_a_kept_answer_is_what_a_fresh_run_says(edits: list[tuple[str, int]]) -> None:
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top, "a", "b")
        for name in ("train.py", "net.py", "lib/__init__.py", "lib/optim.py", "near.py"):
            edit(folder, name, 0)
        try:
            os.chdir(folder)
            for name, version in [("train.py", 0), *edits]:
                edit(folder, name, version)
                fresh = answered("train.py", False)
                assert answered("train.py", True) == fresh
                assert answered("train.py", True) == fresh, "and once more, from the cache"
        finally:
            os.chdir(before)


@pytest.fixture
def project(here: Path) -> Path:
    for name in ("train.py", "net.py", "lib/__init__.py", "lib/optim.py", "near.py"):
        edit(here, name, 0)
    return here


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that the engine was asked about."""
    seen: list[str] = []
    check = engine.check

    def noted(text: str, path: str, *rest: object) -> engine.Checked:
        seen.append(path)
        return check(text, path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "check", noted)
    return seen


def test_the_second_run_reads_nothing_and_says_the_same(run: Run, project: Path, reads: list[str]) -> None:
    (project / "n.md").write_text(f"```python\n{TRAIN}```\n")
    first = run("check", ".", "n.md")
    assert first.status == 1 and reads == ["train.py", "n.md"]
    for form in ("text", "json", "sarif", "github", "junit"):
        fresh = run("check", "--no-cache", "--format", form, ".", "n.md")
        reads.clear()
        assert run("check", "--format", form, ".", "n.md") == fresh
        assert reads == []
    assert run("check", ".", "n.md") == first


@pytest.mark.parametrize(
    "change",
    [
        lambda here: edit(here, "net.py", 1),
        lambda here: edit(here, "lib/optim.py", 2),
        lambda here: edit(here, "near.py", 1),
        lambda here: edit(here, "net/__init__.py", 0) or edit(here, "net.py", -1),
        lambda here: edit(here, "train.py", 1),
    ],
)
def test_a_change_of_any_file_that_was_read_is_seen(
    run: Run, project: Path, reads: list[str], change: Callable[[Path], None]
) -> None:
    run("check", ".")
    reads.clear()
    (project / "unrelated.py").write_text("x = 1\n")
    run("check", ".")
    assert reads == [], "a file that nobody read"
    change(project)
    run("check", ".")
    assert reads == ["train.py"]


def test_settings_rules_baseline_place_and_program_are_part_of_the_question(
    run: Run, project: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def again(*arguments: str) -> int:
        reads.clear()
        run("check", *arguments)
        return len(reads)

    assert (again("train.py"), again("train.py")) == (1, 0)
    for expected in (1, 0):
        assert again("--select", "missing-zero-grad", "train.py") == expected
    assert again("--ignore", "missing-zero-grad", "train.py") == 1
    assert run("check", "--baseline", "b.json", "--write-baseline", "train.py").status == 0
    assert run("check", "--baseline", "b.json", "train.py").status == 0
    (project / "b.json").write_text('{"version": 1, "findings": []}')
    assert run("check", "--baseline", "b.json", "train.py").status == 1
    with monkeypatch.context() as patch:
        patch.chdir("lib")
        assert run("check", "../train.py").out.startswith(str(project / "train.py"))
    for change in (
        lambda patch: patch.setattr(cache, "__version__", "99"),
        lambda patch: patch.setattr(sys, "version_info", (3, 99, 0)),
        lambda patch: patch.setattr(cache, "_stamps", lambda place: ("another rule",)),
    ):
        assert again("train.py") == 0
        with monkeypatch.context() as patch:
            change(patch)
            cache._program.cache_clear()
            assert again("train.py") == 1
        cache._program.cache_clear()


def test_rules_of_other_packages_are_part_of_the_question(
    run: Run, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    (site / "extra-1.0.dist-info").mkdir(parents=True)
    (site / "extra-1.0.dist-info" / "METADATA").write_text("Name: extra\nVersion: 1.0\n")
    (site / "extra-1.0.dist-info" / "entry_points.txt").write_text(f"[{_registry.GROUP}]\nextra = extra.rule\n")
    (site / "extra").mkdir()
    (site / "extra" / "__init__.py").write_text("")
    (site / "extra" / "rule.py").write_text("NAME = 'extra'\nSUMMARY = 's'\ndef claims(reading):\n    return []\n")
    monkeypatch.syspath_prepend(str(site))
    cache._program.cache_clear()
    with_it = cache._program()
    (site / "extra" / "rule.py").write_text("NAME = 'extra'\n")
    cache._program.cache_clear()
    changed = cache._program()
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place != str(site)])
    cache._program.cache_clear()
    assert len({with_it, changed, cache._program()}) == 3
    cache._program.cache_clear()


def test_problems_are_not_kept(run: Run, here: Path) -> None:
    (here / "a.py").write_text("x = backward(\n")
    for _ in range(2):
        assert run("check", "a.py").status == 2
    assert not list(Path(cache.default_folder()).rglob("*.json")) or all(
        str(here) not in file.read_text() for file in Path(cache.default_folder()).rglob("*.json")
    )


@pytest.fixture
def folder(here: Path) -> Path:
    """A cache folder that the settings name."""
    (here / "pyproject.toml").write_text("[tool.fixer]\ncache-dir = '.fixer-cache'\n")
    return here / ".fixer-cache"


def entries(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.json"))


def test_the_folder_of_the_settings_is_private_and_left_out_of_git(run: Run, project: Path, folder: Path) -> None:
    run("check", ".")
    assert len(entries(folder)) == 1
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / ".gitignore").read_text() == "*\n"
    assert (folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
    shutil.rmtree(folder)
    run("check", "--no-cache", ".")
    assert not folder.exists()


@pytest.mark.parametrize("spoil", [b"", b"x", b"{}", b"0" * 40 + b"\n{}", None, "digest"])
def test_a_spoilt_entry_counts_as_none(run: Run, project: Path, folder: Path, spoil: bytes | str | None) -> None:
    first = run("check", ".")
    (entry,) = entries(folder)
    raw = entry.read_bytes()
    if spoil is None:
        entry.write_bytes(raw[:-20])
    elif isinstance(spoil, str):  # well-formed, and not an answer
        body = json.dumps({"answer": {"findings": [{"kind": "Finding"}]}, "rests on": []}).encode()
        entry.write_bytes(disk.digest(body).encode() + b"\n" + body)
    else:
        entry.write_bytes(spoil)
    assert run("check", ".") == first
    assert entry.read_bytes() == raw, "it was written anew"


def test_a_folder_that_cannot_be_written_is_no_error(run: Run, project: Path, folder: Path) -> None:
    folder.write_text("a file")
    ran = run("check", ".")
    assert (ran.status, ran.err) == (1, "")
    assert folder.read_text() == "a file"


def test_two_processes_share_a_folder(project: Path, folder: Path) -> None:
    for number in range(8):
        (project / f"t{number}.py").write_text(TRAIN + f"# {number}\n")
    command = [sys.executable, "-m", "fixer", "check", "--format", "json", "."]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    outputs = [process.communicate(timeout=120) for process in both]
    third = subprocess.run(command, capture_output=True, timeout=120)
    assert {out for out, _ in outputs} == {third.stdout} and not any(err for _, err in outputs)
    assert len(json.loads(third.stdout)["findings"]) == 9
    assert len(entries(folder)) == 9 and not list(folder.rglob("*.tmp"))


def test_the_folder_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_ENTRIES", 40)
    monkeypatch.setattr(cache, "_TRIM_ONE_IN", 1)
    for number in range(100):
        slot = cache.Slot(str(tmp_path), number)
        slot.save({"findings": ()}, {})
        os.utime(slot._path, (number, number))
        if number > 0:
            assert cache.Slot(str(tmp_path), 0).load() is not None, "what is used stays"
        assert len(entries(tmp_path)) <= 41
    assert cache.Slot(str(tmp_path), 1).load() is None
    assert cache.Slot(str(tmp_path), 99).load() == {"findings": ()}
    monkeypatch.setattr(cache, "MAX_SIZE", 500)
    cache.trim(str(tmp_path))
    assert sum(entry.stat().st_size for entry in entries(tmp_path)) <= 400


TEXT = st.text(max_size=5)
SPANS = st.builds(Span, *[st.integers(1, 9)] * 4)
FIXES = st.builds(Fix, st.sampled_from(Applicability), TEXT, TEXT, st.lists(TEXT, max_size=2).map(tuple))
STEPS = st.lists(st.builds(Shown, st.integers(1, 9), TEXT, TEXT, st.none() | TEXT), max_size=2).map(tuple)
FINDINGS = st.builds(Finding, TEXT, TEXT, SPANS, TEXT, STEPS, FIXES, st.none() | st.integers(1, 9))
NOTES = st.builds(NotChecked, TEXT, st.integers(1, 9), TEXT, TEXT)


@settings(deadline=None)
@given(st.lists(FINDINGS | NOTES, max_size=3).map(tuple))
def test_findings_come_back_as_they_were(values: tuple[Finding | NotChecked, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        slot = cache.Slot(folder, "x", time.time())
        slot.save({"findings": values}, {})
        assert slot.load() == {"findings": values}

"""What the tests share: the command line run in this process, and an engine whose findings a test can foresee."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixer import config, engine
from fixer.findings import Applicability, Finding, Fix, NotChecked, Shown, Span
from fixer.sources.lines import split_lines

if TYPE_CHECKING:
    from fixer.verify.client import Server

RULES = ("missing-zero-grad", "redundant-softmax")


@dataclass(frozen=True)
class Ran:
    """How a command ended: exit status, standard output and standard error."""

    status: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode()


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run ``fixer`` with arguments (and standard input) as a process would be."""
    from fixer.__main__ import run as main

    def call(*arguments: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["fixer", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        for cached in (config._nearest, config._load):
            cached.cache_clear()
        capsysbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsysbinary.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, out, err.decode())

    return call


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers of other runs must not reach a test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


_BUG = re.compile(r"^([ \t\f]*)(backward|softmax)\((safe|unsafe|none)\)", re.MULTILINE)


def _found(text: str, path: str, rules: Iterable[str] | None) -> list[Finding]:
    wanted = set(RULES if rules is None else rules)
    found = []
    for number, line in enumerate(split_lines(text), 1):
        match = _BUG.match(line)
        if match is None:
            continue
        rule = "missing-zero-grad" if match[2] == "backward" else "redundant-softmax"
        if rule in wanted:
            fix = Fix(Applicability(match[3]), "insert zero()", "the training changes" if match[3] == "unsafe" else "")
            span = Span(number, len(match[1]) + 1, number, len(match[0]) + 1)
            path_shown = (Shown(number, "backward", "adds to a gradient that was never cleared"),)
            found.append(Finding(rule, path, span, "The gradient is never cleared.", path_shown, fix))
    return found


def _check(
    text: str, path: str, rules: Iterable[str] | None = None, importers: bool = False, training: bool = True
) -> engine.Checked:
    if "crash()" in text:
        raise KeyError("a defect of a rule")
    while "forever()" in text:
        with contextlib.suppress(Exception):
            pass
    try:
        compile(text, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise engine.SourceError(str(error), error.lineno) from None
    unsure = (NotChecked(path, 1, "a loop", "its optimizer is unknown"),) if "unsure" in text else ()
    return engine.Checked(tuple(_found(text, path, rules)), unsure)


def _repair(
    text: str,
    path: str,
    rules: Iterable[str] | None = None,
    unsafe: bool = False,
    accept: Callable[[Finding], bool] | None = None,
) -> engine.Repaired:
    wanted = {Applicability.SAFE, Applicability.UNSAFE} if unsafe else {Applicability.SAFE}
    applied = []
    # One at a time, as the engine does: the lines of a finding count in the text as it is by then.
    while True:
        able = [finding for finding in _found(text, path, rules) if finding.fix.applicability in wanted]
        todo = [finding for finding in able if accept is None or accept(finding)]
        if not todo:
            break
        lines = split_lines(text)
        line = lines[todo[0].line - 1]
        end = line[len(line.rstrip("\r\n")) :] or "\n"
        indent = line[: todo[0].span.column - 1]
        lines[todo[0].line - 1] = f"{indent}zero(){end}" + _BUG.sub(r"\1\2(done)", line)
        text = "".join(lines)
        applied.append(todo[0])
    kept = tuple(
        engine.Kept(finding, "unsafe" if finding.fix.applicability is Applicability.UNSAFE else "nobody knows how")
        for finding in _found(text, path, rules)
    )
    return engine.Repaired(text, tuple(applied), kept)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A process that trains scripts, for all tests of a module."""
    from fixer.verify.client import Server

    with Server(device="cpu") as running:
        yield running


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that finds a bug in every line ``backward(safe)`` (or unsafe, or none), and ``softmax(...)``.

    Its repair puts ``zero()`` on a line above and writes ``done`` into the brackets.
    """
    import codemods._registry

    rules = {}
    for name in RULES:
        rules[name] = types.ModuleType(name, f"# {name}\n\n## What it does\n\nTells of {name}.")
        rules[name].NAME = name  # type: ignore[attr-defined]
        rules[name].SUMMARY = f"summary of {name}"  # type: ignore[attr-defined]
    monkeypatch.setattr(codemods._registry, "rules", lambda: rules)
    monkeypatch.setattr(engine, "check", _check)
    monkeypatch.setattr(engine, "repair", _repair)

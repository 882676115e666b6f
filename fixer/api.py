"""The library: what the commands do, as functions that return plain data and print nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixer.config import forget
from fixer.engine import SourceError
from fixer.findings import Applicability, Finding, Fix, NotChecked, Problem, Shown, Span
from fixer.rules import UnknownRule, known
from fixer.run import Kept, Options, Result, run_file
from fixer.sources.collect import STDIN, Target

if TYPE_CHECKING:
    from fixer.verify.job import Answer

__all__ = [
    "Answer",
    "Applicability",
    "Finding",
    "Fix",
    "Fixed",
    "Kept",
    "NotChecked",
    "Problem",
    "Report",
    "Shown",
    "SourceError",
    "Span",
    "UnknownRule",
    "check",
    "fix",
    "verify",
]


@dataclass(frozen=True, slots=True)
class Report:
    """The answer of ``check``: findings in the order of the files, and what could not be done or judged.

    ``files`` is the number of files that were checked.
    """

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    files: int = 0


@dataclass(frozen=True, slots=True)
class Fixed:
    """The answer of ``fix``: the new text, the findings that it repairs, and those that it does not, with the reason.

    Lines of findings count in the text that was given.
    """

    text: str
    applied: tuple[Finding, ...] = ()
    kept: tuple[Kept, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything was repaired."""
        return bool(self.applied)


def check(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    config: str | os.PathLike[str] | None = None,
    jobs: int = 1,
) -> Report:
    """Find the silent bugs in files and folders; no file is changed and none is run.

    ``select`` and ``ignore`` name rules; ``config`` is a settings file that goes before every pyproject.toml; ``jobs``
    is the number of processes. A path that is missing, or a file (also one of settings) that cannot be read or parsed,
    is a problem of the report, and everything else is still checked. Raises UnknownRule, and ValueError for ``-``.
    """
    from fixer.commands import Asked, work

    several = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    names = tuple(os.fspath(path) for path in several)
    if STDIN in names:
        raise ValueError("'-' is standard input for the command line only; give the text to fixer.fix")
    forget()
    done = work(Asked(names, _options(select, ignore, config), jobs=jobs, quiet=True))
    return Report(
        tuple(found for result in done.results for found in result.findings),
        done.problems,
        tuple(note for result in done.results for note in result.not_checked),
        sum(not result.problems for result in done.results),
    )


def fix(
    source: str,
    path: str | os.PathLike[str] = "<string>",
    *,
    unsafe: bool = False,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    config: str | os.PathLike[str] | None = None,
) -> Fixed:
    """Repair a source text; nothing is written.

    ``path`` says where the text lives: its imports and settings are looked for from there, and its ending says what it
    is (``.ipynb``: the JSON of a notebook; ``.md``, ``.qmd``: Markdown; else Python). ``unsafe`` takes repairs that a
    person should confirm, too. Raises SourceError if the text, or the settings that apply, cannot be read, and
    UnknownRule.
    """
    from fixer.sources.python import encoded
    from fixer.sources.source import read, shown_text

    name = os.fspath(path)
    raw = encoded(source)
    forget()
    options = _options(select, ignore, config, unsafe, raw, name)
    result = _good(run_file(Target(STDIN, True), options))
    if result.new is None:
        return Fixed(source, kept=result.kept)
    new = read(name, result.new)
    text = result.new.decode() if name.endswith(".ipynb") else shown_text(new, name)
    return Fixed(text, result.applied, result.kept)


def verify(
    path: str | os.PathLike[str],
    args: Sequence[str] = (),
    *,
    device: str = "auto",
    python: str | os.PathLike[str] | None = None,
    unsafe: bool = True,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    config: str | os.PathLike[str] | None = None,
    sandbox: bool = False,
) -> Answer | None:
    """Train a script for a few steps as it is and as repaired, and compare; None if there is nothing to repair.

    This runs the script, with the arguments ``args``, in a scratch copy of its project: with the interpreter
    ``python`` (default: the active environment's, which must have PyTorch), on ``device`` ("auto", "cpu", "cuda"), in
    a sandbox or not at all if ``sandbox``. It takes seconds: each run ends after a dozen steps, or at its time limit.
    What could not be run is an answer, too. Raises SourceError if the file, or the settings that apply, cannot be read,
    UnknownRule, and ValueError for a device that is none of these.
    """
    from fixer.verify.command import job_for
    from fixer.verify.core import verify as prove

    if device not in ("auto", "cpu", "cuda"):
        raise ValueError(f"unknown device {device!r}; known: auto, cpu, cuda")
    name = os.fspath(path)
    forget()
    result = _good(run_file(Target(name, True), _options(select, ignore, config, unsafe)))
    if result.new is None or result.raw is None:
        return None
    interpreter = None if python is None else os.fspath(python)
    return prove(job_for(name, result.raw, result.new, result.applied, args, device, interpreter), sandbox=sandbox)


def _options(
    select: Iterable[str] | None,
    ignore: Iterable[str],
    config: str | os.PathLike[str] | None,
    unsafe: bool | None = None,
    text: bytes = b"",
    name: str = "<stdin>",
) -> Options:
    chosen = None if select is None else known(select)
    file = None if config is None else os.fspath(config)
    return Options(chosen, known(ignore), file, unsafe, unsafe is not None, text, name)


def _good(result: Result) -> Result:
    """The result, unless there is none. Raises SourceError."""
    for problem in result.problems:
        where = "" if problem.line is None else f", line {problem.line}"
        raise SourceError(f"{problem.path}{where}: {problem.message}", problem.line)
    return result


def __getattr__(name: str) -> object:
    if name == "Answer":
        from fixer.verify.job import Answer

        return Answer
    raise AttributeError(f"module 'fixer.api' has no attribute '{name}'")

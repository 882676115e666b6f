"""The command ``fixer verify`` and the check behind ``fixer apply --verify``."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixer.findings import Finding
from fixer.verify.choices import Choices
from fixer.verify.client import CannotStart, Server
from fixer.verify.core import as_json, serving, verify
from fixer.verify.job import Answer, Outcome, Target, VerifyJob
from fixer.verify.plan import module_path
from fixer.verify.tiers import MOCK

if TYPE_CHECKING:
    from fixer.run import Result
    from fixer.sources.source import Source

CONFIRMED, NOT_CONFIRMED, FAILED, INTERRUPTED = 0, 1, 2, 130


def run_verify(
    path: str,
    *,
    script_args: list[str],
    device: str,
    python: str | None,
    fmt: str,
    unsafe: bool | None,
    select: list[str],
    ignore: list[str],
    keep: bool,
    quiet: bool,
    sandbox: bool,
    html: str | None = None,
    module: bool = False,
    data: str | None = None,
) -> int:
    """Smoke-train one script before and after its repairs and print the answer. Returns the exit status.

    ``module``: ``path`` names a module, to be run as ``python -m`` does; ``data``: a folder for files that the script
    does not find. 0: confirmed, or nothing to verify; 1: any other verdict; 2: it could not be run; 130: interrupted.
    """
    from fixer.run import Options, run_file
    from fixer.sources.collect import Target as File
    from fixer.verify import show

    name = path if module else None
    if name is not None:
        found = module_path(name, Path.cwd())
        if found is None:
            return _fail(f"-m {name}", "there is no such module under this folder; start from the folder above it")
        path = str(found.relative_to(Path.cwd()))
    if data is not None and not Path(data).is_dir():
        return _fail(data, "there is no such folder; --data names one that holds the script's files")
    options = Options(tuple(select) or None, tuple(ignore), unsafe=True if unsafe is None else unsafe, repair=True)
    result = run_file(File(path, named=True), options)
    if result.problems:
        return _fail(path, *(p.message if p.line is None else f"line {p.line}: {p.message}" for p in result.problems))
    results = [result]
    if result.elsewhere or result.wide:
        from fixer.projects import together

        results = together(results, [File(path, named=True)], options, project=True)
        result = results[0]
    others = [other for other in results[1:] if other.new is not None]
    if result.raw is None or result.new is None and not others:
        print(json.dumps(_nothing(path)) if fmt == "json" else f"{path}: {_nothing_because(len(result.findings))}")
        if html is not None:
            from fixer.report.html.page import checked
            from fixer.report.html.write import write

            return CONFIRMED if write(html, checked([result], (), path)) is None else FAILED
        return CONFIRMED
    job = job_for(path, result.raw, result.new or result.raw, result.applied, script_args, device, python)
    job = replace(with_others(job, others), module=name, data=data)
    try:
        with _terminable(), show.progress(f"Training {path} before and after", quiet or fmt == "json"):
            with _kept(keep) as folder:
                answer = verify(job, keep=folder, sandbox=sandbox)
    except KeyboardInterrupt:
        print("interrupted; nothing is left running", file=sys.stderr)
        return INTERRUPTED
    if fmt == "json":
        print(json.dumps(as_json(answer)))
    else:
        show.answer(answer, quiet)
    if html is not None:
        from fixer.report.html.page import verified
        from fixer.report.html.write import write

        if write(html, verified(answer, result)) is not None:
            return FAILED
    return status(answer)


@contextlib.contextmanager
def _kept(keep: bool) -> Iterator[Path | None]:
    """A folder for the traces, if they are to be kept; it goes again if there are none."""
    folder = Path(tempfile.mkdtemp(prefix="fixer-traces-")) if keep else None
    try:
        yield folder
    except BaseException:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    if folder is not None:
        with contextlib.suppress(OSError):
            folder.rmdir()  # if it is empty: nothing was run


def status(answer: Answer) -> int:
    """The exit status for an answer."""
    if answer.verdict.good:
        return CONFIRMED
    return FAILED if answer.verdict is Outcome.COULD_NOT_RUN else NOT_CONFIRMED


def job_for(
    path: str,
    before: bytes,
    after: bytes,
    applied: Sequence[Finding],
    script_args: Sequence[str] = (),
    device: str = "auto",
    python: str | None = None,
) -> VerifyJob:
    """The job for a file's bytes before and after, and the findings that were repaired."""
    from fixer.sources.source import read

    source = read(path, before)
    targets = tuple(_target(source, found) for found in applied)
    texts = source.text, read(path, after).text
    return VerifyJob(path, *texts, targets, tuple(script_args), device, interpreter(python))


def with_others(job: VerifyJob, results: Sequence[Result]) -> VerifyJob:
    """The job with what repairs change in other files of the project; their findings are targets, too."""
    from fixer.sources.source import read

    texts = tuple((r.path, read(r.path, r.new).text) for r in results if r.new is not None)
    targets = tuple(Target(f.rule, 0, None, f.line, r.path) for r in results if r.new is not None for f in r.applied)
    return replace(job, others=(*job.others, *texts), targets=(*job.targets, *targets))


def _target(source: Source, found: Finding) -> Target:
    if found.cell is None:
        return Target(found.rule, found.line)
    # A notebook counts lines by cell; the run counts them in all cells together.
    lines = range(1, source.text.count("\n") + 2)
    line = next((n for n in lines if source.locate(n) == (found.cell, found.line)), 1)
    return Target(found.rule, line, found.cell, found.line)


def interpreter(python: str | None) -> str:
    """The interpreter that runs the script: the one named, the active environment's, or this one."""
    if python is not None:
        return python
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    candidate = Path(active) / "bin" / "python" if active else None
    return str(candidate) if candidate is not None and candidate.exists() else sys.executable


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What ``apply --verify`` may write: the text with the confirmed repairs only (None: nothing was confirmed), the
    findings repaired in it, and of each other finding why it was left."""

    text: str | None
    confirmed: tuple[Finding, ...]
    others: tuple[tuple[Finding, str], ...]
    answers: tuple[Answer, ...]


def confirm_fixes(
    path: str, before: str, after: str, findings: Sequence[Finding], how: Choices | None = None
) -> Confirmation:
    """Verify a rewrite; where it is not confirmed as a whole, verify the repairs of each rule by themselves.

    ``findings`` are those that ``after`` repairs. Takes one smoke training, and one more per rule if needed.
    """
    how = how or Choices()
    python = interpreter(how.python)
    try:
        with _terminable(), serving(python, how.device, path if how.sandbox else None) as server:
            return _confirm(path, before, after, findings, server, how)
    except CannotStart as error:
        return Confirmation(None, (), tuple((f, f"could not run: {error}") for f in findings), ())


def _confirm(
    path: str, before: str, after: str, findings: Sequence[Finding], server: Server, how: Choices
) -> Confirmation:
    def prove(text: str, of: Sequence[Finding]) -> Answer:
        job = VerifyJob(path, before, text, tuple(Target(f.rule, f.line) for f in of), device=how.device)
        return verify(job, server, sandbox=how.sandbox)

    whole = prove(after, findings)
    if whole.verdict.good and whole.tier == MOCK:
        why = "only the order of its calls could be run, which is too little to write on; see `fixer verify`"
        return Confirmation(None, (), tuple((f, why) for f in findings), (whole,))
    if whole.verdict.good:
        return Confirmation(after, tuple(findings), (), (whole,))
    rules = list(dict.fromkeys(f.rule for f in findings))
    if whole.verdict is Outcome.COULD_NOT_RUN or len(rules) == 1:
        return Confirmation(None, (), tuple((f, _why(whole, f)) for f in findings), (whole,))
    answers = [whole]
    good: list[str] = []
    for rule in rules:
        text, own = _only(before, path, [rule], findings)
        if text is not None:
            answers.append(prove(text, own))
            if answers[-1].verdict.good:
                good.append(rule)
    if len(good) > 1:
        text, own = _only(before, path, good, findings)
        if text is not None:
            answers.append(prove(text, own))
            good = good if answers[-1].verdict.good else good[:1]
    text, own = _only(before, path, good, findings) if good else (None, [])
    confirmed = tuple(own) if text is not None else ()
    others = tuple((f, _why(whole, f)) for f in findings if f not in confirmed)
    return Confirmation(text, confirmed, others, tuple(answers))


def _only(before: str, path: str, rules: list[str], findings: Sequence[Finding]) -> tuple[str | None, list[Finding]]:
    """The text with the repairs of some rules only; None if those would touch more or less than ``findings``."""
    from fixer import engine

    own = [f for f in findings if f.rule in rules]
    repaired = engine.repair(before, path, rules, unsafe=True)
    same = {(f.rule, f.line) for f in repaired.applied} == {(f.rule, f.line) for f in own}
    return (repaired.text if same else None), own


def _why(answer: Answer, finding: Finding) -> str:
    """What became of one finding, in a sentence."""
    for target in answer.targets:
        if (target.target.rule, target.target.line) == (finding.rule, finding.line) and target.reason:
            return f"{target.verdict.value}: {target.reason}"
    return f"{answer.verdict.value}: {answer.reason}"


def _nothing(path: str) -> dict[str, Any]:
    reason = "no finding has a repair to verify"
    return {
        "version": 1, "path": path, "verdict": "nothing-to-verify", "tier": "none", "reason": reason, "stand_ins": [],
        "targets": [], "loss": {"before": [], "after": []}, "seconds": 0.0,
    }  # fmt: skip


def _nothing_because(findings: int) -> str:
    return "nothing to verify" + (f": none of {findings} findings has a repair" if findings else ", no bug was found")


def _fail(path: str, *messages: str) -> int:
    for message in messages:
        print(f"error: {path}: {message}", file=sys.stderr)
    return FAILED


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Let a termination signal end the run as Ctrl-C does: nothing is left running or lying around."""

    def stop(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    try:
        previous = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)

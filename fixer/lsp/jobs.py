"""What the language server asks of its worker, and the worker's answers: plain data, and the work itself.

Documents come as text, as the editor holds it; a notebook comes as its cells. Lines and columns of findings are those
that a reader of the document counts.
"""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from fixer.findings import Applicability, Finding, Problem
from fixer.run import Options, Result, run_file
from fixer.sources.collect import STDIN, Target
from fixer.sources.source import NOTEBOOK, Source, is_script, placed, read, shown_text

Texts = dict[int, str]
"""New texts: of a notebook's cells by their number (from 1), else of the document as 0. Only what changed."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its path and text, or for a notebook the text of each cell (None: no Python)."""

    path: str
    text: str = ""
    cells: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """``what``: "check"; or "repair" or "ignore", of one ``finding``; or "all", with or without ``unsafe``."""

    what: str
    document: Document
    finding: Finding | None = None
    unsafe: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Findings and problems of a check, or the new texts (None: there is no such repair)."""

    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    texts: Texts | None = None


def do(job: Job) -> Answer:
    """Do one job. Never raises: what cannot be done is a problem in the answer."""
    from fixer import config

    config.forget()  # it may have changed since the last job
    document = job.document
    raw = _bytes(document)
    path = document.path
    if job.what == "check":
        return _check(path, raw)
    if job.what == "all":
        result = run_file(Target(STDIN, False), Options(stdin=raw, stdin_filename=path, repair=True, unsafe=job.unsafe))
        return Answer(problems=result.problems, texts=_texts(document, result.new))
    assert job.finding is not None
    work = _repaired if job.what == "repair" else _ignored
    return Answer(texts=_texts(document, _limited(work, path, raw, job.finding)))


def _check(path: str, raw: bytes) -> Answer:
    from fixer.config import BadSettings, settings_for

    try:
        if settings_for(path).excludes(path, False):
            return Answer()
    except BadSettings:
        pass  # told by the run
    result = run_file(Target(STDIN, False), Options(stdin=raw, stdin_filename=path))
    problems = tuple(p for p in result.problems if p.path != path or _parses(path, raw))
    return Answer(tuple(found for found in result.findings if found.path == path), problems)


def _parses(path: str, raw: bytes) -> bool:
    """Whether a document is Python at all: while one types it often is not, and other tools say so."""
    if not is_script(path):
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(raw)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _limited(
    work: Callable[[Source, Result, Finding], bytes | None], path: str, raw: bytes, finding: Finding
) -> bytes | None:
    """One finding's repair, with the limits and the care of a check; None if there is none."""
    from fixer.config import BadSettings, settings_for
    from fixer.limits import SECONDS, TooSlow, time_limit

    try:
        with warnings.catch_warnings(), time_limit(settings_for(path).time_limit or SECONDS):
            warnings.simplefilter("ignore")
            return work(read(path, raw), Result(path, raw=raw), finding)
    except (TooSlow, BadSettings):
        return None
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # LibCST's parser raises its panics outside of Exception
        return None


def _repaired(source: Source, result: Result, finding: Finding) -> bytes | None:
    """The document after the repair of one finding, safe or not."""
    from fixer import engine

    if finding.fix.applicability is Applicability.NONE:
        return None

    def is_it(found: Finding) -> bool:
        return found.rule == finding.rule and placed(source, result.path, found) == finding

    repaired = engine.repair(source.text, result.path, [finding.rule], unsafe=True, accept=is_it)
    return source.with_text(repaired.text) if repaired.applied else None


def _ignored(source: Source, result: Result, finding: Finding) -> bytes | None:
    """The document with a comment that silences one finding."""
    from fixer import engine
    from fixer.adopt import with_ignore

    found = (f for f in engine.check(source.text, result.path, [finding.rule]).findings if f.path == result.path)
    own = next((f for f in found if placed(source, result.path, f) == finding), None)
    text = with_ignore(source.text, own) if own is not None else None
    return None if text is None else source.with_text(text)


def _bytes(document: Document) -> bytes:
    """The document as a file holds it."""
    if document.path.endswith(NOTEBOOK):
        cells: list[dict[str, object]] = [
            {"cell_type": "markdown" if text is None else "code", "source": text or "", "metadata": {}}
            for text in document.cells
        ]
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
    from fixer.sources.python import encoded

    return encoded(document.text)


def _texts(document: Document, new: bytes | None) -> Texts | None:
    """What changed, in the editor's terms; None if nothing did."""
    if new is None:
        return None
    if document.path.endswith(NOTEBOOK):
        cells = [cell["source"] for cell in json.loads(new)["cells"]]
        written = [cell if isinstance(cell, str) else "".join(cell) for cell in cells]
        pairs = enumerate(zip(document.cells, written, strict=True), 1)
        return {number: text for number, (old, text) in pairs if old is not None and old != text} or None
    text = shown_text(read(document.path, new), document.path)
    return {0: text} if text != document.text else None

"""Findings that one file of a project shows of another, and their repairs.

A finding stands where it has to be repaired (the softmax in ``models/net.py``), whichever file shows it (the loss in
``train.py``). Only files that were asked for are changed, unless the whole project may be.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fixer.config import settings_for
from fixer.findings import Applicability, Finding, Fix, Span
from fixer.reading.source import shown
from fixer.run import Kept, Options, Result, run_file
from fixer.sources.collect import STDIN, Target

if TYPE_CHECKING:
    from fixer.sources.source import Source


def together(results: Sequence[Result], targets: Sequence[Target], options: Options, project: bool) -> list[Result]:
    """The results of all files, each with what the others show of it.

    Files that nobody asked for follow behind, with ``asked`` False. If repairs are asked for, those that concern
    several files are made here; they change files that were not asked for only if ``project``.
    """
    found = list(results)
    _callers(found, targets, options)
    if not any(result.elsewhere or result.wide for result in found):
        return found
    there: dict[str, list[Finding]] = {}
    finders: dict[tuple[str, str, Span], str] = {}
    for result in found:
        for finding in result.elsewhere:
            there.setdefault(_real(finding.path), []).append(finding)
            finders.setdefault((_real(finding.path), finding.rule, finding.span), result.path)
    asked = {_real(target.path): target for target in targets}
    at = {_real(result.path): number for number, result in enumerate(found)}
    for path, findings in there.items():
        target = asked.get(path, Target(findings[0].path, False))
        result = run_file(target, options, tuple(replace(f, path=target.path) for f in findings))
        if path in at:
            found[at[path]] = result
        elif result.findings or result.problems:
            found.append(_unasked(result, options.repair and project))
    if not options.repair or options.add_ignore:
        return found
    return _Repairs(found, options, project, finders).carried_out()


def _callers(results: list[Result], targets: Sequence[Target], options: Options) -> None:
    """Read the files that nothing was worth reading in, if they import an update whose loop they may hold."""
    names = {
        Path(result.path).parent.name if result.path.endswith("__init__.py") else Path(result.path).stem
        for result in results
        if result.called_in_a_loop
    }
    if not names:
        return
    words = "|".join(re.escape(name) for name in sorted(names))
    imports = re.compile(rf"^[ \t]*(?:from|import)\b[^#\n]*\b(?:{words})\b".encode(), re.M)
    for number, (target, result) in enumerate(zip(targets, results, strict=True)):
        if result.skipped and target.path.endswith(".py") and imports.search(_bytes(target.path)):
            results[number] = run_file(target, replace(options, whatever=True))


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return b""


def _real(path: str) -> str:
    return path if path == STDIN else os.path.realpath(path)


def _unasked(result: Result, changed: bool) -> Result:
    """A file that nobody asked for: its findings say so, and nothing else of it is repaired."""
    findings = tuple(f if changed else replace(f, fix=_told(f.fix, result.path)) for f in result.findings)
    return replace(result, findings=findings, asked=False, new=None, applied=(), not_checked=())


def _told(fix: Fix, path: str) -> Fix:
    if fix.applicability is Applicability.NONE:
        return fix
    reason = f"{fix.reason}; " if fix.reason else ""
    return replace(fix, reason=f"{reason}{path} was not named: name it too, or use --project")


@dataclass
class _Repairs:
    """Repairs that concern several files, one after the other, on what the single files' repairs left."""

    results: list[Result]
    options: Options
    project: bool
    finders: dict[tuple[str, str, Span], str]

    def carried_out(self) -> list[Result]:
        self._at = {_real(result.path): number for number, result in enumerate(self.results)}
        self._sources: dict[str, tuple[Source, str]] = {}
        for result in list(self.results):
            for finding in result.wide:
                real = _real(result.path)
                self._repair(real, finding, self.finders.get((real, finding.rule, finding.span), result.path))
        return self.results

    def _repair(self, real: str, finding: Finding, finder: str) -> None:
        """Repair one finding through a file that shows it; note what became of it."""
        from fixer import engine

        result = self.results[self._at[real]]
        unsafe = settings_for(result.path, self.options.config).unsafe
        unsafe = unsafe if self.options.unsafe is None else self.options.unsafe
        applicability = finding.fix.applicability
        if applicability is Applicability.NONE or applicability is Applicability.UNSAFE and not unsafe:
            self._note(real, finding, finding.fix.reason if applicability is Applicability.NONE else "unsafe")
            return
        needed = [result.path, *finding.fix.files]
        missing = [path for path in needed if not self._may_change(path)]
        if missing:
            were, them = ("was", "it") if len(missing) == 1 else ("were", "them")
            why = f"{' and '.join(missing)} would change and {were} not named: name {them} too, or use --project"
            self._note(real, finding, why)
            return
        texts = {shown(Path(path).resolve()): self._text(path) for path in needed if _real(path) != _real(finder)}
        texts[finder] = self._text(finder)
        repaired = engine.repair(
            texts[finder],
            finder,
            [finding.rule],
            unsafe=unsafe,
            accept=lambda f: _real(f.path) == real,
            others={path: text for path, text in texts.items() if path != finder},
            importers=_real(finder) == real,
        )
        changed = {**repaired.others, finder: repaired.text}
        if any(_real(f.path) == real for f in repaired.applied) or not any(
            _real(kept.finding.path) == real for kept in repaired.kept
        ):
            for path, text in changed.items():
                self._change(path, text)
            self._note(real, finding, None)
        else:
            self._note(real, finding, next(k.why for k in repaired.kept if _real(k.finding.path) == real))

    def _may_change(self, path: str) -> bool:
        number = self._at.get(_real(path))
        return self.project or number is not None and self.results[number].asked

    def _read(self, path: str) -> tuple[Source, str]:
        from fixer.sources.files import read_bytes
        from fixer.sources.source import read

        real = _real(path)
        if real not in self._sources:
            number = self._at.get(real)
            result = self.results[number] if number is not None else Result(path)
            raw = result.raw if result.raw is not None else read_bytes(path)
            source = read(path, raw)
            self._sources[real] = (source, source.text if result.new is None else read(path, result.new).text)
        return self._sources[real]

    def _text(self, path: str) -> str:
        return self._read(path)[1]

    def _change(self, path: str, text: str) -> None:
        """Take over the new text of a file."""
        source, before = self._read(path)
        if text == before:
            return
        real = _real(path)
        self._sources[real] = (source, text)
        new = source.with_text(text)
        if real not in self._at:
            self._at[real] = len(self.results)
            self.results.append(Result(path, asked=False))
        number = self._at[real]
        self.results[number] = replace(self.results[number], raw=source.raw, new=None if new == source.raw else new)

    def _note(self, real: str, finding: Finding, why: str | None) -> None:
        """Say what became of a finding: repaired (None), or kept and why."""
        number = self._at[real]
        result = self.results[number]
        kept = tuple(k for k in result.kept if k.finding != finding)
        if why is None:
            self.results[number] = replace(result, kept=kept, applied=(*result.applied, finding))
        else:
            self.results[number] = replace(result, kept=(*kept, Kept(finding, why)))

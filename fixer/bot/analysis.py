"""What a pull request's files show: each finding, whether the pull request has a part in it, and its own repair.

Runs in the unpacked repository (the working directory), in one process: a new interpreter started there would look
for modules among a stranger's files first. A finding concerns the pull request if its statement, or a
step of the path that shows it, stands on a line that the pull request adds; or if the file did not have it before.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fixer import engine
from fixer.bot.base import KINDS, AtBase
from fixer.bot.model import Analysis, ChangedFile, Found, Rewritten, Step, Trouble
from fixer.bot.patches import Hunk, added, holding, hunks, suggestion
from fixer.bot.places import Places, file_lines
from fixer.bot.repairs import one_repair, repairs_of
from fixer.config import BadSettings, settings_for
from fixer.diff import changes, unified
from fixer.findings import Finding
from fixer.limits import TooSlow, time_limit
from fixer.pool import run_files
from fixer.run import Options, Result
from fixer.silence import silence
from fixer.sources.collect import Target
from fixer.sources.files import read_bytes
from fixer.sources.python import Unusable
from fixer.sources.source import Source, placed, read

MAX_DEPENDENTS = 100
MAX_REPAIRED = 40
"""Findings of which the own repair is worked out; a pull request with more needs ``/fixer apply`` anyway."""
MAX_DIFF = 12_000

_TRAINS = re.compile(rb"\bbackward\s*\(|\.step\s*\(|[cC]ross_?[eE]ntropy")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The files of a pull request and what is asked about them.

    ``repair`` asks for the new content of files with findings that concern the pull request: safe repairs, or all
    (``unsafe``); ``only`` limits that to some rules.
    """

    files: tuple[ChangedFile, ...]
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    repair: bool = False
    unsafe: bool = False
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """A finding, where it stands in the file, and the text of its statement."""

    finding: Finding
    line: int
    end_line: int
    excerpt: str

    @property
    def loose(self) -> tuple[str, str, str]:
        return self.finding.rule, self.finding.path, self.excerpt


@dataclass(frozen=True, slots=True)
class _Read:
    """A file with findings: its source, and the findings as they stand in its text."""

    path: str
    source: Source
    seen: tuple[_Seen, ...]
    importers: bool = False
    """Whether some of them show only together with the files that import this one."""


def analyse(wanted: Wanted) -> Analysis:
    """Analyse the pull request whose head is unpacked in the working directory."""
    pieces = {one.path: _shown(one) for one in wanted.files}
    options = Options(wanted.select, wanted.ignore)
    present = [one.path for one in wanted.files if one.status != "removed" and _checked(one.path)]
    naming = _naming(present)
    paths = [*present, *_dependents(present, naming)]
    results, reads = _all(paths, options, naming)
    whole = {one.path for one in wanted.files if one.status == "added"}
    touches = _touches(wanted.files, pieces, whole)
    introduced = _introduced(reads, wanted, options, pieces, touches, paths)
    findings: list[Found] = []
    rewritten: list[Rewritten] = []
    patches: list[bytes] = []
    left = MAX_REPAIRED
    for one in reads.values():
        own = []
        for seen in one.seen:
            concerned = seen in introduced or _concerns(seen, touches)
            found = _found(one, seen, pieces, concerned)
            if concerned and seen.finding.path == one.path:
                own.append(seen)
                if left > 0:
                    left -= 1
                    found = _with_repair(found, one, seen, pieces.get(one.path, ()))
            findings.append(found)
        if wanted.repair:
            new = _rewritten(one, own, wanted)
            if new is not None:
                rewritten.append(new[0])
                patches.append(new[1])
    troubles = tuple(
        Trouble(problem.path, problem.message, problem.line) for result in results for problem in result.problems
    )
    return Analysis(
        findings=tuple(_numbered(sorted(dict.fromkeys(findings), key=lambda f: (f.path, f.line, f.rule)))),
        troubles=tuple(dict.fromkeys(troubles)),
        checked=len(present),
        rewritten=tuple(rewritten),
        patch=b"".join(patches).decode("utf-8", "replace"),
    )


def _checked(path: str) -> bool:
    """Whether a file is of a kind that is read, was unpacked (no link), and is not excluded."""
    if not path.endswith(KINDS) or not os.path.isfile(path) or os.path.islink(path):
        return False
    try:
        return not settings_for(path).excludes(path, False)
    except BadSettings:
        return True  # named once, by the check itself


def _naming(changed: Sequence[str]) -> re.Pattern[bytes] | None:
    """What finds an import of a changed module in a file's bytes (None: nothing that could be imported changed)."""
    stems = {Path(path).stem for path in changed if path.endswith(".py")}
    stems |= {Path(path).parent.name for path in changed if path.endswith("/__init__.py")}
    stems -= {"__init__", ""}
    if not stems:
        return None
    return re.compile(rb"\bimport\b[^\n]*\b(?:%s)\b|\bfrom\b[^\n]*\b(?:%s)\b" % ((_any(stems),) * 2))


def _dependents(changed: Sequence[str], naming: re.Pattern[bytes] | None) -> list[str]:
    """Unchanged files that train and name a changed module: what a change does to them shows there."""
    if naming is None:
        return []
    found: list[str] = []
    for folder, folders, files in os.walk("."):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = os.path.normpath(os.path.join(folder, name)).replace(os.sep, "/")
            if not name.endswith(".py") or path in changed or os.path.islink(path):
                continue
            try:
                raw = read_bytes(path)
            except Unusable:
                continue
            if len(raw) < 1 << 20 and _TRAINS.search(raw) and naming.search(raw) and _checked(path):
                found.append(path)
                if len(found) == MAX_DEPENDENTS:
                    return found
    return found


def _any(words: Iterable[str]) -> bytes:
    return b"|".join(re.escape(word).encode("utf-8", "surrogateescape") for word in sorted(words))


def _shown(one: ChangedFile) -> tuple[Hunk, ...]:
    return hunks(one.patch)


def _touches(
    files: Sequence[ChangedFile], pieces: Mapping[str, Sequence[Hunk]], whole: set[str]
) -> dict[str, frozenset[int] | None]:
    """For each changed file the lines that are new (None: all of them)."""
    found: dict[str, frozenset[int] | None] = {}
    for one in files:
        if one.path in whole:
            found[one.path] = None
        elif one.patch is not None:
            found[one.path] = added(pieces[one.path])
        else:
            found[one.path] = _compared(one)
    return found


def _compared(one: ChangedFile) -> frozenset[int]:
    """The new lines of a file whose diff GitHub does not show, from its text at the base."""
    if one.base is None or one.status == "removed" or not os.path.isfile(one.path):
        return frozenset()
    old, new = file_lines(base64.b64decode(one.base)), file_lines(read_bytes(one.path))
    return frozenset(line + 1 for _, _, start, stop in changes(old, new) for line in range(start, stop))


def _concerns(seen: _Seen, touches: Mapping[str, frozenset[int] | None]) -> bool:
    """Whether the statement, or a step of the path that shows the bug, stands on a new line."""
    lines = [(seen.finding.path, line) for line in range(seen.line, seen.end_line + 1)]
    lines += [(step.path or seen.finding.path, step.line) for step in seen.finding.path_shown]
    return any(_is_new(touches, path, line) for path, line in lines)


def _is_new(touches: Mapping[str, frozenset[int] | None], path: str, line: int) -> bool:
    if path not in touches:
        return False
    new = touches[path]
    return new is None or line in new


def _introduced(
    reads: Mapping[str, _Read],
    wanted: Wanted,
    options: Options,
    pieces: Mapping[str, Sequence[Hunk]],
    touches: Mapping[str, frozenset[int] | None],
    checked: Sequence[str],
) -> set[_Seen]:
    """The findings that the files did not have before: their cause is a line that is gone."""
    doubtful = [one for one in reads.values() if not all(_concerns(seen, touches) for seen in one.seen)]
    if not doubtful:
        return set()
    old_names = {one.path: one.previous or one.path for one in wanted.files}
    with AtBase(wanted.files, pieces) as unknown:
        # What only an importer shows of a file, its importers show at the base too.
        wide = any(one.importers for one in doubtful)
        again = checked if wide else [one.path for one in doubtful]
        paths = [old_names.get(path, path) for path in again if path not in unknown]
        there = [path for path in dict.fromkeys(paths) if os.path.isfile(path)]
        _, old = _all(there, options, _naming(there))
        before = Counter(seen.loose for one in old.values() for seen in one.seen)
    found: set[_Seen] = set()
    for one in doubtful:
        if one.path in unknown:
            continue
        counts = Counter(seen.loose for seen in one.seen)
        for seen in one.seen:
            rule, path, excerpt = seen.loose
            if counts[seen.loose] > before[rule, old_names.get(path, path), excerpt]:
                found.add(seen)
    return found


def _all(
    paths: Sequence[str], options: Options, naming: re.Pattern[bytes] | None
) -> tuple[list[Result], dict[str, _Read]]:
    """Check files; a finding that one of them shows of another, which it names, is told with that other one."""
    results = list(run_files([Target(path, False) for path in paths], options, jobs=1))
    reads: dict[str, _Read] = {}
    beside: dict[str, list[Finding]] = {}
    for result in results:
        if result.problems:
            continue
        raw = read_bytes(result.path)
        shows = naming is not None and _TRAINS.search(raw) and naming.search(raw)
        if not result.findings and not shows:
            continue
        checked = _engine(result.path, raw)
        if result.findings:
            reads[result.path] = _read(result, raw, checked)
        for found in checked.elsewhere:
            beside.setdefault(found.path, []).append(found)
    for path, others in beside.items():
        if _checked(path):
            _join(reads, path, others, options)
    return results, reads


def _engine(path: str, raw: bytes) -> engine.Checked:
    try:
        with time_limit():
            return engine.check(read(path, raw).text, path)
    except (engine.SourceError, Unusable, TooSlow):
        return engine.Checked(())


def _join(reads: dict[str, _Read], path: str, found: Sequence[Finding], options: Options) -> None:
    """Add findings that importers of ``path`` show of it, unless it silences them."""
    source = read(path, read_bytes(path))
    try:
        rules = settings_for(path).rules(path, options.select, options.ignore)
    except BadSettings:
        return
    wanted = [one for one in dict.fromkeys(found) if rules is None or one.rule in rules]
    kept = silence(source.text, path, wanted, ()).kept
    there = reads.get(path)
    known = {(seen.finding.rule, seen.finding.span) for seen in there.seen} if there else set()
    fresh = [_seen(one, one, source, path) for one in kept if (one.rule, one.span) not in known]
    if fresh:
        reads[path] = _Read(path, source, (*(there.seen if there else ()), *fresh), importers=True)


def _read(result: Result, raw: bytes, checked: engine.Checked) -> _Read:
    """The findings of a file with their places in it."""
    source = read(result.path, raw)
    texts = {placed(source, result.path, found): found for found in checked.findings}
    places = Places(source)
    seen = [_seen(texts.get(found) or _in_text(found, places), found, source, result.path) for found in result.findings]
    return _Read(result.path, source, tuple(seen))


def _seen(text: Finding, shown: Finding, source: Source, path: str) -> _Seen:
    """A finding of ``source``: as it stands in its text, and as it is shown."""
    places = Places(source)
    first, last = places.line(text.span.line), places.line(text.span.end_line)
    steps = tuple(
        replace(step, line=places.line(step.line)) if step.path in (None, path) else step for step in text.path_shown
    )
    lines = file_lines(source.raw)
    excerpt = " ".join(" ".join(lines[first - 1 : last]).split())[:400]
    return _Seen(replace(text, path_shown=steps, cell=shown.cell), first, last, excerpt)


def _in_text(found: Finding, places: Places) -> Finding:
    """A finding that is not the engine's own (about a silencing comment), with its line in the source's text."""
    if found.cell is None:
        return found
    line = places.text_line(found.cell, found.span.line)
    span = replace(found.span, line=line, end_line=line + found.span.end_line - found.span.line)
    return replace(found, span=span)


def _found(one: _Read, seen: _Seen, pieces: Mapping[str, Sequence[Hunk]], touched: bool) -> Found:
    finding = seen.finding
    path = finding.path
    cell = line = None
    if finding.cell is not None and path == one.path:
        cell, line = one.source.locate(finding.span.line)
    steps = tuple(Step(step.path or path, step.line, step.event, step.note) for step in finding.path_shown)
    shown = pieces.get(path, ())
    at = [*range(seen.line, seen.end_line + 1), *(step.line for step in steps if step.path == path)]
    return Found(
        rule=finding.rule,
        path=path,
        line=seen.line,
        end_line=seen.end_line,
        message=finding.message,
        fingerprint=_digest(finding.rule, path, seen.excerpt),
        applicability=finding.fix.applicability.value,
        summary=finding.fix.summary,
        reason=finding.fix.reason,
        steps=steps,
        excerpt=seen.excerpt,
        cell=cell,
        cell_line=line,
        touched=touched,
        anchor=next((number for number in at if holding(shown, number, number)), None) if touched else None,
    )


def _with_repair(found: Found, one: _Read, seen: _Seen, shown: Sequence[Hunk]) -> Found:
    new = one_repair(one.source, one.path, _unplaced(seen, one), one.importers)
    if new is None:
        return found
    old_lines, new_lines = file_lines(one.source.raw), file_lines(new)
    diff = unified(one.source.raw, new, one.path).decode("utf-8", "replace")
    return replace(
        found,
        suggestion=suggestion(old_lines, new_lines, shown),
        diff=diff if len(diff) <= MAX_DIFF else "",
    )


def _unplaced(seen: _Seen, one: _Read) -> Finding:
    return replace(seen.finding, cell=None, path=one.path)


def _rewritten(one: _Read, own: Sequence[_Seen], wanted: Wanted) -> tuple[Rewritten, bytes] | None:
    """The file's new content, and what changes in it as a patch."""
    chosen = [_unplaced(seen, one) for seen in own if not wanted.only or seen.finding.rule in wanted.only]
    new, repaired = repairs_of(one.source, one.path, chosen, wanted.unsafe, importers=one.importers)
    if new is None:
        return None
    mode = "100755" if os.stat(one.path).st_mode & 0o100 else "100644"
    told = tuple(f"{finding.rule}: {finding.fix.summary}" for finding in repaired)
    return Rewritten(one.path, base64.b64encode(new).decode(), mode, told), unified(one.source.raw, new, one.path)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _numbered(findings: Sequence[Found]) -> Iterator[Found]:
    """The same statement twice in a file: the fingerprints tell them apart by their order."""
    seen: Counter[str] = Counter()
    for found in findings:
        seen[found.fingerprint] += 1
        count = seen[found.fingerprint]
        yield found if count == 1 else replace(found, fingerprint=_digest(found.fingerprint, str(count)))

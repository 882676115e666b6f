"""From one file to its result, whatever the file is: the step between the engine and every front end.

Nothing that a file contains, and no defect of a rule, may stop the others: every failure becomes one Problem.
"""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from fixer.config import BadSettings, Settings, settings_for
from fixer.findings import Applicability, Finding, NotChecked, Problem, Span
from fixer.limits import SECONDS, TooSlow, time_limit
from fixer.sources.collect import STDIN, Target
from fixer.sources.files import read_bytes
from fixer.sources.lines import split_lines
from fixer.sources.python import Unusable
from fixer.sources.source import Source, check_readable, left_out, placed, placed_note, read, shown_text
from fixer.sources.syntax import check_size, check_syntax, too_deep
from fixer.worth import Lead, lead

if TYPE_CHECKING:
    from fixer.engine import Checked
    from fixer.silence import Silenced

# What a file that imports this one may show of it (a model whose softmax another file's loss receives).
_WORTH_ASKING = re.compile(rb"oftmax|igmoid")

# The fields of a result that are kept between runs; the rest follows from the file.
_KEPT = ("findings", "not_checked", "excerpts", "elsewhere", "wide", "called_in_a_loop")


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about every file.

    ``repair`` asks for the rewritten bytes too, ``add_ignore`` for silencing comments instead of repairs. ``baseline``
    is a file of known findings (None: what the settings say; empty: none). ``cache``: answers are kept between runs.
    ``whatever``: read files whose bytes say nothing of training, too.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    config: str | None = None
    unsafe: bool | None = None
    repair: bool = False
    stdin: bytes = b""
    stdin_filename: str = "<stdin>"
    baseline: str | None = None
    add_ignore: bool = False
    cache: bool = False
    whatever: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding that was not rewritten, and why."""

    finding: Finding
    why: str


@dataclass(frozen=True, slots=True)
class Result:
    """All that is known of one file.

    ``findings`` are those of the file as it is, ``excerpts`` the first line of each. ``text`` is the source if there
    is something to show (of Markdown, the whole file). ``raw`` holds the file's bytes if there are findings or repairs
    were asked for, ``new`` those after the repair (None: not asked for, or nothing changes).
    """

    path: str
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    problems: tuple[Problem, ...] = ()
    text: str = ""
    excerpts: tuple[str, ...] = ()
    raw: bytes | None = None
    new: bytes | None = None
    applied: tuple[Finding, ...] = ()
    kept: tuple[Kept, ...] = ()
    elsewhere: tuple[Finding, ...] = ()
    """What this file shows of others of its project."""
    wide: tuple[Finding, ...] = ()
    """Those of the findings that others show, or whose repair changes others."""
    asked: bool = True
    """The file is one of those that were asked for, not only one that these use."""
    called_in_a_loop: bool = False
    """It holds an update whose loop may stand in a file that calls it."""
    proven: bool = False
    """A short training has confirmed its repairs, together with those of other files."""
    skipped: bool = False
    """Nothing in the file's bytes was worth reading it."""


def run_file(target: Target, options: Options, more: tuple[Finding, ...] = ()) -> Result:
    """Check (and, if asked, repair in memory) one file. Never raises but for Ctrl-C; problems are in the result.

    ``more``: what other files show of this one. Those findings are reported, too, and repaired by ``fixer.projects``.
    """
    path = options.stdin_filename if target.path == STDIN else target.path
    seconds = SECONDS
    try:
        settings = settings_for(path, options.config)
        seconds = settings.time_limit or SECONDS
        # A warning about the source that is read (an odd escape, say) is not the user's concern here.
        with warnings.catch_warnings(), time_limit(seconds):
            warnings.simplefilter("ignore")
            return _run(target, path, options, settings, more)
    except TooSlow:
        hint = "allow it more with time-limit in [tool.fixer], or report it"
        return _failed(path, Unusable(f"given up after {seconds:g} s; {hint}"))
    except Unusable as problem:
        return _failed(path, problem)
    except BadSettings as problem:
        return Result(path, problems=(Problem(problem.path, problem.message, problem.line),))
    except RecursionError:
        return _failed(path, too_deep())
    except MemoryError:
        return _failed(path, Unusable("not enough memory to check it"))
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # LibCST's parser raises its panics outside of Exception
        return _failed(path, Unusable(internal(error)))


def internal(error: BaseException) -> str:
    """One line for a defect of this program: what it was and where."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = ""
    if where is not None:
        parts = where.tb_frame.f_code.co_filename.replace(os.sep, "/").split("/")
        place = f" at {'/'.join(parts[-2:])}:{where.tb_lineno}"
    text = " ".join(str(error).split())[:200]
    return (
        f"internal error ({type(error).__name__}{': ' if text else ''}{text}{place}); please report it with this file"
    )


def _failed(path: str, problem: Unusable) -> Result:
    return Result(path, problems=(Problem(path, problem.message, problem.line),))


def _run(target: Target, path: str, options: Options, settings: Settings, more: tuple[Finding, ...]) -> Result:
    raw = options.stdin if target.path == STDIN else read_bytes(target.path)
    result = Result(path, raw=raw if options.repair else None)
    asks = target.named and _WORTH_ASKING.search(raw) is not None
    torch = target.named and b"torch" in raw  # it may hold the loop of an update in another file
    whole = bool(asks or torch or more or options.whatever)
    shown = Lead.TRAINING if whole else lead(raw)
    if shown is Lead.NONE:
        # Whoever names a file wants to hear that it is broken; in a folder, only what could train is read.
        if target.named:
            check_readable(path, raw)
        return replace(result, skipped=True)
    rules = settings.rules(path, options.select, options.ignore)
    baseline = settings.baseline if options.baseline is None else options.baseline
    judge = partial(_judged, result, raw, options, settings, more, asks, target.named, rules, baseline, shown)
    # What many files are searched for, and what more than this file's own reading decides, is not kept.
    if not options.cache or options.repair or asks or more or target.path == STDIN:
        return judge()
    from fixer import cache
    from fixer.reading import disk

    named = path, os.path.realpath(path), target.named, disk.digest(raw), rules and sorted(rules)
    known = disk.answer("content", baseline) if baseline else None
    slot = cache.Slot(settings.cache_dir or cache.default_folder(), *named, baseline, known)
    kept = slot.load()
    if kept is not None:
        text = shown_text(read(path, raw), path) if kept["findings"] else ""
        return replace(result, **kept, text=text, raw=raw if kept["findings"] else None)
    with disk.recorded() as asked:
        result = judge()
    if disk.SEARCHED not in asked:
        slot.save({name: getattr(result, name) for name in _KEPT}, asked)
    return result


def _judged(
    result: Result,
    raw: bytes,
    options: Options,
    settings: Settings,
    more: tuple[Finding, ...],
    asks: bool,
    named: bool,
    rules: frozenset[str] | None,
    baseline: str | None,
    shown: Lead,
) -> Result:
    """The result of reading a file whose bytes are worth it."""
    path = result.path
    source = read(path, raw)
    check_size(source.text)
    checked = _check(source, path, rules, asks, shown is Lead.TRAINING)
    if checked.called_in_a_loop and named and not asks:
        checked = _check(source, path, rules, True)
    own = {(found.rule, found.span) for found in checked.findings}
    others = {(found.rule, found.span): found for found in (*more, *checked.shown_by_others)}
    wide = tuple(found for key, found in others.items() if key not in own and (rules is None or found.rule in rules))
    notes = (*(placed_note(source, note) for note in checked.not_checked), *left_out(source, path))
    result = replace(result, not_checked=notes, elsewhere=checked.elsewhere, called_in_a_loop=checked.called_in_a_loop)
    if not checked.findings and not wide and b"fixer:" not in raw:
        return result
    from fixer.silence import silence

    silenced = silence(source.text, path, (*checked.findings, *wide), rules)
    if baseline:
        from fixer.baseline import without_known

        silenced = without_known(silenced, source.text, path, baseline)
    findings = tuple(sorted((*silenced.kept, *silenced.unused), key=lambda found: (found.path, found.span, found.rule)))
    lines = split_lines(source.text)
    excerpts = tuple(
        _excerpt(source, lines, found) if found.path == path and found.line <= len(lines) else "" for found in findings
    )
    seen = tuple(placed(source, path, found) for found in findings)
    keys = {(found.rule, found.span) for found in wide}
    reach = tuple(
        placed(source, path, found) for found in silenced.kept if (found.rule, found.span) in keys or found.fix.files
    )
    result = replace(result, findings=seen, excerpts=excerpts, text=shown_text(source, path), raw=raw, wide=reach)
    if not options.repair or not findings:
        return result
    if options.add_ignore:
        from fixer.adopt import with_ignores

        return with_ignores(source, result, silenced)
    unsafe = settings.unsafe if options.unsafe is None else options.unsafe
    return _repair(source, result, silenced, rules, unsafe, frozenset(keys))


def _excerpt(source: Source, lines: list[str], found: Finding) -> str:
    """The line of a finding, as far to the right as in its file, so that columns count in it."""
    return " " * source.indent(found.line) + lines[found.line - 1]


def _check(source: Source, path: str, rules: frozenset[str] | None, importers: bool, training: bool = True) -> Checked:
    from fixer import engine

    try:
        return engine.check(source.text, path, codemods(rules), importers, training)
    except engine.SourceError as error:
        check_syntax(source.text)  # says it better, if it agrees
        raise Unusable(error.message, error.line) from None


def _repair(
    source: Source,
    result: Result,
    silenced: Silenced,
    rules: frozenset[str] | None,
    unsafe: bool,
    wide: frozenset[tuple[str, Span]],
) -> Result:
    """The result with the rewritten bytes, and what was repaired and kept (``wide``: not by reading this file)."""
    from fixer import engine
    from fixer.repairs import first_seen
    from fixer.rules import pages

    # The engine knows no comments, so a rule with a silenced finding repairs nothing in this file: better a fix
    # too few than an edit that somebody has asked to be spared.
    spared = {finding.rule for finding in silenced.silenced}
    if spared:
        rules = frozenset(pages() if rules is None else rules) - spared
    repaired = engine.repair(source.text, result.path, codemods(rules), unsafe=unsafe)
    new = source.with_text(repaired.text) if repaired.text != source.text else None
    if new is not None:
        check_syntax(repaired.text)
    mine = [found for found in silenced.kept if found.rule not in spared and (found.rule, found.span) not in wide]
    done, left = first_seen(mine, source.text, repaired)
    kept = [Kept(placed(source, result.path, found), why) for found, why in left]
    kept += [
        Kept(placed(source, result.path, found), "another finding of this rule is silenced in this file")
        for found in silenced.kept
        if found.rule in spared
    ]
    kept += [
        Kept(found, "unsafe" if found.fix.applicability is Applicability.UNSAFE and not unsafe else found.fix.reason)
        for found in silenced.kept
        if (found.rule, found.span) in wide and found.rule not in spared
    ]
    kept += [Kept(placed(source, result.path, found), found.fix.reason) for found in silenced.unused]
    applied = tuple(placed(source, result.path, found) for found in done)
    return replace(result, new=new, applied=applied, kept=tuple(kept))


def codemods(rules: frozenset[str] | None) -> frozenset[str] | None:
    """The rules that the engine knows."""
    return None if rules is None else rules - {"unused-ignore"}

"""What the commands check, diff and apply do, once their options are read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import ParamSpec, TextIO

from fixer.config import BadSettings, settings_for
from fixer.findings import Problem
from fixer.pool import NoCluster, run_files
from fixer.run import Kept, Options, Result
from fixer.sources.collect import STDIN, Target, collect

OK, FINDINGS, FAILED = 0, 1, 2

# From here on, work on a terminal shows how far it is.
_WORTH_A_BAR = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """The options that are the same for every command."""

    paths: tuple[str, ...]
    options: Options
    format: str = "text"
    jobs: int | None = None
    quiet: bool = False
    verbose: bool = False
    project: bool = False
    """Repairs may change files of the project that were not asked for."""
    html: str | None = None
    """A file for the report to look at, beside what is printed."""
    statistics: bool = False
    backend: str = "local"
    """Where files are checked, and (``cluster``) at which address: see ``fixer.cluster``."""
    cluster: str | None = None
    force_exclude: bool = False
    """Excluded files are left out even if they are named, as commit hooks name every file."""


@dataclass(frozen=True, slots=True)
class Done:
    """Results in order, and every problem once."""

    results: tuple[Result, ...]
    problems: tuple[Problem, ...]

    def status(self, reported: bool) -> int:
        """The exit status: problems before findings."""
        return FAILED if self.problems else FINDINGS if reported else OK


Arguments = ParamSpec("Arguments")


def _interruptible(command: Callable[Arguments, int]) -> Callable[Arguments, int]:
    """Ctrl-C ends a command with one line and status 130."""

    @wraps(command)
    def run(*arguments: Arguments.args, **options: Arguments.kwargs) -> int:
        try:
            return command(*arguments, **options)
        except NoCluster as error:
            _print(f"error: {error}", sys.stderr)
            return FAILED
        except KeyboardInterrupt:
            _print("interrupted; a file is either done or as it was", sys.stderr)
            return 130

    return run


@_interruptible
def check(asked: Asked) -> int:
    """Report findings. Returns the exit status."""
    done = work(asked)
    _report(asked, done)
    if asked.html is not None:
        from fixer.report.html.page import checked
        from fixer.report.html.write import write

        problem = write(asked.html, checked(done.results, done.problems, _short(asked.paths)))
        done = replace(done, problems=(*done.problems, problem)) if problem else done
    return done.status(any(result.findings for result in done.results))


def write_baseline(asked: Asked, baseline: str) -> int:
    """Make all findings known in the file ``baseline``. Returns the exit status (0, whatever was found)."""
    from fixer import baseline as known
    from fixer.report import layout, text

    done = work(asked)
    layout.show(map(text.problem, done.problems), sys.stderr)
    try:
        count = known.write(done.results, baseline)
    except OSError as error:
        _print(f"error: {baseline}: cannot be written: {(error.strerror or str(error)).lower()}", sys.stderr)
        return FAILED
    if not asked.quiet:
        said = f"{text.count(count, 'finding')} known in {baseline}; check with --baseline {baseline}, or name it in"
        _print(said + " [tool.fixer].")
    return done.status(False)


@_interruptible
def diff(asked: Asked) -> int:
    """Print what apply would change, as one patch. Returns the exit status (1: something would change)."""
    from fixer.diff import unified

    done = work(asked)
    patches = {
        result.path: unified(result.raw or b"", result.new, result.path)
        for result in done.results
        if result.new is not None
    }
    if asked.format == "json":
        from fixer.report import json

        text = {path: patch.decode("utf-8", "backslashreplace") for path, patch in patches.items()}
        _print(json.dumps(json.changed(done.results, done.problems, text)))
    else:
        _show_patches(patches)
        _show_kept(asked, done)
    return done.status(bool(patches))


@_interruptible
def apply(
    asked: Asked,
    verify: bool = False,
    interactive: bool = False,
    check_clean: bool = False,
    sandbox: bool | None = None,
) -> int:
    """Rewrite files in place (standard input: to standard output). Returns the exit status (1: findings are left).

    ``verify`` writes only the repairs that a short training of the script, before and after, confirms;
    ``sandbox``: it trains in a sandbox or not at all (None: as the settings say);
    ``interactive`` only those that are answered with yes; ``check_clean`` warns of files that git could not give back.
    """
    done = work(asked)
    if check_clean:
        _warn_of_dirty(done)
    written: list[Result] = []
    problems = list(done.problems)

    def write(result: Result) -> None:
        result, problem = _write(_confirmed(result, asked.options.config, sandbox) if verify else result, asked)
        written.append(result)
        problems.extend([problem] if problem else [])

    if verify:
        done = replace(done, results=_confirmed_together(done.results, asked.options.config, sandbox))
    if interactive:
        from fixer.interactive import session

        session(done.results, asked.options, write)
    else:
        for result in done.results:
            write(result)
    done = Done(tuple(written), tuple(problems))
    if asked.format == "json":
        from fixer.report import json

        # Standard output carries the rewritten source if that is what was asked for.
        _print(json.dumps(json.changed(done.results, done.problems)), sys.stderr if STDIN in asked.paths else None)
    else:
        _show_applied(asked, done)
    return done.status(any(result.kept for result in done.results))


def _warn_of_dirty(done: Done) -> None:
    from fixer.clean import dirty
    from fixer.report import layout

    paths = [result.path for result in done.results if result.new is not None and result.path != STDIN]
    told = "after the repair the two cannot be told apart; commit or copy it first"
    layout.show(
        ((("warning: ", "bold yellow"), (f"{path}: {why}; {told}", "")) for path, why in dirty(paths)), sys.stderr
    )


def _confirmed_together(results: Sequence[Result], config: str | None, sandbox: bool | None) -> tuple[Result, ...]:
    """The results with those repairs only, of all that concern several files, that a training of a script confirms.

    The script is the first that shows one of them. What it confirms is marked as written already proven (``proven``).
    """
    changed = [r for r in results if r.new is not None and any(f in r.wide for f in r.applied)]
    if not changed:
        return tuple(results)
    from fixer.verify.choices import NotTrusted, choices
    from fixer.verify.command import job_for, with_others
    from fixer.verify.core import verify

    shown = {os.path.realpath(r.path) for r in changed}
    script = next((r for r in results if any(os.path.realpath(f.path) in shown for f in r.elsewhere)), None)
    why = "no script that trains with it was named; name it too, or apply without --verify"
    if script is not None and script.raw is not None:
        try:
            how = choices(script.path, settings_for(script.path, config).verify, sandbox=sandbox)
            own = script.applied
            job = job_for(script.path, script.raw, script.new or script.raw, own, device=how.device, python=how.python)
            others = [r for r in results if r.new is not None and r is not script]
            answer = verify(with_others(job, others), sandbox=how.sandbox)
            if answer.verdict.good and answer.tier != "mock":
                mine = {id(r) for r in (*others, script)}
                return tuple(replace(r, proven=True) if id(r) in mine else r for r in results)
            why = f"{answer.verdict.value}: {answer.reason} (training {script.path})"
        except NotTrusted as error:
            why = str(error)
    left = {id(r) for r in changed}
    return tuple(
        replace(r, new=None, applied=(), kept=(*r.kept, *(Kept(f, why) for f in r.applied))) if id(r) in left else r
        for r in results
    )


def _confirmed(result: Result, config: str | None, sandbox: bool | None) -> Result:
    """The result with those repairs only that a training confirms; the others are kept, with the reason."""
    if result.new is None or result.raw is None or result.proven:
        return result
    from fixer.sources.source import NOTEBOOK, is_script, read

    if not is_script(result.path):
        kind = "a notebook" if result.path.endswith(NOTEBOOK) else "Markdown"
        why = f"{kind} cannot be run to confirm its repair; look at `fixer diff`, then apply without --verify"
        return replace(
            result, new=None, applied=(), kept=(*result.kept, *(Kept(found, why) for found in result.applied))
        )
    from fixer.verify.choices import NotTrusted, choices
    from fixer.verify.command import confirm_fixes

    try:
        how = choices(result.path, settings_for(result.path, config).verify, sandbox=sandbox)
    except NotTrusted as error:
        return replace(
            result, new=None, applied=(), kept=(*result.kept, *(Kept(found, str(error)) for found in result.applied))
        )
    source = read(result.path, result.raw)
    found = confirm_fixes(result.path, source.text, read(result.path, result.new).text, result.applied, how)
    new = None if found.text is None else source.with_text(found.text)
    kept = (*result.kept, *(Kept(finding, why) for finding, why in found.others))
    return replace(result, new=new, applied=found.confirmed, kept=kept)


def work(asked: Asked) -> Done:
    """Collect the files and check (and, if asked, repair in memory) all of them."""
    config = asked.options.config

    def excluded(path: str, is_folder: bool) -> bool:
        try:
            return settings_for(path, config).excludes(path, is_folder)
        except BadSettings:
            return False  # named once, with the first file that these settings concern

    def included(folder: str) -> Callable[[str], bool] | None:
        try:
            settings = settings_for(os.path.join(folder, "x"), config)
        except BadSettings:
            return None
        return settings.includes if settings.extend_include else None

    collected = collect(asked.paths, excluded, included)
    targets = collected.targets
    if asked.force_exclude:
        targets = tuple(t for t in targets if t.path == STDIN or not excluded(os.path.abspath(t.path), False))
    worked = run_files(targets, asked.options, asked.jobs, asked.backend, asked.cluster)
    alone = tuple(worked if asked.quiet else _progress(worked, targets))
    results: tuple[Result, ...] = alone
    if any(result.elsewhere or result.wide or result.called_in_a_loop for result in alone):
        from fixer.projects import together

        results = tuple(together(alone, targets, asked.options, asked.project))
    problems = (*collected.problems, *(problem for result in results for problem in result.problems))
    return Done(results, tuple(dict.fromkeys(problems)))


def _progress(results: Iterator[Result], targets: Sequence[Target]) -> Iterable[Result]:
    if len(targets) < _WORTH_A_BAR or not sys.stderr.isatty():
        return results
    from rich.console import Console
    from rich.progress import track

    # No refreshing thread: the workers are forked from this process.
    return track(results, "Checking", len(targets), console=Console(stderr=True), transient=True, auto_refresh=False)


def _report(asked: Asked, done: Done) -> None:
    if asked.statistics:
        _show_statistics(asked, done)
    elif asked.format == "text":
        _show_findings(asked, done)
    elif asked.format == "json":
        from fixer.report import json

        _print(json.dumps(json.checked(done.results, done.problems, asked.verbose)))
    elif asked.format == "sarif":
        from fixer.report import json, sarif
        from fixer.rules import pages

        summaries = (
            {name: page.SUMMARY for name, page in pages().items()} if any(r.findings for r in done.results) else {}
        )
        _print(json.dumps(sarif.log(done.results, done.problems, summaries, _repair_rule)))
    elif asked.format == "html":
        from fixer.report.html.page import checked

        _print(checked(done.results, done.problems, _short(asked.paths)))
    elif asked.format == "junit":
        from fixer.report import junit

        _print(junit.document(done.results, done.problems))
    else:
        from fixer.report import github

        for line in github.lines(done.results, done.problems):
            _print(line)


def _show_statistics(asked: Asked, done: Done) -> None:
    from fixer.report import json, layout, statistics, text

    if asked.format == "json":
        _print(json.dumps(json.counted(done.results, done.problems, statistics.counted(done.results))))
        return
    layout.show(map(text.problem, done.problems), sys.stderr)
    layout.show(statistics.lines(done.results))
    if not asked.quiet and done.results:
        checked = [result for result in done.results if not result.problems]
        layout.show(text.summary(checked, len(done.problems), _short(asked.paths)))


def _repair_rule(result: Result, rule: str) -> str | None:
    """The text of a file (of Markdown, the whole file) after one rule's repairs, or None if there are none."""
    from fixer import engine, silence
    from fixer.sources.python import Unusable
    from fixer.sources.source import read, shown_text

    source = read(result.path, result.raw or b"")
    if rule == silence.NAME or any(
        comment.rules and rule in comment.rules for comment in silence.comments(source.text)
    ):
        return None
    repaired = engine.repair(source.text, result.path, [rule], unsafe=True)
    if not repaired.applied:
        return None
    try:
        return shown_text(read(result.path, source.with_text(repaired.text)), result.path)
    except Unusable:
        return None


def _show_findings(asked: Asked, done: Done) -> None:
    from fixer.report import layout, text

    layout.show(map(text.problem, done.problems), sys.stderr)
    for result in done.results:
        layout.show(text.findings(result))
    if asked.verbose:
        layout.show(line for result in done.results for line in text.not_checked(result.not_checked))
    if not asked.quiet and done.results:
        checked = [result for result in done.results if not result.problems]
        layout.show(text.summary(checked, len(done.problems), _short(asked.paths)))


def _short(paths: Sequence[str]) -> str:
    """The paths of the command line as a shell takes them, or a placeholder if they are many or not to be had again."""
    from shlex import join

    return join(paths) if len(paths) <= 3 and STDIN not in paths else "PATH..."


def _show_patches(patches: dict[str, bytes]) -> None:
    from fixer.report import layout

    if not layout.is_terminal(sys.stdout):
        # Bytes, not text: what git and patch read must be what apply writes, whatever the file's encoding.
        sys.stdout.flush()
        sys.stdout.buffer.write(b"".join(patches.values()))
        sys.stdout.buffer.flush()
        return
    from fixer.interactive import show_patch

    for patch in patches.values():
        show_patch(patch)


def _show_kept(asked: Asked, done: Done) -> None:
    """The notes beside a patch: on standard error, so that the patch can be piped."""
    from fixer.report import layout, text

    layout.show(map(text.problem, done.problems), sys.stderr)
    if not asked.quiet:
        for result in done.results:
            layout.show(text.repaired(replace(result, applied=()), ""), sys.stderr)


def _show_applied(asked: Asked, done: Done) -> None:
    from fixer.report import layout, text

    out = sys.stderr if STDIN in asked.paths else sys.stdout
    layout.show(map(text.problem, done.problems), sys.stderr)
    for result in done.results:
        layout.show(text.repaired(result, "silenced" if asked.options.add_ignore else "repaired"), out)
    if asked.quiet or not done.results:
        return
    fixed = sum(len(result.applied) for result in done.results)
    kept = sum(len(result.kept) for result in done.results)
    files = text.count(sum(1 for result in done.results if result.new is not None), "file")
    left = f", {text.count(kept, 'finding')} left" if kept else ""
    verb = "Silenced" if asked.options.add_ignore else "Repaired"
    said = f"{verb} {text.count(fixed, 'finding')} in {files}{left}." if fixed or kept else "Nothing to repair."
    layout.show([((said, "bold"),)], out)


def _write(result: Result, asked: Asked) -> tuple[Result, Problem | None]:
    """Write one result; if that fails, the result says that nothing was repaired."""
    from fixer.sources.files import write_bytes
    from fixer.sources.python import Unusable

    if STDIN in asked.paths and result.path == asked.options.stdin_filename:
        sys.stdout.flush()
        sys.stdout.buffer.write(asked.options.stdin if result.new is None else result.new)
        sys.stdout.buffer.flush()
        return result, None
    if result.new is None or result.raw is None:
        return result, None
    try:
        write_bytes(result.path, result.new, result.raw)
    except Unusable as problem:
        return replace(result, new=None, applied=()), Problem(result.path, problem.message, problem.line)
    return result, None


def _print(text: str, stream: TextIO | None = None) -> None:
    print(text, file=stream)

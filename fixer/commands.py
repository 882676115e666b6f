"""What the commands check, diff and apply do, once their options are read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import ParamSpec

from fixer.config import BadSettings, settings_for
from fixer.findings import Problem
from fixer.pool import NoCluster, run_files
from fixer.report.printed import say, short, show_applied, show_checked, show_kept, show_patches, warn_of_dirty
from fixer.run import Options, Result
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
            say(f"error: {error}", sys.stderr)
            return FAILED
        except KeyboardInterrupt:
            say("interrupted; a file is either done or as it was", sys.stderr)
            return 130

    return run


@_interruptible
def check(asked: Asked) -> int:
    """Report findings. Returns the exit status."""
    done = work(asked)
    show_checked(asked, done)
    if asked.html is not None:
        from fixer.report.html.page import checked
        from fixer.report.html.write import write

        problem = write(asked.html, checked(done.results, done.problems, short(asked.paths)))
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
        say(f"error: {baseline}: cannot be written: {(error.strerror or str(error)).lower()}", sys.stderr)
        return FAILED
    if not asked.quiet:
        said = f"{text.count(count, 'finding')} known in {baseline}; check with --baseline {baseline}, or name it in"
        say(said + " [tool.fixer].")
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
        say(json.dumps(json.changed(done.results, done.problems, text)))
    else:
        show_patches(patches)
        show_kept(asked, done)
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
    from fixer.confirmed import confirmed, confirmed_together

    done = work(asked)
    if check_clean:
        warn_of_dirty(done)
    written: list[Result] = []
    problems = list(done.problems)

    def write(result: Result) -> None:
        result, problem = _write(confirmed(result, asked.options.config, sandbox) if verify else result, asked)
        written.append(result)
        problems.extend([problem] if problem else [])

    if verify:
        done = replace(done, results=confirmed_together(done.results, asked.options.config, sandbox))
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
        say(json.dumps(json.changed(done.results, done.problems)), sys.stderr if STDIN in asked.paths else None)
    else:
        show_applied(asked, done)
    return done.status(any(result.kept for result in done.results))


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

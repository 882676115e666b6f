"""``check``, ``diff`` and ``apply``."""

from __future__ import annotations

import sys
from typing import Annotated, Optional

import typer

from fixer.cli.given import configured_baseline, fail, leave, read_options, with_list
from fixer.cli.options import (
    Backend,
    Baseline,
    Cluster,
    Config,
    Filename,
    ForceExclude,
    Format,
    Html,
    Ignore,
    Jobs,
    OnBackend,
    Output,
    Paths,
    Plain,
    Quiet,
    Sandbox,
    Select,
    Unsafe,
    Verbose,
    Whole,
)


def check(
    paths: Annotated[
        Optional[list[str]],
        typer.Argument(metavar="PATH...", help="Files and folders; - reads standard input.", show_default=False),
    ] = None,
    select: Select = None,
    ignore: Ignore = None,
    format: Annotated[Format, typer.Option("--format", help="How to print findings.")] = Format.text,
    jobs: Jobs = None,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    stdin_filename: Filename = "<stdin>",
    html: Html = None,
    output: Output = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Neither use nor keep answers of earlier runs.")] = False,
    statistics: Annotated[bool, typer.Option("--statistics", help="Count findings by rule.")] = False,
    baseline: Baseline = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Write all findings to the baseline, as known from now on.")
    ] = False,
    force_exclude: ForceExclude = False,
    repos: Annotated[
        Optional[str],
        typer.Option("--repos", metavar="FILE", help="Also the paths in this list, one on each line."),
    ] = None,
    backend: OnBackend = Backend.local,
    cluster: Cluster = None,
) -> None:
    """Report findings; no file is changed."""
    from fixer import commands
    from fixer.output import into_file

    paths = with_list(paths, repos)
    if statistics and format not in (Format.text, Format.json):
        fail("--statistics is printed as text or json only")
    if write_baseline and not baseline:
        baseline = configured_baseline(paths, config)
    # The page shows every repair.
    drawn = html is not None or format is Format.html
    unsafe = True if drawn else None
    known = "" if write_baseline else baseline
    chosen = read_options(
        paths, select, ignore, config, stdin_filename, unsafe, repair=drawn, baseline=known, cache=not no_cache
    )
    asked = commands.Asked(
        tuple(paths), chosen, format.value, jobs, quiet, verbose, html=html, statistics=statistics,
        force_exclude=force_exclude, backend=backend.value, cluster=cluster,
    )  # fmt: skip
    if write_baseline:
        leave(commands.write_baseline(asked, baseline or ""))
    leave(into_file(output, lambda: commands.check(asked)))


def diff(
    paths: Paths,
    unsafe: Unsafe = None,
    select: Select = None,
    ignore: Ignore = None,
    format: Annotated[Plain, typer.Option("--format", help="A patch, or JSON that holds it.")] = Plain.text,
    jobs: Jobs = None,
    config: Config = None,
    quiet: Quiet = False,
    project: Whole = False,
    stdin_filename: Filename = "<stdin>",
    output: Output = None,
    baseline: Baseline = None,
    force_exclude: ForceExclude = False,
) -> None:
    """Show what apply would change, as a patch; no file is changed."""
    from fixer import commands
    from fixer.output import into_file

    chosen = read_options(paths, select, ignore, config, stdin_filename, unsafe, repair=True, baseline=baseline)
    asked = commands.Asked(
        tuple(paths), chosen, format.value, jobs, quiet, project=project, force_exclude=force_exclude
    )
    leave(into_file(output, lambda: commands.diff(asked)))


def apply(
    paths: Paths,
    unsafe: Unsafe = None,
    select: Select = None,
    ignore: Ignore = None,
    format: Annotated[Plain, typer.Option("--format", help="How to say what was done.")] = Plain.text,
    jobs: Jobs = None,
    config: Config = None,
    quiet: Quiet = False,
    project: Whole = False,
    stdin_filename: Filename = "<stdin>",
    verify: Annotated[
        bool, typer.Option("--verify", help="Write only what a short training before and after confirms.")
    ] = False,
    interactive: Annotated[
        bool, typer.Option("--interactive", "-i", help="Ask about each repair, as `git add -p` does.")
    ] = False,
    add_ignore: Annotated[
        bool, typer.Option("--add-ignore", help="Repair nothing: silence every finding by a comment.")
    ] = False,
    check_clean: Annotated[
        bool, typer.Option("--check-clean", help="Warn about files that git could not give back.")
    ] = False,
    baseline: Baseline = None,
    force_exclude: ForceExclude = False,
    sandbox: Sandbox = None,
) -> None:
    """Repair files in place (standard input: to standard output)."""
    from fixer import commands

    if sum((verify, interactive, add_ignore)) > 1:
        fail("--verify, --interactive and --add-ignore exclude each other; choose one")
    if interactive and ("-" in paths or not (sys.stdin.isatty() and sys.stdout.isatty())):
        fail("--interactive asks its questions at a terminal; standard input and output must be one")
    if interactive and format is not Plain.text:
        fail("--interactive cannot be used with --format json")
    if verify and "-" in paths:
        fail("--verify runs a script from its file; it cannot be used with standard input")
    if sandbox is not None and not verify:
        fail("--sandbox is about the training of --verify, which was not asked for")
    if verify and unsafe is None:
        unsafe = True  # the training decides, not the rule
    chosen = read_options(
        paths, select, ignore, config, stdin_filename, unsafe, repair=True, baseline=baseline, add_ignore=add_ignore
    )
    asked = commands.Asked(
        tuple(paths), chosen, format.value, jobs, quiet, project=project, force_exclude=force_exclude
    )
    leave(commands.apply(asked, verify, interactive, check_clean, sandbox))

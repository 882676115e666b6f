"""The commands. Thin: they read options and hand over.

Exit status: 0 nothing to report, 1 findings, 2 something could not be done. Whatever a command needs is imported
inside it, so that ``fixer check`` of a clean script starts at once.
"""

from __future__ import annotations

import os
import sys
from enum import Enum
from typing import TYPE_CHECKING, Annotated, NoReturn, Optional

import typer

from fixer.bot.commandline import bot

if TYPE_CHECKING:
    from fixer.config import BadSettings
    from fixer.run import Options

app = typer.Typer(
    name="fixer",
    help="Find the silent bugs of PyTorch training scripts, and repair them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(bot, name="bot")


class Format(str, Enum):
    """How findings are printed."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"
    html = "html"
    junit = "junit"


class Backend(str, Enum):
    """Where many files are worked on."""

    local = "local"
    loky = "loky"
    dask = "dask"
    ray = "ray"


class Plain(str, Enum):
    """How everything else is printed."""

    text = "text"
    json = "json"


class Device(str, Enum):
    """Where a script is trained to verify its repair."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


def _rules_like(incomplete: str) -> list[str]:
    """For the shell's completion: the rules whose names begin so."""
    from fixer.rules import pages

    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in pages() if name.startswith(last)]


# Optional[...] instead of ``| None``: typer evaluates these on Python 3.10 too, and old versions of it need them so.
Paths = Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and folders; - reads standard input.")]
Select = Annotated[
    Optional[list[str]],
    typer.Option(
        "--select",
        metavar="RULE",
        help="Only these rules (repeat, or separate by commas).",
        autocompletion=_rules_like,
    ),
]
Ignore = Annotated[
    Optional[list[str]],
    typer.Option(
        "--ignore", metavar="RULE", help="Not these rules (repeat, or separate by commas).", autocompletion=_rules_like
    ),
]
Jobs = Annotated[
    Optional[int],
    typer.Option("--jobs", "-j", min=1, metavar="N", help="Processes (default: one per core).", show_default=False),
]
Config = Annotated[
    Optional[str], typer.Option("--config", metavar="FILE", help="Settings from this file, instead of pyproject.toml.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Findings only: no summary, no hints.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Also list what was not checked, and why.")]
Html = Annotated[
    Optional[str], typer.Option("--html", metavar="FILE", help="Also write a report to look at: one HTML page.")
]
Filename = Annotated[
    str, typer.Option("--stdin-filename", metavar="PATH", help="The path that standard input stands for.")
]
Unsafe = Annotated[
    Optional[bool],
    typer.Option("--unsafe/--no-unsafe", help="Also fixes that a person should confirm.", show_default=False),
]


Whole = Annotated[
    bool, typer.Option("--project", help="Repairs may change other files of the project, too.", show_default=False)
]
OnBackend = Annotated[
    Backend, typer.Option("--backend", help="Where to work: this machine's processes, joblib's pool, or a cluster.")
]
Cluster = Annotated[
    Optional[str],
    typer.Option("--cluster", metavar="ADDRESS", help="The Dask scheduler or Ray cluster.", show_default=False),
]
Output = Annotated[
    Optional[str],
    typer.Option("--output", "-o", metavar="FILE", help="Write to this file, whole or not at all.", show_default=False),
]
Baseline = Annotated[
    Optional[str],
    typer.Option("--baseline", metavar="FILE", help="Known findings, which are not reported.", show_default=False),
]
ForceExclude = Annotated[
    bool, typer.Option("--force-exclude", help="Leave excluded files out even if they are named, as hooks do.")
]

Sandbox = Annotated[
    Optional[bool],
    typer.Option("--sandbox/--no-sandbox", help="Run the script in a sandbox, or not at all.", show_default=False),
]


@app.command()
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

    paths = _with_list(paths, repos)
    if statistics and format not in (Format.text, Format.json):
        _fail("--statistics is printed as text or json only")
    if write_baseline and not baseline:
        baseline = _configured_baseline(paths, config)
    # The page shows every repair.
    drawn = html is not None or format is Format.html
    unsafe = True if drawn else None
    known = "" if write_baseline else baseline
    options = _options(
        paths, select, ignore, config, stdin_filename, unsafe, repair=drawn, baseline=known, cache=not no_cache
    )
    asked = commands.Asked(
        tuple(paths), options, format.value, jobs, quiet, verbose, html=html, statistics=statistics,
        force_exclude=force_exclude, backend=backend.value, cluster=cluster,
    )  # fmt: skip
    if write_baseline:
        _exit(commands.write_baseline(asked, baseline or ""))
    _exit(into_file(output, lambda: commands.check(asked)))


@app.command()
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

    options = _options(paths, select, ignore, config, stdin_filename, unsafe, repair=True, baseline=baseline)
    asked = commands.Asked(
        tuple(paths), options, format.value, jobs, quiet, project=project, force_exclude=force_exclude
    )
    _exit(into_file(output, lambda: commands.diff(asked)))


@app.command()
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
        _fail("--verify, --interactive and --add-ignore exclude each other; choose one")
    if interactive and ("-" in paths or not (sys.stdin.isatty() and sys.stdout.isatty())):
        _fail("--interactive asks its questions at a terminal; standard input and output must be one")
    if interactive and format is not Plain.text:
        _fail("--interactive cannot be used with --format json")
    if verify and "-" in paths:
        _fail("--verify runs a script from its file; it cannot be used with standard input")
    if sandbox is not None and not verify:
        _fail("--sandbox is about the training of --verify, which was not asked for")
    if verify and unsafe is None:
        unsafe = True  # the training decides, not the rule
    options = _options(
        paths, select, ignore, config, stdin_filename, unsafe, repair=True, baseline=baseline, add_ignore=add_ignore
    )
    asked = commands.Asked(
        tuple(paths), options, format.value, jobs, quiet, project=project, force_exclude=force_exclude
    )
    _exit(commands.apply(asked, verify, interactive, check_clean, sandbox))


@app.command()
def verify(
    path: Annotated[
        Optional[str],
        typer.Argument(metavar="PATH", help="A script that trains (with -m: a module's name).", show_default=False),
    ] = None,
    script_args: Annotated[
        Optional[list[str]],
        typer.Argument(metavar="[-- ARGS...]", help="The script's own arguments.", show_default=False),
    ] = None,
    unsafe: Unsafe = None,
    select: Select = None,
    ignore: Ignore = None,
    format: Annotated[Plain, typer.Option("--format", help="How to print the verdict.")] = Plain.text,
    device: Annotated[
        Optional[Device], typer.Option("--device", help="Where to train (default: auto).", show_default=False)
    ] = None,
    python: Annotated[
        Optional[str],
        typer.Option("--python", metavar="FILE", help="The interpreter (default: the active environment's)."),
    ] = None,
    module: Annotated[bool, typer.Option("-m", help="PATH is a module's name, as for python -m.")] = False,
    data: Annotated[
        Optional[str], typer.Option("--data", metavar="FOLDER", help="Where to find files that the script misses.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the traces, and say where.")] = False,
    sandbox: Sandbox = None,
    quiet: Quiet = False,
    html: Html = None,
    scripts: Annotated[
        Optional[str],
        typer.Option("--scripts", metavar="FILE", help="Verify the scripts in this list, one on each line."),
    ] = None,
    jobs: Jobs = None,
    backend: OnBackend = Backend.local,
    cluster: Cluster = None,
    gpus: Annotated[float, typer.Option("--gpus", min=0, help="GPUs for each script (Ray).")] = 0,
) -> None:
    """Train for a few steps before and after the repair, and compare."""
    if scripts is not None:
        if keep or html is not None or script_args:
            _fail("--scripts takes no --keep, no --html and no arguments of a script; verify that script alone")
        more = _passed_on(unsafe, select, ignore, None if device is None else device.value, python, sandbox)
        _exit(_verify_many(_with_list([path] if path else [], scripts), more, format, jobs, backend, cluster, gpus))
    if path is None:
        _fail("name a script that trains, or a list of them with --scripts")
    options = _options([path], select, ignore, None, path)
    from fixer.config import BadSettings, settings_for
    from fixer.verify.choices import NotTrusted, choices
    from fixer.verify.command import run_verify

    try:
        how = choices(path, settings_for(path).verify, None if device is None else device.value, python, sandbox)
    except BadSettings as error:
        _fail(_where(error))
    except NotTrusted as error:
        _fail(f"{path}: {error}")
    status = run_verify(
        path,
        script_args=script_args or [],
        device=how.device,
        python=how.python,
        fmt=format.value,
        unsafe=unsafe,
        select=list(options.select or ()),
        ignore=list(options.ignore),
        keep=keep,
        quiet=quiet,
        sandbox=how.sandbox,
        html=html,
        module=module,
        data=data,
    )
    _exit(status)


@app.command()
def explain(
    rule: Annotated[
        Optional[str],
        typer.Argument(metavar="[RULE]", help="A rule's name; `fixer rules` lists them.", autocompletion=_rules_like),
    ] = None,
    symptom: Annotated[
        Optional[str],
        typer.Option("--symptom", metavar="TEXT", help='Find rules by what you see, as in "loss is nan".'),
    ] = None,
) -> None:
    """Print a rule's documentation, or find rules by a symptom."""
    if (rule is None) == (symptom is None):
        _fail('name a rule, or describe what you see, as in: fixer explain --symptom "loss is nan"')
    from fixer import explain as explaining
    from fixer.rules import UnknownRule

    try:
        _exit(explaining.show_matches(symptom) if symptom is not None else explaining.show_page(rule or ""))
    except UnknownRule as error:
        _fail(str(error))


@app.command()
def rules(format: Annotated[Plain, typer.Option("--format", help="How to print the list.")] = Plain.text) -> None:
    """List the rules."""
    from fixer.report import layout
    from fixer.rules import pages

    every = pages()
    if format is Plain.json:
        from fixer.report import json

        print(
            json.dumps(
                {"version": json.VERSION, "rules": [{"name": n, "summary": p.SUMMARY} for n, p in every.items()]}
            )
        )
        return
    wide = max(map(len, every))
    layout.show(((f"{name:<{wide}}", "bold"), (f"  {rule.SUMMARY}", "")) for name, rule in every.items())


@app.command()
def config(
    path: Annotated[str, typer.Argument(metavar="PATH", help="A file or folder.")],
    file: Annotated[Optional[str], typer.Option("--config", metavar="FILE", help="As for check.")] = None,
    format: Annotated[Plain, typer.Option("--format", help="How to print the settings.")] = Plain.text,
) -> None:
    """Print the settings that apply to a path, and where each comes from."""
    from fixer.config import BadSettings
    from fixer.config_show import described, lines

    try:
        told = described(path, file)
    except BadSettings as error:
        _fail(_where(error))
    if format is Plain.json:
        from fixer.report import json

        print(json.dumps({"version": json.VERSION, **told}))
        return
    for line in lines(told):
        print(line)


@app.command()
def lsp(
    stdio: Annotated[bool, typer.Option("--stdio", help="Over standard input and output, as always.")] = True,
) -> None:
    """Serve an editor: findings as one types, quick fixes, rules' pages."""
    try:
        from fixer.lsp.server import run
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol", "cattrs", "attrs"):
            raise
        _fail("the language server needs pygls; install it with: pip install 'training-fixer[lsp]'")
    _exit(run())


@app.command()
def doctor(
    format: Annotated[Plain, typer.Option("--format", help="How to print it.")] = Plain.text,
    python: Annotated[
        Optional[str],
        typer.Option("--python", metavar="FILE", help="The interpreter of verify (default: the active environment's)."),
    ] = None,
) -> None:
    """Try what this machine can do: repairs, torch and its devices, the sandbox against attacks."""
    from fixer.doctor import doctor as examine

    _exit(examine(format.value, python))


def _options(
    paths: list[str],
    select: list[str] | None,
    ignore: list[str] | None,
    config: str | None,
    stdin_filename: str,
    unsafe: bool | None = None,
    repair: bool = False,
    baseline: str | None = None,
    add_ignore: bool = False,
    cache: bool = False,
) -> Options:
    """What the engine needs to know of the command line. Ends the program on a wrong rule or settings file."""
    from fixer.config import BadSettings, settings_for
    from fixer.rules import UnknownRule, known
    from fixer.run import Options

    try:
        chosen = None if select is None else known(select)
        dropped = known(ignore or ())
        if config is not None:
            settings_for("", config)
    except UnknownRule as error:
        _fail(str(error))
    except BadSettings as error:
        _fail(_where(error))
    stdin = sys.stdin.buffer.read() if "-" in paths else b""
    return Options(chosen, dropped, config, unsafe, repair, stdin, stdin_filename, baseline, add_ignore, cache)


def _configured_baseline(paths: list[str], config: str | None) -> str:
    """The baseline that the settings of the first path name. Ends the program if there is none."""
    from fixer.config import BadSettings, settings_for

    inside = os.path.join(paths[0], "x") if os.path.isdir(paths[0]) else paths[0]
    try:
        named = settings_for(inside, config).baseline
    except BadSettings as error:
        _fail(_where(error))
    if not named:
        _fail("--write-baseline needs a file: name it with --baseline FILE, or in [tool.fixer]")
    return named


def _passed_on(
    unsafe: bool | None,
    select: list[str] | None,
    ignore: list[str] | None,
    device: str | None,
    python: str | None,
    sandbox: bool | None,
) -> list[str]:
    """The options of verify as the command line of another one."""
    words = [] if unsafe is None else ["--unsafe" if unsafe else "--no-unsafe"]
    words += [] if sandbox is None else ["--sandbox" if sandbox else "--no-sandbox"]
    values = {"--select": ",".join(select or ()), "--ignore": ",".join(ignore or ()), "--device": device}
    values["--python"] = python
    return words + [word for name, value in values.items() if value for word in (name, value)]


def _verify_many(
    scripts: list[str],
    options: list[str],
    format: Plain,
    jobs: int | None,
    backend: Backend,
    cluster: str | None,
    gpus: float,
) -> int:
    from fixer.pool import NoCluster
    from fixer.verify.many import verify_many

    if gpus and backend is not Backend.ray:
        _fail("--gpus is shared out by Ray only; use --backend ray")
    try:
        return verify_many(scripts, options, format.value, jobs, backend.value, cluster, gpus)
    except NoCluster as error:
        _fail(str(error))


def _with_list(paths: list[str] | None, file: str | None) -> list[str]:
    """The paths of the command line and those in a list. Ends the program if there are none, or no such list."""
    if file is None:
        if not paths:
            _fail("name a file or a folder, or a list of them in a file")
        return paths
    from fixer.cluster import listed
    from fixer.pool import NoCluster

    try:
        return [*(paths or ()), *listed(file)]
    except NoCluster as error:
        _fail(str(error))


def _where(error: BadSettings) -> str:
    line = "" if error.line is None else f":{error.line}"
    return f"{error.path}{line}: {error.message}"


def _fail(message: str) -> NoReturn:
    """End with status 2 and one line on standard error."""
    print(f"error: {message}", file=sys.stderr)
    raise typer.Exit(2)


def _exit(status: int) -> NoReturn:
    raise typer.Exit(status)


def _version(asked: bool) -> None:
    if asked:
        from fixer import __version__

        print(f"fixer {__version__}")
        raise typer.Exit()


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Find the silent bugs of PyTorch training scripts, and repair them."""

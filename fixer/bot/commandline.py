"""The commands ``fixer bot ...``. Thin: everything is imported by the command that needs it."""

from __future__ import annotations

import sys
from enum import Enum
from typing import Annotated, NoReturn, Optional

import typer

bot = typer.Typer(
    help="The GitHub bot: one review in a workflow, or a server for a GitHub App.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Role(str, Enum):
    """What a process of the server does."""

    all = "all"
    web = "web"
    worker = "worker"


@bot.command()
def review(
    repository: Annotated[
        Optional[str], typer.Option(metavar="OWNER/NAME", help="The repository (default: the workflow's).")
    ] = None,
    pull_request: Annotated[
        Optional[int], typer.Option(metavar="NUMBER", min=1, help="The pull request (default: the event's).")
    ] = None,
    select: Annotated[Optional[list[str]], typer.Option(metavar="RULE", help="Only these rules.")] = None,
    ignore: Annotated[Optional[list[str]], typer.Option(metavar="RULE", help="Not these rules.")] = None,
    unsafe: Annotated[
        Optional[bool],
        typer.Option("--unsafe/--no-unsafe", help="Suggest unsafe repairs too (default: yes).", show_default=False),
    ] = None,
    review: Annotated[
        Optional[bool], typer.Option("--review/--no-review", help="Comments in the diff.", show_default=False)
    ] = None,
    comment: Annotated[
        Optional[bool], typer.Option("--comment/--no-comment", help="The summary comment.", show_default=False)
    ] = None,
    check: Annotated[
        Optional[bool], typer.Option("--check/--no-check", help="The check run.", show_default=False)
    ] = None,
    verify: Annotated[
        Optional[bool],
        typer.Option("--verify/--no-verify", help="Train briefly in the sandbox; never for forks.", show_default=False),
    ] = None,
    fail: Annotated[
        Optional[bool], typer.Option("--fail/--no-fail", help="Findings end with status 1.", show_default=False)
    ] = None,
    upload_sarif: Annotated[
        Optional[bool],
        typer.Option("--upload-sarif/--no-upload-sarif", help="Hand findings to code scanning.", show_default=False),
    ] = None,
    sarif: Annotated[Optional[str], typer.Option(metavar="FILE", help="Also write the findings as SARIF.")] = None,
    commands: Annotated[
        bool, typer.Option("--commands", help="Say in comments that /fixer commands are heard here.")
    ] = False,
    login: Annotated[Optional[str], typer.Option(metavar="NAME", help="Whom the token's comments come from.")] = None,
    python: Annotated[
        Optional[str], typer.Option(metavar="FILE", help="The interpreter that verification trains with.")
    ] = None,
) -> None:
    """Review one pull request, with the token in GITHUB_TOKEN."""
    from fixer.rules import UnknownRule, known

    try:
        chosen, dropped = None if select is None else known(select), known(ignore or ())
    except UnknownRule as error:
        _fail(str(error))
    flags = {
        "suggest_unsafe": unsafe,
        "review": review,
        "comment": comment,
        "check": check,
        "verify": verify,
        "fail": fail,
        "sarif": upload_sarif,
    }
    try:
        from fixer.bot.workflow import Given, from_environment
    except ImportError as error:
        _missing(error)
    given = Given(
        repository=repository,
        number=pull_request,
        login=login,
        python=python,
        sarif=sarif,
        select=chosen or None,
        ignore=dropped,
        overrides={name: value for name, value in flags.items() if value is not None},
        commands=commands,
    )
    raise typer.Exit(from_environment(given))


@bot.command()
def serve(
    host: Annotated[Optional[str], typer.Option(help="The address to listen on (FIXER_BOT_HOST).")] = None,
    port: Annotated[Optional[int], typer.Option(min=0, max=65535, help="The port (FIXER_BOT_PORT).")] = None,
    role: Annotated[Optional[Role], typer.Option(help="Answer webhooks, do jobs, or both (FIXER_BOT_ROLE).")] = None,
) -> None:
    """Run the server of a GitHub App; its settings come from the environment (FIXER_BOT_...)."""
    try:
        from fixer.bot.server import main
    except ImportError as error:
        _missing(error)
    raise typer.Exit(main(host, port, None if role is None else role.value))


@bot.command()
def init(
    url: Annotated[str, typer.Option(metavar="URL", help="Where the server will be reached from the internet.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="The App's name.")] = "training-fixer",
    organization: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="The organization that will own the App.")
    ] = None,
    commits: Annotated[
        bool, typer.Option("--commits/--no-commits", help="Let /fixer apply commit (contents: write).")
    ] = True,
    folder: Annotated[str, typer.Option(metavar="FOLDER", help="Where to write the files.")] = ".",
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
) -> None:
    """Write the App's manifest and a settings file, and print what to do with them."""
    from fixer.bot.manifest import BadRequest, write

    try:
        print(write(url, name, organization, commits, folder, force))
    except BadRequest as error:
        _fail(str(error))


def _missing(error: ImportError) -> NoReturn:
    name = (error.name or str(error)).split(".")[0]
    _fail(f"the bot needs the package {name}; install it with: pip install 'training-fixer[bot]'")


def _fail(message: str) -> NoReturn:
    print(f"error: {message}", file=sys.stderr)
    raise typer.Exit(2)

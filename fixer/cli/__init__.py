"""The commands. Thin: they read options and hand over.

Exit status: 0 nothing to report, 1 findings, 2 something could not be done. Whatever a command needs is imported
inside it, so that ``fixer check`` of a clean script starts at once.
"""

from __future__ import annotations

from typing import Annotated

import typer

from fixer.bot.commandline import bot
from fixer.cli import about, repairing, training

app = typer.Typer(
    name="fixer",
    help="Find the silent bugs of PyTorch training scripts, and repair them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(bot, name="bot")
for command in (
    repairing.check,
    repairing.diff,
    repairing.apply,
    training.verify,
    about.explain,
    about.rules,
    about.config,
    about.lsp,
    about.doctor,
):
    app.command()(command)


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

"""What the words of a command line come to, and how a command ends."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from fixer.config import BadSettings
    from fixer.run import Options


def read_options(
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
        fail(str(error))
    except BadSettings as error:
        fail(where(error))
    stdin = sys.stdin.buffer.read() if "-" in paths else b""
    return Options(chosen, dropped, config, unsafe, repair, stdin, stdin_filename, baseline, add_ignore, cache)


def configured_baseline(paths: list[str], config: str | None) -> str:
    """The baseline that the settings of the first path name. Ends the program if there is none."""
    from fixer.config import BadSettings, settings_for

    inside = os.path.join(paths[0], "x") if os.path.isdir(paths[0]) else paths[0]
    try:
        named = settings_for(inside, config).baseline
    except BadSettings as error:
        fail(where(error))
    if not named:
        fail("--write-baseline needs a file: name it with --baseline FILE, or in [tool.fixer]")
    return named


def with_list(paths: list[str] | None, file: str | None) -> list[str]:
    """The paths of the command line and those in a list. Ends the program if there are none, or no such list."""
    if file is None:
        if not paths:
            fail("name a file or a folder, or a list of them in a file")
        return paths
    from fixer.cluster import listed
    from fixer.pool import NoCluster

    try:
        return [*(paths or ()), *listed(file)]
    except NoCluster as error:
        fail(str(error))


def where(error: BadSettings) -> str:
    line = "" if error.line is None else f":{error.line}"
    return f"{error.path}{line}: {error.message}"


def fail(message: str) -> NoReturn:
    """End with status 2 and one line on standard error."""
    print(f"error: {message}", file=sys.stderr)
    raise typer.Exit(2)


def leave(status: int) -> NoReturn:
    raise typer.Exit(status)

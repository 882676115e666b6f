"""``verify``."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from fixer.cli.given import fail, leave, read_options, where, with_list
from fixer.cli.options import (
    Backend,
    Cluster,
    Device,
    Html,
    Ignore,
    Jobs,
    OnBackend,
    Plain,
    Quiet,
    Sandbox,
    Select,
    Unsafe,
)


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
            fail("--scripts takes no --keep, no --html and no arguments of a script; verify that script alone")
        more = _passed_on(unsafe, select, ignore, None if device is None else device.value, python, sandbox)
        leave(_verify_many(with_list([path] if path else [], scripts), more, format, jobs, backend, cluster, gpus))
    if path is None:
        fail("name a script that trains, or a list of them with --scripts")
    chosen = read_options([path], select, ignore, None, path)
    from fixer.config import BadSettings, settings_for
    from fixer.verify.choices import NotTrusted, choices
    from fixer.verify.command import run_verify

    try:
        how = choices(path, settings_for(path).verify, None if device is None else device.value, python, sandbox)
    except BadSettings as error:
        fail(where(error))
    except NotTrusted as error:
        fail(f"{path}: {error}")
    status = run_verify(
        path,
        script_args=script_args or [],
        device=how.device,
        python=how.python,
        fmt=format.value,
        unsafe=unsafe,
        select=list(chosen.select or ()),
        ignore=list(chosen.ignore),
        keep=keep,
        quiet=quiet,
        sandbox=how.sandbox,
        html=html,
        module=module,
        data=data,
    )
    leave(status)


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
        fail("--gpus is shared out by Ray only; use --backend ray")
    try:
        return verify_many(scripts, options, format.value, jobs, backend.value, cluster, gpus)
    except NoCluster as error:
        fail(str(error))

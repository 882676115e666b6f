"""The options that several commands share, as typer reads them."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Optional

import typer


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


def rules_like(incomplete: str) -> list[str]:
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
        autocompletion=rules_like,
    ),
]
Ignore = Annotated[
    Optional[list[str]],
    typer.Option(
        "--ignore", metavar="RULE", help="Not these rules (repeat, or separate by commas).", autocompletion=rules_like
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

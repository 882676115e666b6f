"""How a script is run to verify its repair: what the command line says, and else the settings of its project."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fixer.verify.scratch import project_root


class NotTrusted(Exception):
    """Settings of a project that a sandboxed run must not follow; the message says which."""


@dataclass(frozen=True, slots=True)
class Choices:
    """``device``: "auto", "cpu" or "cuda"; ``python``: an interpreter (None: the active environment's)."""

    device: str = "auto"
    python: str | None = None
    sandbox: bool = False


def choices(
    path: str,
    settings: Iterable[tuple[str, object]],
    device: str | None = None,
    python: str | None = None,
    sandbox: bool | None = None,
) -> Choices:
    """The choices for the script at ``path``. ``settings``: the table ``[tool.fixer.verify]``. Raises NotTrusted.

    Whoever wants a sandbox does not trust the project: its settings must not then name a program of its own, which
    would be run outside to ask what it is.
    """
    given = dict(settings)
    wanted = bool(given.get("sandbox")) if sandbox is None else sandbox
    if python is None and "python" in given:
        python = str(given["python"])
        root = project_root(Path(path).absolute())
        if wanted and any(_is_below(place, root) for place in (os.path.abspath(python), os.path.realpath(python))):
            raise NotTrusted(
                f"the project's settings name an interpreter of the project itself ({python}), which is not run for a "
                "sandboxed verification; if you trust it, name it with --python"
            )
    return Choices(str(given.get("device", "auto")) if device is None else device, python, wanted)


def _is_below(path: str, root: Path) -> bool:
    return any(path.startswith(place + os.sep) for place in (str(root), os.path.realpath(root)))

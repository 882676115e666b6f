"""What an interpreter needs to see of the file system to run: its own folders, wherever they are."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

PATIENCE_S = 20.0
# Isolated from the working directory and from the user's variables, so that asking runs nothing of a project.
_QUESTION = (
    "import json, os, site, sys; print(json.dumps([sys.executable, [sys.prefix, sys.exec_prefix, sys.base_prefix, "
    "sys.base_exec_prefix, os.path.dirname(os.path.realpath(sys.executable)), *sys.path], "
    "site.getuserbase(), site.getusersitepackages()]))"
)
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64")


class NoInterpreter(Exception):
    """The interpreter does not answer: the message says why."""


@dataclass(frozen=True)
class Interpreter:
    """An interpreter's own path, the folders and archives that it must see, and its variables."""

    executable: str
    paths: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]


@lru_cache(maxsize=16)
def interpreter(python: str) -> Interpreter:
    """What ``python`` (a path or a name) is made of. Runs it once, isolated. Raises NoInterpreter."""
    try:
        done = subprocess.run(
            [python, "-I", "-c", _QUESTION], capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE_S, cwd="/"
        )
        executable, folders, base, user = json.loads(done.stdout)
    except OSError as error:
        raise NoInterpreter(f"{python} cannot be started: {error.strerror}") from None
    except (ValueError, subprocess.TimeoutExpired):
        raise NoInterpreter(f"{python} does not answer as a Python interpreter does") from None
    variables = {"PYTHONUSERBASE": base} if os.path.isdir(user) else {}
    for name in ("PYTHONPATH", "LD_LIBRARY_PATH"):
        listed = [p for p in os.environ.get(name, "").split(os.pathsep) if os.path.isabs(p) and os.path.exists(p)]
        if listed:
            variables[name] = os.pathsep.join(listed)
            folders += listed
    if variables.get("PYTHONUSERBASE"):
        folders.append(user)
    return Interpreter(executable, tuple(_needed([*folders, *_links(executable)])), tuple(variables.items()))


def _links(path: str) -> list[str]:
    """The folders of the symbolic links that lead from ``path`` to the file itself."""
    found = [os.path.dirname(path)]
    for _ in range(40):
        if not os.path.islink(path):
            break
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
        found.append(os.path.dirname(path))
    return found


def _needed(paths: Iterable[str]) -> list[str]:
    """Existing paths, each once, outermost first; those below another or below the system's own are left out.

    A home folder or what is above it is never one: a stray entry of ``sys.path`` must not uncover it all.
    """
    home = Path.home()
    wide = {str(home), *(str(p) for p in home.parents), "/"}
    found: list[str] = []
    for path in sorted({os.path.abspath(p) for p in paths if p and os.path.exists(p)}):
        if path not in wide and not any(path == top or path.startswith(top + "/") for top in (*_SYSTEM, *found)):
            found.append(path)
    return found

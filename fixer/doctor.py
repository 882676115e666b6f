"""What ``fixer doctor`` tells: what works on this machine, and what to do about the rest. Everything is tried.

Exit status 0: all that ``check``, ``diff`` and ``apply`` need works; 2: something of that does not.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fixer import __version__
from fixer.report.layout import Line, show

if TYPE_CHECKING:
    from fixer.verify.sandbox.doctor import Attack

WORKS, FAILED = 0, 2
PATIENCE_S = 120.0
_SAMPLE = """\
import torch

def train(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for inputs, targets in loader:
        loss = torch.nn.functional.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
"""
_TORCH = """\
import json, platform, torch
cuda = torch.cuda.is_available()
print(json.dumps([platform.python_version(), torch.__version__,
                  [torch.cuda.get_device_name(n) for n in range(torch.cuda.device_count())] if cuda else []]))
"""
_STYLE = {"ok": "green", "missing": "yellow", "failed": "bold red"}


@dataclass(frozen=True)
class Check:
    """One thing that was tried. ``state``: "ok", "missing" (it can be had), "failed"; ``needed``: by apply too."""

    name: str
    state: str
    detail: str
    needed: bool = False


def doctor(fmt: str, python: str | None = None) -> int:
    """Try everything and print what came of it as "text" or "json". Returns the exit status.

    ``python``: the interpreter for ``verify`` (default: the active environment's).
    """
    checks = [_repairs(), _git(), _torch(python), *_extras()]
    sandbox, attacks = _sandbox()
    checks.append(sandbox)
    works = all(check.state == "ok" for check in checks if check.needed)
    if fmt == "json":
        print(json.dumps(_as_json(works, checks, attacks)))
    else:
        show(_as_text(checks, attacks))
    return WORKS if works else FAILED


def _as_json(works: bool, checks: list[Check], attacks: list[Attack]) -> dict[str, Any]:
    return {
        "version": 1,
        "fixer": __version__,
        "python": {"version": platform.python_version(), "path": sys.executable},
        "system": platform.platform(),
        "works": works,
        "checks": [{"name": c.name, "state": c.state, "detail": c.detail, "needed": c.needed} for c in checks],
        "attacks": [
            {"name": a.name, "what": a.what, "stopped": a.stopped, "layer": a.layer, "met": a.met} for a in attacks
        ],
    }


def _as_text(checks: list[Check], attacks: list[Attack]) -> Iterator[Line]:
    yield ((f"fixer {__version__}, Python {platform.python_version()} ({sys.executable})", ""),)
    wide = max(len(check.name) for check in checks)
    for check in checks:
        state = (f"{check.state:<9}", _STYLE[check.state])
        yield ((f"{check.name:<{wide}}  ", "bold"), state, (check.detail, ""))
    if attacks:
        yield (("Attacks that were tried from inside the sandbox:", ""),)
    wide = max((len(attack.what) for attack in attacks), default=0)
    for attack in attacks:
        state = ("stopped", "green") if attack.stopped else ("NOT STOPPED", "bold red")
        how = f" by {_article(attack.layer)} ({attack.met})" if attack.stopped else f": {attack.met}"
        yield ((f"  {attack.what:<{wide}}  ", ""), state, (how, ""))


def _article(layer: str) -> str:
    return layer if layer.endswith("s") else f"the {layer}" if layer != "new session" else "a session of its own"


def _repairs() -> Check:
    """Find and repair a bug in a sample."""
    name = "check, diff, apply"
    try:
        from fixer import engine
        from fixer.sources.source import read

        cell = {"cell_type": "code", "metadata": {}, "source": _SAMPLE}
        notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        written = b""
        for path, raw in (("sample.py", _SAMPLE.encode()), ("sample.ipynb", json.dumps(notebook).encode())):
            source = read(path, raw)
            written += source.with_text(engine.repair(source.text, path).text)
    except Exception as error:  # whatever is broken here is the answer
        return Check(name, "failed", f"{type(error).__name__}: {error}; install training-fixer anew", needed=True)
    if written.count(b"optimizer.zero_grad()") != 2:
        return Check(name, "failed", "the bug of a sample was not repaired; install training-fixer anew", needed=True)
    return Check(name, "ok", "a bug was found and repaired, in a script and in a notebook", needed=True)


def _git() -> Check:
    path = shutil.which("git")
    if path is None:
        return Check("git", "missing", "only a commit hook and the bot need it")
    said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=PATIENCE_S).stdout
    return Check("git", "ok", said.strip().removeprefix("git version "))


def _torch(python: str | None) -> Check:
    from fixer.verify.command import interpreter

    path = interpreter(python)
    try:
        done = subprocess.run([path, "-c", _TORCH], capture_output=True, text=True, timeout=PATIENCE_S, cwd=os.sep)
        version, torch, devices = json.loads(done.stdout)
    except OSError as error:
        return Check("verify", "failed", f"{path} cannot be started: {error.strerror}; name another with --python")
    except (ValueError, subprocess.TimeoutExpired):
        return Check("verify", "missing", f"{path} has no torch; activate an environment that has it, or use --python")
    found = ", ".join(["cpu", *(f"cuda ({device})" for device in devices)])
    return Check("verify", "ok", f"torch {torch}, Python {version} ({path}); devices: {found}")


def _extras() -> Iterator[Check]:
    """The optional parts of this distribution, and what each lacks."""
    try:
        facts = importlib.metadata.metadata("training-fixer")
    except importlib.metadata.PackageNotFoundError:
        return
    required = facts.get_all("Requires-Dist") or []
    for extra in facts.get_all("Provides-Extra") or []:
        if extra in ("dev", "verify"):
            continue
        wanted = [line for line in required if re.search(rf"extra\s*==\s*['\"]{re.escape(extra)}['\"]", line)]
        names = [match[0] for line in wanted if (match := re.match(r"[A-Za-z0-9._-]+", line))]
        lacking = [name for name in names if not _installed(name)]
        if lacking:
            yield Check(extra, "missing", f"{', '.join(lacking)}; pip install 'training-fixer[{extra}]'")
        else:
            yield Check(extra, "ok", ", ".join(names))


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _sandbox() -> tuple[Check, list[Attack]]:
    from fixer.verify.client import CannotStart
    from fixer.verify.sandbox import available
    from fixer.verify.sandbox.doctor import attacks
    from fixer.verify.sandbox.needs import version

    probe = available()
    if not probe:
        return Check("sandbox", "missing", probe.reason), []
    try:
        found = attacks()
    except CannotStart as error:
        return Check("sandbox", "failed", str(error)), []
    through = [attack.name for attack in found if not attack.stopped]
    if through:
        return Check("sandbox", "failed", f"not stopped: {', '.join(through)}; run no strangers' code here"), found
    how = "control groups bound memory and processes" if probe.groups else "limits on each process, memory is watched"
    number = ".".join(map(str, version() or ()))
    detail = f"bubblewrap {number}; scripts run as {probe.user}; {how}; {len(found)} attacks were stopped"
    return Check("sandbox", "ok", detail), found

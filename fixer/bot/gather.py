"""From a pull request to its analysis: fetch what is needed, and have it read in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixer.bot.base import KINDS
from fixer.bot.child import ANSWER
from fixer.bot.github import Client, TooLarge
from fixer.bot.model import Analysis, ChangedFile, Choices, Proof, Trouble, pack, unpack_analysis
from fixer.bot.pulls import Pull, with_bases

MAX_ARCHIVE = 256 << 20
"""Bytes of a compressed repository."""
READ_SECONDS = 300.0
PROVE_SECONDS = 150.0
MAX_PROVEN = 3
"""Scripts that are trained for one pull request."""
MAX_ANSWER = 64 << 20

_PASSED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
Still = Callable[[], None]
"""Raises (``Superseded``) when the work is no longer wanted."""


class Unreadable(Exception):
    """The pull request's code could not be read: why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about a pull request's code, beyond its findings."""

    repair: bool = False
    unsafe: bool = False
    only: tuple[str, ...] = ()
    prove: bool = False
    python: str | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """The analysis, and the verifier's answers if they were asked for."""

    analysis: Analysis
    proofs: tuple[Proof, ...] = ()


def gather(
    client: Client,
    repo: str,
    pull: Pull,
    files: Sequence[ChangedFile],
    settings: dict[str, str | None],
    choices: Choices,
    asked: Asked,
    still: Still,
) -> Gathered:
    """Analyse a pull request at its head. Raises Unreadable."""
    if not any(one.path.endswith(KINDS) and one.status != "removed" for one in files):
        return Gathered(Analysis())
    with _workplace() as place:
        archive, root = place / "archive.tar.gz", place / "repository"
        root.mkdir()
        try:
            client.download(f"/repos/{repo}/tarball/{pull.head}", archive, MAX_ARCHIVE)
        except TooLarge as error:
            raise Unreadable(str(error)) from None
        still()
        job = {
            "archive": str(archive),
            "root": str(root),
            "all_files": asked.prove,
            "settings": settings,
            "files": [pack(one) for one in with_bases(client, repo, pull.base, files, KINDS)],
            "select": choices.select,
            "ignore": list(choices.ignore),
            "repair": asked.repair,
            "unsafe": asked.unsafe,
            "only": list(asked.only),
        }
        answer = _run("fixer.bot.child", job, place, READ_SECONDS, still)
        if "refused" in answer:
            raise Unreadable(str(answer["refused"]))
        analysis = unpack_analysis(answer["analysis"])
        archive.unlink()
        proofs = _proofs(analysis, root, place, asked, still) if asked.prove else ()
        return Gathered(analysis, proofs)


def _proofs(analysis: Analysis, root: Path, place: Path, asked: Asked, still: Still) -> tuple[Proof, ...]:
    paths = list(dict.fromkeys(one.path for one in analysis.touched if one.applicability != "none"))
    proofs = []
    for number, path in enumerate(paths):
        if number >= MAX_PROVEN:
            proofs.append(Proof(path, "not-run", f"only {MAX_PROVEN} scripts are trained for one pull request"))
            continue
        job = {"root": str(root), "path": path, "python": asked.python}
        try:
            answer = _run("fixer.bot.prove", job, place, PROVE_SECONDS, still)
            proofs.append(_proof(path, answer))
        except Unreadable as error:
            proofs.append(Proof(path, "not-run", str(error)))
    return tuple(proofs)


def _proof(path: str, answer: dict[str, Any]) -> Proof:
    """The verifier's answer; what it says may come from a stranger's script, so its shape is checked."""
    if "refused" in answer:
        return Proof(path, "not-run", str(answer["refused"])[:500])
    loss = answer.get("loss") or {}
    return Proof(
        path=path,
        verdict=str(answer.get("verdict", "could-not-run"))[:60],
        reason=str(answer.get("reason", ""))[:1_000],
        tier=str(answer.get("tier", ""))[:60],
        targets=tuple(one for one in answer.get("targets", [])[:50] if isinstance(one, dict)),
        loss_before=_numbers(loss.get("before")),
        loss_after=_numbers(loss.get("after")),
        stand_ins=tuple(str(one)[:200] for one in answer.get("stand_ins", [])[:50]),
        seconds=float(answer.get("seconds") or 0.0),
    )


def _numbers(values: Any) -> tuple[float, ...]:
    found = values if isinstance(values, list) else []
    return tuple(float(one) for one in found[:2_000] if isinstance(one, (int, float)))


@contextmanager
def _workplace() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="fixer-bot-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(module: str, job: dict[str, Any], place: Path, seconds: float, still: Still) -> dict[str, Any]:
    """Run one of our modules on a job. It has no token, and starts where no file of the repository is on its path."""
    empty = Path(tempfile.mkdtemp(prefix="empty-", dir=place))
    told, heard, said = place / "job.json", place / "answer.txt", place / "errors.txt"
    told.write_text(json.dumps(job))
    environment = {name: os.environ[name] for name in _PASSED if name in os.environ}
    environment |= {"PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(empty), "TMPDIR": str(empty)}
    with open(told) as reads, open(heard, "wb") as writes, open(said, "wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=reads,
            stdout=writes,
            stderr=errors,
            cwd=empty,
            env=environment,
            start_new_session=True,
        )
        try:
            _await(process, seconds, still)
        finally:
            _end(process)
    shutil.rmtree(empty, ignore_errors=True)
    return _answer(process.returncode, heard, said)


def _await(process: subprocess.Popen[bytes], seconds: float, still: Still) -> None:
    ends = time.monotonic() + seconds
    while True:
        try:
            process.wait(0.25)
            return
        except subprocess.TimeoutExpired:
            pass
        if time.monotonic() > ends:
            raise Unreadable(f"it took longer than {seconds:.0f} s")
        still()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all it started; it leads a session of its own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()


def _answer(status: int, heard: Path, said: Path) -> dict[str, Any]:
    if heard.stat().st_size <= MAX_ANSWER:
        text = heard.read_text(errors="replace")
        _, found, body = text.rpartition(f"\n{ANSWER}\n")
        if found and status in (0, 3):
            answer = json.loads(body)
            return answer if isinstance(answer, dict) else {}
    last = said.read_text(errors="replace").strip().splitlines()[-1:]
    why = f" ({last[0][:200]})" if last else ""
    raise Unreadable(f"the process that read it ended with status {status}{why}")


def troubled(error: Unreadable) -> Analysis:
    """An analysis that says only why there is none."""
    return Analysis(troubles=(Trouble(".", str(error)),))

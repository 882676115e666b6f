"""Runs the attacks of ``child.attacks`` in a real sandbox, against targets that are set up for them on this machine."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixer.verify.client import WATCH_S, CannotStart
from fixer.verify.sandbox.box import CHILD, GIVEN, Limits, Sandbox

PATIENCE_S = 120.0
_ALONE = {"memory-bomb", "memory-bomb-together"}
# Small, so that exceeding them costs little. Each attack asks for more than twice as much.
SMALL = Limits(memory=256 * 2**20, processes=40, scratch=48 * 2**20, file=16 * 2**20)

# For each attack: what it is in words, and the layer that stops it.
ATTACKS: Mapping[str, tuple[str, str]] = {
    "tcp": ("connect to a TCP server of this machine", "network namespace"),
    "udp": ("send a question to a name server (UDP)", "network namespace"),
    "abstract-socket": ("connect to an abstract unix socket", "network namespace"),
    "socket-file": ("connect to a unix socket by its path", "file system"),
    "other-families": ("open a socket to a virtual machine's host", "system-call filter"),
    "secret-file": ("read a file of another folder", "file system"),
    "home": ("look into the home folder", "file system"),
    "passwords": ("read /etc/shadow", "file system"),
    "write-outside": ("write to the system, the interpreter or the project", "read-only mounts"),
    "symbolic-link": ("read a file through a link", "file system"),
    "environment": ("find a secret in the environment", "empty environment"),
    "processes": ("see processes of this machine", "process namespace"),
    "kill": ("send a signal to a process of this machine", "process namespace"),
    "ptrace": ("trace another process", "system-call filter"),
    "user-namespace": ("make a user namespace", "system-call filter"),
    "user-namespace-clone3": ("make a user namespace by clone3", "system-call filter"),
    "mount": ("mount a file system", "system-call filter"),
    "keyring": ("use the kernel's keyrings", "system-call filter"),
    "io-uring": ("use io_uring", "system-call filter"),
    "userfaultfd": ("handle page faults", "system-call filter"),
    "bpf": ("load a program into the kernel", "system-call filter"),
    "terminal": ("type into the terminal", "new session"),
    "privileges": ("have or gain privileges", "user namespace"),
    "fork-bomb": ("start processes without end", "limits"),
    "memory-bomb": ("take memory without end", "limits"),
    "memory-bomb-together": ("take memory without end in several processes", "limits"),
    "huge-file": ("write a huge file", "limits"),
    "many-files": ("fill the disk", "sized file systems"),
}


@dataclass(frozen=True)
class Attack:
    """What came of one attack: whether it was stopped, by which layer, and what it met (or got)."""

    name: str
    what: str
    stopped: bool
    layer: str
    met: str


def attacks(names: Sequence[str] = tuple(ATTACKS)) -> list[Attack]:
    """Try attacks in a sandbox. Raises CannotStart where there can be none."""
    found: dict[str, Any] = {}
    with targets() as aims, Sandbox(limits=SMALL) as box:
        bound = box.interpreter.paths
        # Folders on the way to what must be seen are there, and hold nothing else.
        aims["home"] = [p for p in aims["home"] if not any((b + "/").startswith(p + "/") for b in bound)]
        aims.update(writable=[*aims["writable"], GIVEN, CHILD], limits=box.confinement)
        alone = [name for name in names if name in _ALONE]
        for some in ([name for name in names if name not in _ALONE], *([name] for name in alone)):
            found.update(tried(box, {**aims, "attacks": some}))
    return [_told(name, found.get(name)) for name in names]


def tried(box: Sandbox, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What ``child.attacks`` answers in a sandbox. Raises CannotStart."""
    command = box.launcher([box.interpreter.executable, "-I", "-S", f"{CHILD}/attacks.py", json.dumps(given)])
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=null, stdout=pipe, stderr=pipe, env=box.environment) as process:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                said, errors = process.communicate(timeout=WATCH_S)
                break
            except subprocess.TimeoutExpired:
                if box.too_big(process.pid) or time.monotonic() > until:
                    process.kill()
    try:
        answer: Mapping[str, Any] = json.loads(said)
    except ValueError:
        if process.returncode < 0:
            return {name: {"got": None, "why": "the sandbox was ended as a whole"} for name in given["attacks"]}
        raise CannotStart(box.why(errors.decode("utf-8", "replace").strip().splitlines())) from None
    return answer


def _told(name: str, found: Mapping[str, Any] | None) -> Attack:
    what, layer = ATTACKS[name]
    if found is None:
        return Attack(name, what, False, "", "it was not tried")
    stopped = found["got"] is None
    return Attack(name, what, stopped, layer if stopped else "", found["why"] if stopped else f"it got {found['got']}")


@contextlib.contextmanager
def targets() -> Iterator[dict[str, Any]]:
    """Servers, a file, a process and a secret to aim at, for as long as the context lasts."""
    word = f"fixer-{secrets.token_hex(8)}"
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fixer-doctor-")))
        folder.chmod(0o755)
        (folder / "secret").write_text(word)
        ports = {}
        for name, kind in (("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)):
            server = stack.enter_context(socket.socket(socket.AF_INET, kind))
            server.bind(("127.0.0.1", 0))
            ports[name] = server.getsockname()[1]
            _answering(server)
        for address in (f"\0{word}", str(folder / "socket")):
            server = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            server.bind(address)
            _answering(server)
        (folder / "socket").chmod(0o777)
        waiting = [sys.executable, "-I", "-S", "-c", "import sys; sys.stdin.read()", word]
        victim = subprocess.Popen(waiting, stdin=subprocess.PIPE, env={"SECRET": word})
        stack.enter_context(victim)
        stack.callback(victim.kill)
        home = Path.home()
        yield {
            **ports, "abstract": word, "socket": str(folder / "socket"), "secret": str(folder / "secret"), "word": word,
            "victim": victim.pid, "home": [str(p) for p in home.glob("*")][:200] + [str(home / ".ssh")],
            "writable": ["/usr", "/etc", "/", "/dev", os.path.dirname(sys.executable), "/proc/sys/kernel"],
            "forks": 3 * SMALL.processes, "memory": 3 * SMALL.memory, "file": 3 * SMALL.file,
            "scratch": 3 * SMALL.scratch, "limits": None,
        }  # fmt: skip


def _answering(server: socket.socket) -> None:
    """Let a server answer whoever comes, until it is closed."""
    connected = server.type == socket.SOCK_STREAM
    if connected:
        server.listen()

    def answer() -> None:
        with contextlib.suppress(OSError):
            while True:
                if connected:
                    with server.accept()[0] as one:
                        one.recv(100)
                        one.send(b"welcome")
                else:
                    server.sendto(b"welcome", server.recvfrom(100)[1])

    threading.Thread(target=answer, daemon=True).start()

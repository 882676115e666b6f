"""One sandbox: what bubblewrap is told, and the folders and control groups that belong to it."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fixer.verify.client import BOOTSTRAP, CannotStart, settled
from fixer.verify.sandbox import seccomp
from fixer.verify.sandbox.cgroups import PREFIX, Groups
from fixer.verify.sandbox.interpreter import NoInterpreter, interpreter
from fixer.verify.sandbox.needs import explain, needs
from fixer.verify.scratch import linked_files, private_folder

LAUNCH = Path(__file__).with_name("launch.py")
GIVEN, SCRATCH, CHILD = "/fixer/given", "/fixer/scratch", "/fixer/child"
NOBODY = 65534
# Numbers that no account has: systemd gives them to services for as long as these run.
_FREE_USERS = range(61_184, 65_520)
_ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "mime.types")
_FILES = {
    "passwd": f"nobody:x:{NOBODY}:{NOBODY}:nobody:{SCRATCH}:/bin/false\n",
    "group": f"nogroup:x:{NOBODY}:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
# At the top of a folder that must be seen, these may hold credentials (a CI's checkout leaves its token in .git).
_HIDDEN = (".git", ".hg", ".ssh", ".aws", ".docker", ".config", ".env", ".netrc", ".pypirc", ".npmrc")
_numbers = itertools.count()


class Unavailable(CannotStart):
    """There can be no sandbox here: the message says what is missing and what to do."""


def _most_memory() -> int:
    """8 GiB, but at most three quarters of this machine's memory."""
    return min(8 * 2**30, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 3 // 4)


@dataclass(frozen=True)
class Limits:
    """What all scripts of a sandbox together may use; ``file`` is for each file. Bytes, but for ``processes``.

    ``scratch`` bounds each of the three places that can be written to (the copy of the project, /tmp, /dev/shm).
    """

    memory: int = field(default_factory=_most_memory)
    processes: int = 128
    scratch: int = 2**30
    file: int = 2**29


class Sandbox:
    """A prepared sandbox. ``command`` starts the server in it. Use it as a context manager.

    ``python``: the interpreter that runs the scripts. ``project``: the folder that they belong to. Raises Unavailable.
    """

    def __init__(self, python: str | None = None, project: Path | None = None, limits: Limits | None = None) -> None:
        reason = needs()
        if reason is not None:
            raise Unavailable(reason)
        self.limits = limits or Limits()
        try:
            self.interpreter = interpreter(python or sys.executable)
        except NoInterpreter as error:
            raise CannotStart(str(error)) from None
        self._folder = private_folder("sandbox")
        self.given = self._folder / "given"
        self.given.mkdir()
        name = f"{PREFIX}{os.getpid()}-{next(_numbers)}"
        self.groups = Groups(name, self.limits.memory, self.limits.processes)
        self.user = _FREE_USERS[os.getpid() % len(_FREE_USERS)] if os.geteuid() == 0 else None
        self.environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        command = [self.interpreter.executable, f"{CHILD}/{BOOTSTRAP.name}", json.dumps(self.confinement)]
        self.command = self.launcher(command, project)

    @property
    def confinement(self) -> dict[str, int]:
        """What ``child.confine`` takes."""
        limits = self.limits
        return {"address_space": limits.memory, "file": limits.file, "processes": limits.processes}

    def launcher(self, command: Sequence[str], project: Path | None = None) -> list[str]:
        """The command that runs ``command`` inside."""
        mounts = [*self._mounts(project)]
        sources = [source for source, _ in mounts]
        stage = None if self.user is None else _free_place(sources)
        options = [*_ISOLATION, *self._variables(), *self._system(stage, mounts)]
        plan = {
            "bwrap": shutil.which("bwrap"), "arguments": [options, list(command)], "user": self.user,
            "filter": seccomp.program().hex(), "cgroups": self.groups.tasks, "stage": [stage, sources],
        }  # fmt: skip
        file = self._folder / f"plan{next(_numbers)}.json"
        file.write_text(json.dumps(plan))
        return [sys.executable, "-I", "-S", str(LAUNCH), str(file)]

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove what belongs to the sandbox. Its server has been closed before."""
        self.groups.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def order(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """An order for the server, as it is inside: paths below ``given`` become those of the writable copy."""
        told = dict(order)
        if "root" not in told:
            return told
        given = Path(told["root"])
        if self.user is not None:
            for above in (given.parent, given.parent.parent):
                above.chmod(0o755)
            _open(given)
        told["scratch"] = f"{SCRATCH}/{told['id']}"
        told["given"] = f"{GIVEN}/{given.relative_to(self.given).as_posix()}"
        for key in ("script", "cwd", "root"):
            told[key] = f"{told['scratch']}/{Path(told[key]).relative_to(given.parent).as_posix()}"
        told["cpu_s"] = int(2 * told["wall_s"]) + 10
        return told

    def too_big(self, pid: int) -> bool:
        """Whether the processes below ``pid`` use more memory than allowed. Control groups count for themselves."""
        return not self.groups and _memory_of_tree(pid) > self.limits.memory

    def why(self, said: Sequence[str]) -> str:
        """Why the server did not start, from what it said on standard error."""
        return explain(said)

    def _mounts(self, project: Path | None) -> Iterator[tuple[str, str]]:
        """What is bound read-only, as (path outside, path inside)."""
        for path in self.interpreter.paths:
            yield path, path
        for file in linked_files(project) if project is not None else ():
            yield os.path.realpath(file), str(file)
        for name, text in _FILES.items():
            written = self._folder / name
            written.write_text(text)
            written.chmod(0o644)
            yield str(written), f"/etc/{name}"
        yield str(BOOTSTRAP.parent), CHILD
        yield str(self.given), GIVEN

    def _variables(self) -> Iterator[str]:
        binary = os.path.dirname(self.interpreter.executable)
        named = {
            **settled("cpu"), **dict(self.interpreter.variables), "PATH": f"{binary}:/usr/bin:/bin", "LANG": "C.UTF-8",
            "HOME": SCRATCH, "TMPDIR": "/tmp", "USER": "nobody", "LOGNAME": "nobody", "FIXER_SANDBOX": "1",
        }  # fmt: skip
        for name, value in named.items():
            yield from ("--setenv", name, value)

    def _system(self, stage: str | None, mounts: Sequence[tuple[str, str]]) -> Iterator[str]:
        size = str(self.limits.scratch)
        yield from ("--ro-bind", "/usr", "/usr")
        for name in ("bin", "sbin", "lib", "lib64", "lib32", "libx32"):
            if os.path.islink(f"/{name}"):
                yield from ("--symlink", os.readlink(f"/{name}"), f"/{name}")
            elif os.path.isdir(f"/{name}"):
                yield from ("--ro-bind", f"/{name}", f"/{name}")
        if os.path.isdir("/nix/store"):
            yield from ("--ro-bind", "/nix/store", "/nix/store")
        for name in _ETC:
            if os.path.exists(f"/etc/{name}"):
                yield from ("--ro-bind", f"/etc/{name}", f"/etc/{name}")
        yield from ("--proc", "/proc", "--dev", "/dev")
        for place in ("/dev/shm", "/tmp", SCRATCH):
            yield from ("--perms", "0700" if place == SCRATCH else "1777", "--size", size, "--tmpfs", place)
        for number, (source, inside) in enumerate(mounts):
            yield from ("--ro-bind", source if stage is None else f"{stage}/{number}", inside)
            for name in _HIDDEN if inside == source else ():
                if os.path.isdir(os.path.join(source, name)):
                    yield from ("--size", "4096", "--tmpfs", os.path.join(inside, name))
                elif os.path.isfile(os.path.join(source, name)):
                    yield from ("--ro-bind", "/dev/null", os.path.join(inside, name))
        yield from ("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", SCRATCH)


_ISOLATION = (
    "--unshare-user", "--disable-userns", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts",
    "--unshare-cgroup-try", "--uid", str(NOBODY), "--gid", str(NOBODY), "--hostname", "sandbox", "--die-with-parent",
    "--new-session", "--cap-drop", "ALL", "--clearenv",
)  # fmt: skip


def _free_place(sources: Sequence[str]) -> str:
    """A folder that everybody can reach and that holds none of ``sources``: one is mounted over it, in private."""
    for place in ("/mnt", "/media", "/srv", "/opt", "/var/tmp"):
        if os.path.isdir(place) and not any((source + "/").startswith(place + "/") for source in sources):
            return place
    raise Unavailable("the sandbox needs one of the folders /mnt, /media, /srv, /opt as a place to prepare itself")


def _open(folder: Path) -> None:
    """Let another user read a folder of copies; links are left as they are."""
    for here, _, files in os.walk(folder):
        os.chmod(here, 0o755)
        for name in files:
            path = os.path.join(here, name)
            if not os.path.islink(path):
                os.chmod(path, 0o644)


def _memory_of_tree(pid: int) -> int:
    """Bytes of memory that a process and its descendants hold; what several share counts for each."""
    total, open_ = 0, [pid]
    while open_:
        process = open_.pop()
        try:
            for line in Path(f"/proc/{process}/status").read_text().splitlines():
                # Not RssFile: those pages can be had again from their files.
                if line.startswith(("RssAnon:", "RssShmem:")):
                    total += int(line.split()[1]) * 1024
            for task in os.listdir(f"/proc/{process}/task"):
                open_ += [int(child) for child in Path(f"/proc/{process}/task/{task}/children").read_text().split()]
        except (OSError, IndexError, ValueError):
            continue
    return total

"""Control groups for one sandbox: memory and number of processes, counted over all of its processes together.

Only root can usually make them. Where there are none, other limits do the work: see ``fixer.verify.sandbox``.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PREFIX = "fixer-"
_V1 = (
    ("memory", (("memory.limit_in_bytes", "memory"), ("memory.memsw.limit_in_bytes", "memory"))),
    ("pids", (("pids.max", "processes"),)),
)
_V2 = (("memory.max", "memory"), ("memory.swap.max", "none"), ("pids.max", "processes"))
_OPTIONAL = {"memory.memsw.limit_in_bytes", "memory.swap.max"}


class Groups:
    """The control groups of one sandbox: none, if they cannot be made. ``close`` removes them."""

    def __init__(self, name: str, memory: int, processes: int) -> None:
        self.folders: list[Path] = []
        values = {"memory": str(memory), "processes": str(processes), "none": "0"}
        with contextlib.suppress(OSError):
            _sweep()
            version = self._version_2 if (ROOT / "cgroup.controllers").exists() else self._version_1
            if version(name, values):
                return
        self.close()
        self.folders = []

    def __bool__(self) -> bool:
        return bool(self.folders)

    @property
    def tasks(self) -> list[str]:
        """The files to which a process writes its number to enter."""
        return [str(folder / "cgroup.procs") for folder in self.folders]

    def close(self) -> None:
        """Remove the groups; their processes have just ended, or are about to."""
        for folder in self.folders:
            for _ in range(100):
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.01)
                else:
                    break

    def _version_1(self, name: str, values: dict[str, str]) -> bool:
        for controller, settings in _V1:
            folder = ROOT / controller / _own(controller) / name
            folder.mkdir()
            self.folders.append(folder)
            _set(folder, settings, values)
        return True

    def _version_2(self, name: str, values: dict[str, str]) -> bool:
        own = ROOT / _own("")
        for above in (own, *(p for p in own.parents if p == ROOT or ROOT in p.parents)):
            if {"memory", "pids"} <= set((above / "cgroup.subtree_control").read_text().split()):
                folder = above / name
                folder.mkdir()
                self.folders.append(folder)
                _set(folder, _V2, values)
                return True
        return False


def _own(controller: str) -> str:
    """The path of this process's group in the hierarchy of a controller ("": the unified one)."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path.lstrip("/")
    return ""


def _set(folder: Path, settings: tuple[tuple[str, str], ...], values: dict[str, str]) -> None:
    for file, value in settings:
        if file not in _OPTIONAL or (folder / file).exists():
            (folder / file).write_text(values[value])


def _sweep() -> None:
    """Remove what killed predecessors left; a group that has processes cannot be removed."""
    for pattern in (f"{PREFIX}*", f"*/{PREFIX}*"):
        for folder in ROOT.glob(pattern):
            if folder.is_dir() and not os.path.exists(f"/proc/{folder.name.removeprefix(PREFIX).split('-')[0]}"):
                with contextlib.suppress(OSError):
                    folder.rmdir()

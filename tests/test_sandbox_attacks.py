"""Attacks from inside the sandbox. Each is also made without the layer that stops it, where it must succeed."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fixer.verify import child
from fixer.verify.sandbox import Limits, Sandbox, available
from fixer.verify.sandbox.box import CHILD
from fixer.verify.sandbox.doctor import ATTACKS, SMALL, attacks, targets

HERE = available()
sandboxed = pytest.mark.skipif(not HERE, reason=HERE.reason)
SCRIPT = Path(child.__file__).with_name("attacks.py")
# What succeeds without a sandbox wherever the tests run.
ANYWHERE = [
    "tcp", "udp", "abstract-socket", "socket-file", "secret-file", "symbolic-link", "environment", "processes", "kill",
    "fork-bomb", "memory-bomb", "memory-bomb-together", "huge-file", "many-files",
]  # fmt: skip


@pytest.fixture(scope="module")
def aims() -> Iterator[dict[str, Any]]:
    with targets() as found:
        yield {**found, "writable": ["/"]}


@sandboxed
def test_every_attack_is_stopped() -> None:
    for attack in attacks():
        assert attack.stopped, attack
        assert attack.met


def test_without_a_sandbox_they_succeed(aims: dict[str, Any]) -> None:
    smaller = {**aims, "forks": 20, "memory": 6 * 2**24, "file": 2**20, "scratch": 2**24}
    given = json.dumps({**smaller, "attacks": ANYWHERE})
    done = subprocess.run([sys.executable, "-I", "-S", str(SCRIPT), given], capture_output=True, text=True, check=True)
    for name, answer in json.loads(done.stdout).items():
        assert answer["got"], (name, answer)


def test_every_attack_has_its_words() -> None:
    spec: dict[str, Any] = {"__name__": "attacks"}
    exec(SCRIPT.read_text(), spec)
    assert set(spec["ATTACKS"]) == set(ATTACKS)


Change = Callable[[dict[str, Any]], None]


def without(*options: str) -> Change:
    """Leave out some options of bubblewrap."""

    def change(plan: dict[str, Any]) -> None:
        given = plan["arguments"][0]
        for option in options:
            assert option in given
            given[:] = [one for one in given if one != option]

    return change


def without_filter(plan: dict[str, Any]) -> None:
    plan["filter"] = bytes([6, 0, 0, 0, 0, 0, 0xFF, 0x7F]).hex()  # allow everything


def bind_tmp(plan: dict[str, Any]) -> None:
    plan["arguments"][0] += ["--bind", "/tmp", "/tmp"]


def all_of(*changes: Change) -> Change:
    def change(plan: dict[str, Any]) -> None:
        for one in changes:
            one(plan)

    return change


def with_environment(plan: dict[str, Any]) -> None:
    plan["environment"] = True


def attack(aims: Mapping[str, Any], names: list[str], change: Change, limits: bool = True) -> dict[str, Any]:
    """What attacks get in a sandbox that lacks a layer."""
    with Sandbox(limits=SMALL if limits else Limits(processes=4 * SMALL.processes)) as box:
        given = {**aims, "limits": box.confinement if limits else None, "attacks": names}
        command = box.launcher([box.interpreter.executable, "-I", "-S", f"{CHILD}/attacks.py", json.dumps(given)])
        file = Path(command[-1])
        plan = json.loads(file.read_text())
        change(plan)
        file.write_text(json.dumps(plan))
        env = {**box.environment, **({"SECRET": aims["word"]} if plan.get("environment") else {})}
        done = subprocess.run(command, capture_output=True, text=True, env=env)
        assert done.stdout, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


LAYERS: list[tuple[str, list[str], Change]] = [
    ("network namespace", ["tcp", "udp", "abstract-socket"], without("--unshare-net")),
    ("process namespace", ["processes"], without("--unshare-pid")),
    ("empty environment", ["environment"], with_environment),
    ("read-only mounts", ["write-outside"], lambda plan: plan["arguments"][0].__delitem__(slice(-6, -2))),
    ("file system", ["secret-file", "symbolic-link", "socket-file"], bind_tmp),
    ("system-call filter", ["ptrace", "keyring", "other-families", "io-uring", "userfaultfd"], without_filter),
    ("both bars to user namespaces", ["user-namespace", "user-namespace-clone3"],
     all_of(without_filter, without("--disable-userns"))),
]  # fmt: skip


@sandboxed
@pytest.mark.parametrize(("layer", "names", "change"), LAYERS, ids=[layer[0] for layer in LAYERS])
def test_without_a_layer_its_attacks_succeed(
    aims: dict[str, Any], layer: str, names: list[str], change: Change
) -> None:
    kept = attack(aims, names, lambda plan: None)
    assert [name for name in names if kept[name]["got"]] == []
    # Tracing is barred by the filter and by what the limited process says of itself.
    got = attack(aims, names, change, limits="ptrace" not in names)
    missing = [name for name in names if not got[name]["got"]]
    # Some machines close these doors to everybody.
    allowed = {"io-uring", "userfaultfd", "other-families", "keyring"}
    assert set(missing) <= allowed, (layer, got)


@sandboxed
def test_user_namespaces_are_barred_twice(aims: dict[str, Any]) -> None:
    for change in (without_filter, without("--disable-userns")):
        got = attack(aims, ["user-namespace", "user-namespace-clone3"], change)
        assert not any(one["got"] for one in got.values()), got


@sandboxed
def test_without_limits_bombs_go_off(aims: dict[str, Any]) -> None:
    names = ["fork-bomb", "memory-bomb", "huge-file"]
    kept = attack(aims, names, lambda plan: None)
    assert not any(kept[name]["got"] for name in names)
    got = attack(aims, names, lambda plan: None, limits=False)
    assert all(got[name]["got"] for name in names), got


@sandboxed
def test_limits_hold_without_control_groups(aims: dict[str, Any]) -> None:
    got = attack(aims, ["fork-bomb", "memory-bomb"], lambda plan: plan.update(cgroups=[]))
    assert not any(one["got"] for one in got.values()), got
    assert "EAGAIN" in got["fork-bomb"]["why"]


@sandboxed
def test_memory_is_watched_without_control_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fixer.verify.sandbox.box.Groups", lambda *_: contextlib.nullcontext())
    monkeypatch.setattr("contextlib.nullcontext.__bool__", lambda self: False, raising=False)
    monkeypatch.setattr("contextlib.nullcontext.tasks", [], raising=False)
    monkeypatch.setattr("contextlib.nullcontext.close", lambda self: None, raising=False)
    (found,) = attacks(["memory-bomb-together"])
    assert found.stopped, found
    assert found.met == "the sandbox was ended as a whole"
    monkeypatch.setattr(Sandbox, "too_big", lambda *_: False)
    (found,) = attacks(["memory-bomb-together"])
    assert not found.stopped, "nothing else stops it"


@sandboxed
def test_the_terminal_is_out_of_reach(aims: dict[str, Any]) -> None:
    """In a session with a terminal of its own."""
    for change, stopped_by in ((lambda plan: None, "ENXIO"), (without("--new-session"), "EPERM")):
        pid, terminal = pty.fork()
        if pid == 0:
            try:
                met = attack(aims, ["terminal"], change)["terminal"]["why"]
                os.write(1, met.encode())
            finally:
                os._exit(0)
        said = b""
        with contextlib.suppress(OSError):  # Linux: the other end is closed
            while chunk := os.read(terminal, 1000):
                said += chunk
        os.waitpid(pid, 0)
        assert stopped_by in said.decode(), said

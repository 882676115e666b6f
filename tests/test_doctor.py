"""``fixer doctor``: what it tries, what it says, and its exit status."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from fixer import doctor
from fixer.verify.sandbox import Probe, available
from fixer.verify.sandbox.doctor import Attack

STOPPED = Attack("tcp", "connect", True, "network namespace", "ECONNREFUSED: Connection refused")
THROUGH = Attack("udp", "ask", False, "", "it got an answer")


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine with a sandbox in which one attack is stopped."""
    monkeypatch.setattr("fixer.verify.sandbox.available", lambda: Probe(True, groups=True, user="you"))
    monkeypatch.setattr("fixer.verify.sandbox.doctor.attacks", lambda: [STOPPED])
    monkeypatch.setattr("fixer.verify.sandbox.needs.version", lambda: (0, 8, 0))
    ask = doctor._torch
    # The import of torch takes seconds: only an interpreter that is named is asked.
    monkeypatch.setattr(
        doctor, "_torch", lambda python: ask(python) if python else doctor.Check("verify", "ok", "torch")
    )
    return monkeypatch


def test_json_is_as_promised(sandbox: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    assert doctor.doctor("json", python=sys.executable) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["version"] == 1 and told["works"] is True
    states = {check["name"]: check["state"] for check in told["checks"]}
    assert states["check, diff, apply"] == states["sandbox"] == states["verify"] == "ok"
    assert told["attacks"] == [
        {"name": "tcp", "what": "connect", "stopped": True, "layer": "network namespace", "met": STOPPED.met}
    ]


def test_text_names_the_layer(sandbox: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.doctor("text") == 0
    out = capsys.readouterr().out
    assert "connect  stopped by the network namespace (ECONNREFUSED" in out
    assert "bubblewrap 0.8.0; scripts run as you" in out


def test_an_attack_that_gets_through_is_a_failure(
    sandbox: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.setattr("fixer.verify.sandbox.doctor.attacks", lambda: [STOPPED, THROUGH])
    assert doctor.doctor("text") == 0, "check and apply do not need it"
    out = capsys.readouterr().out
    assert "not stopped: udp" in out
    assert "ask      NOT STOPPED: it got an answer" in out


def test_what_is_missing_is_said_with_its_remedy(
    sandbox: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    sandbox.setattr("fixer.verify.sandbox.available", lambda: Probe(False, "install bubblewrap"))
    sandbox.setenv("PATH", str(tmp_path))
    assert doctor.doctor("json", python=str(tmp_path / "python")) == 0
    told = json.loads(capsys.readouterr().out)
    details = {check["name"]: (check["state"], check["detail"]) for check in told["checks"]}
    assert details["sandbox"] == ("missing", "install bubblewrap")
    assert details["git"][0] == "missing"
    assert details["verify"][0] == "failed" and "cannot be started" in details["verify"][1]
    assert told["attacks"] == []


def test_a_broken_installation_ends_with_two(sandbox: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object) -> None:
        raise ImportError("libcst is broken")

    sandbox.setattr("fixer.engine.repair", broken)
    assert doctor.doctor("text") == 2
    assert "libcst is broken" in capsys.readouterr().out


@pytest.mark.skipif(not available(), reason=available().reason)
def test_a_sandbox_that_fails_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real one, whose launcher cannot do its work."""
    monkeypatch.setattr(doctor, "_torch", lambda python: doctor.Check("verify", "ok", "torch"))
    monkeypatch.setattr("fixer.verify.sandbox.box._ISOLATION", ("--no-such-option",))
    available.cache_clear()
    try:
        assert doctor.doctor("text") == 0
    finally:
        available.cache_clear()
    assert "the sandbox cannot be made here (bwrap: Unknown option --no-such-option" in capsys.readouterr().out

"""A few seconds of benchmarks/fuzz.py: mutated golden cases and pieces of the standard library break nothing."""

from __future__ import annotations

import importlib.util
import sysconfig
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def fuzzer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz", ROOT / "benchmarks" / "fuzz.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_mutated_golden_cases_break_nothing(fuzzer: ModuleType) -> None:
    tried, faults = fuzzer.fuzz(fuzzer.corpus([ROOT / "golden"], 7), seed=7, seconds=6.0, mutants=1)
    assert faults == []
    assert tried >= 5


def test_the_standard_library_breaks_nothing(fuzzer: ModuleType) -> None:
    stdlib = Path(sysconfig.get_path("stdlib"))
    files = sorted(stdlib.glob("*.py"))[::4]
    # As training code: the words make every file worth reading.
    for file in files[:12]:
        raw = file.read_bytes() + b"\nfor x in y:\n    loss.backward()\n    optimizer.step()\n"
        assert fuzzer.fault(raw) is None, file
    tried, faults = fuzzer.fuzz(files, seed=7, seconds=4.0, mutants=1)
    assert faults == [] and tried >= 5


def test_a_fault_is_seen(fuzzer: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = next((ROOT / "golden" / "missing-zero-grad").glob("*/before.py")).read_bytes()
    assert fuzzer.fault(raw) is None
    run = fuzzer._run
    from dataclasses import replace

    def spoilt(raw: bytes) -> object:
        result = run(raw)
        return result if result.new is None else replace(result, new=result.new.replace(b"#", b""))

    monkeypatch.setattr(fuzzer, "_run", spoilt)
    assert fuzzer.fault(raw + b"# a comment\n") is not None

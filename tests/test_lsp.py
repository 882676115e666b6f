"""The language server, driven by a real client over standard input and output."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from lsp_client import WAIT, Client, edited, editor

pytest.importorskip("pygls", reason="the language server needs the extra 'lsp'")

ROOT = Path(__file__).parent.parent
BUGGY = """\
import torch
from torch import nn

model = nn.Linear(4, 3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in loader:
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
"""
RIGHT = BUGGY.replace("    loss = crit", "    optimizer.zero_grad()\n    loss = crit")
UNSAFE = BUGGY.replace("    loss = crit", "    optimizer.zero_grad()\n    loss = crit").replace(
    "model(x)", "torch.softmax(model(x), 1)"
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One server for the tests that leave it as they found it."""
    with editor(tmp_path_factory.mktemp("project")) as client:
        yield client
        assert client.stop() == 0


@pytest.fixture
def uri(shared: Client, request: pytest.FixtureRequest) -> str:
    return (shared.folder / f"{request.node.name[:60].replace('[', '-').replace(']', '')}.py").as_uri()


def changes(action: dict[str, Any], uri: str) -> list[dict[str, Any]]:
    (change,) = [c for c in action["edit"]["documentChanges"] if c["textDocument"]["uri"] == uri]
    found: list[dict[str, Any]] = change["edits"]
    return found


def test_what_the_server_can_do(here: Path) -> None:
    client = Client(here)
    can = client.initialize()["capabilities"]
    assert can["textDocumentSync"]["change"] == 1 and can["hoverProvider"]
    assert can["codeActionProvider"]["codeActionKinds"] == ["quickfix", "source.fixAll.fixer", "source.fixer.unsafe"]
    assert can["notebookDocumentSync"]["notebookSelector"] == [{"cells": [{"language": "python"}]}]
    client.wait(lambda message: message["method"] == "client/registerCapability")
    (watched,) = client.asked[0]["params"]["registrations"]
    globs = [one["globPattern"] for one in watched["registerOptions"]["watchers"]]
    assert globs == ["**/pyproject.toml", "**/*.py"]
    assert client.stop() == 0


def test_a_finding_is_shown_where_it_stands(shared: Client, uri: str) -> None:
    shared.open(uri, BUGGY)
    (shown,) = shared.diagnostics(uri)
    assert shown["range"] == {"start": {"line": 8, "character": 4}, "end": {"line": 8, "character": 19}}
    assert (shown["code"], shown["source"], shown["severity"]) == ("missing-zero-grad", "fixer", 2)
    first, second = shown["message"].splitlines()
    assert first.startswith("the gradients of optimizer are never cleared")
    assert second.startswith("safe fix: call optimizer.zero_grad() before the forward of each batch")
    steps = [(step["location"]["range"]["start"]["line"], step["message"]) for step in shown["relatedInformation"]]
    assert [line for line, _ in steps] == [9, 8, 9]
    assert steps[1][1].startswith("backward: batch 2: backward adds to the gradients")
    assert all(step["location"]["uri"] == uri for step in shown["relatedInformation"])


def test_it_goes_as_one_types_and_every_keystroke_costs_no_reading(shared: Client, uri: str) -> None:
    shared.open(uri, BUGGY)
    assert len(shared.diagnostics(uri)) == 1
    after = len(shared.seen)
    for version in range(2, 42):
        shared.change(uri, BUGGY + "#" * version, version)
    shared.change(uri, RIGHT, 42)
    assert shared.diagnostics(uri, 42) == []
    told = [m for m in shared.seen[after:] if m.get("params", {}).get("uri") == uri]
    assert len(told) <= 5


def test_the_safe_fix_is_preferred_and_gives_what_apply_writes(shared: Client, uri: str) -> None:
    shared.open(uri, BUGGY, 7)
    shared.diagnostics(uri, 7)
    fix, ignore, everything = shared.actions(uri, 8)
    assert fix["title"] == "call optimizer.zero_grad() before the forward of each batch (missing-zero-grad)"
    assert fix["kind"] == "quickfix" and fix["isPreferred"] is True
    assert [d["code"] for d in fix["diagnostics"]] == ["missing-zero-grad"]
    assert fix["edit"]["documentChanges"][0]["textDocument"]["version"] == 7
    assert edited(BUGGY, changes(fix, uri)) == RIGHT
    assert ignore["title"] == "Ignore this finding: # fixer: ignore[missing-zero-grad]"
    assert "isPreferred" not in ignore
    assert everything["kind"] == "source.fixAll.fixer" and edited(BUGGY, changes(everything, uri)) == RIGHT
    assert [a["title"] for a in shared.actions(uri, 0)] == [everything["title"]]
    assert shared.actions(uri, 8, "refactor") == []
    assert [a["kind"] for a in shared.actions(uri, 8, "source.fixAll")] == ["source.fixAll.fixer"]


def test_an_unsafe_fix_is_labelled_and_never_part_of_fix_all(shared: Client, uri: str) -> None:
    text = ROOT / "golden" / "optimizer-in-loop" / "per_batch_adam" / "before.py"
    source = text.read_text(encoding="utf-8") if text.exists() else _case("optimizer-in-loop")
    shared.open(uri, source)
    (shown,) = [d for d in shared.diagnostics(uri) if d["code"] == "optimizer-in-loop"]
    fix, ignore, everything = shared.actions(uri, shown["range"]["start"]["line"])
    assert fix["title"].startswith("Unsafe: build it once") and "isPreferred" not in fix
    assert everything["kind"] == "source.fixer.unsafe" and everything["title"].startswith("Fix all, unsafe included")
    assert shared.actions(uri, 0, "source.fixAll") == []
    assert edited(source, changes(fix, uri)) == edited(source, changes(everything, uri)) != source


def _case(rule: str) -> str:
    """A golden case with one finding, unsafe to fix."""
    for path in sorted((ROOT / "golden" / rule).glob("*/before.py")):
        from fixer import engine

        text = path.read_text(encoding="utf-8", errors="replace")
        found = engine.check(text, "a.py").findings
        if [f.fix.applicability.value for f in found] == ["unsafe"]:
            return text
    raise AssertionError("no such case")


def test_a_finding_can_be_ignored(shared: Client, uri: str) -> None:
    shared.open(uri, BUGGY)
    shared.diagnostics(uri)
    (ignore,) = [a for a in shared.actions(uri, 8, "quickfix") if a["title"].startswith("Ignore")]
    text = edited(BUGGY, changes(ignore, uri))
    assert "    loss.backward()  # fixer: ignore[missing-zero-grad]\n" in text
    shared.change(uri, text, 2)
    assert shared.diagnostics(uri, 2) == []


def test_hovering_shows_the_page_of_the_rule(shared: Client, uri: str) -> None:
    shared.open(uri, BUGGY)
    shared.diagnostics(uri)
    shown = shared.hover(uri, 8, 10)
    assert shown is not None and shown["contents"]["kind"] == "markdown"
    text = shown["contents"]["value"]
    assert text.startswith("**the gradients of optimizer are never cleared")
    assert "# missing-zero-grad" in text and "## When it is not a bug" in text
    assert shared.hover(uri, 8, 2) is None and shared.hover(uri, 2, 1) is None


def test_columns_count_in_utf_16_and_line_ends_stay(shared: Client, uri: str) -> None:
    text = BUGGY.replace("    loss.backward()", "    s = '\N{GRINNING FACE}'; loss.backward()").replace("\n", "\r\n")
    shared.open(uri, text)
    (shown,) = shared.diagnostics(uri)
    assert shown["range"]["start"] == {"line": 8, "character": 14}
    fix = shared.actions(uri, 8)[0]
    right = text.replace("    loss = crit", "    optimizer.zero_grad()\r\n    loss = crit")
    assert edited(text, changes(fix, uri)) == right


@pytest.mark.parametrize("text", [BUGGY + "def (", BUGGY + "\0", "", "x = 1", BUGGY + "x = '" + "\x0c" * 9])
def test_what_is_being_typed_is_no_finding(shared: Client, uri: str, text: str) -> None:
    shared.open(uri, text)
    assert shared.diagnostics(uri) == []


def test_form_feeds_are_no_line_ends(shared: Client, uri: str) -> None:
    text = "s = 'a\x1cb'\n\x0c\n" + BUGGY
    shared.open(uri, text)
    (shown,) = shared.diagnostics(uri)
    assert shown["range"]["start"]["line"] == 10


def test_a_document_that_was_never_saved(shared: Client) -> None:
    shared.open("untitled:Untitled-1", BUGGY)
    (shown,) = shared.diagnostics("untitled:Untitled-1")
    assert edited(BUGGY, changes(shared.actions("untitled:Untitled-1", 8)[0], "untitled:Untitled-1")) == RIGHT
    assert shown["code"] == "missing-zero-grad"


def test_closing_takes_back_what_was_said(shared: Client, uri: str) -> None:
    shared.open(uri, BUGGY)
    assert shared.diagnostics(uri)
    after = len(shared.seen)
    shared.notify("textDocument/didClose", textDocument={"uri": uri})
    assert shared.diagnostics(uri, after=after) == []
    assert shared.actions(uri, 8) == []


def cell(uri: str, kind: int = 2) -> dict[str, Any]:
    return {"kind": kind, "document": uri}


def test_a_notebook_is_one_script(shared: Client) -> None:
    base = (shared.folder / "book.ipynb").as_uri()
    cells = [f"vscode-notebook-cell:{base}#{n}" for n in range(3)]
    head, loop = BUGGY[: BUGGY.index("for x")], BUGGY[BUGGY.index("for x") :]
    texts = ["# Title", "%matplotlib inline\n" + head, loop]
    notebook = {"uri": base, "notebookType": "jupyter-notebook", "version": 1}
    shared.notify(
        "notebookDocument/didOpen",
        notebookDocument={**notebook, "cells": [cell(cells[0], 1), cell(cells[1]), cell(cells[2])]},
        cellTextDocuments=[
            {"uri": uri, "languageId": "python", "version": 1, "text": text}
            for uri, text in zip(cells[1:], texts[1:], strict=True)
        ],
    )
    (shown,) = shared.diagnostics(cells[2])
    assert shared.diagnostics(cells[1]) == []
    assert shown["range"]["start"] == {"line": 2, "character": 4}
    fix = shared.actions(cells[2], 2)[0]
    assert edited(loop, changes(fix, cells[2])) == loop.replace("    loss =", "    optimizer.zero_grad()\n    loss =")
    hovered = shared.hover(cells[2], 2, 6)
    assert hovered is not None and shared.actions(cells[1], 2, "quickfix") == []
    # A change inside a cell, as editors send it.
    place = {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 0}}
    changed = {
        "document": {"uri": cells[2], "version": 2},
        "changes": [{"range": place, "text": "    optimizer.zero_grad()\n"}],
    }
    change = {"cells": {"textContent": [changed]}}
    document = {"uri": base, "version": 2}
    shared.notify("notebookDocument/didChange", notebookDocument=document, change=change)
    assert shared.diagnostics(cells[2], 2) == []
    # The cell goes: nothing is left to be said of it.
    after = len(shared.seen)
    structure = {"array": {"start": 2, "deleteCount": 1}, "didClose": [{"uri": cells[2]}]}
    change = {"cells": {"structure": structure}}
    shared.notify("notebookDocument/didChange", notebookDocument={**document, "version": 3}, change=change)
    assert shared.diagnostics(cells[2], after=after) == []
    assert shared.diagnostics(cells[1], after=after) == []


def test_the_path_of_a_finding_leads_to_other_cells(shared: Client) -> None:
    base = (shared.folder / "two.ipynb").as_uri()
    cells = [f"vscode-notebook-cell:{base}#{n}" for n in range(2)]
    text = (ROOT / "examples" / "digits.py").read_text(encoding="utf-8")
    at = text.index("def main")
    shared.notify(
        "notebookDocument/didOpen",
        notebookDocument={
            "uri": base, "notebookType": "jupyter-notebook", "version": 1, "cells": [cell(uri) for uri in cells],
        },
        cellTextDocuments=[
            {"uri": uri, "languageId": "python", "version": 1, "text": part}
            for uri, part in zip(cells, (text[:at], text[at:]), strict=True)
        ],
    )  # fmt: skip
    (shown,) = shared.diagnostics(cells[0])
    assert shown["code"] == "redundant-softmax"
    where = [step["location"]["uri"] for step in shown["relatedInformation"]]
    assert where == [cells[0], cells[1]]


def test_settings_and_their_changes(here: Path) -> None:
    settings = here / "pyproject.toml"
    settings.write_text('[tool.fixer]\nignore = ["missing-zero-grad"]\n')
    uri = (here / "sub" / "a.py").as_uri()
    with editor(here) as client:
        client.open(uri, BUGGY)
        assert client.diagnostics(uri) == []
        after = len(client.seen)
        settings.write_text("[tool.fixer]\nunsafe = true\n")
        client.notify("workspace/didChangeWatchedFiles", changes=[{"uri": settings.as_uri(), "type": 2}])
        assert len(client.diagnostics(uri, after=after)) == 1
        after = len(client.seen)
        settings.write_text('[tool.fixer]\nexclude = ["sub/"]\n')
        client.notify("workspace/didChangeWatchedFiles", changes=[{"uri": settings.as_uri(), "type": 2}])
        assert client.diagnostics(uri, after=after) == []
        settings.write_text("[tool.fixer]\nignroe = []\n")
        client.notify("workspace/didChangeWatchedFiles", changes=[{"uri": settings.as_uri(), "type": 2}])
        told = client.wait(lambda message: message["method"] == "window/showMessage")["params"]["message"]
        assert told.startswith("fixer: pyproject.toml:2: unknown key 'ignroe'; did you mean 'ignore'?")


def test_a_document_that_takes_too_long_blocks_nothing(here: Path) -> None:
    (here / "slow").mkdir()
    (here / "slow" / "pyproject.toml").write_text("[tool.fixer]\ntime-limit = 0.001\n")
    slow, other = (here / "slow" / "a.py").as_uri(), (here / "b.py").as_uri()
    with editor(here) as client:
        client.open(slow, BUGGY)
        client.open(other, BUGGY)
        (shown,) = client.diagnostics(slow)
        assert (shown["code"], shown["severity"]) == ("not-checked", 3)
        assert shown["message"].startswith("not checked: given up after 0.001 s")
        assert len(client.diagnostics(other)) == 1


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # gone meanwhile
            if int(path.read_text().rpartition(") ")[2].split()[1]) == pid:
                found.append(int(path.parent.name))
    return found


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc (Linux)")


@needs_proc
def test_a_worker_that_hangs_or_dies_costs_only_itself(here: Path) -> None:
    (here / "pyproject.toml").write_text("[tool.fixer]\ntime-limit = 5\n")
    uri = (here / "a.py").as_uri()
    with editor(here) as client:
        client.open(uri, BUGGY)
        assert client.diagnostics(uri)[0]["code"] == "missing-zero-grad"
        (worker,) = children(client.process.pid)
        os.kill(worker, signal.SIGSTOP)
        client.change(uri, BUGGY + "\n", 3)
        began = time.monotonic()
        assert client.hover(uri, 8, 10) is not None  # answered while the worker hangs
        assert time.monotonic() - began < 3
        (shown,) = client.diagnostics(uri, 3)
        assert shown["message"].startswith("not checked: given up after 8 s")
        client.change(uri, BUGGY, 4)
        assert client.diagnostics(uri, 4)[0]["code"] == "missing-zero-grad"
        (again,) = children(client.process.pid)
        assert again != worker
        os.kill(again, signal.SIGKILL)
        client.change(uri, RIGHT, 5)
        client.diagnostics(uri, 5)
        client.change(uri, BUGGY, 6)
        assert client.diagnostics(uri, 6)[0]["code"] == "missing-zero-grad"


@needs_proc
def test_nothing_is_left_running_when_the_editor_goes(here: Path) -> None:
    with editor(here) as client:
        client.open((here / "a.py").as_uri(), BUGGY)
        client.diagnostics((here / "a.py").as_uri())
        workers = children(client.process.pid)
        assert len(workers) == 1 and client.process.stdin is not None
        client.process.stdin.close()
        client.process.wait(WAIT)
    end = time.monotonic() + WAIT
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < end, "the worker is still there"
        time.sleep(0.05)


def test_an_editor_without_versioned_edits(here: Path) -> None:
    uri = (here / "a.py").as_uri()
    with editor(here, textDocument={}, workspace={}) as client:
        client.open(uri, BUGGY)
        assert "relatedInformation" not in client.diagnostics(uri)[0]
        fix = client.actions(uri, 8)[0]
        assert edited(BUGGY, fix["edit"]["changes"][uri]) == RIGHT
        assert client.asked == []


def test_without_pygls_one_line_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("fixer.lsp.", "pygls", "lsprotocol"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "lsprotocol", None)
    monkeypatch.setitem(sys.modules, "pygls", None)
    ran = run("lsp")
    assert ran.status == 2
    assert ran.err == "error: the language server needs pygls; install it with: pip install 'training-fixer[lsp]'\n"


def test_the_worker_answers_whatever_it_is_given() -> None:
    from fixer.lsp.jobs import Document, Job, do

    for path, text in (("a.py", "x" * 50 + "("), ("a.ipynb", ""), ("a.py", "\ud800"), ("a.py", "# coding: rot13\n")):
        answer = do(Job("check", Document(path, text)))
        assert answer.findings == () and json.dumps([p.message for p in answer.problems])

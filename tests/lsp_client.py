"""An editor for tests: speaks the Language Server Protocol to a real ``fixer lsp`` over standard input and output."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

WAIT = 60.0
"""Seconds; a machine that is busy with other work is slow to start processes."""


class Client:
    """One editor and its server. What the server sends unasked is kept in ``seen``, in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fixer", "lsp"],
            cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.seen: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._number = 0
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        out = self.process.stdout
        assert out is not None
        while True:
            size = 0
            while line := out.readline().strip():
                name, _, value = line.partition(b":")
                size = int(value) if name.lower() == b"content-length" else size
            if not size:
                return
            message = json.loads(out.read(size))
            if "method" not in message:
                self._answers.put(message)
                continue
            if "id" in message:
                self.asked.append(message)
                self._send({"id": message["id"], "result": None})
            with self._news:
                self.seen.append(message)
                self._news.notify_all()

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def notify(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def request(self, method: str, params: Any = None) -> Any:
        """The result of a request."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        answer = self._answers.get(timeout=WAIT)
        assert answer["id"] == self._number and "error" not in answer, answer
        return answer["result"]

    def wait(self, wanted: Callable[[dict[str, Any]], bool], after: int = 0) -> dict[str, Any]:
        """The first message since ``after`` that is wanted; waits for it."""
        end = time.monotonic() + WAIT
        with self._news:
            while True:
                for message in self.seen[after:]:
                    if wanted(message):
                        return message
                assert self._news.wait(end - time.monotonic()), "no such message came"

    def diagnostics(self, uri: str, version: int | None = None, after: int = 0) -> list[dict[str, Any]]:
        """What the server says of one version of a document, once it does."""

        def wanted(message: dict[str, Any]) -> bool:
            params = message.get("params", {})
            told = message["method"] == "textDocument/publishDiagnostics" and params["uri"] == uri
            return told and (version is None or params.get("version") == version)

        found: list[dict[str, Any]] = self.wait(wanted, after)["params"]["diagnostics"]
        return found

    def initialize(self, **capabilities: Any) -> dict[str, Any]:
        text = {"publishDiagnostics": {"relatedInformation": True}}
        workspace = {
            "workspaceEdit": {"documentChanges": True},
            "didChangeWatchedFiles": {"dynamicRegistration": True},
        }
        notebooks: dict[str, Any] = {"synchronization": {"executionSummarySupport": False}}
        given = {"textDocument": text, "workspace": workspace, "notebookDocument": notebooks, **capabilities}
        params = {"processId": None, "rootUri": self.folder.as_uri(), "capabilities": given}
        result: dict[str, Any] = self.request("initialize", params)
        self.notify("initialized")
        return result

    def open(self, uri: str, text: str, version: int = 1) -> None:
        document = {"uri": uri, "languageId": "python", "version": version, "text": text}
        self.notify("textDocument/didOpen", textDocument=document)

    def change(self, uri: str, text: str, version: int) -> None:
        document = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", textDocument=document, contentChanges=[{"text": text}])

    def actions(self, uri: str, line: int, *only: str) -> list[dict[str, Any]]:
        """The code actions for a line (from 0)."""
        place = {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 0}}
        context: dict[str, Any] = {"diagnostics": [], **({"only": list(only)} if only else {})}
        params = {"textDocument": {"uri": uri}, "range": place, "context": context}
        found: list[dict[str, Any]] = self.request("textDocument/codeAction", params)
        return found

    def hover(self, uri: str, line: int, character: int) -> dict[str, Any] | None:
        place = {"line": line, "character": character}
        found: dict[str, Any] | None = self.request(
            "textDocument/hover", {"textDocument": {"uri": uri}, "position": place}
        )
        return found

    def stop(self) -> int:
        """Shut the server down as an editor does; returns its exit status."""
        self.request("shutdown")
        self.notify("exit")
        return self.process.wait(WAIT)


@contextlib.contextmanager
def editor(folder: Path, **capabilities: Any) -> Iterator[Client]:
    """An editor that is ready for work."""
    client = Client(folder)
    try:
        client.initialize(**capabilities)
        yield client
    finally:
        if client.process.poll() is None:
            client.process.kill()
        client.process.wait()


def edited(text: str, edits: list[dict[str, Any]]) -> str:
    """The text after edits, which count columns in UTF-16 units."""
    lines = text.replace("\r\n", "\n\r").split("\n")  # keeps offsets, and gives lines as an editor counts them
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    assert "\r" not in text or text.count("\r") == text.count("\r\n")

    def offset(place: dict[str, int]) -> int:
        if place["line"] >= len(lines):
            return len(text)
        start = starts[place["line"]] + (1 if place["line"] and "\r\n" in text else 0)
        units = 0
        for at, char in enumerate(text[start:]):
            if units >= place["character"]:
                return start + at
            units += 2 if ord(char) > 0xFFFF else 1
        return len(text)

    for edit in sorted(edits, key=lambda e: offset(e["range"]["start"]), reverse=True):
        start, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        text = text[:start] + edit["newText"] + text[end:]
    return text

"""Takes what a run sends and writes what is genuine of it to its trace file (see ``child.sink``).

Nothing that arrives is trusted: a line without its seal, or with one that was used before, is left out and the run
counts as forged.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from pathlib import Path
from typing import Any

_EXIT = b'{"k": "exit"'
LONGEST = 4 * 2**20
"""Bytes of one line: a longer one is none of the tracer's."""

LIMIT = 64 * 2**20
"""Bytes that are taken of one run, whatever the other side says."""


class Relay:
    """One run's trace and printed text on their way to two files. Use it as a context manager."""

    def __init__(self, trace: Path, output: Path) -> None:
        self.key = secrets.token_bytes(16)
        self.forged = False
        self.ended = False
        self._files = {"trace": trace.open("wb"), "output": output.open("wb")}
        self._left = dict.fromkeys(self._files, LIMIT)
        self._rest = b""
        self._seen: set[bytes] = set()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        if self.forged:
            self._say(status="forged", at=[])
        for file in self._files.values():
            file.close()

    def take(self, of: str, data: bytes) -> None:
        """Take some bytes ``of`` "trace" or "output"."""
        data = data[: self._left[of]]
        self._left[of] -= len(data)
        if of == "output":
            self._files[of].write(data)
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST:
            lines, self._rest = [*lines, b""], b""
        for line in lines:
            payload = self._genuine(line)
            if payload is None:
                self.forged = True
            else:
                self.ended = self.ended or payload.startswith(_EXIT)
                self._files[of].write(payload + b"\n")

    def end(self, why: str) -> None:
        """Note why a run ended that did not tell it itself."""
        if not self.ended:
            self.ended = True
            self._say(status="killed", why=why, at=[])

    def _say(self, **facts: Any) -> None:
        self._files["trace"].write(json.dumps({"k": "exit", **facts}).encode() + b"\n")

    def _genuine(self, line: bytes) -> bytes | None:
        sealed, _, seal = line.rpartition(b"\t")
        payload, _, number = sealed.rpartition(b"\t")
        made = hashlib.blake2b(sealed, key=self.key, digest_size=8).hexdigest().encode()
        if not hmac.compare_digest(made, seal) or number in self._seen:
            return None
        self._seen.add(number)
        return payload

"""The tree as it was before a pull request, made from its head and its diff."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence

from fixer.bot.model import ChangedFile
from fixer.bot.patches import BadPatch, Hunk, undone
from fixer.sources.files import read_bytes
from fixer.sources.python import Unusable
from fixer.sources.source import MARKDOWN, NOTEBOOK

KINDS = (".py", NOTEBOOK, *MARKDOWN)
"""The files that are analysed."""


class AtBase:
    """The tree as it was before the pull request, as far as its diff tells; afterwards the head again."""

    def __init__(self, files: Sequence[ChangedFile], pieces: Mapping[str, Sequence[Hunk]]) -> None:
        self._files, self._pieces = files, pieces
        self._kept: dict[str, bytes | None] = {}

    def __enter__(self) -> set[str]:
        """The changed files of which the base is not known."""
        unknown: set[str] = set()
        old: dict[str, bytes | None] = {}
        for one in self._files:
            try:
                before = self._before(one)
            except (BadPatch, Unusable):
                unknown.add(one.path)
                continue
            if one.previous not in (None, one.path):
                old[one.path] = None
            if one.status == "added":
                old[one.path] = None
            elif before is not None:
                old[one.previous or one.path] = before
            else:
                unknown.add(one.path)
        for path, content in old.items():
            self._kept[path] = read_bytes(path) if os.path.isfile(path) and not os.path.islink(path) else None
            _put(path, content)
        return unknown

    def __exit__(self, *_: object) -> None:
        for path, content in self._kept.items():
            _put(path, content)

    def _before(self, one: ChangedFile) -> bytes | None:
        if one.base is not None:
            return base64.b64decode(one.base)
        if not one.path.endswith(KINDS) or os.path.islink(one.path):
            return None
        now = read_bytes(one.path) if os.path.isfile(one.path) else b""
        if one.patch is None:
            return now if one.status == "renamed" else None
        return undone(now, self._pieces[one.path])


def _put(path: str, content: bytes | None) -> None:
    if os.path.islink(path) or os.path.isdir(path) or os.path.normpath(path).startswith((os.sep, "..")):
        return
    if content is None:
        if os.path.exists(path):
            os.unlink(path)
        return
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)

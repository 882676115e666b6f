"""A baseline: the findings of an old code base that are known and not reported, so that only new ones are.

The file is JSON that a review can read. A finding is recognised by its rule, its file and the text of its line
(white space does not count), so it stays known when it moves; of several equal ones as many are known as were found.
Paths are relative to the baseline's own folder.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from fixer.config import BadSettings
from fixer.findings import Finding
from fixer.sources.lines import split_lines

if TYPE_CHECKING:
    from fixer.run import Result
    from fixer.silence import Silenced

VERSION = 1

Key = tuple[str, str, str]
"""Rule, path and the text of the line."""


def without_known(silenced: Silenced, text: str, path: str, baseline: str) -> Silenced:
    """``silenced`` with the findings that the file ``baseline`` knows silenced too. Raises BadSettings."""
    known = _read(baseline, _stamp(baseline)).copy()
    lines = split_lines(text)
    kept: list[Finding] = []
    spared = list(silenced.silenced)
    for finding in silenced.kept:
        line = lines[finding.line - 1] if finding.path == path and finding.line <= len(lines) else ""
        key = _key(finding, line, baseline)
        if known[key] > 0:
            known[key] -= 1
            spared.append(finding)
        else:
            kept.append(finding)
    return type(silenced)(tuple(kept), tuple(spared), silenced.unused)


def write(results: Iterable[Result], baseline: str) -> int:
    """Make every finding of ``results`` known in the file ``baseline``; returns how many there are. Raises OSError."""
    from fixer.silence import NAME
    from fixer.sources.files import replace_file

    found: Counter[Key] = Counter()
    for result in results:
        for finding, excerpt in zip(result.findings, result.excerpts, strict=True):
            if finding.rule != NAME:
                found[_key(finding, excerpt, baseline)] += 1
    names = ("rule", "path", "source")
    entries = [{**dict(zip(names, key, strict=True)), "count": count} for key, count in sorted(found.items())]
    replace_file(baseline, (json.dumps({"version": VERSION, "findings": entries}, indent=1) + "\n").encode())
    return sum(found.values())


def _key(finding: Finding, line: str, baseline: str) -> Key:
    folder = os.path.dirname(os.path.abspath(baseline))
    path = os.path.relpath(os.path.abspath(finding.path), folder).replace(os.sep, "/")
    return finding.rule, path, " ".join(line.split())


def _stamp(baseline: str) -> tuple[int, int] | None:
    try:
        status = os.stat(baseline)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=16)
def _read(baseline: str, stamp: tuple[int, int] | None) -> Counter[Key]:
    """The findings that a baseline knows, counted; ``stamp`` tells one state of it from another. Raises BadSettings."""
    try:
        with open(baseline, encoding="utf-8") as stream:
            data = json.load(stream)
    except OSError as error:
        hint = "; write it with `fixer check --write-baseline`" if isinstance(error, FileNotFoundError) else ""
        raise BadSettings(baseline, f"the baseline cannot be read: {(error.strerror or '').lower()}{hint}") from None
    except (ValueError, RecursionError) as error:
        raise BadSettings(baseline, f"the baseline is no JSON ({error}); restore it or write it anew") from None
    found: Counter[Key] = Counter()
    try:
        if data["version"] != VERSION:
            raise BadSettings(baseline, f"the baseline has version {data['version']}; write it anew")
        for entry in data["findings"]:
            found[str(entry["rule"]), str(entry["path"]), str(entry["source"])] += int(entry["count"])
    except (KeyError, TypeError, ValueError):
        raise BadSettings(baseline, "this is no baseline; name another file or write it anew") from None
    return found

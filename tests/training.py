"""How the tests of the reader say what they expect: in the source itself.

A line that ends in ``#-`` is there in the right script and missing in the wrong one; ``# <- verdict`` marks the line
that the wrong script is blamed for. A script without ``#-`` is only looked at as it is.
"""

from __future__ import annotations

import re
from textwrap import dedent

from fixer.protocol.events import Kind
from fixer.reading.accumulation import unscaled
from fixer.reading.lifetimes import rebuilt
from fixer.reading.reader import Reading, read
from fixer.reading.source import Project
from fixer.reading.tree import Emit, emits
from fixer.reading.updates import updates
from fixer.reading.values import Squash
from fixer.reading.verdicts import outside, stale

Fault = tuple[int, str]
"""The line that is blamed, and the verdict."""

_MARK = re.compile(r"#\s*<-\s*(\w+(?:, \w+)*)")
_ONLY_RIGHT = re.compile(r"#-\s*$")


def source(text: str) -> str:
    """A snippet of a test, as a file would hold it."""
    return dedent(text).strip("\n") + "\n"


def look(text: str, path: str = "train.py") -> Reading:
    """Read a snippet on its own: imports lead nowhere."""
    return read(source(text), path, Project(read_imports=False))


def events(reading: Reading) -> list[Emit]:
    """All event templates of all entry points, in source order."""
    return [emit for entry in reading.entries for emit in emits(entry.tree)]


def of(reading: Reading, kind: Kind) -> list[Emit]:
    """The event templates of one kind."""
    return [emit for emit in events(reading) if emit.kind is kind]


def faults(reading: Reading) -> list[Fault]:
    """Every verdict on every optimizer, and every softmax that reaches cross-entropy, each once."""
    found: list[Fault] = []
    for updated in updates(reading):
        cleared = stale(updated)
        if cleared is not None:
            found.append((cleared.backward.emit.line, "stale"))
        behind = None if updated.trouble else outside(updated)
        if behind is not None and (behind.case != "erased" or cleared is None):
            at = behind.step if behind.case == "erased" else behind.backward
            found.append((at.emit.line, "outside"))
        if not updated.trouble and cleared is None and behind is None:
            found += [(one.backward.emit.line, "unscaled") for one in unscaled(updated)]
        again = rebuilt(updated)
        if again is not None:
            found.append((again.created.emit.line, "rebuilt"))
    for emit in of(reading, Kind.LOSS):
        squash = emit.facts.get("squash")
        softmax = isinstance(squash, Squash) and squash.function == "softmax"
        if emit.facts.get("criterion") == "cross_entropy" and softmax:
            found.append((getattr(squash.node, "lineno", 0), "softmax"))
    return sorted(set(found))


def marked(text: str) -> list[Fault]:
    """The faults that a snippet says it has."""
    return sorted(
        (number, verdict)
        for number, line in enumerate(source(text).splitlines(), 1)
        for match in _MARK.findall(line)
        for verdict in match.split(", ")
    )


def wrong(text: str) -> str:
    """The snippet without the lines that only the right script has."""
    return "".join(line for line in source(text).splitlines(keepends=True) if not _ONLY_RIGHT.search(line))


def expect(text: str) -> None:
    """The right script has no fault, the wrong one exactly those that are marked."""
    text = source(text)
    broken = wrong(text)
    if broken != text:
        assert faults(look(text)) == []
    assert faults(look(broken)) == marked(broken)

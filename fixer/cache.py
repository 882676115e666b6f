"""Answers that are kept between runs: what was found in a file, as long as nothing it rests on has changed.

An answer rests on the file's bytes, its path, the working directory (findings name paths relative to it), the rules
that were asked for, the baseline, this program with its rules (those of other packages too) and Python; those make
the entry's name. It also rests on all that the reading asked of the rest of the project: which files are there, and
what they hold. Those questions lie in the entry with their answers, and are asked again before it is believed.

Only files that could be read are kept. Entries are JSON, written beside and moved into place, with a digest in front:
two runs may share a folder, and one that is cut short or spoilt counts as none. A folder is kept below ``MAX_ENTRIES``
and ``MAX_SIZE``; what was not used for longest goes first.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from fixer import __version__
from fixer.findings import Applicability, Finding, Fix, NotChecked, Shown, Span
from fixer.reading.disk import Question, answer, digest

MAX_ENTRIES = 20_000
MAX_SIZE = 100 * 1024 * 1024
"""Bytes in one folder."""

_FORMAT = 1
_TRIM_ONE_IN = 64
_DAY = 86_400.0
_KINDS = {kind.__name__: kind for kind in (Finding, Fix, NotChecked, Shown, Span)}

Fields = dict[str, Any]
"""What is kept of a result, by the names of its fields."""


def default_folder() -> str:
    """Where answers are kept if no setting says otherwise: the user's own cache, never the project's folder."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "training-fixer")


class Slot:
    """The place of one answer. ``parts`` is everything that names it, beside the program and its surroundings."""

    def __init__(self, folder: str, *parts: object) -> None:
        name = digest(repr((_FORMAT, _program(), os.getcwd(), parts)).encode("utf-8", "surrogatepass"))
        self.folder = folder
        self._path = os.path.join(folder, name[:2], name[2:] + ".json")

    def load(self) -> Fields | None:
        """The kept answer, if there is one and all that it rests on still holds."""
        try:
            with open(self._path, "rb") as stream:
                told, _, body = stream.read().partition(b"\n")
            if told.decode() != digest(body):
                return None
            entry = json.loads(body)
            if any(answer(kind, path) != found for kind, path, found in entry["rests on"]):
                return None
            fields: Fields = {name: _decoded(value) for name, value in entry["answer"].items()}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        self._used()
        return fields

    def save(self, fields: Fields, asked: Mapping[Question, object]) -> None:
        """Keep an answer and what it rests on; without effect where that cannot be written."""
        entry = {
            "answer": {name: _encoded(value) for name, value in fields.items()},
            "rests on": [[*question, found] for question, found in asked.items()],
        }
        body = json.dumps(entry, separators=(",", ":")).encode()
        temporary = f"{self._path}.{os.getpid()}.tmp"
        try:
            _prepare(self.folder)
            os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
            with open(temporary, "wb") as stream:
                stream.write(digest(body).encode() + b"\n" + body)
            os.replace(temporary, self._path)
        except OSError:
            _remove(temporary)
            return
        if int(os.path.basename(self._path)[:4], 16) % _TRIM_ONE_IN == 0:
            trim(self.folder)

    def _used(self) -> None:
        """Note, once a day, that an entry is still of use."""
        import time

        try:
            if time.time() - os.stat(self._path).st_mtime > _DAY:
                os.utime(self._path)
        except OSError:
            pass


def trim(folder: str) -> None:
    """Bring a cache folder below its bounds, the least used entries first."""
    entries = sorted(_entries(folder))
    size = sum(one[1] for one in entries)
    count = len(entries)
    if count <= MAX_ENTRIES and size <= MAX_SIZE:
        return
    # Some way below, so that this does not happen again at once.
    for _, bytes_, path in entries:
        if count <= MAX_ENTRIES * 0.8 and size <= MAX_SIZE * 0.8:
            break
        _remove(path)
        count, size = count - 1, size - bytes_


def _entries(folder: str) -> Iterator[tuple[float, int, str]]:
    """Last use, size and path of every file in a cache folder (temporary ones of killed runs too)."""
    for above, _, names in os.walk(folder):
        for name in names:
            if name.endswith((".json", ".tmp")) and above != folder:
                path = os.path.join(above, name)
                try:
                    status = os.stat(path)
                except OSError:
                    continue
                yield status.st_mtime, status.st_size, path


def _prepare(folder: str) -> None:
    """Make the folder, and tell git and backup programs that nothing in it is worth keeping."""
    if os.path.isdir(folder):
        return
    os.makedirs(folder, mode=0o700, exist_ok=True)
    notes = {
        ".gitignore": "*\n",
        "CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n# Answers of training-fixer; can be deleted.\n",
    }
    for name, text in notes.items():
        with open(os.path.join(folder, name), "w", encoding="ascii") as stream:
            stream.write(text)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass


def _encoded(value: Any) -> Any:
    """A value of findings as JSON: records as objects with their kind, tuples as lists."""
    if isinstance(value, tuple):
        return [_encoded(one) for one in value]
    if type(value).__name__ in _KINDS:
        return {"kind": type(value).__name__, **{name: _encoded(getattr(value, name)) for name in value.__slots__}}
    if isinstance(value, Applicability):
        return value.value
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(f"{type(value).__name__} is not kept in the cache")


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_decoded(one) for one in value)
    if isinstance(value, dict):
        kind = _KINDS[value.pop("kind")]
        fields = {name: _decoded(one) for name, one in value.items()}
        if kind is Fix:
            fields["applicability"] = Applicability(fields["applicability"])
        return kind(**fields)
    return value


@cache
def _program() -> tuple[object, ...]:
    """What identifies this program, its rules and what they are read with."""
    import codemods
    import fixer

    own = tuple(_stamps(os.path.dirname(package.__file__ or "")) for package in (fixer, codemods))
    return __version__, sys.version_info[:3], sys.implementation.name, own, _third_party()


def _third_party() -> tuple[object, ...]:
    """The rules of other packages: their names, versions, and the files of the packages they stand in."""
    from codemods._registry import GROUP, announced

    if not announced():
        return ()
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    found = []
    for entry in entry_points(group=GROUP):
        version = entry.dist.version if entry.dist is not None else ""
        spec = find_spec(entry.module.partition(".")[0])
        places: list[str] = []
        if spec is not None:
            places = [*(spec.submodule_search_locations or ()), *([spec.origin] if spec.origin else [])]
        found.append((entry.name, entry.value, version, tuple(_stamps(place) for place in places)))
    return tuple(sorted(found))


def _stamps(place: str) -> tuple[object, ...]:
    """Path, size and time of change of the Python files in a folder (or of one file)."""
    if os.path.isfile(place):
        status = os.stat(place)
        return (place, status.st_size, status.st_mtime_ns)
    found: list[object] = []
    for folder, inner, names in os.walk(place):
        inner[:] = sorted(name for name in inner if name != "__pycache__")
        for name in sorted(names):
            if name.endswith((".py", ".so", ".pyd")):
                status = os.stat(os.path.join(folder, name))
                found.append((os.path.join(folder, name), status.st_size, status.st_mtime_ns))
    return tuple(found)

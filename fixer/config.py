"""The settings ``[tool.fixer]`` of the nearest pyproject.toml that has them, above each file.

    [tool.fixer]
    select = ["missing-zero-grad"]         # only these rules; without it, all
    extend-select = ["redundant-softmax"]  # and these
    ignore = ["unscaled-accumulation"]     # but not these
    exclude = ["vendored/", "*_pb2.py"]    # patterns as in .gitignore, for files found in folders
    per-file-ignores = { "tests/*.py" = ["optimizer-in-loop"] }
    unsafe = true                          # diff and apply take unsafe fixes too

An unknown key or rule is an error that names the nearest known one: a setting that is silently void is worse than none.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from fixer.rules import UnknownRule, chosen, known
from fixer.sources.collect import shown

if TYPE_CHECKING:
    from fixer.sources.gitignore import Patterns

_KEYS = ("exclude", "extend-select", "ignore", "per-file-ignores", "select", "unsafe")


class BadSettings(Exception):
    """A settings file that cannot be used: its path, what is wrong, and the line (from 1) if there is one."""

    def __init__(self, path: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.path = shown(path)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one file, or the defaults (``file`` is None)."""

    file: str | None = None
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unsafe: bool = False

    def rules(self, path: str, select: tuple[str, ...] | None, ignore: tuple[str, ...]) -> frozenset[str] | None:
        """The rules for ``path`` (None: all); ``select`` and ``ignore`` come from the command line and win."""
        dropped = [*self.ignore, *ignore]
        for pattern, names in self.per_file_ignores:
            if self._matches((pattern,), path, False):
                dropped.extend(names)
        if select is not None:
            # What somebody asks for by name is not held back by the project's settings.
            return chosen(select, (), ignore)
        return chosen(self.select, self.extend_select, dropped)

    def excludes(self, path: str, is_folder: bool) -> bool:
        """Whether ``exclude`` leaves this path out (absolute, or relative to the working directory)."""
        return bool(self.exclude) and self._matches(self.exclude, path, is_folder)

    def _matches(self, patterns: tuple[str, ...], path: str, is_folder: bool) -> bool:
        base = os.path.dirname(os.path.abspath(self.file or "."))
        relative = os.path.relpath(os.path.abspath(path), base).replace(os.sep, "/")
        if relative.startswith("../"):
            return False
        return _patterns(patterns).covers(relative, is_folder)


def settings_for(path: str, config: str | None = None) -> Settings:
    """The settings for a file (or standard input's pretended file). ``config`` names a file that goes before all.

    Raises BadSettings.
    """
    return _load(config) if config else _nearest(os.path.dirname(os.path.abspath(path)))


def described(path: str, config: str | None = None) -> list[str]:
    """The settings for ``path`` in lines to read, the first of which says where they come from.

    Raises BadSettings; a missing path is one too.
    """
    if not os.path.exists(path):
        raise BadSettings(path, "no such file or folder; check the spelling")
    inside = os.path.join(path, "a.py") if os.path.isdir(path) else path
    settings = settings_for(inside, config)
    rules = settings.rules(inside, None, ())
    lines = [
        f"settings from {shown(settings.file)}"
        if settings.file
        else "no [tool.fixer] in any pyproject.toml above: the defaults apply"
    ]
    lines.append(f"rules = {', '.join(sorted(rules)) or 'none'}" if rules is not None else "rules = all")
    lines.append(f"unsafe = {str(settings.unsafe).lower()}")
    lines.append(f"exclude = {', '.join(settings.exclude) or 'nothing'}")
    lines += [f"ignored in {pattern} = {', '.join(names)}" for pattern, names in settings.per_file_ignores]
    if settings.excludes(path, os.path.isdir(path)):
        lines.append("excluded: this path is checked only if it is named itself")
    return lines


@cache
def _nearest(folder: str) -> Settings:
    """Settings of the nearest pyproject.toml with ``[tool.fixer]``; one without that table is passed over."""
    file = os.path.join(folder, "pyproject.toml")
    # Most projects have no such table: then neither the TOML reader nor the rules are imported.
    try:
        with open(file, "rb") as stream:
            mentioned = b"fixer" in stream.read()
    except OSError:
        mentioned = False
    if mentioned and "fixer" in _tool(_toml(file), file):
        return _load(file)
    parent = os.path.dirname(folder)
    return Settings() if parent == folder else _nearest(parent)


@cache
def _load(file: str) -> Settings:
    from fixer.names import unknown

    data = _toml(file)
    # A file of its own, such as fixer.toml, may hold the keys at its top.
    table = _tool(data, file).get("fixer", {} if "tool" in data or "project" in data else data)
    if not isinstance(table, dict):
        raise BadSettings(file, "[tool.fixer] must be a table")
    for key in table:
        if key not in _KEYS:
            raise BadSettings(file, unknown("key", key, _KEYS) + " (in [tool.fixer])", _line_of(file, key))
    per_file = table.get("per-file-ignores", {})
    if not isinstance(per_file, dict):
        raise BadSettings(
            file,
            "per-file-ignores must be a table from a pattern to a list of rules",
            _line_of(file, "per-file-ignores"),
        )
    unsafe = table.get("unsafe", False)
    if not isinstance(unsafe, bool):
        raise BadSettings(file, "unsafe must be true or false", _line_of(file, "unsafe"))
    return Settings(
        file=file,
        select=_rules(table, "select", file) if "select" in table else None,
        extend_select=_rules(table, "extend-select", file),
        ignore=_rules(table, "ignore", file),
        exclude=_strings(table, "exclude", file),
        per_file_ignores=tuple((pattern, _rules(per_file, pattern, file)) for pattern in per_file),
        unsafe=unsafe,
    )


def _toml(file: str) -> dict[str, object]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        with open(file, "rb") as stream:
            data: dict[str, object] = tomllib.load(stream)
            return data
    except OSError as error:
        raise BadSettings(file, f"cannot be read: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError:
        raise BadSettings(file, "the file is not UTF-8, as TOML must be") from None
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        raise BadSettings(file, f"not valid TOML: {error}", int(at[1]) if at else None) from None


def _tool(data: Mapping[str, object], file: str) -> Mapping[str, object]:
    tool = data.get("tool", {})
    return tool if isinstance(tool, dict) else {}


def _strings(table: Mapping[str, object], key: str, file: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadSettings(file, f"{key} must be a list of strings", _line_of(file, key))
    return tuple(value)


def _rules(table: Mapping[str, object], key: str, file: str) -> tuple[str, ...]:
    try:
        return known(_strings(table, key, file))
    except UnknownRule as error:
        raise BadSettings(file, f"{error} (in {key})", _line_of(file, key)) from None


def _line_of(file: str, key: str) -> int | None:
    """The line on which a key stands, for the reader's convenience (None if it is spelt in some other way)."""
    with open(file, encoding="utf-8", errors="replace") as stream:
        for number, line in enumerate(stream, 1):
            if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
                return number
    return None


@lru_cache(maxsize=64)
def _patterns(lines: tuple[str, ...]) -> Patterns:
    from fixer.sources.gitignore import Patterns

    return Patterns(lines)

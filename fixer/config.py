"""The settings ``[tool.fixer]`` of the nearest pyproject.toml that has them, above each file.

    [tool.fixer]
    select = ["missing-zero-grad"]         # only these rules; without it, all
    extend-select = ["redundant-softmax"]  # and these
    ignore = ["unscaled-accumulation"]     # but not these
    exclude = ["vendored/", "*_pb2.py"]    # patterns as in .gitignore, for files found in folders
    extend-include = ["*.md"]              # files found in folders that are not .py or .ipynb
    per-file-ignores = { "tests/*.py" = ["optimizer-in-loop"] }
    unsafe = true                          # diff and apply take unsafe fixes too

``KEYS`` lists them all. An unknown key or rule is an error that names the nearest known one: a setting that is
silently void is worse than none.
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

RULES, PATTERNS, RULES_BY_PATTERN, FLAG, PATH, SECONDS, TEXT = (
    "a list of strings",
    "a list of strings (patterns as in .gitignore)",
    "a table from a pattern to a list of rules",
    "true or false",
    "a path",
    "a number of seconds above 0",
    "a string that is not empty",
)
"""What a value can be, as an error says it."""

KEYS = {
    "select": (RULES, "Only these rules; without it, all."),
    "extend-select": (RULES, "These rules too."),
    "ignore": (RULES, "Not these rules."),
    "exclude": (PATTERNS, "Files and folders that are skipped, unless a file is named itself."),
    "extend-include": (PATTERNS, "Files in folders that are read too: Markdown (*.md, *.qmd), scripts without .py."),
    "per-file-ignores": (RULES_BY_PATTERN, "Rules that do not count in the files that a pattern names."),
    "unsafe": (FLAG, "diff and apply take unsafe fixes too."),
    "baseline": (PATH, "A file of known findings that are not reported, relative to the settings file."),
    "cache-dir": (PATH, "Where answers are kept between runs, relative to the settings file."),
    "time-limit": (SECONDS, "Seconds for one file, after which it is given up and named (default: 10)."),
}
VERIFY_KEYS: dict[str, tuple[str | tuple[str, ...], str]] = {
    "device": (("auto", "cpu", "cuda"), "Where to train."),
    "python": (TEXT, "The interpreter that runs the script (default: the active environment's)."),
    "sandbox": (FLAG, "Run the script in a sandbox, or not at all."),
}
"""The table ``[tool.fixer.verify]``; a tuple lists the strings that are allowed."""

BOT_KEYS = {
    "enabled": "Whether the bot does anything here.",
    "drafts": "Also drafts.",
    "bots": "Also pull requests that a bot opened.",
    "review": "Comments with suggestions in the diff.",
    "comment": "The summary comment.",
    "check": "The check run.",
    "sarif": "Upload to code scanning.",
    "suggest-unsafe": "Suggestions for unsafe repairs too.",
    "verify": "Prove repairs by a short training, without being asked (never for forks).",
    "fail": "Findings fail the check instead of leaving it neutral.",
}
"""The table ``[tool.fixer.bot]``: flags that the GitHub bot reads at the base branch (``fixer.bot.choices``)."""


class BadSettings(Exception):
    """A settings file that cannot be used: its path, what is wrong, and the line (from 1) if there is one."""

    def __init__(self, path: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.path = shown(path)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one file, or the defaults (``file`` is None). ``given`` holds the values as they were written."""

    file: str | None = None
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    extend_include: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unsafe: bool = False
    baseline: str | None = None
    cache_dir: str | None = None
    time_limit: float | None = None
    verify: tuple[tuple[str, object], ...] = ()

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

    def includes(self, path: str) -> bool:
        """Whether ``extend-include`` takes this file in."""
        return bool(self.extend_include) and self._matches(self.extend_include, path, False)

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


def forget() -> None:
    """Read every settings file anew when it is next needed: a program may live longer than they do."""
    for cached in (_nearest, _load):
        cached.cache_clear()


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
    if mentioned and "fixer" in _tool(read_toml(file)):
        return _load(file)
    parent = os.path.dirname(folder)
    return Settings() if parent == folder else _nearest(parent)


@cache
def _load(file: str) -> Settings:
    table = given(file)
    _check_keys(table, KEYS.keys() | {"verify", "bot"}, file, "tool.fixer")
    _bot(table.get("bot", {}), file)
    per_file = table.get("per-file-ignores", {})
    if not isinstance(per_file, dict):
        raise _wrong(file, "per-file-ignores", RULES_BY_PATTERN)
    limit = table.get("time-limit")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, (int, float)) or not 0 < limit < 1e6):
        raise _wrong(file, "time-limit", SECONDS)
    return Settings(
        file=file,
        select=_rules(table, "select", file) if "select" in table else None,
        extend_select=_rules(table, "extend-select", file),
        ignore=_rules(table, "ignore", file),
        exclude=_strings(table, "exclude", file),
        extend_include=_strings(table, "extend-include", file),
        per_file_ignores=tuple((pattern, _rules(per_file, pattern, file, "per-file-ignores")) for pattern in per_file),
        unsafe=_flag(table, "unsafe", file),
        baseline=_path(table, "baseline", file),
        cache_dir=_path(table, "cache-dir", file),
        time_limit=None if limit is None else float(limit),
        verify=_verify(table.get("verify", {}), file),
    )


def given(file: str) -> Mapping[str, object]:
    """The table ``[tool.fixer]`` as it is written. Raises BadSettings."""
    data = read_toml(file)
    # A file of its own, such as fixer.toml, may hold the keys at its top.
    table = _tool(data).get("fixer", {} if "tool" in data or "project" in data else data)
    if not isinstance(table, dict):
        raise BadSettings(file, "[tool.fixer] must be a table")
    return table


def line_of(file: str, key: str) -> int | None:
    """The line on which a key of ``[tool.fixer]`` (``verify.device`` too) stands; None if it is spelt otherwise."""
    wanted = ("tool.fixer." + key, key)
    table = ""
    with open(file, encoding="utf-8", errors="replace") as stream:
        for number, line in enumerate(stream, 1):
            header = re.match(r"\s*\[([^\[\]]+)\]", line)
            if header:
                table = _bare(header[1]) + "."
                continue
            name = re.match(r"""\s*((?:[\w\s.-]|"[^"]*"|'[^']*')+?)\s*=""", line)
            if name and (table + _bare(name[1]) == wanted[0] or (not table and _bare(name[1]) == wanted[1])):
                return number
    return None


def _bare(dotted: str) -> str:
    return re.sub(r"[\s\"']", "", dotted)


def read_toml(file: str) -> dict[str, object]:
    """A TOML file as a dictionary. Raises BadSettings."""
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
    except RecursionError:
        raise BadSettings(file, "not valid TOML: it nests too deep") from None


def _tool(data: Mapping[str, object]) -> Mapping[str, object]:
    tool = data.get("tool", {})
    return tool if isinstance(tool, dict) else {}


def _check_keys(table: Mapping[str, object], keys: set[str], file: str, where: str) -> None:
    from fixer.names import unknown

    for key in table:
        if key not in keys:
            dotted = f"{where}.{key}".removeprefix("tool.fixer.")
            raise BadSettings(file, unknown("key", key, keys) + f" (in [{where}])", line_of(file, dotted))


def _wrong(file: str, key: str, kind: str) -> BadSettings:
    return BadSettings(file, f"{key} must be {kind}", line_of(file, key))


def _verify(table: object, file: str) -> tuple[tuple[str, object], ...]:
    if not isinstance(table, dict):
        raise _wrong(file, "verify", "a table")
    _check_keys(table, set(VERIFY_KEYS), file, "tool.fixer.verify")
    for key, value in table.items():
        kind = VERIFY_KEYS[key][0]
        if not isinstance(kind, str):
            if value not in kind:
                raise _wrong(file, f"verify.{key}", f"one of {', '.join(kind)}")
        elif not isinstance(value, bool if kind == FLAG else str) or value == "":
            raise _wrong(file, f"verify.{key}", kind)
    python = table.get("python", "")
    if os.sep in python:  # a path, and no command to be searched for
        table = {**table, "python": os.path.join(os.path.dirname(os.path.abspath(file)), os.path.expanduser(python))}
    return tuple(table.items())


def _bot(table: object, file: str) -> None:
    """Raise BadSettings if the bot's table cannot be used; it is the bot that reads it."""
    if not isinstance(table, dict):
        raise _wrong(file, "bot", "a table")
    _check_keys(table, set(BOT_KEYS), file, "tool.fixer.bot")
    for key, value in table.items():
        if not isinstance(value, bool):
            raise _wrong(file, f"bot.{key}", FLAG)


def _flag(table: Mapping[str, object], key: str, file: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise _wrong(file, key, FLAG)
    return value


def _path(table: Mapping[str, object], key: str, file: str) -> str | None:
    """A path, taken from the folder of the settings file."""
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value or "\0" in value:
        raise _wrong(file, key, PATH)
    return os.path.join(os.path.dirname(os.path.abspath(file)), os.path.expanduser(value))


def _strings(table: Mapping[str, object], key: str, file: str, inside: str | None = None) -> tuple[str, ...]:
    """The list at ``key``; ``inside`` is the key that holds the table, where it is not ``[tool.fixer]`` itself."""
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadSettings(file, f"{_named(key, inside)} must be a list of strings", _place(file, key, inside))
    return tuple(value)


def _rules(table: Mapping[str, object], key: str, file: str, inside: str | None = None) -> tuple[str, ...]:
    try:
        return known(_strings(table, key, file, inside))
    except UnknownRule as error:
        raise BadSettings(file, f"{error} (in {_named(key, inside)})", _place(file, key, inside)) from None


def _named(key: str, inside: str | None) -> str:
    return key if inside is None else f"{inside}, {key!r}"


def _place(file: str, key: str, inside: str | None) -> int | None:
    """The line of a key: of its own in a table of its own, or of the inline table that holds it."""
    return line_of(file, key) if inside is None else line_of(file, f"{inside}.{key}") or line_of(file, inside)


@lru_cache(maxsize=64)
def _patterns(lines: tuple[str, ...]) -> Patterns:
    from fixer.sources.gitignore import Patterns

    return Patterns(lines)

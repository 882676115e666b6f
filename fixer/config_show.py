"""The settings that apply to a path, and where each of them comes from: ``fixer config`` and the schema for editors."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from fixer.config import (
    BOT_KEYS,
    FLAG,
    KEYS,
    PATH,
    PATTERNS,
    RULES,
    RULES_BY_PATTERN,
    SECONDS,
    VERIFY_KEYS,
    BadSettings,
    given,
    line_of,
    settings_for,
)
from fixer.sources.collect import shown

_DEFAULTS: dict[str, object] = {"select": None, "unsafe": False, "baseline": None, "time-limit": 10}
_DEFAULT = "default"


def described(path: str, config: str | None = None) -> dict[str, Any]:
    """The settings for a file or folder.

    ``file``: the settings file (None: there is none); ``rules``: the rules that count, by name; ``excluded``: whether
    the path is checked only if it is named; ``settings``: for every key its ``value`` and ``origin`` (``default``, or
    file and line). Raises BadSettings; a missing path is one too.
    """
    if not os.path.exists(path):
        raise BadSettings(path, "no such file or folder; check the spelling")
    from fixer.rules import pages

    inside = os.path.join(path, "a.py") if os.path.isdir(path) else path
    settings = settings_for(inside, config)
    rules = settings.rules(inside, None, ())
    return {
        "path": shown(path),
        "file": None if settings.file is None else shown(settings.file),
        "rules": sorted(pages() if rules is None else rules),
        "excluded": settings.excludes(path, os.path.isdir(path)),
        "settings": _values(settings.file),
    }


def _values(file: str | None) -> dict[str, dict[str, object]]:
    from fixer import cache

    table = {} if file is None else given(file)
    verify = table.get("verify", {})
    assert isinstance(verify, dict), "the settings have been read"
    defaults = {"cache-dir": shown(cache.default_folder()), **_DEFAULTS}
    found = {}
    for key, (kind, _) in KEYS.items():
        empty: object = {} if kind == RULES_BY_PATTERN else []
        found[key] = _value(file, key, table, key, defaults.get(key, empty))
    for key in VERIFY_KEYS:
        found[f"verify.{key}"] = _value(file, f"verify.{key}", verify, key, None)
    return found


def _value(file: str | None, name: str, table: Mapping[str, object], key: str, default: object) -> dict[str, object]:
    if file is None or key not in table:
        return {"value": default, "origin": _DEFAULT}
    line = line_of(file, name)
    return {"value": table[key], "origin": shown(file) if line is None else f"{shown(file)}:{line}"}


def lines(told: dict[str, Any]) -> list[str]:
    """What ``described`` gives, in lines to read: values as TOML writes them, then where they come from."""
    head = "no [tool.fixer] in any pyproject.toml above: the defaults apply"
    out = [f"settings from {told['file']}" if told["file"] else head]
    out.append(f"rules: {', '.join(told['rules']) or 'none'}")
    if told["excluded"]:
        out.append("excluded: this path is checked only if it is named itself")
    shown_values = {key: f"{key} = {_toml(one['value'])}" for key, one in told["settings"].items()}
    wide = min(48, max(map(len, shown_values.values())))
    return out + [f"{text:<{wide}}  # {told['settings'][key]['origin']}" for key, text in shown_values.items()]


def _toml(value: object) -> str:
    """A value as TOML writes it; what is not set is said in words."""
    if value is None:
        return "(not set)"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + " }" if value else "{}"
    return json.dumps(value, ensure_ascii=False)


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 7, which editors read) of the table ``[tool.fixer]``."""
    # Rules are not listed: other packages add theirs.
    strings = {"type": "array", "items": {"type": "string"}}
    kinds: dict[str, dict[str, Any]] = {
        RULES: strings,
        PATTERNS: strings,
        RULES_BY_PATTERN: {"type": "object", "additionalProperties": strings},
        FLAG: {"type": "boolean"},
        PATH: {"type": "string", "minLength": 1},
        SECONDS: {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1000000},
    }
    properties = {key: {"description": text, **kinds[kind]} for key, (kind, text) in KEYS.items()}
    verify: dict[str, Any] = {}
    for key, (allowed, text) in VERIFY_KEYS.items():
        told = kinds.get(allowed, kinds[PATH]) if isinstance(allowed, str) else {"enum": list(allowed)}
        verify[key] = {"description": text, **told}
    properties["verify"] = {
        "type": "object",
        "description": "Settings of `fixer verify`.",
        "additionalProperties": False,
        "properties": verify,
    }
    properties["bot"] = {
        "type": "object",
        "description": "Settings of the GitHub bot, read at the base branch.",
        "additionalProperties": False,
        "properties": {key: {"description": text, "type": "boolean"} for key, text in BOT_KEYS.items()},
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "training-fixer: the table [tool.fixer] of pyproject.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }

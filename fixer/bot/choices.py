"""The bot's settings of a repository: ``[tool.fixer.bot]`` in the pyproject.toml at the top of the base branch.

    [tool.fixer.bot]
    enabled = true          # false: the bot does nothing here
    drafts = false          # also drafts
    bots = false            # also pull requests that a bot opened
    review = true           # comments with suggestions in the diff
    comment = true          # the summary
    check = true            # the check run
    sarif = false           # upload to code scanning
    suggest-unsafe = true   # suggestions for unsafe repairs too
    verify = false          # prove repairs by a short training, without being asked (never for forks)
    fail = false            # findings fail the check instead of leaving it neutral

Nothing of this is read from the pull request itself: a stranger must not switch the bot on or off.
"""

from __future__ import annotations

import sys
from typing import Any

from fixer.bot.model import Choices
from fixer.config import BOT_KEYS
from fixer.names import unknown


class BadChoices(Exception):
    """Settings that cannot be used: what is wrong."""


def choices(pyproject: bytes | None) -> Choices:
    """The settings in the text of a pyproject.toml (None: there is none). Raises BadChoices."""
    if pyproject is None or b"fixer" not in pyproject:
        return Choices()
    try:
        tool = _toml(pyproject).get("tool", {})
    except ValueError as error:  # of which UnicodeDecodeError and TOMLDecodeError are kinds
        raise BadChoices(f"not valid TOML: {error}") from None
    table = tool.get("fixer", {}) if isinstance(tool, dict) else {}
    own = table.get("bot", {}) if isinstance(table, dict) else {}
    if not isinstance(own, dict):
        raise BadChoices("[tool.fixer.bot] must be a table")
    given: dict[str, Any] = {}
    for key, value in own.items():
        if key not in BOT_KEYS:
            raise BadChoices(unknown("key", key, BOT_KEYS) + " (in [tool.fixer.bot])")
        if not isinstance(value, bool):
            raise BadChoices(f"{key} must be true or false (in [tool.fixer.bot])")
        given[key.replace("-", "_")] = value
    unsafe = table.get("unsafe", False) if isinstance(table, dict) else False
    return Choices(**given, apply_unsafe=unsafe is True)


def _toml(raw: bytes) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return dict(tomllib.loads(raw.decode()))

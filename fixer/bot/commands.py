"""``/fixer`` commands in comments: what is asked, and the answers that need no work."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fixer.bot import markdown as md
from fixer.bot.model import Analysis

NAMES = ("apply", "verify", "ignore", "explain", "help")
MAX_COMMANDS = 3
MAX_PATCH = 50_000

_LINE = re.compile(r"^ {0,3}/fixer(?![\w-])(.*)$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_SHA = re.compile(r"[0-9a-f]{7,40}")

HELP = """Commands, each alone on a line, from people with write permission:

| command | what it does |
|---|---|
| `/fixer apply` | commits the safe repairs on this branch (`--unsafe`: all; `/fixer apply RULE`: of one rule) |
| `/fixer verify` | trains the repaired scripts for a few steps before and after, in a sandbox, and compares |
| `/fixer ignore RULE` | drops a rule on this pull request |
| `/fixer explain RULE` | what a rule is about |
| `/fixer help` | this list |"""


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its name (``""``: none that is known), rules, and options. ``sha`` pins what may be run."""

    name: str
    rules: tuple[str, ...] = ()
    unsafe: bool = False
    sha: str = ""
    problem: str = ""


def parse(body: str) -> list[Command]:
    """The commands of a comment, in order. Quotes and code blocks are somebody else's words."""
    found: list[Command] = []
    fence = ""
    for line in body.splitlines():
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        command = None if fence or mark else _LINE.match(line)
        if command is not None and len(found) < MAX_COMMANDS:
            found.append(_command(command[1].split()))
    return found


def _command(words: list[str]) -> Command:
    from fixer.rules import UnknownRule, known

    name = words[0].lower() if words else "help"
    if name not in NAMES:
        from fixer.names import unknown

        return Command("", problem=unknown("command", name[:40], NAMES))
    unsafe, sha, rules = False, "", []
    for word in words[1:]:
        if word == "--unsafe" and name == "apply":
            unsafe = True
        elif name == "verify" and _SHA.fullmatch(word.lower()):
            sha = word.lower()
        else:
            rules.append(word[:60])
    if name in ("help", "verify") and rules:
        return Command("", problem=f"/fixer {name} takes no {rules[0]}")
    try:
        chosen = known(rules)
    except UnknownRule as error:
        return Command("", problem=str(error))
    if name in ("ignore", "explain") and len(chosen) != 1:
        return Command("", problem=f"/fixer {name} takes the name of one rule")
    return Command(name, chosen, unsafe, sha)


def problem_text(problem: str) -> str:
    """The answer to what is no command."""
    return f"{md.plain(problem)}\n\n{HELP}"


def explained(rule: str) -> str:
    """A rule's page."""
    from fixer.rules import page

    # The page's own headings would shout in a comment.
    return re.sub(r"^#+ (.+)$", r"**\1**", page(rule), flags=re.MULTILINE)


def by_hand(why: str, analysis: Analysis) -> str:
    """How to apply the repairs where the bot may not."""
    head = f"The repairs were **not** committed: {md.plain(why)}."
    if len(analysis.patch) > MAX_PATCH:
        return f"{head}\n\nOn the branch, run `pip install training-fixer`, then `fixer apply` on:\n\n" + "\n".join(
            f"- {md.code(one.path)}" for one in analysis.rewritten[:100]
        )
    block = md.fenced(analysis.patch, "diff")
    how = "Save this as `fixer.patch` in the repository, then run `git apply fixer.patch` on the branch and commit:"
    return f"{head}\n\n{how}\n\n{block}"

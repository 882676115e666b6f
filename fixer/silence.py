"""# unused-ignore

## What it does

Reports a `# fixer: ignore[...]` comment that silences nothing, names no rule, or names a rule that does not exist.

## Why is this bad?

Such a comment outlives the code it was written for, and hides the next bug of that rule on its line. A misspelt
name hides nothing at all.

## How it looks from outside

* A finding that somebody meant to silence with a comment is still reported.
* A bug comes back on a line where it was silenced years ago, and nobody hears of it.

## Example

```python
for x, y in loader:
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()  # fixer: ignore[missing-zero-grad]
    optimizer.step()
```

## Fix

Delete the comment, or correct the name:

- `# fixer: ignore[rule]` at the end of a line, or alone on the line above, silences that rule there; several names
  are separated by commas;
- `# fixer: ignore-file[rule]` anywhere silences it in the whole file;
- `# noqa: rule` on the line is honoured as well, and never reported as unused.

## When it is not a bug

A comment for a rule that this run did not use (`--select`, `--ignore`, the settings) is not reported.

## Fix safety

The comment is not deleted automatically: its author may have meant another rule or line.

## References

* The section "Silencing" of the README
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from fixer.findings import Applicability, Finding, Fix, Span
from fixer.names import unknown
from fixer.sources.lines import split_lines

NAME = "unused-ignore"
SUMMARY = "a `# fixer: ignore[...]` comment silences nothing"

_WORTH_READING = re.compile(r"#.*(?:fixer:\s*ignore|noqa:)", re.IGNORECASE)
_IGNORE = re.compile(r"#\s*fixer:\s*(ignore-file|ignore)\b(?:\s*\[([^\]#]*)\])?")
_NOQA = re.compile(r"#\s*noqa:\s*([\w-]+(?:[\s,]+[\w-]+)*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Comment:
    """A silencing comment: where it stands, the rules it names, and the line it speaks for (None: all lines)."""

    span: Span
    rules: tuple[str, ...]
    line: int | None
    noqa: bool = False

    def covers(self, finding: Finding) -> bool:
        """Whether it silences ``finding``, whose statement may reach over several lines."""
        if finding.rule not in self.rules:
            return False
        return self.line is None or finding.span.line <= self.line <= finding.span.end_line


@dataclass(frozen=True, slots=True)
class Silenced:
    """The findings that stay, those that a comment silences, and a finding for every comment without use."""

    kept: tuple[Finding, ...]
    silenced: tuple[Finding, ...]
    unused: tuple[Finding, ...]


def comments(text: str) -> tuple[Comment, ...]:
    """The silencing comments of a Python text. Strings that contain such words do not count."""
    if not _WORTH_READING.search(text):
        return ()
    import tokenize

    # Every line end becomes a plain one: the tokenizer of older versions knows no lone carriage return.
    lines = [line.rstrip("\r\n") + "\n" for line in split_lines(text)]
    found: list[Comment] = []
    try:
        for token in tokenize.generate_tokens(iter(lines).__next__):
            if token.type == tokenize.COMMENT:
                found.extend(_read(token.string, token.start, lines))
    except (tokenize.TokenError, SyntaxError):
        pass  # what follows cannot be told apart; the text has been refused, or will be
    return tuple(found)


def silence(text: str, path: str, findings: Iterable[Finding], ran: Collection[str] | None) -> Silenced:
    """Part ``findings`` of the source ``text`` by its silencing comments.

    ``ran`` holds the names of the rules that were run (None: all): a comment for another rule is not unused.
    """
    spoken = comments(text)
    kept: list[Finding] = []
    silenced: list[Finding] = []
    used: set[tuple[Span, str]] = set()
    for finding in findings:
        covering = [comment for comment in spoken if finding.path == path and comment.covers(finding)]
        used.update((comment.span, finding.rule) for comment in covering)
        (silenced if covering else kept).append(finding)
    unused = _unused(path, spoken, used, ran) if ran is None or NAME in ran else ()
    # A comment may silence the report about itself, or about the comment below it.
    loud = [finding for finding in unused if not any(comment.covers(finding) for comment in spoken)]
    return Silenced(tuple(kept), tuple(silenced), tuple(loud))


def _read(comment: str, start: tuple[int, int], lines: list[str]) -> Iterable[Comment]:
    line, column = start
    alone = not lines[line - 1][:column].strip()
    speaks_for = _next_code(lines, line) if alone else line
    for match in _IGNORE.finditer(comment):
        place = Span(line, column + match.start() + 1, line, column + match.end() + 1)
        rules = tuple(name.strip() for name in (match[2] or "").split(",") if name.strip())
        yield Comment(place, rules, None if match[1] == "ignore-file" else speaks_for)
    for match in _NOQA.finditer(comment):
        place = Span(line, column + match.start() + 1, line, column + match.end() + 1)
        yield Comment(place, tuple(re.split(r"[\s,]+", match[1])), line, noqa=True)


def _next_code(lines: list[str], line: int) -> int:
    """The line that a comment alone on ``line`` speaks for: the next one, further comments skipped."""
    while line < len(lines) and lines[line].lstrip().startswith("#"):
        line += 1
    return line + 1


def _unused(
    path: str, spoken: tuple[Comment, ...], used: set[tuple[Span, str]], ran: Collection[str] | None
) -> tuple[Finding, ...]:
    if all(comment.noqa for comment in spoken):
        return ()
    from fixer.rules import pages

    names = pages()
    found = []
    for comment in spoken:
        if comment.noqa:
            continue
        if not comment.rules:
            found.append(_finding(path, comment, "This comment names no rule; write `# fixer: ignore[rule]`."))
        for rule in comment.rules:
            if rule not in names:
                found.append(_finding(path, comment, f"This comment silences nothing: {unknown('rule', rule, names)}"))
            elif rule != NAME and (comment.span, rule) not in used and (ran is None or rule in ran):
                found.append(_finding(path, comment, f"This comment silences nothing: `{rule}` finds no bug here."))
    return tuple(found)


def _finding(path: str, comment: Comment, message: str) -> Finding:
    fix = Fix(
        Applicability.NONE,
        "delete the comment, or name the rule that was meant",
        "its author may have meant another rule or line",
    )
    return Finding(NAME, path, comment.span, message, (), fix)

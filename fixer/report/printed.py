"""Prints what a command has found or done, in the format that was asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from fixer.run import Result
from fixer.sources.collect import STDIN

if TYPE_CHECKING:
    from fixer.commands import Asked, Done


def say(text: str, stream: TextIO | None = None) -> None:
    """Print one text as it is."""
    print(text, file=stream)


def show_checked(asked: Asked, done: Done) -> None:
    """What was found."""
    if asked.statistics:
        _show_statistics(asked, done)
    elif asked.format == "text":
        _show_findings(asked, done)
    elif asked.format == "json":
        from fixer.report import json

        say(json.dumps(json.checked(done.results, done.problems, asked.verbose)))
    elif asked.format == "sarif":
        from fixer.report import json, sarif
        from fixer.rules import pages

        summaries = (
            {name: page.SUMMARY for name, page in pages().items()} if any(r.findings for r in done.results) else {}
        )
        say(json.dumps(sarif.log(done.results, done.problems, summaries, _repair_rule)))
    elif asked.format == "html":
        from fixer.report.html.page import checked

        say(checked(done.results, done.problems, short(asked.paths)))
    elif asked.format == "junit":
        from fixer.report import junit

        say(junit.document(done.results, done.problems))
    else:
        from fixer.report import github

        for line in github.lines(done.results, done.problems):
            say(line)


def _show_statistics(asked: Asked, done: Done) -> None:
    from fixer.report import json, layout, statistics, text

    if asked.format == "json":
        say(json.dumps(json.counted(done.results, done.problems, statistics.counted(done.results))))
        return
    layout.show(map(text.problem, done.problems), sys.stderr)
    layout.show(statistics.lines(done.results))
    if not asked.quiet and done.results:
        checked = [result for result in done.results if not result.problems]
        layout.show(text.summary(checked, len(done.problems), short(asked.paths)))


def _repair_rule(result: Result, rule: str) -> str | None:
    """The text of a file (of Markdown, the whole file) after one rule's repairs, or None if there are none."""
    from fixer import engine, silence
    from fixer.sources.python import Unusable
    from fixer.sources.source import read, shown_text

    source = read(result.path, result.raw or b"")
    if rule == silence.NAME or any(
        comment.rules and rule in comment.rules for comment in silence.comments(source.text)
    ):
        return None
    repaired = engine.repair(source.text, result.path, [rule], unsafe=True)
    if not repaired.applied:
        return None
    try:
        return shown_text(read(result.path, source.with_text(repaired.text)), result.path)
    except Unusable:
        return None


def _show_findings(asked: Asked, done: Done) -> None:
    from fixer.report import layout, text

    layout.show(map(text.problem, done.problems), sys.stderr)
    for result in done.results:
        layout.show(text.findings(result))
    if asked.verbose:
        layout.show(line for result in done.results for line in text.not_checked(result.not_checked))
    if not asked.quiet and done.results:
        checked = [result for result in done.results if not result.problems]
        layout.show(text.summary(checked, len(done.problems), short(asked.paths)))


def short(paths: Sequence[str]) -> str:
    """The paths of the command line as a shell takes them, or a placeholder if they are many or not to be had again."""
    from shlex import join

    return join(paths) if len(paths) <= 3 and STDIN not in paths else "PATH..."


def show_patches(patches: dict[str, bytes]) -> None:
    """The patches of files, by path: coloured at a terminal, else bytes that git and patch take."""
    from fixer.report import layout

    if not layout.is_terminal(sys.stdout):
        # Bytes, not text: what git and patch read must be what apply writes, whatever the file's encoding.
        sys.stdout.flush()
        sys.stdout.buffer.write(b"".join(patches.values()))
        sys.stdout.buffer.flush()
        return
    from fixer.interactive import show_patch

    for patch in patches.values():
        show_patch(patch)


def show_kept(asked: Asked, done: Done) -> None:
    """The notes beside a patch: on standard error, so that the patch can be piped."""
    from fixer.report import layout, text

    layout.show(map(text.problem, done.problems), sys.stderr)
    if not asked.quiet:
        for result in done.results:
            layout.show(text.repaired(replace(result, applied=()), ""), sys.stderr)


def show_applied(asked: Asked, done: Done) -> None:
    """What was repaired, and what is left."""
    from fixer.report import layout, text

    out = sys.stderr if STDIN in asked.paths else sys.stdout
    layout.show(map(text.problem, done.problems), sys.stderr)
    for result in done.results:
        layout.show(text.repaired(result, "silenced" if asked.options.add_ignore else "repaired"), out)
    if asked.quiet or not done.results:
        return
    fixed = sum(len(result.applied) for result in done.results)
    kept = sum(len(result.kept) for result in done.results)
    files = text.count(sum(1 for result in done.results if result.new is not None), "file")
    left = f", {text.count(kept, 'finding')} left" if kept else ""
    verb = "Silenced" if asked.options.add_ignore else "Repaired"
    said = f"{verb} {text.count(fixed, 'finding')} in {files}{left}." if fixed or kept else "Nothing to repair."
    layout.show([((said, "bold"),)], out)


def warn_of_dirty(done: Done) -> None:
    """Name the files that git could not give back, on standard error."""
    from fixer.clean import dirty
    from fixer.report import layout

    paths = [result.path for result in done.results if result.new is not None and result.path != STDIN]
    told = "after the repair the two cannot be told apart; commit or copy it first"
    layout.show(
        ((("warning: ", "bold yellow"), (f"{path}: {why}; {told}", "")) for path, why in dirty(paths)), sys.stderr
    )

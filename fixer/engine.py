"""Check one source: read, judge, rewrite, read again, until nothing changes.

Every front end (command line, hooks, bot) goes through the two functions here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fixer.findings import Applicability, Finding, NotChecked

if TYPE_CHECKING:
    from codemods._claim import Claim
    from fixer.reading.reader import Reading

MAX_REWRITES = 100
"""Rewrites of one source; each silences at least one finding, so this is never reached in practice."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer for one source: findings in source order, and what was not checked."""

    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...] = ()
    elsewhere: tuple[Finding, ...] = ()
    """What this source shows of other files of its project: findings whose ``path`` is theirs."""
    shown_by_others: tuple[Finding, ...] = ()
    """What only the files that import this source show of it."""
    called_in_a_loop: bool = False
    """It holds an update whose loop is not in sight: the files that call it may show more."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding that was not rewritten, and why ("unsafe", or the reason its rewrite was dropped)."""

    finding: Finding
    why: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """The rewritten text, the findings repaired (each as it stood when its turn came), and those that were kept."""

    text: str
    applied: tuple[Finding, ...]
    kept: tuple[Kept, ...]
    others: Mapping[str, str] = field(default_factory=dict)
    """The new texts of other files that changed, by path."""


class SourceError(ValueError):
    """The text cannot be read as Python 3: ``line`` counts from 1 (None if there is no line to name)."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def check(
    text: str, path: str, rules: Iterable[str] | None = None, importers: bool = False, training: bool = True
) -> Checked:
    """Find what violates the gradient protocol in ``text``.

    ``path`` names the source in findings and places it in its project (imports are resolved from there).
    ``rules`` limits the rules (None: all). ``importers``: also read the files of the project that import this one, for
    what only they can show of it. ``training`` False: only how modules are made is read (of a file that is known to
    train nothing). Raises SourceError if the text is no Python 3.
    """
    from fixer.reading.gaps import gaps

    sources = _Sources(path, {path: text}, None if rules is None else frozenset(rules), importers, training)
    reading, claims = _claims(sources)
    found = [claim.finding for claim in claims]
    here, elsewhere = ([f for f in found if f.path == path], [f for f in found if f.path != path])
    own = {(f.rule, f.span) for f in here}
    if importers:
        own = {(c.finding.rule, c.finding.span) for c in _claims_of(reading, sources.rules)}
    return Checked(
        tuple(f for f in here if (f.rule, f.span) in own),
        gaps(reading),
        tuple(elsewhere),
        tuple(f for f in here if (f.rule, f.span) not in own),
        _without_loop(reading),
    )


def _without_loop(reading: Reading) -> bool:
    """Whether a backward stands in no loop that is in sight, in a function that others may call in one."""
    from fixer.protocol.events import Kind
    from fixer.reading.tree import locate

    looped: dict[int, bool] = {}
    for entry in reading.entries:
        for place in locate(entry.tree):
            if place.emit.kind is Kind.BACKWARD and place.emit.module is reading.module:
                key = id(place.emit.node)
                looped[key] = looped.get(key, False) or bool(place.loops) or entry.name == "the module"
    return not all(looped.values())


def repair(
    text: str,
    path: str,
    rules: Iterable[str] | None = None,
    unsafe: bool = False,
    accept: Callable[[Finding], bool] | None = None,
    others: Mapping[str, str] | None = None,
    importers: bool = False,
) -> Repaired:
    """Rewrite ``text`` one finding at a time, reading it again after each, until nothing changes.

    Only safe fixes are applied unless ``unsafe``, and only those of findings that ``accept`` lets pass (their lines
    count in the text as it then is: earlier repairs move them). ``others`` holds the texts of further files, by path,
    that may be changed as well; without them, a repair that reaches into another file is kept back. A rewrite that
    does not parse, that does not silence its own finding, or that makes a new one is dropped and listed in ``kept``.
    Raises SourceError as ``check`` does.
    """
    chosen = None if rules is None else frozenset(rules)
    sources = _Sources(path, {**(others or {}), path: text}, chosen, importers)
    _, claims = _claims(sources)
    applied: list[Finding] = []
    dropped: dict[tuple[str, str], str] = {}
    for _ in range(MAX_REWRITES):
        claim = next(
            (c for c in claims if _wanted(sources, c, unsafe, accept) and _key(sources, c) not in dropped), None
        )
        if claim is None:
            break
        try:
            changed = sources.changed(_rewritten(sources, claim))
            after = _claims(changed)[1]
        except (_Dropped, SourceError) as error:
            dropped[_key(sources, claim)] = str(error)
            continue
        why = _worse(claim, claims, after)
        if why:
            dropped[_key(sources, claim)] = why
            continue
        applied.append(claim.finding)
        sources, claims = changed, after
    kept = tuple(Kept(c.finding, dropped.get(_key(sources, c)) or _unwritten(sources, c, unsafe)) for c in claims)
    rewritten = {other: new for other, new in sources.texts.items() if other != path and new != (others or {})[other]}
    return Repaired(sources.texts[path], tuple(applied), kept, rewritten)


@dataclass(frozen=True, slots=True)
class _Sources:
    """The texts that may be rewritten, by path, the one that is read, and how it is read."""

    path: str
    texts: Mapping[str, str]
    rules: frozenset[str] | None
    importers: bool
    training: bool = True

    def changed(self, texts: Mapping[str, str]) -> _Sources:
        return replace(self, texts={**self.texts, **texts})


class _Dropped(Exception):
    """A rewrite that cannot be trusted; the text says why."""


def _claims(sources: _Sources) -> tuple[Reading, list[Claim]]:
    """All claims of the chosen rules, in source order: those in the file itself first."""
    from fixer.reading.reader import read, read_module
    from fixer.reading.source import Project

    path = sources.path
    project = Project(texts={other: text for other, text in sources.texts.items() if other != path})
    try:
        reading = read(sources.texts[path], path, project, sources.training)
    except SyntaxError as error:
        raise SourceError(error.msg or "invalid syntax", error.lineno) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(str(error) or "it nests too deep to be parsed") from None
    claims = _claims_of(reading, sources.rules)
    for importer in (project.importers(path) or ()) if sources.importers else ():
        module = project.at(importer)
        if module is not None:
            theirs = _claims_of(read_module(module, project), sources.rules)
            claims += [claim for claim in theirs if claim.finding.path == path]
    unique = {(c.finding.rule, c.finding.path, c.finding.span): c for c in reversed(claims)}
    return reading, sorted(
        unique.values(), key=lambda c: (c.finding.path != path, c.finding.path, c.finding.span, c.finding.rule)
    )


def _claims_of(reading: Reading, rules: frozenset[str] | None) -> list[Claim]:
    from codemods._registry import rules as registered

    return [
        claim for name, rule in registered().items() if rules is None or name in rules for claim in rule.claims(reading)
    ]


def _wanted(sources: _Sources, claim: Claim, unsafe: bool, accept: Callable[[Finding], bool] | None) -> bool:
    applicability = claim.finding.fix.applicability
    allowed = applicability is Applicability.SAFE or unsafe and applicability is Applicability.UNSAFE
    return (
        allowed and not claim.waits and not _out_of_reach(sources, claim) and (accept is None or accept(claim.finding))
    )


def _out_of_reach(sources: _Sources, claim: Claim) -> list[str]:
    """The files that a repair changes and that may not be changed."""
    return [path for path in claim.by_file() if path not in sources.texts]


def _unwritten(sources: _Sources, claim: Claim, unsafe: bool) -> str:
    fix = claim.finding.fix
    if fix.applicability is Applicability.NONE:
        return fix.reason
    if claim.waits:
        return "another repair has to come first"
    if fix.applicability is Applicability.UNSAFE and not unsafe:
        return "unsafe"
    missing = _out_of_reach(sources, claim)
    return f"its repair changes {' and '.join(missing)} too" if missing else "not rewritten"


def _key(sources: _Sources, claim: Claim) -> tuple[str, str]:
    """A claim that stays recognisable while lines above it move."""
    line, path = claim.finding.line, claim.finding.path
    if path not in sources.texts:
        return claim.finding.rule, f"{path}:{line}"
    lines = sources.texts[path].splitlines()
    return claim.finding.rule, "\n".join([path, *lines[max(0, line - 2) : line + 1]])


def _rewritten(sources: _Sources, claim: Claim) -> dict[str, str]:
    """The texts that one rewrite changes, by path. Raises _Dropped."""
    return {path: _rewritten_file(sources.texts[path], claim.only(edits)) for path, edits in claim.by_file().items()}


def _rewritten_file(text: str, claim: Claim) -> str:
    """The text after one rewrite. Raises _Dropped."""
    import libcst

    from codemods._registry import rewrite, rules

    try:
        body, tail = _faithful(text)
        module = libcst.parse_module(body)
        changed = rewrite(rules()[claim.finding.rule], module, claim).code + tail
    except libcst.ParserSyntaxError:
        raise _Dropped("the file cannot be rewritten without losing its formatting") from None
    except libcst.CSTLogicError as error:
        raise _Dropped(f"the rewrite failed: {error}") from None
    except ValueError as error:
        raise _Dropped(str(error)) from None
    if changed == text:
        raise _Dropped("the rewrite changes nothing")
    return changed


def _faithful(text: str) -> tuple[str, str]:
    """The text as LibCST gives it back byte for byte, and the white tail that it would not. Raises _Dropped."""
    import libcst

    if libcst.parse_module(text).code == text:
        return text, ""
    body = text.rstrip()
    if libcst.parse_module(body).code == body:
        return body, text[len(body) :]
    raise _Dropped("the file's line ends cannot be kept as they are")


def _worse(claim: Claim, before: list[Claim], after: list[Claim]) -> str:
    """Why a rewrite is not to be trusted: its finding is still there, or another one came up."""
    from codemods._registry import rules as registered

    counts = {name: (_count(before, name), _count(after, name)) for name in {c.finding.rule for c in [*before, *after]}}
    own = claim.finding.rule
    if counts[own][1] >= counts[own][0]:
        return "the rewrite does not silence its finding"
    reveals: frozenset[str] = getattr(registered()[own], "REVEALS", frozenset())
    for name, (was, now) in counts.items():
        if now > was and name not in reveals:
            return f"the rewrite makes a new finding ({name})"
    return ""


def _count(claims: list[Claim], rule: str) -> int:
    return sum(claim.finding.rule == rule for claim in claims)

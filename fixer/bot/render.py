"""What a review says: pure functions from findings to the texts and payloads that GitHub takes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from fixer.bot import markdown as md
from fixer.bot.chart import chart, table
from fixer.bot.model import Found, Proof, Review, Trouble
from fixer.report.text import count

NAME = "training-fixer"
MAX_INLINE = 30
"""Review comments in one review; the summary holds the rest."""
MAX_ANNOTATIONS = 50
"""Annotations in one request (docs.github.com)."""
MAX_SUGGESTED = 60
"""Lines of a suggestion; a longer one is shown as a diff."""
CHECK_TEXT = 65_000

APPLY, VERIFY = "apply", "verify"
_SAFETY = {
    "safe": "safe: the intent is certain",
    "unsafe": "look first: the training changes",
    "none": "by hand",
}


def inline(review: Review, posted: frozenset[str] = frozenset()) -> list[Found]:
    """The findings that get a comment in the diff, at most MAX_INLINE with those already ``posted``."""
    found = [one for one in review.analysis.touched if one.anchor is not None]
    fresh = [one for one in found if one.fingerprint not in posted]
    return fresh[: max(0, MAX_INLINE - sum(one.fingerprint in posted for one in found))]


def comments(review: Review, found: Sequence[Found], suggestions: bool = True) -> list[dict[str, Any]]:
    """The comments of a review. Suggestions whose lines meet an earlier one's are shown as diffs instead."""
    taken: dict[str, set[int]] = {}
    out = []
    for one in found:
        anchor = one.anchor or one.line
        block = one.suggestion if suggestions and _suggestable(one, review) else None
        lines = set(range(block.start, block.end + 1)) if block else set()
        if block is not None and lines & taken.get(one.path, set()):
            block = None
        comment: dict[str, Any] = {"path": one.path, "side": "RIGHT", "line": anchor}
        if block is not None:
            taken.setdefault(one.path, set()).update(lines)
            comment["line"] = block.end
            if block.start < block.end:
                comment |= {"start_line": block.start, "start_side": "RIGHT"}
        repair = md.suggested(block.lines) if block is not None else _diff(one)
        comment["body"] = _comment(one, repair, review)
        out.append(comment)
    return out


def review_body(review: Review, shown: int) -> str:
    """What stands above the comments of a review."""
    total = len(review.analysis.touched)
    rest = f" {count(total - shown, 'more')} in the summary." if total > shown else ""
    how = " Apply one by its button, or all with `/fixer apply`." if review.commands else ""
    text = f"{count(shown, 'silent training bug', 'silent training bugs')} in these lines.{how}{rest}"
    return f"{text}\n\n{md.marker(md.REVIEW, review.head)}"


def summary(review: Review) -> str:
    """The summary comment: what was found, why, and what was proven."""
    found = review.analysis.touched
    parts = [(0, _headline(review))]
    if found:
        parts.append((0, _list(found, review)))
    parts += [(2, _details(one, review)) for one in found if one.anchor is None]
    parts += [(1, text) for text in _proofs(review.proofs)]
    parts += [(3, _why(one, review)) for one in found if one.anchor is not None]
    parts.append((4, _troubles(review.analysis.troubles)))
    parts.append((0, _footer(review)))
    state = {"ignored": sorted(review.ignored), "head": review.head}
    tail = md.with_state("", state)
    return md.fitted(parts, tail)


def settled(body: str, head: str) -> str:
    """A review comment whose bug is gone, as it reads from then on."""
    # A suggestion that is no longer wanted must not keep its button.
    old = re.sub(r"^(`{3,})suggestion$", r"\1python", body.rsplit("<!--", 1)[0].strip(), flags=re.MULTILINE)
    words = md.marked(body)
    text = f"**Fixed** as of {head[:12]}.\n\n" + md.folded("what it was", old)
    return f"{text}\n\n{md.marker(md.FIXED, *(words[1] if words else ()))}"


def check(review: Review, buttons: bool) -> dict[str, Any]:
    """The finished check run, but for its annotations."""
    found = review.analysis.touched
    bad = "failure" if review.choices.fail else "neutral"
    title = _title(review)
    payload: dict[str, Any] = {
        "name": NAME,
        "head_sha": review.head,
        "status": "completed",
        "conclusion": bad if found else "success",
        "output": {"title": title, "summary": _check_summary(review), "text": _check_text(review)},
    }
    if not payload["output"]["text"]:
        del payload["output"]["text"]
    if buttons and any(_fixable(one) for one in found):
        payload["actions"] = [
            {"label": "Apply fixes", "description": "Commits the repairs on this branch", "identifier": APPLY},
            {"label": "Verify fixes", "description": "Train briefly before and after", "identifier": VERIFY},
        ]
    return payload


def notes(review: Review) -> list[dict[str, Any]]:
    """One annotation for each finding, also those outside of the diff."""
    out = []
    for one in review.analysis.touched:
        note = f"{one.message}\nFix ({one.applicability}): {one.summary}"
        steps = "\n".join(f"{step.path}:{step.line}  {step.event}: {step.note}" for step in one.steps)
        out.append(
            {
                "path": one.path,
                "start_line": one.line,
                "end_line": max(one.line, one.end_line),
                "annotation_level": "warning",
                "title": one.rule,
                "message": note[:30_000],
                **({"raw_details": steps[:30_000]} if steps else {}),
            }
        )
    out += [
        {
            "path": one.path,
            "start_line": one.line or 1,
            "end_line": one.line or 1,
            "annotation_level": "notice",
            "title": "not checked",
            "message": one.message[:30_000] or "it could not be read",
        }
        for one in review.analysis.troubles
    ]
    return out


def digest(review: Review, buttons: bool) -> str:
    """What a check run says, in short: the same digest means that nothing is to be done."""
    text = repr((check(review, buttons), notes(review)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _title(review: Review) -> str:
    found = len(review.analysis.touched)
    if found:
        return f"{count(found, 'silent training bug')} in this pull request"
    if review.analysis.troubles:
        return f"No findings; {count(len(review.analysis.troubles), 'file')} could not be read"
    return f"No findings in {count(review.analysis.checked, 'changed file')}"


def _check_summary(review: Review) -> str:
    lines = [_headline(review, heading=False)]
    if review.analysis.others:
        lines.append(_others(review))
    return "\n\n".join(lines)


def _check_text(review: Review) -> str:
    found = review.analysis.touched
    parts = [(1, _details(one, review)) for one in found] + [(0, text) for text in _proofs(review.proofs)]
    parts.append((2, _troubles(review.analysis.troubles)))
    return md.fitted(parts, "", CHECK_TEXT).strip()


def _headline(review: Review, heading: bool = True) -> str:
    found = review.analysis.touched
    mark = "### " if heading else ""
    if not found:
        return f"{mark}No silent training bug in what this pull request changes."
    rules = len({one.rule for one in found})
    return (
        f"{mark}{count(len(found), 'silent training bug')} ({count(rules, 'kind')}) in what this pull request changes"
    )


def _list(found: Sequence[Found], review: Review) -> str:
    rows = ["| where | what | repair |", "|---|---|---|"]
    for one in found[:200]:
        safety = _SAFETY[one.applicability]
        rows.append(f"| {_link(one.path, one.line, one.where, review)} | {md.code(one.rule)} | {safety} |")
    if len(found) > 200:
        rows.append(f"| and {len(found) - 200} more | | |")
    return "\n".join(rows)


def _comment(one: Found, repair: str, review: Review) -> str:
    safety = _SAFETY[one.applicability]
    reason = f" ({md.plain(one.reason)})" if one.reason else ""
    parts = [
        (0, f"**{md.code(one.rule)}** {md.plain(one.message)}"),
        (1, _steps(one, review)),
        (0, f"Repair ({safety}): {md.plain(one.summary)}{reason}"),
        (0, repair),
    ]
    more = f"`/fixer explain {one.rule}` tells more; " if review.commands else ""
    note = f"<sub>{more}`# fixer: ignore[{one.rule}]` on the line silences it.</sub>"
    parts.append((2, note))
    return md.fitted(parts, md.marker(md.FINDING, one.fingerprint), 60_000)


def _steps(one: Found, review: Review) -> str:
    return "\n".join(
        f"{number}. {_link(step.path, step.line, _step_place(step.path, step.line, one), review)} "
        f"{md.plain(step.event)}: {md.plain(step.note)}"
        for number, step in enumerate(one.steps, 1)
    )


def _step_place(path: str, line: int, one: Found) -> str:
    return f"line {line}" if path == one.path else f"{path}:{line}"


def _details(one: Found, review: Review) -> str:
    head = f"**{_link(one.path, one.line, one.where, review)}** {md.code(one.rule)}: {md.plain(one.message)}"
    return "\n\n".join(part for part in (head, _steps(one, review), _repair_line(one), _diff(one)) if part)


def _why(one: Found, review: Review) -> str:
    title = f"Why: <code>{one.rule}</code> at line {one.line} of <code>{_title_text(one.path)}</code>"
    body = "\n\n".join(part for part in (md.plain(one.message), _steps(one, review), _repair_line(one)) if part)
    return md.folded(title, body)


def _repair_line(one: Found) -> str:
    reason = f" ({md.plain(one.reason)})" if one.reason else ""
    return f"Repair ({_SAFETY[one.applicability]}): {md.plain(one.summary)}{reason}"


def _title_text(text: str) -> str:
    return md.plain(text).replace("\\", "")


def _diff(one: Found) -> str:
    return md.fenced(one.diff, "diff") if one.diff else ""


def _link(path: str, line: int, text: str, review: Review) -> str:
    if not review.web:
        return md.code(text)
    kind = "?plain=1" if path.endswith((".md", ".qmd", ".ipynb")) else ""
    return f"[{md.code(text)}]({review.web}/blob/{review.head}/{quote(path)}{kind}#L{line})"


def _suggestable(one: Found, review: Review) -> bool:
    block = one.suggestion
    if block is None or block.end - block.start >= MAX_SUGGESTED or len(block.lines) > MAX_SUGGESTED:
        return False
    return one.applicability == "safe" or review.choices.suggest_unsafe


def _fixable(one: Found) -> bool:
    return one.applicability != "none"


def _others(review: Review) -> str:
    others = review.analysis.others
    where = "in these files that this pull request has no part in"
    return f"{count(others, 'more finding')} {where} (run `fixer check` to see them)."


def _footer(review: Review) -> str:
    lines = []
    if review.analysis.others:
        lines.append(_others(review))
    if review.ignored:
        names = ", ".join(md.code(rule) for rule in sorted(review.ignored))
        lines.append(f"Ignored on this pull request: {names}.")
    if review.commands and any(_fixable(one) for one in review.analysis.touched):
        lines.append(
            "`/fixer apply` commits the safe repairs (`/fixer apply --unsafe`: all), `/fixer verify` proves them by a "
            "short training, `/fixer help` lists the rest."
        )
    return f"<sub>{' '.join(lines)}</sub>" if lines else ""


def _troubles(troubles: Sequence[Trouble]) -> str:
    if not troubles:
        return ""
    rows = [
        f"- {md.code(one.path if one.line is None else f'{one.path}:{one.line}')}: {md.plain(one.message)}"
        for one in troubles[:50]
    ]
    return md.folded(f"{count(len(troubles), 'file')} could not be checked", "\n".join(rows))


def _proofs(proofs: Sequence[Proof]) -> Iterator[str]:
    for one in proofs:
        yield proof(one)


def proof(one: Proof) -> str:
    """What the verifier found for one file."""
    if one.verdict == "not-run":
        return f"**Not verified**: {md.code(one.path)} was not run: {md.plain(one.reason)}"
    parts = [
        f"**Verified by a short training** of {md.code(one.path)}: **{md.plain(one.verdict)}** ({md.plain(one.reason)})"
    ]
    if one.targets:
        rows = ["| line | rule | before | after | verdict |", "|---|---|---|---|---|"]
        for target in one.targets[:30]:
            cells = (
                str(target.get("line", "")),
                md.code(str(target.get("rule", ""))),
                md.plain(str(target.get("before", {}).get("text", "")), 200),
                md.plain(str(target.get("after", {}).get("text", "")), 200),
                md.plain(str(target.get("verdict", ""))),
            )
            rows.append("| " + " | ".join(cells) + " |")
        parts.append("\n".join(rows))
    parts.append(chart(one.loss_before, one.loss_after))
    parts.append(table(one.loss_before, one.loss_after))
    if one.loss_before and one.loss_after:
        parts.append(
            "<sub>The first line is the loss before the repair, the second after it. A few steps of it prove nothing: "
            "the figures in the table above decide.</sub>"
        )
    if one.stand_ins:
        parts.append("Replaced for this run: " + "; ".join(md.plain(name) for name in one.stand_ins[:20]))
    return "\n\n".join(part for part in parts if part)

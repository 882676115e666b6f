"""What the bot does, whichever way it was called: review a pull request, carry out a command.

A job has two halves. ``prepare`` reads and works out (its result is plain data, which the server keeps), ``finish``
changes things on GitHub. Both may be interrupted anywhere and done again: the effect is the same.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fixer.bot import commands, render
from fixer.bot.choices import BadChoices, choices
from fixer.bot.commits import Committed, Moved, NotAllowed, commit
from fixer.bot.desk import Desk, log
from fixer.bot.gather import Asked, Gathered, Unreadable, gather, troubled
from fixer.bot.markdown import code, plain
from fixer.bot.model import Analysis, Choices, Review, Trouble, pack, unpack_analysis, unpack_proof
from fixer.bot.pulls import SETTINGS, Pull, base_settings, changed_files, read_pull
from fixer.bot.reconcile import publish
from fixer.bot.sarif import upload

SEEN, DONE, FAILED = "eyes", "+1", "confused"
ROUNDS = 3


class Superseded(Exception):
    """A newer push has made this work pointless; its own job does what is needed."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done, as it travels through the queue.

    ``kind``: "review", "command" (a comment) or "button" (of a check run). ``sha`` is the head that the event spoke of
    (a button's: the commit that it was shown for). ``place`` is the API path of the comment, ``key`` names the event.
    """

    kind: str
    repo: str
    number: int
    key: str
    sha: str = ""
    login: str = ""
    text: str = ""
    place: str = ""
    at: str = ""
    installation: int = 0
    repo_id: int = 0


Still = Callable[[], None]
Result = dict[str, Any]


def always() -> None:
    """Nothing supersedes."""


def run(desk: Desk, job: Job, still: Still = always) -> str:
    """Do a job from beginning to end. Returns what came of it, in a word."""
    return run_telling(desk, job, still)[0]


def run_telling(desk: Desk, job: Job, still: Still = always) -> tuple[str, Review | None]:
    """The same, and the review that was published (None: there was none)."""
    for _ in range(ROUNDS):
        prepared = prepare(desk, job, still)
        try:
            return finish(desk, job, prepared, still), _unpacked(prepared)[1] if "review" in prepared else None
        except HeadMoved:
            still()
    raise Superseded("the branch kept moving")


class HeadMoved(Exception):
    """The pull request has a newer head than the one that was analysed: prepare again."""


def prepare(desk: Desk, job: Job, still: Still = always) -> Result:
    """Read and work out. Changes nothing but reactions."""
    still()
    if job.kind == "review":
        return _prepared(desk, job, Asked(python=desk.python), still)
    return _prepare_command(desk, job, still)


def finish(desk: Desk, job: Job, prepared: Result, still: Still = always) -> str:
    """Change what ``prepared`` asks for. Returns what came of it, in a word. Raises HeadMoved."""
    if "skip" in prepared:
        return str(prepared["skip"])
    if job.kind == "review":
        _publish(desk, job, prepared, still)
        return "reviewed"
    good = True
    for number, one in enumerate(prepared["commands"]):
        good = _carry_out(desk, job, one, f"{job.key}-{number}", still) and good
    _react(desk, job, DONE if good else FAILED)
    return "done" if good else "answered"


def _prepared(desk: Desk, job: Job, asked: Asked, still: Still, ignore: tuple[str, ...] = ()) -> Result:
    pull = read_pull(desk.client, desk.repo, job.number)
    if pull.state != "open":
        return {"skip": "closed"}
    files = changed_files(desk.client, desk.repo, job.number)
    settings = base_settings(desk.client, desk.repo, pull, files)
    try:
        top = settings.get(SETTINGS)
        chosen = choices(None if top is None else base64.b64decode(top))
    except BadChoices as error:
        broken = Analysis(troubles=(Trouble(SETTINGS, f"{error}; at {pull.base_ref}, so nothing was checked"),))
        return _data(pull, Review(pull.head, broken, replace(Choices(), review=False, comment=False)))
    why = _unwanted(pull, chosen) if job.kind == "review" else "" if chosen.enabled else "disabled"
    if why:
        return {"skip": why}
    ignored = tuple(sorted({*desk.ignored(job.number), *ignore}))
    chosen = replace(
        chosen,
        select=desk.select or chosen.select,
        ignore=tuple({*chosen.ignore, *ignored, *desk.ignore}),
        **desk.overrides,
    )
    if job.kind == "review" and chosen.verify and not pull.is_fork:
        asked = replace(asked, prove=True)
    asked = replace(asked, unsafe=asked.unsafe or chosen.apply_unsafe)
    try:
        gathered = gather(desk.client, desk.repo, pull, files, settings, chosen, asked, still)
    except Unreadable as error:
        gathered = Gathered(troubled(error))
    review = Review(pull.head, gathered.analysis, chosen, ignored, gathered.proofs, desk.commands, desk.web)
    return _data(pull, review)


def _data(pull: Pull, review: Review) -> Result:
    return {"pull": pack(pull), "review": pack(review)}


def _unpacked(data: Result) -> tuple[Pull, Review]:
    given = dict(data["review"])
    given["analysis"] = unpack_analysis(given["analysis"])
    kept = given["choices"]
    select = kept["select"]
    given["choices"] = Choices(
        **{**kept, "select": None if select is None else tuple(select), "ignore": tuple(kept["ignore"])}
    )
    given["ignored"] = tuple(given["ignored"])
    given["proofs"] = tuple(unpack_proof(one) for one in given["proofs"])
    return Pull(**data["pull"]), Review(**given)


def _unwanted(pull: Pull, chosen: Choices) -> str:
    if not chosen.enabled:
        return "disabled"
    if pull.draft and not chosen.drafts:
        return "draft"
    return "bot" if pull.author_is_bot and not chosen.bots else ""


def _publish(desk: Desk, job: Job, prepared: Result, still: Still) -> None:
    pull, review = _unpacked(prepared)
    _unmoved(desk, job, pull)
    publish(desk, job.number, review, still)
    if review.choices.sarif:
        upload(desk, job.number, review)


def _unmoved(desk: Desk, job: Job, pull: Pull) -> None:
    """Raise HeadMoved if there is a newer head."""
    now = read_pull(desk.client, desk.repo, job.number)
    if now.head != pull.head:
        raise HeadMoved(now.head)


def _prepare_command(desk: Desk, job: Job, still: Still) -> Result:
    wanted = commands.parse(job.text) if job.kind == "command" else [commands.Command(job.text)]
    if not wanted:
        return {"skip": "no command"}
    if not job.login or not desk.may_write(job.login):
        # One reaction, no comment: a stranger must not be able to make the bot talk.
        _react(desk, job, FAILED)
        return {"skip": "not permitted"}
    _react(desk, job, SEEN)
    prepared = [_prepare_one(desk, job, one, still) for one in wanted]
    return {"commands": prepared}


def _prepare_one(desk: Desk, job: Job, wanted: commands.Command, still: Still) -> Result:
    one: Result = {"command": pack(wanted)}
    if wanted.name in ("", "help", "explain"):
        return one
    asked = Asked(python=desk.python)
    if wanted.name == "apply":
        asked = replace(asked, repair=True, unsafe=wanted.unsafe, only=wanted.rules)
    elif wanted.name == "verify":
        why = _not_pinned(desk, job, wanted)
        if why:
            return one | {"refused": why}
        asked = replace(asked, prove=True)
    ignore = wanted.rules if wanted.name == "ignore" else ()
    return one | _prepared(desk, job, asked, still, ignore)


def _not_pinned(desk: Desk, job: Job, wanted: commands.Command) -> str:
    """Why a fork's code is not run: whoever asked must have asked about the commit that would be run."""
    pull = read_pull(desk.client, desk.repo, job.number)
    if not pull.is_fork:
        return ""
    if wanted.sha:
        return "" if pull.head.startswith(wanted.sha) else f"the head is {pull.head[:12]} by now, not {wanted.sha}"
    if job.sha:
        return "" if pull.head == job.sha else f"the head is {pull.head[:12]} by now, not {job.sha[:12]}"
    runs = desk.client.pages(
        desk.path(f"/commits/{pull.head}/check-runs"), key="check_runs", check_name=render.NAME, filter="all"
    )
    slug = desk.me.removesuffix("[bot]")
    times = [str(run.get("started_at")) for run in runs if (run.get("app") or {}).get("slug") == slug]
    if any(_time(one) <= _time(job.at) for one in times):
        return ""
    short = pull.head[:12]
    return (
        f"this is a fork, and its head {short} may be newer than the command; look at it and say /fixer verify {short}"
    )


def _time(text: str) -> float:
    """Seconds since the epoch; what cannot be read counts as never."""
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return float("inf")


def _carry_out(desk: Desk, job: Job, one: Result, key: str, still: Still) -> bool:
    """One command. Returns whether it did what was asked."""
    wanted = commands.Command(**{**one["command"], "rules": tuple(one["command"]["rules"])})
    if "refused" in one or "skip" in one:
        why = one.get("refused") or f"this pull request is {one['skip']}"
        desk.reply(job.number, key, f"`/fixer {wanted.name}`: {plain(why)}.")
        return False
    if wanted.name == "":
        desk.reply(job.number, key, commands.problem_text(wanted.problem))
        return False
    if wanted.name == "help":
        desk.reply(job.number, key, commands.HELP)
        return True
    if wanted.name == "explain":
        desk.reply(job.number, key, commands.explained(wanted.rules[0]))
        return True
    if wanted.name == "apply":
        return _apply(desk, job, one, key)
    try:
        _publish(desk, job, one, still)
    except HeadMoved as moved:
        desk.reply(job.number, key, f"`/fixer {wanted.name}`: the branch has moved to {str(moved)[:12]}; say it again.")
        return False
    if wanted.name == "verify":
        return _say_verified(desk, job, one, key)
    return True


def _say_verified(desk: Desk, job: Job, one: Result, key: str) -> bool:
    _, review = _unpacked(one)
    if not review.proofs:
        desk.reply(job.number, key, "There is nothing to verify: no finding of this pull request has a repair.")
        return True
    told = "\n\n".join(render.proof(proof) for proof in review.proofs)
    desk.reply(job.number, key, f"At {review.head[:12]}:\n\n{told}")
    return all(proof.verdict not in ("not-run", "could-not-run") for proof in review.proofs)


def _apply(desk: Desk, job: Job, one: Result, key: str) -> bool:
    pull, review = _unpacked(one)
    files = review.analysis.rewritten
    if job.kind == "button" and job.sha != pull.head:
        desk.reply(job.number, key, f"Nothing was changed: the branch has moved to {pull.head[:12]} since that check.")
        return False
    if not files:
        # Interrupted after its commit, a job finds the bugs gone.
        if _committed_before(desk, pull, key):
            return True
        desk.reply(job.number, key, _nothing_to_apply(review))
        return True
    try:
        made = commit(desk, pull, files, key)
    except Moved as moved:
        text = f"Nothing was changed: {moved}. Say `/fixer apply` again to repair what is there now."
        desk.reply(job.number, key, text)
        return False
    except NotAllowed as error:
        desk.reply(job.number, key, commands.by_hand(str(error), review.analysis))
        return False
    desk.reply(job.number, key, _applied(made, review))
    return True


def _committed_before(desk: Desk, pull: Pull, key: str) -> bool:
    from fixer.bot.commits import TRAILER

    if pull.head_repo is None:
        return False
    found = desk.client.maybe(f"/repos/{pull.head_repo}/git/commits/{pull.head}")
    return bool(found) and f"\n{TRAILER}: {key}" in found["message"]


def _nothing_to_apply(review: Review) -> str:
    found = review.analysis.touched
    unsafe = sum(one.applicability == "unsafe" for one in found)
    if unsafe:
        return (
            f"There is no safe repair to apply. {unsafe} of the {len(found)} findings would change the training in a "
            "way that you should look at first: `/fixer apply --unsafe` takes those too."
        )
    return "There is nothing to apply: no finding of this pull request has a repair."


def _applied(made: Committed, review: Review) -> str:
    rows = [f"- {code(one.path)}: {plain(text)}" for one in review.analysis.rewritten for text in one.repaired]
    return f"Committed {made.sha[:12]}:\n\n" + "\n".join(rows[:200])


def _react(desk: Desk, job: Job, content: str) -> None:
    if job.place:
        desk.react(job.place, content)
    else:
        log.info("button", extra={"reaction": content, "repository": desk.repo, "number": job.number})

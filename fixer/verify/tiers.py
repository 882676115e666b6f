"""How close a run comes to the user's own, and what each may prove.

* "user": the script, its data and its environment. "stand-ins": something was replaced, and is listed.
* "harness": the snippet's own loop around made-up data and a made-up model: what the loop does is proven, what the
  model does is not.
* "mock": no torch at all, only the order of the calls in the training loop.

A weaker tier is tried only for snippets: where names are not defined, or where nothing calls what trains. A script that
cannot run for another reason gets that reason.
"""

from __future__ import annotations

from dataclasses import replace

from fixer.verify import order_proofs
from fixer.verify.compare import Comparison
from fixer.verify.job import Outcome
from fixer.verify.trace import Trace

HARNESS, MOCK = "harness", "mock"
_ORDER = {"optimizer-in-loop", "missing-zero-grad", "step-outside-batch-loop", "scheduler-before-optimizer"}
JUDGED: dict[str, frozenset[str]] = {
    HARNESS: frozenset({*_ORDER, "unscaled-accumulation", *order_proofs.PROOFS}),
    MOCK: frozenset(_ORDER),
}
"""The rules whose repairs a tier may prove."""
_WORDS = {
    HARNESS: "shown by a harness, the script's loop around made-up data and a made-up model",
    MOCK: "shown by the order of the calls in the training loop alone, without data, model or numbers",
}


def is_snippet(before: Trace) -> bool:
    """Whether a run shows a snippet: it stopped at an undefined name, or ended and had trained nothing."""
    if before.of("step"):
        return False
    return before.end.get("err") == "NameError" or (before.end["status"] == "end" and not before.of("bwd"))


def told_weaker(tier: str, found: Comparison, first: Comparison) -> Comparison:
    """The verdict of a weaker tier, with what it is worth and why the script itself was not run."""
    verdict = found.verdict
    if tier == MOCK and verdict is Outcome.NO_NUMERIC_EFFECT:
        verdict = Outcome.CONFIRMED  # there are no numbers to compare
    reason = found.reason if verdict is found.verdict else "every bug was there before and is gone after"
    why = first.reason.removeprefix("the script does not train far enough here: ")
    reason = f"{reason}; {_WORDS[tier]}. The script itself did not run here: {why}"
    return replace(found, verdict=verdict, reason=reason)

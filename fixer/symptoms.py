"""Finds rules by what a person sees: ``fixer explain --symptom "loss is nan"``.

Every word of the question is looked up in the symptoms that the rules' pages list. A rare word says more than one
that most pages have ("nan" more than "loss"), so each counts by the logarithm of how rare it is (Karen Spärck Jones,
"A statistical interpretation of term specificity", 1972). A symptom's score is the share of the question that it
covers, from 0 to 1; words that stand only elsewhere on its page count a little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import log

from fixer.pages import symptoms
from fixer.record import record

ENOUGH = 0.5
"""The least share of a question that a rule must cover to be named."""

_ELSEWHERE = 0.25

_WORD = re.compile(r"[a-z]+|\d+(?:\.\d+)?")
_EMPTY = frozenset(
    "a about after all also always am an and any anything are as at be been but by can could did do does doesnt "
    "doing dont for from get gets go goes got had has have how i if in into is isnt it its just my never no not "
    "nothing of on only or our over so some still than that the their them then there these they this to too up "
    "very was we what when where which while why will with without would you your".split()
)

# What different people call the same, as whole words or as stems; the first of a line stands for all.
_SAME = {
    other: line.split()[0]
    for line in (
        "accuracy acc",
        "below under",
        "change chang differ different",
        "diverge diverg explod explos blow",
        "fall drop decreas reduc",
        "gpu cuda",
        "learn improv",
        "memory leak oom ram vram",
        "nan inf infinit",
        "rate lr",
        "rise grow increas",
        "schedule scheduler schedul",
        "stuck flat freez frozen plateau stall stick",
        "swing fluctuat jump oscillat random unstabl vari",
        "validation val validat",
    )
    for other in line.split()
}


@record
class Match:
    """A rule, the symptom of it that fits best, and how well (from 0 to 1)."""

    rule: str
    symptom: str
    score: float


def search(question: str, pages: Mapping[str, str]) -> list[Match]:
    """The rules whose symptoms fit, the best first; none if no page covers at least half of the question.

    ``pages`` holds each rule's page by its name.
    """
    asked = list(dict.fromkeys(words(question)))
    if not asked:
        return []
    known = {rule: [(text, _bag(text)) for text in symptoms(page)] for rule, page in pages.items()}
    rest = {rule: _bag(page) for rule, page in pages.items()}
    weights = {word: _rarity(word, known) for word in asked}
    whole = sum(weights.values())
    found = []
    for rule, told in known.items():
        best = max(
            ((_covered(bag, rest[rule], weights) / whole, -place, text) for place, (text, bag) in enumerate(told)),
            default=None,
        )
        if best is not None and best[0] >= ENOUGH:
            found.append(Match(rule, best[2], round(best[0], 3)))
    return sorted(found, key=lambda match: (-match.score, match.rule))


def words(text: str) -> list[str]:
    """The words of a text that say something, each cut down to its stem; numbers as they are."""
    plain = text.lower().replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    plain = plain.replace("learning rate", "lr").replace("out of memory", "oom")
    return [_stem(word) for word in _WORD.findall(plain) if word not in _EMPTY]


def _stem(word: str) -> str:
    """The word without its ending: rough, but the same for every text.

    "loses", "losing" and "lose" become one; so do "epochs" and "epoch".
    """
    if word in _SAME:
        return _SAME[word]
    for ending in ("ities", "ments", "ation", "ions", "ings", "ies", "ing", "ity", "ion", "est", "ers", "ed", "es",
                   "er", "ly", "s", "e", "y"):  # fmt: skip
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] in "bdgmnprt":
        word = word[:-1]  # "stopped", "hitting"
    return _SAME.get(word, word)


def _bag(text: str) -> frozenset[str]:
    return frozenset(words(text))


def _rarity(word: str, known: Mapping[str, Iterable[tuple[str, frozenset[str]]]]) -> float:
    pages = sum(any(_has(bag, word) for _, bag in told) for told in known.values())
    return log(1 + (len(known) + 1) / (pages + 1))


def _covered(bag: frozenset[str], rest: frozenset[str], weights: Mapping[str, float]) -> float:
    return sum(
        weight * (1.0 if _has(bag, word) else _ELSEWHERE if _has(rest, word) else 0.0)
        for word, weight in weights.items()
    )


def _has(bag: frozenset[str], word: str) -> bool:
    """Whether a word is there; a number also where it is written with more digits (1.46 for 1.461)."""
    if word in bag:
        return True
    if not word[0].isdigit() or "." not in word:
        return False
    digits = len(word.partition(".")[2])
    return any(other[0].isdigit() and f"{float(other):.{digits}f}" == word for other in bag)

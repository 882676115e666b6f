"""The rules' pages: their sections, and finding rules by what a person sees."""

from __future__ import annotations

import ast
import re

import pytest
from conftest import Run

from fixer.pages import SECTIONS, sections, symptoms
from fixer.rules import page, pages
from fixer.symptoms import search, words

RULES = sorted(pages())


@pytest.mark.parametrize("rule", RULES)
def test_a_page_has_every_section_in_order(rule: str) -> None:
    text = page(rule)
    assert text.startswith(f"# {rule}\n\n## ")
    assert tuple(sections(text)) == SECTIONS
    assert all(sections(text).values())


@pytest.mark.parametrize("rule", RULES)
def test_a_page_lists_its_symptoms_one_by_one(rule: str) -> None:
    told = symptoms(page(rule))
    assert len(told) >= 2
    listed = sections(page(rule))["How it looks from outside"]
    assert listed.startswith("* ") and len(re.findall(r"^\* ", listed, re.MULTILINE)) == len(told)
    for symptom in told:
        assert symptom[0].isupper() or symptom[0] in "`0123456789", symptom
        assert symptom.endswith(".") and len(symptom) <= 200, symptom


@pytest.mark.parametrize("rule", RULES)
def test_a_page_shows_code(rule: str) -> None:
    found = sections(page(rule))
    (example,) = re.findall(r"```python\n(.*?)```", found["Example"], re.DOTALL)
    ast.parse(example)


@pytest.mark.parametrize("rule", RULES)
def test_a_symptom_finds_its_own_rule(rule: str) -> None:
    every = {name: page(name) for name in RULES}
    for symptom in symptoms(page(rule)):
        found = search(symptom, every)
        assert rule in [match.rule for match in found if match.score == found[0].score], symptom
        assert found[0].score == 1.0


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("loss is nan", "missing-zero-grad"),
        ("loss does not go below 1.46", "redundant-softmax"),
        ("my loss won't go under 0.313!", "redundant-softmax"),
        ("exploding gradients", "missing-zero-grad"),
        ("lr scheduler does nothing", "optimizer-in-loop"),
        ("needs thousands of epochs", "step-outside-batch-loop"),
        ("diverges only with gradient accumulation", "unscaled-accumulation"),
    ],
)
def test_the_words_of_a_person_find_the_rule(question: str, rule: str) -> None:
    assert search(question, {name: page(name) for name in RULES})[0].rule == rule


PAGES = {
    "a": "# a\n\n## How it looks from outside\n\n* The loss is NaN.\n* It stops at 2.303.\n\n## Fix\n\nRarely.\n",
    "b": "# b\n\n## How it looks from outside\n\nThe loss\nswings.\n",
    "c": "# c\n\n## Example\n\n```\n## How it looks from outside\n\n* Not a heading.\n```\n",
}


def test_rare_words_say_more_than_common_ones() -> None:
    assert [match.rule for match in search("the loss is NaN", PAGES)] == ["a"]
    assert [match.rule for match in search("loss", PAGES)] == ["a", "b"]
    assert search("loss oscillates", PAGES)[0].symptom == "The loss swings."


def test_numbers_match_in_the_precision_of_the_question() -> None:
    assert [match.symptom for match in search("stops at 2.30", PAGES)] == ["It stops at 2.303."]
    assert search("2.31", PAGES) == []


def test_what_stands_elsewhere_on_a_page_counts_little_and_unknown_words_count_against() -> None:
    assert search("rarely", PAGES) == []
    assert search("quux NaN frobnicate", PAGES) == []
    assert search("is the not", PAGES) == search("", PAGES) == []


def test_a_heading_in_a_code_block_is_none() -> None:
    assert list(sections(PAGES["c"])) == ["Example"]
    assert symptoms(PAGES["c"]) == ()
    assert symptoms(PAGES["b"]) == ("The loss swings.",)


def test_stems() -> None:
    assert words("losses") == words("loss") == ["loss"]
    assert words("oscillating") == words("oscillates") == words("swings")
    assert words("stopped") == words("stops") == words("stopping")
    assert words("the learning rate") == words("lr") != words("learning")


def test_the_command(run: Run) -> None:
    ran = run("explain", "--symptom", "loss is nan")
    assert ran.status == 0
    assert ran.out.splitlines()[0].startswith("missing-zero-grad  gradients are never")
    assert ran.out.splitlines()[1].startswith("  symptom: After a while the loss is NaN")
    assert ran.out.splitlines()[-1].startswith("Read a rule's page with `fixer explain missing-zero-grad`")


def test_no_match_is_said_and_shows_in_the_status(run: Run) -> None:
    ran = run("explain", "--symptom", "the printer is on fire")
    assert (ran.status, ran.err) == (1, "")
    assert ran.out.startswith("no rule's page tells of 'the printer is on fire'; use other words")


@pytest.mark.parametrize("words", [["explain"], ["explain", "redundant-softmax", "--symptom", "loss"]])
def test_a_rule_or_a_symptom(run: Run, words: list[str]) -> None:
    ran = run(*words)
    assert ran.status == 2
    assert ran.err.startswith("error: name a rule, or describe what you see")

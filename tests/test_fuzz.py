"""Whatever the text, the answer is findings or one clear error: no traceback, no internal error, no hang.

Texts come from the golden cases, mutilated line by line and token by token, and from thin air.
"""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixer.run import Options, Result, run_file
from fixer.sources.collect import STDIN, Target

GOLDEN = Path(__file__).parent.parent / "golden"
SCRIPTS = sorted(GOLDEN.rglob("*.py"))
# A person waits that long for one small file, on a busy machine.
SECONDS = 10


def work(raw: bytes) -> Result:
    """Check and repair ``raw``, and insist on a proper answer in time."""
    started = time.perf_counter()
    result = run_file(Target(STDIN, True), Options(repair=True, unsafe=True, stdin=raw, stdin_filename="a.py"))
    assert time.perf_counter() - started < SECONDS
    for problem in result.problems:
        assert "internal error" not in problem.message, problem.message
    if result.new is not None:
        again = run_file(
            Target(STDIN, True), Options(repair=True, unsafe=True, stdin=result.new, stdin_filename="a.py")
        )
        assert not again.problems
        assert again.new is None, "a second repair changes nothing"
    return result


def mutilated(text: str, chance: random.Random) -> str:
    """The text with a few lines lost, doubled, swapped or moved sideways, or words exchanged."""
    lines = text.splitlines(keepends=True)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        other = chance.randrange(len(lines))
        kind = chance.randrange(6)
        if kind == 0 and len(lines) > 2:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[other])
        elif kind == 2:
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 3:
            lines[at] = "    " + lines[at]
        elif kind == 4:
            lines[at] = lines[at].removeprefix("    ")
        else:
            words = re.findall(r"\w+", "".join(lines))
            pieces = re.split(r"(\w+)", lines[at])
            lines[at] = "".join(
                chance.choice([piece, chance.choice(words)]) if i % 4 == 1 else piece for i, piece in enumerate(pieces)
            )
    return "".join(lines)


@pytest.mark.parametrize("seed", range(150))
def test_mutilated_scripts(seed: int) -> None:
    chance = random.Random(seed)
    path = chance.choice(SCRIPTS)
    work(mutilated(path.read_bytes().decode("utf-8", "replace"), chance).encode())


WORDS = st.sampled_from(
    "for x in loader while True : if else def f ( ) class A return yield with try except lambda = += , . model opt "
    "loss backward step zero_grad import torch from nn optim Adam CrossEntropyLoss softmax 0 1 None self * ** [ ] { } "
    "await async global del".split()
)
PIECES = st.sampled_from(["\n", "\n    ", "\n        ", " ", "", ";", "# c\n"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(WORDS, PIECES), max_size=40))
def test_words_in_any_order(parts: list[tuple[str, str]]) -> None:
    work(("# backward()\n" + "".join(word + piece for word, piece in parts)).encode())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    work(raw + b"\n#backward()\n")

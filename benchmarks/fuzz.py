"""Fuzzing: mutated files are checked and repaired, and nothing may break.

    python benchmarks/fuzz.py [--seconds N] [--seed N] [FOLDER...]

Of each file a few mutants are made: lines deleted, doubled, swapped, re-indented, cut or filled with odd characters,
line ends changed. For each it must hold: no defect and no file given up; if repairs are offered, the new file parses,
keeps its line ends and every comment that has a line of its own, changes nothing when it is repaired again, and can be
written back.
Without folders: the golden cases, the standard library and the installed packages (files that mention training first).
"""

from __future__ import annotations

import argparse
import ast
import io
import random
import sys
import sysconfig
import time
import tokenize
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from fixer.run import Options, Result, run_file
from fixer.sources.collect import STDIN, Target

ODD = ["\t", "\f", "\u00a0", "\ufeff", "\u2028", "é", "\\", "'", '"""', "(", ")", "#", ":", "\0", "\x1a", "0x", "@"]


def mutant(raw: bytes, chance: random.Random) -> bytes:
    """The file with a few random changes."""
    text = raw.decode("utf-8", "surrogateescape")
    lines = text.splitlines(keepends=True) or [""]
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        at = chance.randrange(len(lines))
        kind = chance.randrange(8)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[at])
        elif kind == 2:
            other = chance.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 3:
            lines[at] = chance.choice(("    ", "\t", " ", "")) + lines[at].lstrip(" ")
        elif kind == 4:
            place = chance.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:place] + chance.choice(ODD) + lines[at][place:]
        elif kind == 5:
            lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
        elif kind == 6:
            first, last = sorted((at, chance.randrange(len(lines))))
            lines[first:last] = ["    " + line for line in lines[first:last]]
        else:
            lines = lines[: at + 1]
        lines = lines or [""]
    out = "".join(lines)
    if chance.randrange(4) == 0:
        out = out.replace("\r\n", "\n").replace("\n", chance.choice(("\r\n", "\r")))
    return chance.choice((b"", b"", b"", b"\xef\xbb\xbf")) + out.encode("utf-8", "surrogateescape")


def fault(raw: bytes) -> str | None:
    """What is wrong with how a file was treated; None: nothing."""
    result = _run(raw)
    for problem in result.problems:
        if "internal error" in problem.message or "given up" in problem.message or "died" in problem.message:
            return problem.message
    if result.new is None:
        return None
    new = result.new
    try:
        ast.parse(new)
    except (SyntaxError, ValueError) as error:
        return f"the repaired file does not parse: {error}"
    lost = _comments(raw) - _comments(new)
    if lost:
        return f"comments are lost: {sorted(lost)[:3]}"
    for end in (b"\r\n", b"\n", b"\r"):
        if end in new.replace(b"\r\n", b"" if end != b"\r\n" else b"\r\n") and end not in raw:
            return f"a new kind of line end: {end!r}"
    again = _run(new)
    if again.new is not None:
        return "a second repair changes the file again"
    return None


def _run(raw: bytes) -> Result:
    options = Options(unsafe=True, repair=True, stdin=raw, stdin_filename="/nowhere/fuzzed.py")
    return run_file(Target(STDIN, False), options)


def _comments(raw: bytes) -> Counter[str]:
    try:
        plain = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")  # the tokenizer knows no lone carriage return
        tokens = list(tokenize.tokenize(io.BytesIO(plain).readline))
    except (SyntaxError, tokenize.TokenError, ValueError):
        return Counter()
    # One behind code may go with its line.
    own = (token for token in tokens if token.type == tokenize.COMMENT and token.line.strip().startswith("#"))
    return Counter(token.string.strip() for token in own)


def fuzz(files: Iterable[Path], seed: int, seconds: float, mutants: int = 3) -> tuple[int, list[str]]:
    """Mutants tried, and a line about each fault. Ends after ``seconds``."""
    chance = random.Random(seed)
    deadline = time.monotonic() + seconds
    tried, faults = 0, []
    for file in files:
        try:
            raw = file.read_bytes()
        except OSError:
            continue
        for number in range(mutants):
            if time.monotonic() > deadline:
                return tried, faults
            changed = mutant(raw, chance)
            tried += 1
            wrong = fault(changed)
            if wrong:
                faults.append(f"{file} (seed {seed}, mutant {number}): {wrong}")
                if __name__ == "__main__":
                    Path(f"fuzz-{len(faults)}.py").write_bytes(changed)
    return tried, faults


def corpus(folders: list[Path], seed: int) -> list[Path]:
    """All Python files, shuffled, those that mention training first."""
    files = [file for folder in folders for file in folder.rglob("*.py")]
    random.Random(seed).shuffle(files)

    def trains(file: Path) -> bool:
        try:
            return b"backward(" in file.read_bytes()
        except OSError:
            return False

    return sorted(files, key=lambda file: not trains(file))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    golden = Path(__file__).parent.parent / "golden"
    places = [golden, Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("purelib"))]
    tried, faults = fuzz(corpus(asked.folders or places, asked.seed), asked.seed, asked.seconds)
    print("\n".join(faults))
    print(f"seed {asked.seed}: {tried} mutants, {len(faults)} faults")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()

"""How many public training scripts the verifier can run as they are, and what stops the others.

    python benchmarks/verify_public.py [options] REPOSITORY... > table.md

Each REPOSITORY is a checked-out folder. Of each, the self-contained training scripts are taken (at most ``--per-repo``,
by a checksum of their paths, so that nobody chooses): files that call ``backward`` and ``step``, that do something when
they are run, and that import nothing from their own repository. A script is run as it is and reformatted
(``ast.unparse``); such a rewrite changes nothing, so every verdict but ``equivalent`` is an error of the verifier, or
says that the script could not be run or does not repeat itself. Invariants that a script violates in its own run are
listed as alarms, for a person to read. ``--repairs`` also verifies the engine's own repairs.

A script counts as *run* if it made at least two optimizer steps, or ended by itself having trained. The scripts are
split in two halves by the checksum: those of the first half may be looked at when stand-ins are written, the second
half (``--half 2``) is for measuring.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
import time
import warnings
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from fixer import engine  # noqa: E402
from fixer.sources.python import Unusable, decode  # noqa: E402
from fixer.verify.client import CannotStart, Server  # noqa: E402
from fixer.verify.command import job_for  # noqa: E402
from fixer.verify.core import verify  # noqa: E402
from fixer.verify.job import Answer, Budget, Outcome, VerifyJob  # noqa: E402

LINES = 800
# What a self-contained script may import besides the standard library.
LIBRARIES = {
    "torch", "torchvision", "torchtext", "torchaudio", "numpy", "scipy", "pandas", "sklearn", "matplotlib", "seaborn",
    "PIL", "cv2", "skimage", "imageio", "tqdm", "tensorboard", "tensorboardX", "wandb", "visdom", "mlflow", "gym",
    "gymnasium", "transformers", "datasets", "accelerate", "lightning", "pytorch_lightning", "nltk", "spacy", "h5py",
    "yaml", "absl", "fire", "click", "typer", "hydra", "omegaconf", "einops", "torchmetrics", "torchsummary",
    "IPython", "unidecode", "six", "mpl_toolkits", "future", "joblib", "termcolor", "tyro",
}  # fmt: skip
_TRAINS = (re.compile(r"\.backward\("), re.compile(r"\.step\("))


@dataclass(frozen=True)
class Script:
    """A script to run: its repository's folder, its path there, its text, and the half it belongs to (1 or 2)."""

    repository: Path
    path: Path
    text: str
    half: int

    @property
    def name(self) -> str:
        return f"{self.repository.name}/{self.path.relative_to(self.repository)}"


def scripts(repository: Path, most: int) -> list[Script]:
    """The self-contained training scripts of a repository; at most ``most``."""
    found = []
    for path in repository.rglob("*.py"):
        try:
            text = decode(path.read_bytes()).text
        except (Unusable, OSError):
            continue
        if text.count("\n") <= LINES and all(p.search(text) for p in _TRAINS) and _runs_alone(text, path, repository):
            name = f"{repository.name}/{path.relative_to(repository)}"
            found.append(Script(repository, path, text, 1 + zlib.crc32(name.encode()) % 2))
    return sorted(found, key=lambda s: zlib.crc32(s.name[::-1].encode()))[:most]


def _runs_alone(text: str, path: Path, repository: Path) -> bool:
    """Whether a text does something when run, trains with torch, and imports nothing of its repository."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return False
    roots: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            roots.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                return False
            roots.add((node.module or "").split(".")[0])
    folders = [path.parent, *(f for f in path.parents if f == repository or repository in f.parents)]
    own = (folder / name for folder in folders for root in roots for name in (root, root + ".py"))
    if "torch" not in roots or roots - LIBRARIES - set(sys.stdlib_module_names) or any(p.exists() for p in own):
        return False
    return not path.name.startswith(("test_", "conftest")) and _trains_when_run(tree)


def _trains_when_run(tree: ast.Module) -> bool:
    """Whether the statements of a module reach a backward, themselves or through the functions that they name."""
    functions = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    open_: list[ast.AST] = [n for n in tree.body if not isinstance(n, ast.FunctionDef | ast.ClassDef)]
    seen: set[str] = set()
    while open_:
        for node in ast.walk(open_.pop()):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if name == "backward":
                return True
            if name in functions and name not in seen:
                seen.add(name)
                open_.append(functions[name])
    return False


def reason(answer: Answer) -> str:
    """Why a script did not run, without names and numbers."""
    text = re.sub(r"\([^()]*line \d+\)", "", answer.reason).removeprefix("the script does not train far enough here: ")
    text = re.sub(r"after \d+ optimizer steps.*", "", text)
    return text.strip()[:160]


def repairs(script: Script, python: str | None) -> VerifyJob | None:
    """The engine's own repairs of a script as a job; None if it has none to make."""
    try:
        repaired = engine.repair(script.text, str(script.path), unsafe=True)
    except Exception:  # the engine is not what is measured here
        return None
    if repaired.text == script.text:
        return None
    before, after = script.text.encode(), repaired.text.encode()
    return job_for(str(script.path), before, after, repaired.applied, (), "cpu", python)


def measured(chosen: list[Script], args: argparse.Namespace) -> Iterator[tuple[Script, str, Answer]]:
    """Run all scripts; yields (script, "no-op" or "repair", answer)."""
    server: Server | None = None
    budget = Budget(wall_s=args.wall)
    for number, script in enumerate(chosen):
        if server is None or number % 40 == 0:
            if server is not None:
                server.close()
            server = Server(args.python, "cpu")
        jobs = [("no-op", VerifyJob(str(script.path), script.text, ast.unparse(ast.parse(script.text)), device="cpu"))]
        job = repairs(script, args.python) if args.repairs else None
        if job is not None:
            jobs.append(("repair", job))
        for kind, job in jobs:
            try:
                keep = Path(args.keep) / script.name.replace("/", "+") if args.keep else None
                yield script, kind, verify(replace(job, budget=budget, python=args.python), server, keep)
            except CannotStart as error:
                print(f"{script.name}: {error}", file=sys.stderr)
                server = None
                break
    if server is not None:
        server.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--per-repo", type=int, default=5)
    parser.add_argument("--half", type=int, choices=[1, 2], help="only this half of the scripts")
    parser.add_argument("--only", default="", help="only scripts with this in their path")
    parser.add_argument("--wall", type=float, default=25.0, help="seconds a run may take")
    parser.add_argument("--python", help="the interpreter that runs the scripts (default: this one)")
    parser.add_argument("--repairs", action="store_true", help="also verify the engine's repairs")
    parser.add_argument("--list", action="store_true", help="only list the scripts")
    parser.add_argument("--keep", help="a folder for the traces")
    args = parser.parse_args()
    chosen = [s for folder in args.repositories for s in scripts(folder.resolve(), args.per_repo)]
    chosen = [s for s in chosen if args.only in s.name and args.half in (None, s.half)]
    if args.list:
        print("\n".join(f"{s.half} {s.name}" for s in chosen))
        return 0
    verdicts: Counter[str] = Counter()
    why: dict[str, list[str]] = defaultdict(list)
    alone = with_help = 0
    began = time.monotonic()
    for script, kind, answer in measured(chosen, args):
        told = {"script": script.name, "kind": kind, "verdict": answer.verdict.value, "reason": answer.reason,
                "stand_ins": answer.stand_ins, "alarms": answer.alarms, "seconds": answer.seconds}  # fmt: skip
        print(json.dumps(told), file=sys.stderr, flush=True)
        if kind == "no-op":
            verdicts[answer.verdict.value] += 1
            if answer.verdict is Outcome.COULD_NOT_RUN or "trains nothing" in answer.reason:
                why[reason(answer)].append(script.name)
            elif answer.stand_ins:
                with_help += 1
            else:
                alone += 1
    total = sum(verdicts.values())
    if not total:
        return 1
    print(f"{total} scripts in {time.monotonic() - began:.0f} s: {alone} run as they are, {with_help} with stand-ins "
          f"({(alone + with_help) / total:.0%}).\n\nVerdicts on a rewrite that changes nothing:")  # fmt: skip
    print("\n".join(f"* {name}: {count}" for name, count in verdicts.most_common()))
    print("\n| why not | scripts |\n|---|---|")
    for text, names in sorted(why.items(), key=lambda item: -len(item[1])):
        print(f"| {text.replace('|', '/')} | {len(names)}: {', '.join(names[:3])} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())

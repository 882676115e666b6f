"""How fast and how large ``fixer check`` is, next to its peers, as ratios in one run.

    python benchmarks/speed.py [--wheels FOLDER] [--rounds N] [--without-torchfix]
        [--only SECTION] [--packages NAMES]

The code that is checked comes from wheels on the package index (transformers, diffusers, timm, peft, trl, accelerate,
pytorch-lightning), which are downloaded once and unpacked into a temporary folder. Every pair of commands runs
alternately; the fastest round of each counts. Sections: tree, timm, startup, memory, growth, pool.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from ruff.__main__ import find_ruff_bin

WHEELS = ("transformers", "diffusers", "timm", "peft", "trl", "accelerate", "pytorch-lightning")
DEFAULT = Path(__file__).parent / ".wheels"

# As installed: with byte code, and with nothing kept from earlier runs but what a section asks for.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def fixer(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "fixer", *arguments]


def seconds(command: list[str], **environment: str) -> float:
    """Wall-clock seconds of one run; findings are no failure."""
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, env={**ENVIRONMENT, **environment}, check=False)
    if done.returncode not in (0, 1, 2) or b"Traceback" in done.stderr:
        sys.exit(f"{' '.join(command)}: {done.stderr.decode()[-2000:]}")
    return time.perf_counter() - started


def fastest(commands: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    best = dict.fromkeys(commands, float("inf"))
    for _ in range(rounds):
        for name, run in commands.items():
            best[name] = min(best[name], run())
    return best


def table(title: str, best: dict[str, float], target: str = "") -> None:
    base = next(iter(best.values()))
    print(f"\n{title}" + (f"  (target: {target})" if target else ""))
    for name, least in best.items():
        print(f"  {name:<46} {least:8.3f} s  {least / base:7.3f} x", flush=True)


def unpacked(wheels: Path, folder: Path, names: list[str]) -> Path:
    """The Python files of all wheels below ``folder``; what is missing is downloaded first."""
    wheels.mkdir(parents=True, exist_ok=True)
    have = {path.name.partition("-")[0].replace("_", "-").lower(): path for path in sorted(wheels.glob("*.whl"))}
    missing = [name for name in names if name not in have]
    if missing:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--dest", str(wheels), *missing], check=True)
        return unpacked(wheels, folder, names)
    tree = folder / "tree"
    for name in names:
        with zipfile.ZipFile(have[name]) as archive:
            archive.extractall(tree, [name for name in archive.namelist() if name.endswith(".py")])
    return tree


def whole_tree(tree: Path, rounds: int) -> None:
    files = sum(1 for _ in tree.rglob("*.py"))
    lines = sum(path.read_bytes().count(b"\n") for path in tree.rglob("*.py"))
    cache = tree.parent / "kept"
    ruff = [find_ruff_bin(), "check", "--no-cache", "--isolated", "--quiet", str(tree)]
    seconds(fixer("check", str(tree)), XDG_CACHE_HOME=str(cache))
    best = fastest(
        {
            "ruff check --no-cache": lambda: seconds(ruff),
            "fixer check --no-cache": lambda: seconds(fixer("check", "--no-cache", str(tree))),
            "fixer check, second run": lambda: seconds(fixer("check", str(tree)), XDG_CACHE_HOME=str(cache)),
        },
        rounds,
    )
    table(f"The whole tree: {files} files, {lines} lines", best, "0.5 x")


def against_torchfix(tree: Path, folder: Path) -> None:
    peer = folder / "torchfix"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(peer), "torchfix"]
    subprocess.run(command, check=True)
    timm = str(tree / "timm")
    best = {
        "TorchFix": seconds([sys.executable, "-m", "torchfix", "--select", "ALL", timm], PYTHONPATH=str(peer)),
        "fixer check --no-cache": min(seconds(fixer("check", "--no-cache", timm)) for _ in range(3)),
    }
    table("timm", best, "1/200 = 0.005 x")


def memory(tree: Path) -> None:
    """The most memory that all processes of one check hold together (shared pages counted once)."""
    process = subprocess.Popen(fixer("check", "--no-cache", str(tree)), stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    most = [0]

    def watch() -> None:
        while process.poll() is None:
            most[0] = max(most[0], sum(map(_proportional, _family(process.pid))))
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    process.wait()
    watcher.join()
    print(f"\nMemory while checking the tree: {most[0] / 1024:.0f} MB  (target: under 300 MB)", flush=True)


def _family(pid: int) -> Iterable[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _proportional(pid: int) -> int:
    """KiB of a process, pages that several share divided among them."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


HEAD = "import torch\nfrom torch import nn\n"
SETUP = "model = nn.Linear(4, 2)\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)\nloader = [(1, 2)] * 9\n"


def of_length(lines: int) -> str:
    body = "".join(f"def f{n}(x):\n    y = x + {n}\n    return y\n\n" for n in range((lines - 10) // 4))
    loop = "for x, y in loader:\n    loss = model(x).sum()\n    loss.backward()\n    optimizer.step()\n"
    return HEAD + body + SETUP + loop


def of_depth(depth: int) -> str:
    loops = "".join("    " * n + f"for i{n} in loader:\n" for n in range(depth))
    indent = "    " * depth
    return HEAD + SETUP + loops + f"{indent}loss = model(i0).sum()\n{indent}loss.backward()\n{indent}optimizer.step()\n"


def of_calls(calls: int) -> str:
    body = "".join(f"def f{n}(x):\n    return f{n + 1}(x) + {n}\n" for n in range(calls))
    body += f"def f{calls}(x):\n    return model(x).sum()\n"
    wide = "".join(f"    extra{n} = f{n}(x)\n" for n in range(0, calls, max(1, calls // 10)))
    loop = f"for x, y in loader:\n    loss = f0(x)\n{wide}    loss.backward()\n    optimizer.step()\n"
    return HEAD + SETUP + body + loop


def growth(rounds: int) -> None:
    from fixer import engine

    def measured(text: str) -> float:
        started = time.perf_counter()
        engine.check(text, "/nowhere/a.py")
        return time.perf_counter() - started

    measured(of_length(100))
    for title, make, sizes in (
        ("Growth with file size (lines)", of_length, (1_000, 10_000, 50_000, 100_000)),
        ("Growth with loop depth", of_depth, (1, 2, 4, 8, 16)),
        ("Growth with functions inlined", of_calls, (10, 50, 100, 200, 400)),
    ):
        texts = {f"{size}": make(size) for size in sizes}
        table(title, fastest({name: lambda text=text: measured(text) for name, text in texts.items()}, rounds))


def pools(tree: Path, rounds: int) -> None:
    where = str(tree)
    best = fastest(
        {
            "one process": lambda: seconds(fixer("check", "--no-cache", "--jobs", "1", where)),
            "own pool, 2 processes": lambda: seconds(fixer("check", "--no-cache", "--jobs", "2", where)),
            "joblib (loky), 2 processes": lambda: seconds(
                fixer("check", "--no-cache", "--backend", "loky", "--jobs", "2", where)
            ),
        },
        rounds,
    )
    table("Pools", best)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheels", type=Path, default=DEFAULT)
    parser.add_argument("--packages", default=",".join(WHEELS), help="only these, separated by commas")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-torchfix", action="store_true")
    parser.add_argument("--only", choices=("tree", "timm", "startup", "memory", "growth", "pool"))
    asked = parser.parse_args()

    def wanted(section: str) -> bool:
        return asked.only in (None, section)

    if wanted("startup"):
        subprocess.run([sys.executable, str(Path(__file__).parent / "startup.py"), "10"], check=True)
    if wanted("growth"):
        growth(asked.rounds)
    with tempfile.TemporaryDirectory() as folder:
        tree = unpacked(asked.wheels, Path(folder), asked.packages.split(","))
        if wanted("memory"):
            memory(tree)
        if wanted("tree"):
            whole_tree(tree, asked.rounds)
        if wanted("pool"):
            pools(tree, asked.rounds)
        if wanted("timm") and not asked.without_torchfix:
            against_torchfix(tree, Path(folder))


if __name__ == "__main__":
    main()

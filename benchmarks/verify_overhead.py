"""What tracing costs: time per training step, traced and not, side by side in one run.

    python benchmarks/verify_overhead.py [--rounds N]

Targets: at most 1.7 x on a step of 1 ms, 1.1 x on one of 100 ms. Each figure is the least of several rounds, which
alternate between the two; every round is a process of its own, and tells the processor time that the fastest tenth of
its steps stays under: what else the machine does counts least there.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PROGRAM = """
import importlib, json, os, sys, time
sys.path.insert(0, {child!r})
import bootstrap
bootstrap.load_package()
import torch
from torch import nn
torch.set_num_threads(1)
torch.manual_seed(0)
if {traced}:
    null = os.open(os.devnull, os.O_WRONLY)
    sink = importlib.import_module("_fixer_child.sink").Sink(null, b"key")
    recorder = importlib.import_module("_fixer_child.recorder").Recorder(sink, {root!r}, 10**9)
    importlib.import_module("_fixer_child.tracer").Tracer(recorder, 10**9, 0).install()
width, depth, batch, steps = {shape}
layers = [m for _ in range(depth) for m in (nn.Linear(width, width), nn.ReLU())]
net = nn.Sequential(*layers, nn.Linear(width, 10))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
x, y = torch.randn(batch, width), torch.randint(0, 10, (batch,))
def step():
    optimizer.zero_grad()
    loss = criterion(net(x), y)
    loss.backward()
    optimizer.step()
for _ in range(3):
    step()
times = []
for _ in range(steps):
    began = time.thread_time()
    step()
    times.append(time.thread_time() - began)
times.sort()
print(json.dumps(times[len(times) // 10]))
"""

SHAPES = {"small": (96, 4, 64, 300), "medium": (512, 4, 256, 40), "large": (1024, 8, 512, 6)}


def measure(shape: tuple[int, int, int, int], traced: bool) -> float:
    """The seconds of processor time that a tenth of the steps stay under."""
    child = str(ROOT / "fixer" / "verify" / "child")
    program = PROGRAM.format(child=child, root=str(ROOT), shape=shape, traced=traced)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    for name, shape in SHAPES.items():
        pairs = [(measure(shape, False), measure(shape, True)) for _ in range(rounds)]
        plain, traced = (min(column) for column in zip(*pairs, strict=True))
        print(f"{name}: {1000 * plain:.2f} ms a step, traced {1000 * traced:.2f} ms: {traced / plain:.2f} x")


if __name__ == "__main__":
    main()

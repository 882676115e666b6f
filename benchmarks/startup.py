"""How long ``fixer check`` of one clean training script takes, next to ``python -c "import typer"``.

Both run alternately, each in a fresh process; the fastest of all rounds counts, which is what noise cannot lower.

    python benchmarks/startup.py [ROUNDS]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CLEAN = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
loader = DataLoader(TensorDataset(torch.randn(64, 8), torch.randint(3, (64,))), batch_size=8)

for epoch in range(3):
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
"""
EMPTY = "x = 1\n"


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """Wall-clock seconds of one run."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - started


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        scripts = {"a clean training script": CLEAN, "a script without training": EMPTY}
        commands = {"python -c 'import typer'": [sys.executable, "-c", "import typer"]}
        for number, (name, text) in enumerate(scripts.items()):
            file = Path(folder, f"{number}.py")
            file.write_text(text)
            commands[f"fixer check of {name}"] = [sys.executable, "-m", "fixer", "check", str(file)]
        # As installed: with byte code, which the first round writes (for both sides, and not into the source tree).
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        best = dict.fromkeys(commands, float("inf"))
        for _ in range(rounds):
            for name, command in commands.items():
                best[name] = min(best[name], seconds(command, environment))
    base = next(iter(best.values()))
    for name, least in best.items():
        print(f"{name:<42} {1000 * least:6.0f} ms  {least / base:5.2f} x")


if __name__ == "__main__":
    main()

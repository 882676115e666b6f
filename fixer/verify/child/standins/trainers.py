"""Lightning's Trainer on this machine: one process, on the CPU if there is no GPU."""

from __future__ import annotations

import functools
from typing import Any

import torch

from . import hooks, note


def install() -> None:
    """Wait for Lightning, by either name."""
    for name in ("lightning.pytorch.trainer.trainer", "pytorch_lightning.trainer.trainer"):
        hooks.after_import(name, _patch)


def _patch(module: Any) -> None:
    plain = module.Trainer.__init__

    @functools.wraps(plain)
    def init(self: Any, *args: Any, **given: Any) -> None:
        changed: dict[str, Any] = {}
        if not torch.cuda.is_available() and str(given.get("accelerator", "auto")) not in ("auto", "cpu"):
            changed.update(accelerator="cpu")
        if given.get("devices", "auto") not in ("auto", 1, "1") or given.get("num_nodes", 1) != 1:
            changed.update(devices=1, num_nodes=1)
        if str(given.get("strategy", "auto")) not in ("auto", "single_device"):
            changed.update(strategy="auto")
        if not torch.cuda.is_available() and str(given.get("precision", "32")).startswith("16"):
            changed.update(precision="32-true")
        if changed:
            note.say(
                "Lightning runs as one process on this machine: " + ", ".join(f"{k}={v}" for k, v in changed.items())
            )
        quiet = {"enable_progress_bar": False, "enable_model_summary": False}
        plain(self, *args, **{**given, **changed, **quiet})

    module.Trainer.__init__ = init

"""Replaces what is missing for a script to run, and says so in the trace."""

from __future__ import annotations

import os
from typing import Any

from .recorder import Recorder


def install(spec: dict[str, Any], recorder: Recorder) -> None:
    """Prepare the process: no windows, no network loggers."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    for name, value in (("WANDB_MODE", "disabled"), ("HF_HUB_OFFLINE", "1"), ("TOKENIZERS_PARALLELISM", "false")):
        os.environ[name] = value

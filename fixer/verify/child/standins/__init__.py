"""Replaces what is missing for a script to run; each replacement leaves a ``stub`` event, so that the answer lists it.

Nothing is replaced unless the run specification asks for it by name: the first run is the user's own script in the
user's own environment, and only what it then lacked is replaced in the next.
"""

from __future__ import annotations

import os
from typing import Any

from ..recorder import Recorder
from . import arguments, cuda, files, modules, vision


def install(spec: dict[str, Any], recorder: Recorder) -> None:
    """Install what ``spec["stand_ins"]`` names: "cuda", "arguments", "vision", "vision data", "module:NAME"."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    for name, value in (("WANDB_MODE", "disabled"), ("HF_HUB_OFFLINE", "1"), ("TOKENIZERS_PARALLELISM", "false")):
        os.environ[name] = value
    files.install(spec["root"], recorder)
    wanted = spec.get("stand_ins", [])
    modules.install([name.split(":", 1)[1] for name in wanted if name.startswith("module:")], recorder)
    for name, stand_in in (("cuda", cuda), ("arguments", arguments), ("vision", vision)):
        if name in wanted:
            stand_in.install(recorder)
    if "vision data" in wanted:
        vision.replace_data(recorder)

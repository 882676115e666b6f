"""Replaces what is missing for a script to run; each replacement leaves a ``stub`` event, so that the answer lists it.

Nothing is replaced unless the run specification asks for it by name: the first run is the user's own script in the
user's own environment, and only what it then lacked is replaced in the next.
"""

from __future__ import annotations

import os
from typing import Any

from ..recorder import Recorder
from . import arguments, cuda, files, modules, vision
from .modules import Anything

__all__ = ["Anything", "install"]


def install(spec: dict[str, Any], recorder: Recorder) -> None:
    """Install what ``spec["stand_ins"]`` names: "cuda", "arguments", "launcher", "vision", "vision data",
    "module:NAME"."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    for name, value in (("WANDB_MODE", "disabled"), ("HF_HUB_OFFLINE", "1"), ("TOKENIZERS_PARALLELISM", "false")):
        os.environ[name] = value
    files.install(spec["root"], recorder)
    wanted = spec.get("stand_ins", [])
    modules.install([name.split(":", 1)[1] for name in wanted if name.startswith("module:")], recorder)
    for name, stand_in in (("cuda", cuda), ("arguments", arguments), ("vision", vision)):
        if name in wanted:
            stand_in.install(recorder)
    if "launcher" in wanted:
        recorder.emit("stub", what="the script wants a launcher: it runs as the only process of its group")
        os.environ.update(RANK="0", LOCAL_RANK="0", WORLD_SIZE="1", LOCAL_WORLD_SIZE="1", MASTER_ADDR="127.0.0.1")
        os.environ.setdefault("MASTER_PORT", "0")
    if "vision data" in wanted:
        vision.replace_data(recorder)

"""Replaces what is missing for a script to run; each replacement leaves a ``stub`` event, so that the answer lists it.

The script runs in the user's own environment. What it turns out to lack is replaced when it is asked for (modules,
files, data sets); what has to be known from the start (the device, arguments) when a first run has failed for it.
"""

from __future__ import annotations

import os
from typing import Any

from ..recorder import Recorder
from . import arguments, asked, cuda, files, launch, missing, note, old, source, trainers, vision, wrappers
from .modules import Anything

__all__ = ["Anything", "install"]


def install(spec: dict[str, Any], recorder: Recorder) -> None:
    """Install what takes the place of missing things, and what ``spec["stand_ins"]`` names: "cuda", "arguments",
    "launcher", "old libraries", "library:NAME"."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    for name, value in (("WANDB_MODE", "disabled"), ("HF_HUB_OFFLINE", "1"), ("TOKENIZERS_PARALLELISM", "false")):
        os.environ[name] = value
    note.use(recorder)
    source.use(spec["script"])
    files.install(spec["root"], spec.get("data"), recorder)
    missing.install()
    vision.install()
    wanted = spec.get("stand_ins", [])
    for name in wanted:
        if name.startswith("library:"):
            missing.force(name.split(":", 1)[1])
    for name, stand_in in (("cuda", cuda), ("arguments", arguments)):
        if name in wanted:
            stand_in.install(recorder)
    launch.install()
    asked.install()
    trainers.install()
    wrappers.install()
    if "old libraries" in wanted:
        old.install()
    if "launcher" in wanted:
        launch.launched()

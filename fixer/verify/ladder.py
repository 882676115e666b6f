"""What to replace after a run that ended in an error, one thing at a time: what has to be there from the start."""

from __future__ import annotations

import re

from fixer.verify.trace import Raw

ROUNDS = 8
_NO_CUDA = ("not compiled with CUDA", "No CUDA GPUs", "no NVIDIA driver", "CUDA driver", "on a CUDA device",
            "Cannot access accelerator device", "attribute '_cuda_")  # fmt: skip
# What scripts meet that were written for older versions of torch, numpy, Pillow and torchvision.
_OLD = re.compile(
    r"invalid index of a 0-dim tensor|iteration over a 0-d tensor|object has no attribute 'next'|"
    r"module 'numpy' has no attribute|'PIL.Image' has no attribute|torchvision\.transforms.* has no attribute|"
    r"module 'collections' has no attribute|Using a target size .* is deprecated|"
    r"argument '(?:retain_variables|verbose)'"
)
_NO_ENVIRONMENT = {"DependencyNotInstalled", "NameNotFound", "NamespaceNotFound", "VersionNotFound", "DeprecatedEnv",
                   "UnregisteredEnv"}  # fmt: skip
_NO_HUB = ("huggingface.co", "offline mode", "Hugging Face Hub", "couldn't connect to")
_LAUNCHER = ("LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "environment variable RANK", "'RANK'")


def next_stand_in(end: Raw, used: list[str], args: tuple[str, ...]) -> str | None:
    """The stand-in that may help a script that ended like this; None if there is none that was not tried yet."""
    if end.get("status") != "error":
        return None
    found = _for(end, args, used)
    return found if found is not None and found not in used else None


def _for(end: Raw, args: tuple[str, ...], used: list[str]) -> str | None:
    message = str(end.get("msg", ""))
    if "torchvision::" in message:  # built for another torch
        return "library:torchvision"
    if end.get("err") in _NO_ENVIRONMENT:
        return "library:gymnasium" if "library:gym" in used else "library:gym"
    if any(words in message for words in _NO_HUB):
        return "library:transformers" if "library:datasets" in used else "library:datasets"
    if _OLD.search(message):
        return "old libraries"
    if any(words in message for words in _NO_CUDA):
        return "cuda"
    if any(name in message for name in _LAUNCHER):
        return "launcher"
    if end.get("err") == "SystemExit" and message == "2":
        return "arguments"
    return None

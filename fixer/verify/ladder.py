"""What to replace after a run that ended in an error: only what was missing, one thing at a time."""

from __future__ import annotations

from fixer.verify.trace import Raw

ROUNDS = 8
# What these do is for people to look at; training is the same without them.
HARMLESS = {
    "tqdm", "matplotlib", "seaborn", "wandb", "tensorboard", "tensorboardX", "mlflow", "visdom", "comet_ml", "neptune",
    "plotly", "bokeh", "torchsummary", "torchinfo", "torchviz", "livelossplot", "IPython", "google", "rich", "colorama",
    "termcolor", "mpl_toolkits", "prettytable", "tabulate", "loguru", "progressbar", "graphviz", "hiddenlayer", "aim",
    "clearml",
}  # fmt: skip
_NO_CUDA = ("not compiled with CUDA", "No CUDA GPUs", "no NVIDIA driver", "CUDA driver", "on a CUDA device",
            "Cannot access accelerator device")  # fmt: skip
_LAUNCHER = ("LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "environment variable RANK", "'RANK'")
_NO_DATA = ("Dataset not found", "not found or corrupted", "urlopen error", "HTTP Error", "Error downloading")


def next_stand_in(end: Raw, used: list[str], args: tuple[str, ...]) -> str | None:
    """The stand-in that may help a script that ended like this; None if there is none that was not tried yet."""
    if end.get("status") != "error":
        return None
    found = _for(end, args)
    return found if found is not None and found not in used else None


def _for(end: Raw, args: tuple[str, ...]) -> str | None:
    module = str(end.get("module") or "").split(".")[0]
    message = str(end.get("msg", ""))
    if module == "torchvision":
        return "vision"
    if module:
        return f"module:{module}" if module in HARMLESS else None
    if any(words in message for words in _NO_CUDA):
        return "cuda"
    if any(words in message for words in _NO_DATA):
        return "vision data"
    if any(name in message for name in _LAUNCHER):
        return "launcher"
    if end.get("err") == "SystemExit" and message == "2":
        return "arguments"
    return None

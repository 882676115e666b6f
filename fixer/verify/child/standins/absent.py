"""Makes up files that a script reads and that are not there, from their names and from how the script reads them.

A made-up file is written to the scratch folder, at the place that ``files`` keeps for it, and read from there; so every
reader (``open``, pandas, numpy, Pillow) finds it. What cannot be guessed (a pickle of unknown shape) stays missing.
"""

from __future__ import annotations

import functools
import io
import json
import os
import random
import sys
from typing import Any

import torch

from . import note, source

ROWS = 240
_WORDS = (
    "the a of and to in is was he for it with as his on be at by had not are but from or have an they "
    "which one you were all her she there would their we him been has when who will no more if out so up "
    "said what its about than into them can only other time new some could these two may first then do "
    "any like my now over such our man me even most made after also did many off before must well back "
    "through years much where your way down should because long each just"
).split()
_PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff", ".gif", ".webp")


def make(path: str, to: str) -> bool:
    """Make up the file ``path`` at ``to``; False if it cannot be guessed."""
    data = _content(path)
    if data is None:
        return False
    os.makedirs(os.path.dirname(to), exist_ok=True)
    with open(to, "wb") as file:
        file.write(data)
    note.say(f"the file {os.path.basename(path)} is not here: made-up data were used; give yours with --data")
    return True


def _content(path: str) -> bytes | None:
    name = os.path.basename(path).lower().removesuffix(".gz").removesuffix(".bz2")
    stem, ending = os.path.splitext(name)
    if ending in (".csv", ".tsv", ".data"):
        return _table(path, "\t" if ending == ".tsv" else ",")
    if ending in _PICTURES:
        return _picture(stem)
    if ending in (".npy", ".npz"):
        return _array(stem, ending)
    if ending == ".json":
        return json.dumps([dict.fromkeys(source.keys(), n) for n in range(ROWS)]).encode() if source.keys() else None
    if ending == ".wav":
        return _wav(stem)
    if ending in (".txt", "", ".tokens", ".raw", ".en", ".de", ".fr", ".src", ".tgt"):
        read = source.reader(path)
        if "loadtxt" in read or "genfromtxt" in read or "read_csv" in read or "read_table" in read:
            return _table(path, source.delimiter(read) or ",")
        return _prose(stem) if ending or "open" in read else None
    return None


def ending() -> str:
    """The ending of the files that a folder of the script's most likely holds."""
    return source.ending((*_PICTURES, ".txt", ".csv", ".npy", ".wav")) or ".png"


def _random(key: str) -> random.Random:
    """Random numbers of the file's own."""
    return random.Random("made up " + key)


def _table(path: str, comma: str) -> bytes:
    """Numbers under the columns that the script names; the last column, or the one that sounds like it, is a class."""
    read = source.reader(path)
    columns = source.columns()
    comma = source.delimiter(read) or comma
    headless = "header=None" in read or "loadtxt" in read or "genfromtxt" in read or "names=" in read
    width = source.inputs()
    if not columns:
        columns = [f"x{n}" for n in range(width)] + ["y"]
    elif headless and len(columns) < width + 1 and "names=" not in read:
        columns = [f"x{n}" for n in range(width)] + ["y"]
    rows = ROWS
    maker = _random(os.path.basename(path))
    lines = [] if headless and "skiprows" not in read and "skip_header" not in read else [comma.join(columns)]
    labels = [_label(name, n == len(columns) - 1 and not source.columns()) for n, name in enumerate(columns)]
    classes = source.classes()
    for _ in range(rows):
        seen = [maker.gauss(0, 1) for _ in columns]
        kind = int(sum(v for v, label in zip(seen, labels, strict=True) if not label) > 0)
        cells = []
        for name, value, label in zip(columns, seen, labels, strict=True):
            if label:
                cells.append(str(kind if classes < 3 else (kind + 2 * maker.randrange(classes // 2)) % classes))
            elif source.is_text(name):
                cells.append(" ".join(maker.choices(_WORDS, k=8)))
            elif "date" in name.lower() or name.lower() in ("time", "timestamp"):
                cells.append(f"2020-{1 + len(lines) // 28 % 12:02d}-{1 + len(lines) % 28:02d}")
            elif "path" in name.lower() or "file" in name.lower() or name.lower() in ("image", "img"):
                cells.append(f"image_{len(lines)}.png")
            else:
                cells.append(f"{value:.4f}")
        lines.append(comma.join(cells))
    return ("\n".join(lines) + "\n").encode()


def _label(name: str, last: bool) -> bool:
    word = name.lower()
    named = ("label", "target", "class", "survived", "outcome", "species", "sentiment", "diagnosis", "quality")
    return last or any(n in word for n in named) or word in ("y", "category")


def _picture(key: str, width: int = 96, height: int = 96) -> bytes:
    """Noise over a gradient, as PNG whatever the name says (readers go by the content)."""
    import importlib.util

    maker = torch.Generator().manual_seed(_random(key).randrange(2**31))
    ramp = torch.linspace(0, 1, width)[None, :, None] * torch.rand(3, generator=maker)
    pixels = (0.6 * ramp + 0.4 * torch.rand(height, width, 3, generator=maker)) * 255
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libs", "PIL", "Image.py")
    spec = importlib.util.spec_from_file_location("_fixer_child.standins.pictures", path)
    assert spec is not None and spec.loader is not None
    pictures = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pictures)
    return bytes(pictures.png(pixels.to(torch.uint8)))


def _array(stem: str, ending: str) -> bytes | None:
    """An array of the model's inputs, or of classes where the name says so."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    maker = numpy.random.RandomState(_random(stem).randrange(2**31))
    labels = any(word in stem for word in ("label", "target", "class")) or stem.startswith("y") or stem.endswith("_y")
    array = (
        maker.randint(0, source.classes(), ROWS)
        if labels
        else maker.normal(size=(ROWS, source.inputs())).astype("float32")
    )
    out = io.BytesIO()
    if ending == ".npy":
        numpy.save(out, array)
    else:
        arrays = {k: _named(maker, k) for k in source.keys()}
        numpy.savez(out, **(arrays or {"arr_0": array}))
    return out.getvalue()


def _named(maker: Any, name: str) -> Any:
    if _label(name, False) or name.lower().startswith("y"):
        return maker.randint(0, source.classes(), ROWS)
    return maker.normal(size=(ROWS, source.inputs())).astype("float32")


def _prose(key: str) -> bytes:
    """Lines of common words; with as many fields as the script splits a line into."""
    maker = _random(key)
    fields, comma = source.fields()
    lines = []
    for _ in range(400):
        parts = [" ".join(maker.choices(_WORDS, k=maker.randint(3, 9))) + " ." for _ in range(fields)]
        lines.append(comma.join(parts))
    return ("\n".join(lines) + "\n").encode()


def _wav(key: str) -> bytes:
    """A second of noise at 16 kHz."""
    import wave

    maker = _random(key)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(maker.randrange(256) for _ in range(32_000)))
    return out.getvalue()


class Checkpoint(dict[Any, Any]):
    """What a missing checkpoint holds: nothing; as a number 0, as a state nothing to load."""

    def __missing__(self, _key: Any) -> Any:
        return Checkpoint()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Checkpoint()

    def __call__(self, *_args: Any, **_more: Any) -> Any:
        return Checkpoint()

    def __index__(self) -> int:
        return 0

    __int__ = __index__

    def __float__(self) -> float:
        return 0.0

    def __add__(self, other: Any) -> Any:
        return other

    __radd__ = __add__

    def __lt__(self, _other: Any) -> bool:
        return False

    __gt__ = __le__ = __ge__ = __lt__

    def __format__(self, spec: str) -> str:
        return format(0, spec) if spec else "0"


def checkpoints() -> None:
    """Let ``torch.load`` of a missing file give an empty checkpoint, and loading it leave the weights as they are."""
    plain_load = torch.load

    @functools.wraps(plain_load)
    def load(f: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return plain_load(f, *args, **kwargs)
        except (FileNotFoundError, IsADirectoryError):
            if not isinstance(f, (str, os.PathLike)):
                raise
            note.say(f"the checkpoint {os.path.basename(os.fspath(f))} is not here: the weights stay as they were made")
            return Checkpoint()

    torch.load = load
    for cls in (torch.nn.Module, torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler):
        cls.load_state_dict = _loading(cls.load_state_dict)  # type: ignore[method-assign]


def _loading(plain: Any) -> Any:
    @functools.wraps(plain)
    def load_state_dict(self: Any, state: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(state, Checkpoint):
            return torch.nn.modules.module._IncompatibleKeys([], [])
        return plain(self, state, *args, **kwargs)

    return load_state_dict

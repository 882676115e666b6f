"""An image of bytes. Sizes are (width, height), boxes (left, upper, right, lower), as in Pillow."""

from __future__ import annotations

import builtins
import os
import struct
import zlib
from enum import IntEnum
from typing import Any

import torch
import torch.nn.functional as F

_CHANNELS = {"L": 1, "1": 1, "P": 1, "RGB": 3, "RGBA": 4}


class Resampling(IntEnum):
    """How pixels are mixed; all ways come to the same here."""

    NEAREST, LANCZOS, BILINEAR, BICUBIC, BOX, HAMMING = range(6)


class Transpose(IntEnum):
    """Ways to turn an image."""

    FLIP_LEFT_RIGHT, FLIP_TOP_BOTTOM, ROTATE_90, ROTATE_180, ROTATE_270 = range(5)


NEAREST, LANCZOS, BILINEAR, BICUBIC, BOX, HAMMING = Resampling
ANTIALIAS = LANCZOS
FLIP_LEFT_RIGHT, FLIP_TOP_BOTTOM, ROTATE_90, ROTATE_180, ROTATE_270 = Transpose


class Image:
    """``pixels``: bytes [height, width, channels]."""

    def __init__(self, pixels: torch.Tensor | None = None, mode: str = "RGB") -> None:
        self.pixels = torch.zeros(1, 1, 3, dtype=torch.uint8) if pixels is None else pixels
        self.mode = mode
        self.info: dict[str, Any] = {}
        self.format: str | None = None

    @property
    def size(self) -> tuple[int, int]:
        return int(self.pixels.shape[1]), int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return self.size[0]

    @property
    def height(self) -> int:
        return self.size[1]

    def _array(self) -> torch.Tensor:
        return self.pixels[..., 0] if self.pixels.shape[2] == 1 else self.pixels

    @property
    def __array_interface__(self) -> dict[str, Any]:
        return dict(self._array().contiguous().numpy().__array_interface__)

    def getbands(self) -> tuple[str, ...]:
        return tuple("L" if self.pixels.shape[2] == 1 else "RGBA"[: self.pixels.shape[2]])

    def tobytes(self) -> bytes:
        return self._array().contiguous().numpy().tobytes()

    def convert(self, mode: str = "RGB", **_more: Any) -> Image:
        """The image with the channels of another mode."""
        have, want = self.pixels.shape[2], _CHANNELS.get(mode, 3)
        pixels = self.pixels
        if want == 1 and have > 1:
            weights = torch.tensor([0.299, 0.587, 0.114])
            pixels = (pixels[..., :3].float() @ weights)[..., None].round().to(torch.uint8)
        elif want > have:
            pixels = pixels[..., :1].expand(-1, -1, 3) if have == 1 else pixels
            if want == 4:
                pixels = torch.cat([pixels, torch.full_like(pixels[..., :1], 255)], 2)
        return Image(pixels[..., :want], mode)

    def resize(self, size: Any, *_args: Any, **_more: Any) -> Image:
        """The image at (width, height)."""
        whole = self.pixels.permute(2, 0, 1)[None].float()
        made = F.interpolate(whole, (int(size[1]), int(size[0])), mode="bilinear", align_corners=False)
        return Image(made[0].permute(1, 2, 0).round().clamp(0, 255).to(torch.uint8), self.mode)

    def thumbnail(self, size: Any, *_args: Any) -> None:
        """Shrink in place to fit a size."""
        factor = min(size[0] / self.width, size[1] / self.height, 1.0)
        self.pixels = self.resize((max(1, int(self.width * factor)), max(1, int(self.height * factor)))).pixels

    def crop(self, box: Any) -> Image:
        """A part; what lies outside is black."""
        left, upper, right, lower = (int(v) for v in box)
        made = self.pixels.new_zeros(lower - upper, right - left, self.pixels.shape[2])
        top, side = max(0, upper), max(0, left)
        part = self.pixels[top : max(lower, 0), side : max(right, 0)]
        made[top - upper : top - upper + part.shape[0], side - left : side - left + part.shape[1]] = part
        return Image(made, self.mode)

    def transpose(self, method: int) -> Image:
        if method == FLIP_LEFT_RIGHT:
            return Image(self.pixels.flip(1), self.mode)
        if method == FLIP_TOP_BOTTOM:
            return Image(self.pixels.flip(0), self.mode)
        return Image(torch.rot90(self.pixels, int(method) - 1), self.mode)

    def rotate(self, angle: float, *_args: Any, **_more: Any) -> Image:
        """The image turned by the nearest multiple of 90 degrees, at the same size."""
        return Image(torch.rot90(self.pixels, round(angle / 90)), self.mode).resize(self.size)

    def split(self) -> tuple[Image, ...]:
        return tuple(Image(self.pixels[..., n : n + 1], "L") for n in range(self.pixels.shape[2]))

    def getpixel(self, place: Any) -> Any:
        values = self.pixels[place[1], place[0]].tolist()
        return values[0] if len(values) == 1 else tuple(values)

    def putpixel(self, place: Any, value: Any) -> None:
        self.pixels[place[1], place[0]] = torch.as_tensor(value, dtype=torch.uint8)

    def paste(self, image: Any, box: Any = (0, 0), *_args: Any) -> None:
        if isinstance(image, Image) and box is not None:
            part = image.convert(self.mode).pixels[: self.height - box[1], : self.width - box[0]]
            self.pixels[box[1] : box[1] + part.shape[0], box[0] : box[0] + part.shape[1]] = part

    def copy(self) -> Image:
        return Image(self.pixels.clone(), self.mode)

    def save(self, fp: Any, *_args: Any, **_more: Any) -> None:
        """Write the image as PNG."""
        data = png(self.pixels)
        if hasattr(fp, "write"):
            fp.write(data)
        else:
            with builtins.open(os.fspath(fp), "wb") as file:
                file.write(data)

    def load(self) -> Image:
        return self

    def show(self, *_args: Any, **_more: Any) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> Image:
        return self

    def __exit__(self, *_args: object) -> None:
        pass


def open(fp: Any, *_args: Any, **_more: Any) -> Image:  # the name is Pillow's
    """Read an image. Of formats other than PNG only the size is real, if it is known: 64 x 64 pixels of noise."""
    if hasattr(fp, "read"):
        data = fp.read()
    else:
        with builtins.open(os.fspath(fp), "rb") as file:
            data = file.read()
    try:
        return unpng(data)
    except (ValueError, IndexError, zlib.error, struct.error):
        noise = torch.randint(0, 256, (64, 64, 3), generator=torch.Generator().manual_seed(zlib.crc32(data)))
        return Image(noise.to(torch.uint8))


def new(mode: str, size: Any, color: Any = 0) -> Image:
    """An image of one colour."""
    pixels = torch.zeros(int(size[1]), int(size[0]), _CHANNELS.get(mode, 3), dtype=torch.uint8)
    if isinstance(color, (int, tuple, list)):
        pixels[:] = torch.as_tensor(color, dtype=torch.uint8)
    return Image(pixels, mode)


def fromarray(array: Any, mode: str | None = None) -> Image:
    """An image of an array [height, width] or [height, width, channels]."""
    pixels = torch.as_tensor(array)
    if pixels.dtype == torch.bool:
        pixels = pixels * 255
    pixels = pixels.clamp(0, 255).to(torch.uint8)
    pixels = pixels[..., None] if pixels.dim() == 2 else pixels
    return Image(pixels, mode or {1: "L", 3: "RGB", 4: "RGBA"}.get(pixels.shape[2], "RGB"))


def open_size(path: str) -> tuple[int, int]:
    """The size of an image file."""
    return open(path).size


def png(pixels: torch.Tensor) -> bytes:
    """Bytes [height, width, 1, 3 or 4] as a PNG file."""
    height, width, channels = pixels.shape
    kind = {1: 0, 3: 2, 4: 6}[channels]
    flat = pixels.contiguous().numpy().tobytes()
    row = width * channels
    raw = b"".join(b"\0" + flat[n * row : (n + 1) * row] for n in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", head), (b"IDAT", zlib.compress(raw)), (b"IEND", b""))
    )


def unpng(data: bytes) -> Image:
    """An unfiltered or filtered 8-bit PNG as an image; raises ValueError for anything else."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("no PNG")
    at, body = 8, b""
    width = height = channels = 0
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        name, part = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length
        if name == b"IHDR":
            width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", part)
            channels = {0: 1, 2: 3, 6: 4}.get(kind, 0)
            if depth != 8 or not channels or interlaced:
                raise ValueError("a kind of PNG that is not read here")
        elif name == b"IDAT":
            body += part
    rows = bytearray(_unfilter(zlib.decompress(body), height, width * channels, channels))
    pixels = torch.frombuffer(rows, dtype=torch.uint8).reshape(height, width, channels)
    return Image(pixels, {1: "L", 3: "RGB", 4: "RGBA"}[channels])


def _unfilter(raw: bytes, height: int, row: int, step: int) -> bytes:
    """Undo the five filters of PNG (RFC 2083, section 6)."""
    above = bytearray(row)
    made = bytearray()
    for n in range(height):
        kind, line = raw[n * (row + 1)], bytearray(raw[n * (row + 1) + 1 : (n + 1) * (row + 1)])
        for i in range(row if kind else 0):
            left = line[i - step] if i >= step else 0
            corner = above[i - step] if i >= step else 0
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = above[i]
            elif kind == 3:
                guess = (left + above[i]) // 2
            else:
                p = left + above[i] - corner
                near = (abs(p - left), abs(p - above[i]), abs(p - corner))
                guess = (left, above[i], corner)[near.index(min(near))]
            line[i] = (line[i] + guess) & 255
        made += line
        above = line
    return bytes(made)

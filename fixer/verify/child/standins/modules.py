"""Permissive modules in the place of loggers, plots and progress bars that are not installed."""

from __future__ import annotations

import dis
import sys
import types
from collections.abc import Iterator
from typing import Any


class Anything:
    """Takes every call, attribute, item and operator, and answers with itself; it is empty and false."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        pass

    def __call__(self, *_args: Any, **_kwargs: Any) -> Any:
        # A decorator must give back what it decorates.
        if len(_args) == 1 and not _kwargs and isinstance(_args[0], (types.FunctionType, type)):
            return _args[0]
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, _key: Any) -> Any:
        return self

    def __setitem__(self, _key: Any, _value: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return iter([self] * unpacked(sys._getframe(1)))

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_args: Any) -> None:
        pass

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return False

    def __float__(self) -> float:
        return 0.0

    def __int__(self) -> int:
        return 0

    def __add__(self, _other: Any) -> Any:
        return self

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__


class Progress:
    """tqdm without a bar: gives the items on."""

    def __init__(self, iterable: Any = (), *_args: Any, **_kwargs: Any) -> None:
        self.iterable = iterable if iterable is not None else ()
        self.n = 0

    def __iter__(self) -> Iterator[Any]:
        for item in self.iterable:
            yield item
            self.n += 1

    def __len__(self) -> int:
        return len(self.iterable)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_args: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_args, **_kwargs: None

    @staticmethod
    def write(*_args: Any, **_kwargs: Any) -> None:
        pass


def unpacked(frame: Any) -> int:
    """How many items the caller unpacks (``fig, ax = ...``); 0 in any other place."""
    code, at = frame.f_code.co_code, frame.f_lasti
    return int(code[at + 1]) if dis.opname[code[at]].startswith("UNPACK_SEQUENCE") else 0


class Permissive(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__.split(".")[0] == "tqdm":
            if name == "trange":
                return lambda *args, **_kwargs: Progress(range(*args))
            return Progress
        if name[:1].isupper():
            return type(name, (Anything,), {})
        return Anything()

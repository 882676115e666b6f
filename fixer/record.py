"""Frozen records: what ``dataclasses`` makes, made when it is first used.

A check of one small script lives about as long as it takes ``dataclasses`` to generate the methods of all the classes
involved (30 ms for 60 classes, measured with ``python -X importtime``). Here only ``__init__`` is generated, at the
first instance, and the rest is shared.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: object) -> Callable[[Any], Any]:
        return lambda function: function


T = TypeVar("T")
_MISSING: Any = object()


class _Field:
    __slots__ = ("compare", "default", "factory")

    def __init__(self, default: Any, factory: Any, compare: bool) -> None:
        self.default, self.factory, self.compare = default, factory, compare


def field(*, default: Any = _MISSING, default_factory: Any = _MISSING, compare: bool = True) -> Any:
    """A field with a default made anew for each instance, or one that does not count when records are compared."""
    return _Field(default, default_factory, compare)


@dataclass_transform(frozen_default=True, eq_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """A frozen class with slots, compared and hashed by its fields."""
    made = _make(cls)
    made.__setattr__ = made.__delattr__ = _frozen
    names = [name for name, one in made.__fields__.items() if one.compare]
    key: Callable[[Any], Any] = attrgetter(*names) if names else lambda _: ()

    def same(self: Any, other: object) -> bool:
        if self is other:
            return True
        return type(other) is made and bool(key(self) == key(other))

    made.__eq__ = same
    if "__hash__" not in cls.__dict__ or cls.__dict__["__hash__"] is None:
        made.__hash__ = lambda self: hash((made, key(self)))
    found: type[T] = made
    return found


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def mutable(cls: type[T]) -> type[T]:
    """A class with slots whose instances can change and are compared by identity."""
    made: type[T] = _make(cls)
    return made


def replace(value: T, /, **changes: Any) -> T:
    """A copy of a record with some fields changed."""
    given = {name: getattr(value, name) for name in value.__fields__}  # type: ignore[attr-defined]
    return type(value)(**{**given, **changes})


def _make(cls: Any) -> Any:
    fields: dict[str, _Field] = dict(getattr(cls, "__fields__", {}))
    own = cls.__annotations__
    body = {name: value for name, value in cls.__dict__.items() if name not in ("__dict__", "__weakref__")}
    for name in own:
        value = body.pop(name, _MISSING)
        fields[name] = value if isinstance(value, _Field) else _Field(value, _MISSING, True)
    body["__slots__"] = tuple(own)
    body["__fields__"] = fields
    body["__init__"] = _first(fields)
    body["__repr__"] = _repr
    return type(cls)(cls.__name__, cls.__bases__, body)


def _first(fields: dict[str, _Field]) -> Callable[..., None]:
    """An ``__init__`` that, when first called, puts a generated one in its place."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        made: Any = next(c for c in type(self).__mro__ if c.__dict__.get("__init__") is __init__)
        made.__init__ = _generated(fields)
        made.__init__(self, *args, **kwargs)

    return __init__


def _generated(fields: dict[str, _Field]) -> Callable[..., None]:
    scope: dict[str, Any] = {"_set": object.__setattr__, "_MISSING": _MISSING}
    parameters, lines = [], ["    pass"]
    for name, one in fields.items():
        value = name
        if one.factory is not _MISSING:
            scope[f"_factory_{name}"] = one.factory
            parameters.append(f"{name}=_MISSING")
            value = f"_factory_{name}() if {name} is _MISSING else {name}"
        elif one.default is not _MISSING:
            scope[f"_default_{name}"] = one.default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        lines.append(f"    _set(self, {name!r}, {value})")
    exec(f"def __init__(self{''.join(', ' + p for p in parameters)}):\n" + "\n".join(lines), scope)
    made: Callable[..., None] = scope["__init__"]
    return made


def _repr(self: Any) -> str:
    return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n, None)!r}' for n in self.__fields__)})"


def _frozen(self: Any, name: str, value: object = None) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")

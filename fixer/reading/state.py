"""The store of the interpreter: variables and attributes, in layers, so that a branch is cheap to fork and join."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from fixer.reading.conditions import Formula
from fixer.reading.joins import join
from fixer.reading.values import UNKNOWN, Value

Entry = tuple[Value, int]
Layer = dict[Hashable, dict[str, Entry]]


class State:
    """Maps (scope or object, name) to a value and the version of its binding."""

    def __init__(self) -> None:
        self._layers: list[Layer] = [{}]
        self._version = 0

    def get(self, owner: Hashable, name: str) -> Value | None:
        """The value bound to a name, or None."""
        entry = self._entry(owner, name)
        return entry[0] if entry else None

    def version(self, owner: Hashable, name: str) -> int:
        """A number that changes whenever the name is bound anew (0: never bound)."""
        entry = self._entry(owner, name)
        return entry[1] if entry else 0

    def now(self) -> int:
        """The version that every binding made from now on exceeds."""
        return self._version

    def set(self, owner: Hashable, name: str, value: Value) -> None:
        """Bind a name."""
        self._version += 1
        self._layers[-1].setdefault(owner, {})[name] = (value, self._version)

    def settle(self, owner: Hashable, name: str, value: Value) -> None:
        """Put a better-known value in the place of a binding, without binding anew."""
        for layer in reversed(self._layers):
            entry = layer.get(owner, {}).get(name)
            if entry is not None:
                layer[owner][name] = (value, entry[1])
                return

    def names(self, owner: Hashable) -> Iterator[tuple[str, Value]]:
        """All names bound under an owner, newest binding of each."""
        seen: dict[str, Value] = {}
        for layer in self._layers:
            for name, (value, _) in layer.get(owner, {}).items():
                seen[name] = value
        yield from seen.items()

    def push(self) -> None:
        """Start a layer: later bindings can be taken off again."""
        self._layers.append({})

    def pop(self) -> Layer:
        """Take the newest layer off."""
        return self._layers.pop()

    def depth(self) -> int:
        """How many layers there are."""
        return len(self._layers)

    def cut(self, depth: int) -> None:
        """Take all layers above ``depth`` off, with their bindings."""
        del self._layers[depth:]

    @contextmanager
    def ground(self) -> Iterator[None]:
        """Bind in the lowest layer: what an import leaves is there whatever branch or loop it was read in."""
        upper = self._layers[1:]
        del self._layers[1:]
        try:
            yield
        finally:
            del self._layers[1:]
            self._layers.extend(upper)

    def drop(self, owner: Hashable) -> None:
        """Take the newest layer off and keep its bindings, except those of ``owner`` (None: keep all)."""
        if len(self._layers) > 1:
            layer = self._layers.pop()
            if owner is not None:
                layer.pop(owner, None)
            self._put(layer)

    def flatten(self) -> None:
        """Make all layers one, when work stopped in the middle of a branch."""
        rest = self._layers[1:]
        del self._layers[1:]
        for layer in rest:
            self._put(layer)

    def merge(self, test: Formula, then: Layer | None, other: Layer | None) -> None:
        """Bind what two branches left; None is a branch that does not reach the join."""
        if then is None or other is None:
            self._put(then if then is not None else other or {})
            return
        for owner in {**then, **other}:
            left, right = then.get(owner, {}), other.get(owner, {})
            for name in {**left, **right}:
                first = left.get(name) or self._entry(owner, name)
                second = right.get(name) or self._entry(owner, name)
                if first is None or second is None:
                    # Bound on one side only: the other side would raise a NameError when it is used.
                    value = (first or second or (UNKNOWN, 0))[0]
                else:
                    value = first[0] if first[1] == second[1] else join(test, first[0], second[0])
                self.set(owner, name, value)

    def _put(self, layer: Layer) -> None:
        for owner, names in layer.items():
            self._layers[-1].setdefault(owner, {}).update(names)

    def _entry(self, owner: Hashable, name: str) -> Entry | None:
        for layer in reversed(self._layers):
            names = layer.get(owner)
            if names is not None:
                entry = names.get(name)
                if entry is not None:
                    return entry
        return None

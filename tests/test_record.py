"""Frozen records and mutable ones: what ``dataclasses`` would make of them."""

from __future__ import annotations

import pytest

from fixer.record import field, mutable, record, replace


@record
class Point:
    x: int
    y: int = 2


@record
class Named(Point):
    name: str = ""


@record
class Noted:
    key: str
    tags: list[str] = field(default_factory=list)
    note: str = field(default="none", compare=False)


@record
class Empty:
    """No field at all."""


@record
class Hashed:
    """A record that knows better how to hash itself."""

    items: list[int]

    def __hash__(self) -> int:
        return len(self.items)


@mutable
class Box:
    size: int = 0
    items: list[int] = field(default_factory=list)


def test_fields_by_position_and_by_name() -> None:
    assert (Point(1).x, Point(1).y) == (1, 2)
    assert (Point(3, 4).x, Point(3, 4).y) == (3, 4)
    assert Point(y=4, x=3) == Point(3, 4)


def test_a_factory_makes_a_new_value_each_time() -> None:
    assert Noted("a").tags == [] and Noted("a").note == "none"
    assert Noted("a").tags is not Noted("a").tags
    given = ["b"]
    assert Noted("a", given).tags is given
    one, other = Box(), Box()
    one.items.append(1)
    assert other.items == []


def test_frozen() -> None:
    point = Point(1)
    with pytest.raises(AttributeError, match="Point is frozen: x cannot be set"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="y cannot be set"):
        del point.y
    with pytest.raises(AttributeError):
        point.z = 3  # type: ignore[attr-defined]
    assert point == Point(1)


def test_slots() -> None:
    assert not hasattr(Point(1), "__dict__")
    assert not hasattr(Named(1), "__dict__")
    assert Point.__slots__ == ("x", "y")  # type: ignore[attr-defined]
    assert Named.__slots__ == ("name",)  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        Box().other = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [((), {}), ((1, 2, 3), {}), ((1,), {"x": 2}), ((1,), {"z": 2})],
    ids=["missing", "too many", "twice", "unknown"],
)
def test_wrong_arguments(arguments: tuple[int, ...], named: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        Point(*arguments, **named)


def test_equal_by_class_and_fields() -> None:
    assert Point(1, 2) == Point(1)
    assert Point(1) != Point(2)
    assert Point(1, 2) != (1, 2)
    assert Point(1, 2) != Named(1, 2) and Named(1, 2) != Point(1, 2)
    assert Empty() == Empty() and Empty() != Point(1)
    assert len({Point(1), Point(1, 2), Point(2), Named(1)}) == 3
    assert hash(Empty()) == hash(Empty())
    assert hash(Point(1)) != hash(Named(1, 2))


def test_a_field_that_does_not_count() -> None:
    assert Noted("a", note="x") == Noted("a", note="y")
    assert Noted("a", ["b"]) != Noted("a")

    @record
    class Loose:
        key: str
        note: str = field(default="", compare=False)

    assert hash(Loose("a", "x")) == hash(Loose("a", "y"))
    assert {Loose("a", "x"): 1}[Loose("a", "y")] == 1


def test_an_unhashable_field_is_an_error_when_hashed() -> None:
    with pytest.raises(TypeError):
        hash(Noted("a"))


def test_a_hash_of_its_own_is_kept() -> None:
    assert hash(Hashed([1, 2])) == 2
    assert Hashed([1]) == Hashed([1]) != Hashed([2])


def test_mutable_is_compared_by_identity() -> None:
    one, other = Box(1), Box(1)
    assert one != other and one == one
    one.size = 2
    assert (one.size, other.size) == (2, 1)
    assert len({one, other}) == 2


def test_replace() -> None:
    point = Named(1, 2, "a")
    assert replace(point, x=5) == Named(5, 2, "a")
    assert replace(point) == point and replace(point) is not point
    assert point == Named(1, 2, "a")
    with pytest.raises(TypeError):
        replace(point, z=1)
    box = Box(1, [2])
    assert replace(box, size=3).items is box.items


def test_replace_of_a_field_called_value() -> None:
    @record
    class Wrapped:
        value: int

    assert replace(Wrapped(1), value=2) == Wrapped(2)


def test_a_subclass_has_the_fields_of_its_base_first() -> None:
    named = Named(1, name="a")
    assert isinstance(named, Point)
    assert (named.x, named.y, named.name) == (1, 2, "a")
    with pytest.raises(AttributeError):
        named.x = 2  # type: ignore[misc]


def test_each_class_of_a_family_made_in_any_order() -> None:
    """``__init__`` is generated at the first instance: of the subclass first, then of the base, and back."""

    @record
    class Base:
        a: int

    @record
    class Child(Base):
        b: int = 1

    assert Child(1).b == 1
    assert Base(2).a == 2
    assert Child(3, 4) == Child(3, 4)
    with pytest.raises(TypeError):
        Base(1, 2)  # type: ignore[call-arg]


def test_a_plain_subclass_uses_the_records_init() -> None:
    class Loud(Point):
        def shout(self) -> str:
            return f"{self.x}!"

    assert Loud(1).shout() == "1!"
    assert Loud(1).y == 2
    assert Point(7) == Point(7)


def test_methods_properties_and_documentation_stay() -> None:
    @record
    class Area:
        """An area."""

        width: int
        height: int = 1

        @property
        def size(self) -> int:
            return self.width * self.height

    assert Area(3, 4).size == 12
    assert Area.__doc__ == "An area."
    assert Area.__name__ == "Area"


def test_repr() -> None:
    assert repr(Point(1)) == "Point(x=1, y=2)"
    assert repr(Named(1, 2, "a")) == "Named(x=1, y=2, name='a')"
    assert repr(Empty()) == "Empty()"

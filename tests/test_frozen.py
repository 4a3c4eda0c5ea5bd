"""Our frozen dataclasses behave as those of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from dataclasses import FrozenInstanceError, field
from typing import Any

import pytest

from rsconnect_jupyter.frozen import dataclass


@dataclass(frozen=True)
class Place:
    """Where something is."""

    path: str
    line: int = 1
    seen: list[str] = field(default_factory=list, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Named:
    """One value, by name, with a text of its own."""

    value: Any

    def __repr__(self) -> str:
        return "a Named"


def test_values_come_by_position_by_name_or_by_default() -> None:
    place = Place("a.py", line=2)
    assert (place.path, place.line, place.seen) == ("a.py", 2, [])
    assert place.seen is not Place("a.py").seen
    assert Place("a.py").line == 1


@pytest.mark.parametrize(
    ("values", "named"), [((), {}), (("a",), {"path": "b"}), (("a", 1, [], 4), {}), (("a",), {"other": 1})]
)
def test_missing_unknown_and_repeated_values_are_refused(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="Place takes"):
        Place(*values, **named)
    with pytest.raises(TypeError, match="Named takes"):
        Named(*values, **named)


def test_nothing_is_changed_or_deleted() -> None:
    place = Place("a.py")
    with pytest.raises(FrozenInstanceError):
        place.line = 3  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del place.line


def test_equal_are_those_of_one_class_with_equal_values_that_count() -> None:
    assert Place("a.py", seen=["x"]) == Place("a.py") != Place("b.py")
    assert len({Place("a.py", seen=["x"]), Place("a.py")}) == 1
    assert Place("a.py") != ("a.py", 1)
    assert Named(value=1) == Named(value=1) != Place(path="1")
    with pytest.raises(TypeError, match="unhashable"):
        hash(Named(value=[]))


def test_they_are_shown_by_their_fields_or_as_they_say() -> None:
    assert repr(Place("a.py", seen=["x"])) == "Place(path='a.py', line=1)"
    assert repr(Named(value=1)) == "a Named"


def test_the_standard_library_knows_them() -> None:
    place = Place("a.py", 2, ["x"])
    assert dataclasses.asdict(place) == {"path": "a.py", "line": 2, "seen": ["x"]}
    assert dataclasses.replace(place, line=3) == Place("a.py", 3)
    assert [each.name for each in dataclasses.fields(Place)] == ["path", "line", "seen"]
    assert copy.deepcopy(place) == pickle.loads(pickle.dumps(place)) == place


def test_help_and_tooltips_tell_the_parameters() -> None:
    assert str(inspect.signature(Place)) == "(path: 'str', line: 'int' = 1, seen: 'list[str]' = Ellipsis)"
    assert str(inspect.signature(Named)) == "(*, value: 'Any')"


def test_others_than_frozen_ones_are_not_made() -> None:
    with pytest.raises(ValueError, match="only frozen"):
        dataclass(frozen=False)

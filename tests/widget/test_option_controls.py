"""What is typed into a control becomes an option's value."""

from __future__ import annotations

from typing import Any

import pytest

from rsconnect_jupyter.widget.option_controls import OptionControls


@pytest.mark.parametrize(
    ("name", "typed", "meant"),
    [
        ("files", "data.csv, , images/", ("data.csv", "images/")),
        ("run_timeout", 5.0, 5.0),
        ("image", " r:4 ", "r:4"),
        ("title", "  ", None),
        ("draft", True, True),
    ],
)
def test_a_choice_is_what_was_typed(name: str, typed: Any, meant: Any) -> None:
    changes: list[str] = []
    controls = OptionControls({}, on_change=lambda: changes.append(name))
    controls[name].value = typed
    assert (controls.chosen, changes) == ({name: meant}, [name])


def test_variables_are_taken_out_of_their_field() -> None:
    controls = OptionControls({"env": {"GIVEN": "g"}}, on_change=lambda: None)
    controls["env"].value = "TYPED=t=1"
    controls["env"].value = "NO VALUE"
    assert controls.chosen == {"env": {"GIVEN": "g", "TYPED": "t=1"}}
    assert controls["env"].value == ""
    assert controls._named.value == "Will be set: GIVEN, TYPED"


def test_a_requirements_file_is_a_choice_of_its_own() -> None:
    control = OptionControls({"requirements": "own.txt"}, on_change=lambda: None)["requirements"]
    assert (control.value, control.label) == ("own.txt", "own.txt")

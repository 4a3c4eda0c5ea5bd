"""Values of options, as programs and forms give them."""

from __future__ import annotations

from typing import Any

import pytest

from rsconnect_jupyter.errors import OptionError
from rsconnect_jupyter.models import Secret
from rsconnect_jupyter.publishing.option_values import read_options


@pytest.mark.parametrize(
    ("values", "texts", "expected"),
    [
        pytest.param({"mode": "html"}, False, {"mode": "static"}, id="mode-by-its-word"),
        pytest.param(
            {"manage_python": True, "manage_r": False}, False, {"manage_python": "yes", "manage_r": "no"}, id="flags"
        ),
        pytest.param({"draft": "true", "files": ["a"]}, True, {"draft": True, "files": ("a",)}, id="texts-of-a-query"),
        pytest.param({"env": {"A": "v", "B": None}}, False, {"env": {"A": Secret("v"), "B": None}}, id="variables"),
        pytest.param({"title": None, "no_option": 1}, False, {"title": None}, id="nothing-chosen"),
        pytest.param(
            {"add_requirements": ("a @ https://me:pw@x.example/a.whl", "git+ssh://git@x.example/b")},
            False,
            {"add_requirements": ("a @ https://x.example/a.whl", "git+ssh://git@x.example/b")},
            id="passwords-are-left-out",
        ),
    ],
)
def test_values_become_options(values: dict[str, Any], texts: bool, expected: dict[str, Any]) -> None:
    options = read_options(values, texts=texts)
    assert {name: getattr(options, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("values", "field"),
    [
        pytest.param({"title": 5}, "title", id="number-for-a-text"),
        pytest.param({"title": "a\0b"}, "title", id="nul"),
        pytest.param({"note": "\ud800"}, "note", id="half-a-character"),
        pytest.param({"draft": "true"}, "draft", id="text-for-a-flag"),
        pytest.param({"files": ["a", 1]}, "files", id="number-in-a-list"),
        pytest.param({"add_requirements": 5}, "add_requirements", id="no-list"),
        pytest.param({"add_requirements": ["a", 5]}, "add_requirements", id="no-line"),
        pytest.param({"env": {"": "v"}}, "env", id="variable-without-a-name"),
        pytest.param({"env": {"A=B": "v"}}, "env", id="no-name"),
        pytest.param({"env": {"A": 5}}, "env", id="no-value"),
    ],
)
def test_a_value_that_an_option_cannot_have_is_named(values: dict[str, Any], field: str) -> None:
    with pytest.raises(OptionError) as caught:
        read_options(values)
    assert (caught.value.code, caught.value.where and caught.value.where.field) == ("bad-option", field)

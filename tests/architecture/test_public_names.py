"""What is stable: the names of the public modules are listed, exist, and are the module's own."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

STABLE = (Path(__file__).parents[2] / "docs" / "reference" / "stability.md").read_text()
PUBLIC = re.findall(r"`(rsconnect_jupyter[\w.]*)`", STABLE)


def test_the_documentation_names_the_public_modules() -> None:
    assert PUBLIC == [
        "rsconnect_jupyter",
        "rsconnect_jupyter.api",
        "rsconnect_jupyter.errors",
        "rsconnect_jupyter.sandbox.testing",
    ]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_exists_and_is_documented(name: str) -> None:
    module = import_module(name)
    listed = {each: getattr(module, each) for each in module.__all__}
    undocumented = [each for each, value in listed.items() if callable(value) and not inspect.getdoc(value)]
    assert undocumented == []


@pytest.mark.parametrize("name", PUBLIC)
def test_nothing_of_a_public_module_is_public_by_accident(name: str) -> None:
    module = import_module(name)
    own = {
        each
        for each, value in vars(module).items()
        if not each.startswith("_") and getattr(value, "__module__", None) == module.__name__
    }
    assert own - set(module.__all__) == set()

"""Every option is offered by every front end, or the reason why not is stated; the documentation shows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from rsconnect_jupyter.cli.arguments import read_arguments
from rsconnect_jupyter.models import OPTIONS

PROJECT = Path(__file__).parents[2]
CONTRACT = PROJECT / "rsconnect_jupyter" / "extension" / "openapi.yaml"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The documentation's table, cell by cell."""
    monkeypatch.syspath_prepend(str(PROJECT / "docs"))
    import options  # type: ignore[import-not-found]

    lines = options.option_table().splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_no_cell_of_the_table_is_empty(table: list[list[str]]) -> None:
    assert [row[0] for row in table] == [f"`{name}`" for name in OPTIONS]
    assert all(cell for row in table for cell in row)


@pytest.mark.parametrize("name", OPTIONS)
def test_the_command_has_the_option(name: str) -> None:
    arguments = vars(read_arguments(["report.ipynb"]))
    assert name in arguments
    assert arguments[name] is None, "an option that is not typed is not chosen"


@pytest.mark.parametrize("name", OPTIONS)
def test_the_rest_api_has_the_option(name: str) -> None:
    document = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    fields = document["components"]["schemas"]["NotebookRequest"]["properties"]
    assert (name in fields) is ("rest" not in OPTIONS[name].not_offered)


@pytest.mark.parametrize("name", OPTIONS)
def test_the_widget_has_a_control_for_the_option(name: str, notebook: Path, known_sandbox: object) -> None:
    from rsconnect_jupyter.widget.option_controls import OptionControls

    controls = OptionControls({}, on_change=lambda: None)
    in_target_list = name in ("update", "new")
    if "widget" in OPTIONS[name].not_offered or in_target_list:
        with pytest.raises(KeyError):
            controls[name]
    else:
        assert controls[name].description == OPTIONS[name].label


@pytest.mark.parametrize("name", OPTIONS)
def test_the_panel_sends_the_option(name: str) -> None:
    sources = [
        each for each in (PROJECT / "js").rglob("*.ts*") if each.name != "wire.ts" and "__tests__" not in each.parts
    ]
    named = any(re.search(rf"\b{name}\b", each.read_text(encoding="utf-8")) for each in sources)
    assert named or "panel" in OPTIONS[name].not_offered

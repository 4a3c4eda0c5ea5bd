"""The widget in the pseudo-language: what it shows without marks is not translated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import ipywidgets as W  # noqa: N812
import pytest
from translated import unmarked

from rsconnect_jupyter import PublishWidget

DATA = re.compile(
    r"[\w./-]+\.ipynb( · .*)?|https?://.*|data/\*.*|openpyxl.*|ada, .*|grace|Departments/.*|pip|uv|sandbox.*"
    r"|Quarterly sales|Warehouse|requirements.txt"
    r"|[\w.-]+[=<>~].*|NAME=VALUE"
)
"""What is no text of ours: names of files, servers and packages, and examples."""


def shown(widget: Any) -> Iterator[str]:
    """Yield the texts of a widget and of those in it."""
    for name in ("description", "placeholder", "tooltip"):
        yield str(getattr(widget, name, None) or "")
    if isinstance(widget, W.HTML):
        yield from re.split(r"<[^>]*>|\n", widget.value)
    if isinstance(widget, W.Accordion):
        yield from widget.titles
    for option in widget.options if isinstance(widget, (W.Dropdown, W.RadioButtons)) else ():
        yield option[0] if isinstance(option, tuple) else option
    for child in getattr(widget, "children", ()):
        yield from shown(child)


def untranslated(widget: Any) -> list[str]:
    texts = {unmarked(each).strip() for each in shown(widget)}
    return [each for each in texts if re.search(r"[A-Za-z]{2}", each) and not DATA.fullmatch(each)]


@pytest.mark.usefixtures("pseudo_language")
def test_every_text_of_the_widget_is_translated(make_notebook: Any, known_sandbox: Any) -> None:
    del known_sandbox
    assert untranslated(PublishWidget(make_notebook())) == []

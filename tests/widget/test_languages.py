"""The widget in the pseudo-language: what it shows without marks is not translated."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets as W  # noqa: N812
import pytest
from translated import catalogs_of

from rsconnect_jupyter import PublishWidget

PROJECT = Path(__file__).parents[2]
DATA = re.compile(
    r"[\w./-]+\.ipynb( · .*)?|https?://.*|data/\*.*|openpyxl.*|ada, .*|grace|Departments/.*|pip|uv|sandbox.*"
    r"|Quarterly sales|Warehouse|requirements.txt"
    r"|[\w.-]+[=<>~].*|NAME=VALUE"
)
"""What is no text of ours: names of files, servers and packages, and examples."""


@pytest.fixture
def pseudo_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    subprocess.run([sys.executable, "translations/pseudo.py", str(tmp_path / "pack")], cwd=PROJECT, check=True)
    monkeypatch.setenv("LANGUAGE", "ach_UG")
    with catalogs_of(tmp_path / "pack" / "jupyterlab_language_pack_ach_UG" / "locale", monkeypatch):
        yield


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


@pytest.mark.usefixtures("pseudo_language")
def test_every_text_of_the_widget_is_translated(make_notebook: Any, known_sandbox: Any) -> None:
    del known_sandbox
    texts = {each.strip() for each in shown(PublishWidget(make_notebook()))}
    unmarked = [each for each in texts if re.search(r"[A-Za-z]{2}", each) and not re.search("[⟦⟧]", each)]
    assert [each for each in unmarked if not DATA.fullmatch(each)] == []

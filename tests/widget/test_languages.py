"""The widget in the pseudo-language: what it shows without marks is not translated."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import ipywidgets as W  # noqa: N812
import pytest
from translated import unmarked

from rsconnect_jupyter import PublishWidget
from rsconnect_jupyter.errors import RSConnectException

DATA = re.compile(
    r"[\w./-]+\.(ipynb|html)( · .*)?|https?://.*|data/\*.*|openpyxl.*|ada, .*|grace|Departments/.*|pip|uv|sandbox.*"
    r"|Quarterly sales|Warehouse|requirements.txt"
    r"|[\w.-]+[=<>~].*|NAME=VALUE|[\d :-]+ · admin"
)
"""What is no text of ours: names of files, servers and packages, and examples."""


def parts(widget: Any) -> Iterator[Any]:
    """Yield a widget and those in it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts(child)


def shown(widget: Any) -> Iterator[str]:
    """Yield the texts of one widget, but for the server's log."""
    for name in ("description", "placeholder", "tooltip"):
        yield str(getattr(widget, name, None) or "")
    if isinstance(widget, W.HTML):
        yield from re.split(r"<[^>]*>|\n", re.sub(r"(?s)<pre role=.log.*?</pre>", "", widget.value))
    if isinstance(widget, W.Accordion):
        yield from widget.titles
    for option in widget.options if isinstance(widget, (W.Dropdown, W.RadioButtons)) else ():
        yield option[0] if isinstance(option, tuple) else option


def untranslated(widget: Any) -> list[str]:
    texts = {unmarked(text).strip(" ·") for each in parts(widget) for text in shown(each)}
    return [each for each in texts if re.search(r"[A-Za-z]{2}", each) and not DATA.fullmatch(each)]


@pytest.mark.usefixtures("pseudo_language")
def test_every_text_of_the_widget_is_translated(make_notebook: Any, known_sandbox: Any) -> None:
    del known_sandbox
    assert untranslated(PublishWidget(make_notebook())) == []


@pytest.mark.usefixtures("pseudo_language", "known_sandbox")
def test_what_comes_of_a_click_is_translated(make_notebook: Any) -> None:
    notebook = make_notebook()
    found: dict[str, list[str]] = {}
    failing = PublishWidget(notebook, mode="html", update="00000000-0000-4000-8000-000000000000")
    failing._publish_button.click()
    with pytest.raises(RSConnectException):
        failing.wait(60)
    found["failed"] = untranslated(failing)
    widget = PublishWidget(notebook, mode="html")
    widget._rehearse_button.click()
    assert widget._thread is not None
    widget._thread.join(60)
    found["rehearsed"] = untranslated(widget)
    widget._publish_button.click()
    widget.wait(60)
    found["published"] = untranslated(widget)
    (versions,) = (each for each in parts(widget) if getattr(each, "description", "").startswith("⟦Versions"))
    versions.click()
    for thread in threading.enumerate():
        if thread.name == "publish-versions":
            thread.join(60)
    found["versions"] = untranslated(widget)
    assert {state: texts for state, texts in found.items() if texts} == {}
    assert unmarked(widget._repr_mimebundle_()["text/plain"].splitlines()[-1]) == ""

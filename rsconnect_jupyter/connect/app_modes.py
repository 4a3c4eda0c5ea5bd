"""The app-mode table: Connect's names, the numbers of its unversioned API, and the words our users type.

Source: the ``app_mode`` enumeration of the Connect API; numbers occur only in the ``applications`` endpoints.
"""

from __future__ import annotations

import msgspec

from ..errors import OptionError
from ..models import Mode, Where
from ..translation import _

NUMBERS = {
    "unknown": 0,
    "shiny": 1,
    "rmd-shiny": 2,
    "rmd-static": 3,
    "static": 4,
    "api": 5,
    "tensorflow-saved-model": 6,
    "jupyter-static": 7,
    "python-api": 8,
    "python-dash": 9,
    "python-streamlit": 10,
    "python-bokeh": 11,
    "python-fastapi": 12,
    "quarto-shiny": 13,
    "quarto-static": 14,
    "python-shiny": 15,
    "jupyter-voila": 16,
    "python-gradio": 17,
    "python-panel": 18,
    "nodejs": 20,
}
NAMES = {number: name for name, number in NUMBERS.items()}

SOURCE: Mode = "jupyter-static"
INTERACTIVE: Mode = "jupyter-voila"
FINISHED: Mode = "static"
QUARTO: Mode = "quarto-static"


class AppMode(msgspec.Struct, frozen=True, kw_only=True):
    """A way to publish a notebook.

    Attributes:
        name: Connect's.
        word: What users type on the command line and in Python.
        title: What the panel and the messages call it.
        description: What readers get.
        product: What a server needs for it, as messages say.
        since: Connect's first version that has it.
        packages: What the server needs besides the notebook's own imports to run it.
        settings: Names of files beside the notebook that say how it is shown.
        is_page: True when the bundle holds a page made here; no code of the notebook runs on the server.
        keeps_outputs: True when readers get the outputs that were saved in the notebook.
        is_report: True when the server runs the notebook from top to bottom, and may so with other parameters.
    """

    name: Mode
    word: str
    title: str
    description: str
    product: str
    since: tuple[int, int]
    packages: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    is_page: bool = False
    keeps_outputs: bool = False
    is_report: bool = False


_TABLE = (
    AppMode(
        name=SOURCE,
        word="source",
        title="Source code",
        description="Connect runs it; it can be scheduled.",
        product="notebooks as source code",
        since=(1, 7),
        packages=("ipykernel",),
        is_report=True,
    ),
    AppMode(
        name=INTERACTIVE,
        word="voila",
        title="Interactive app",
        description="Readers use its widgets (Voilà).",
        product="Voilà",
        since=(2023, 3),
        packages=("voila", "ipykernel"),
        settings=("voila.json",),
    ),
    AppMode(
        name=FINISHED,
        word="html",
        title="Finished document",
        description="What you see now, not run again.",
        product="finished documents",
        since=(1, 5),
        is_page=True,
        keeps_outputs=True,
    ),
    AppMode(
        name=QUARTO,
        word="quarto",
        title="Quarto document",
        description="Connect renders it with Quarto.",
        product="Quarto",
        since=(2021, 8),
        packages=("ipykernel", "nbclient", "nbformat"),
        settings=("_quarto.yml", "_quarto.yaml", "_metadata.yml", "_brand.yml"),
        keeps_outputs=True,
        is_report=True,
    ),
)
APP_MODES: dict[Mode, AppMode] = {each.name: each for each in _TABLE}
WORDS: dict[str, Mode] = {each.word: each.name for each in _TABLE}
TITLES: dict[Mode, str] = {each.name: each.title for each in _TABLE}
"""What we call each mode, in English: `mode_title` is what people are shown."""


def parse_mode(text: str) -> Mode:
    """Return the mode that a user's word (``source``) or Connect's name (``jupyter-static``) means.

    Raises:
        OptionError: code ``unknown-mode`` for any other text.
    """
    mode = WORDS.get(text, text)
    if mode not in TITLES:
        raise OptionError.of("unknown-mode", where=Where(field="mode"), mode=text, words=", ".join(WORDS))
    return mode


def mode_title(mode: str) -> str:
    """Return what we call a mode, translated; Connect's own name for one that notebooks are not published in."""
    return next((_(title) for each, title in TITLES.items() if each == mode), mode)


def is_rendered(mode: str) -> bool:
    """Tell whether the server runs content of Connect's mode from top to bottom, and can do so again."""
    return any(each.is_report for name, each in APP_MODES.items() if name == mode)


def mode_name(number: int) -> str:
    """Return Connect's name for a number of the unversioned API; ``"unknown"`` for one we do not know."""
    return NAMES.get(number, "unknown")

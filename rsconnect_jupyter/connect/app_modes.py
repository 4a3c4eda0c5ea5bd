"""The app-mode table: Connect's names, the numbers of its unversioned API, and the words our users type.

Source: the ``app_mode`` enumeration of the Connect API; numbers occur only in the ``applications`` endpoints.
"""

from __future__ import annotations

from ..errors import OptionError
from ..models import Mode, Where

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

WORDS: dict[str, Mode] = {
    "source": "jupyter-static",
    "html": "static",
    "voila": "jupyter-voila",
    "quarto": "quarto-static",
}
"""What users type on the command line and in Python."""

TITLES: dict[Mode, str] = {
    "jupyter-static": "Source code",
    "jupyter-voila": "Interactive app",
    "static": "Finished document",
    "quarto-static": "Quarto document",
}
"""What the panel and the messages call each mode."""


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
    """Return what we call a mode; Connect's own name for one that notebooks are not published in."""
    return next((title for each, title in TITLES.items() if each == mode), mode)


def mode_name(number: int) -> str:
    """Return Connect's name for a number of the unversioned API; ``"unknown"`` for one we do not know."""
    return NAMES.get(number, "unknown")

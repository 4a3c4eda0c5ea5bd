"""The catalog of errors: what happened, and what to do."""

from __future__ import annotations

from typing import NamedTuple


class ErrorText(NamedTuple):
    """One error: a sentence of what happened, and one of what to do (empty when there is nothing to do)."""

    message: str
    hint: str = ""


ERRORS: dict[str, ErrorText] = {
    "cancelled": ErrorText("The publish was cancelled."),
}
"""Key -> text, in alphabetical order."""

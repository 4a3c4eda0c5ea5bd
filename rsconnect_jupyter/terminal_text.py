"""Text from and for a terminal. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # colours and moves of the cursor
    r"|(?:\x1b[]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # titles, links and the like
    r"|\x1b[ -/]*[0-~]?"
)
"""Control sequences of ECMA-48; one that its line cuts off ends with the line."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def without_escapes(text: str) -> str:
    """Return a text without the sequences that colour it, name the window or link somewhere."""
    return _ESCAPE.sub("", text) if "\x1b" in text or not text.isascii() else text


def plain_text(text: str) -> str:
    """Return a server's line without terminal escapes and control characters."""
    return _CONTROL.sub("", without_escapes(text)).rstrip()


def table_text(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of as many cells each as a table whose columns are as wide as their longest cell."""
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(padded, row, widths)).rstrip() for row in rows)


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for a wide character, none for a mark on another one."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF") for each in text)


def padded(text: str, width: int) -> str:
    """Return a text with blanks after it, up to so many columns of a terminal."""
    return text + " " * (width - columns(text))

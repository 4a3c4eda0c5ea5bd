"""Ids and GUIDs as requests write them."""

from __future__ import annotations

import re

from ..api_errors import ApiError

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def is_id(text: str) -> bool:
    """Return whether a text is a number that the database can hold: ASCII digits, not too many. Pure."""
    return re.fullmatch(r"[0-9]{1,18}", text) is not None


def check_id(text: str) -> int:
    """Return a number as an id; refuses other text (400/3)."""
    if not is_id(text):
        raise ApiError(3)
    return int(text)


def check_guid(text: str) -> str:
    """Return a GUID in lower case; refuses other text (400/3)."""
    if not _GUID.fullmatch(text.lower()):
        raise ApiError(3)
    return text.lower()

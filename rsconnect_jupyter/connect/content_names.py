"""Content names: what Connect accepts, from what a person calls it. No I/O.

A name has 3 to 64 letters, digits, dashes and underscores and is unique per owner (Connect answers 409, code 26).
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 64
SHORTEST = 3
_FALLBACK = "notebook"


def name_for(title: str) -> str:
    """Return a name for a title: lower case, other characters to ``_``; ``notebook`` if nothing is left."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9_-]+", "_", plain)
    name = re.sub(r"_{2,}", "_", name).strip("_-")[:LONGEST].rstrip("_-")
    return (name or _FALLBACK).rjust(SHORTEST, "_")


def is_name(text: str) -> bool:
    """Tell whether Connect accepts `text` as a name."""
    return re.fullmatch(rf"[A-Za-z0-9_-]{{{SHORTEST},{LONGEST}}}", text) is not None


def numbered(name: str, number: int, separator: str = "_") -> str:
    """Return `name` with a number, shortened so that the whole still fits."""
    suffix = f"{separator}{number}"
    return name[: LONGEST - len(suffix)] + suffix

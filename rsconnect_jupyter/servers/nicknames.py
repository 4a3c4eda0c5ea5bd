"""Names of servers: unique, short and free of what would break an address. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

from ..errors import ServerStoreError
from ..models import Origin

_DOTS = (".", "..")


def checked_name(name: str, taken: Collection[str]) -> str:
    """Return `name` stripped.

    Raises:
        ServerStoreError: code ``server-name-unusable`` or ``server-name-taken``.
    """
    name = name.strip()
    if name in _DOTS:
        raise ServerStoreError.of("server-name-unusable/dots", name=name)
    if not is_usable(name):
        raise ServerStoreError.of("server-name-unusable")
    if name in taken:
        raise ServerStoreError.of("server-name-taken", name=name)
    return name


def is_usable(name: str) -> bool:
    """Return True for what a server can be called."""
    name = name.strip()
    return 0 < len(name) <= 128 and name not in _DOTS and not re.search(r"[\x00-\x1f\x7f/\\]", name)


def free_name(name: str, taken: Collection[str]) -> str:
    """Return `name`, or the first of ``name (2)``, ``name (3)`` … that is not taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def apart(name: str, origin: Origin, taken: Collection[str]) -> str:
    """Return `name`, made different by its origin when another source has taken it."""
    return name if name not in taken else free_name(f"{name} ({origin})", taken)

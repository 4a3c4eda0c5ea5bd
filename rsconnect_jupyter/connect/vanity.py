"""Addresses of content that its author chooses ("vanity URLs"): their form, and what stands in their way. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..errors import OptionError
from ..models import Where

PROHIBITED = (
    "__", "favicon.ico", "connect", "apps", "users", "groups", "setpassword", "user-completion", "confirm", "recent",
    "reports", "plots", "unpublished", "settings", "metrics", "tokens", "help", "login", "welcome", "register",
    "resetpassword", "content",
)  # fmt: skip
"""What Connect lets no path begin with, its own pages being there."""


def vanity_path(text: str) -> str:
    """Return an address as the server keeps it, ``/team/sales/``; empty for none.

    Raises:
        OptionError: code ``bad-vanity``: it cannot be one.
    """
    where, inside = Where(field="vanity"), text.strip().strip("/")
    if not inside:
        return ""
    if not re.fullmatch(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*", inside):
        raise OptionError.of("bad-vanity/characters", where=where)
    start = next((each for each in PROHIBITED if inside.startswith(each)), None)
    if start is not None:
        raise OptionError.of("bad-vanity/prohibited", where=where, start=start)
    return f"/{inside}/"


def in_the_way(path: str, taken: Iterable[tuple[str, str]], *, guid: str | None) -> str | None:
    """Return the address of other content that keeps a path from being used: the same, one above or one below it.

    Args:
        path: As `vanity_path` returns it.
        taken: Paths, and the GUIDs of their content.
        guid: The content that shall have the path; None for new content.
    """
    others = (each for each, owner in taken if owner != guid and each)
    return next((each for each in others if path.startswith(each) or each.startswith(path)), None)

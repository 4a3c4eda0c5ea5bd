"""What a Connect of a given version can do. No I/O.

Gates from the clients' change logs. With a hidden version, what a user asks for or what a whole endpoint offers is
unknown and can be tried; fields that the user did not ask for stay out, because Connect refuses unknown fields.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from ..models import Mode
from .app_modes import APP_MODES

Dialect = Literal["v1", "legacy"]
"""``legacy``: the server has only the unversioned API."""


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What may be asked of a server; None: unknown, as the server hides its version.

    Attributes:
        drafts: Deploy without activating (2025.06).
        draft_pages: A draft's page can be read before activation (2025.07).
        metadata: Uploads may carry metadata (2025.12).
        search: ``v1/search/content`` (2024.04).
        bundle_pages: Bundles come in pages, and say who made them (2026.01).
        key_expiry: API keys can have an end (2026.06).
        integrations: OAuth integrations can be used by content (2024.12).
    """

    drafts: bool | None = None
    draft_pages: bool | None = None
    metadata: bool = False
    search: bool | None = None
    bundle_pages: bool | None = None
    key_expiry: bool | None = None
    integrations: bool | None = None


def capabilities_of(version: str | None, *, legacy: bool = False) -> Capabilities:
    """Return what a server of `version` (``"2026.06.0"``, None when hidden) can do."""
    if legacy:
        return Capabilities(drafts=False, draft_pages=False, search=False, key_expiry=False, integrations=False)
    numbers = parse_version(version)
    if numbers is None:
        return Capabilities()
    return Capabilities(
        drafts=numbers >= (2025, 6),
        draft_pages=numbers >= (2025, 7),
        metadata=numbers >= (2025, 12),
        search=numbers >= (2024, 4),
        bundle_pages=numbers >= (2026,),
        key_expiry=numbers >= (2026, 6),
        integrations=numbers >= (2024, 12),
    )


def parse_version(version: str | None) -> tuple[int, ...] | None:
    """Return ``(2023, 11, 0)`` for ``"2023.11.0-dev+103-g1124"``; None for text that is no version."""
    found = re.match(r"v?(\d+(?:\.\d+)+)", version or "")
    return tuple(int(each) for each in found[1].split(".")) if found else None


def modes_of(version: str | None) -> dict[Mode, bool]:
    """Return which modes a server of `version` knows; empty, that is unknown, when the version is hidden."""
    numbers = parse_version(version)
    return {} if numbers is None else {mode: numbers >= each.since for mode, each in APP_MODES.items()}

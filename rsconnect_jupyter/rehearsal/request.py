"""What is to be rehearsed."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ..models import PublishOptions, Server
from .environments import MOST_BYTES

TIME_LIMIT = 1800.0
"""Seconds that installing may take, and that the run may take when the author says nothing."""


class RehearsalRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One rehearsal.

    Attributes:
        notebook: Absolute path.
        root: Folder that nothing in the bundle may lie outside of.
        server: Where it would be published to; its Python versions count. None when no server is known.
        options: As for a publish.
        fix: True applies the fixes and rehearses again, until it runs or no fix is left.
        page: Where the page is kept; None keeps none.
        time_limit: Seconds that installing may take, and that the run may take when the author says nothing.
        most_bytes: Size of the environments that are kept.
    """

    notebook: Path
    root: Path
    server: Server | None = None
    options: PublishOptions
    fix: bool = False
    page: Path | None = None
    time_limit: float = TIME_LIMIT
    most_bytes: int = MOST_BYTES

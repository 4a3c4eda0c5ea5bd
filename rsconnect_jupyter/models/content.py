"""An item on a Connect server, and how a task there ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

TEXT_NOTEBOOKS = (".md", ".markdown", ".py", ".qmd", ".rmd", ".r", ".jl")
"""Suffixes of text files that Jupytext opens as notebooks."""

Mode = Literal["jupyter-static", "static", "jupyter-voila", "quarto-static"]
"""Connect's name of what is published; the table of names is in ``connect/modes.py``."""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """An item on a Connect server, the same shape from either dialect.

    Attributes:
        id: Number as text (``"8274"``); empty when the server does not say.
        mode: Connect's ``app_mode`` name; ``"unknown"`` before the first deploy. Not limited to `Mode`.
        role: What the caller may do: ``owner``, ``editor``, ``viewer``, ``none``.
        bundle_id: Active bundle as text, None before the first successful deploy.
        last_deployed: RFC 3339, UTC.
        access: Who may read it: ``all``, ``logged_in`` or ``acl``; empty when the server does not say.
    """

    guid: str
    id: str
    name: str
    title: str | None
    mode: str
    url: str
    dashboard_url: str
    owner_guid: str = ""
    owner_name: str = ""
    role: str = ""
    bundle_id: str | None = None
    created: str = ""
    last_deployed: str = ""
    locked: bool = False
    access: str = ""
    description: str = ""

    @property
    def logs_url(self) -> str:
        """The dashboard's log page."""
        return f"{self.dashboard_url}/logs"

    @property
    def editable(self) -> bool:
        """True when the caller may deploy to it."""
        return self.role in ("owner", "editor") and not self.locked


class TaskResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a task on the server ended; failed when ``code != 0`` or ``error``."""

    task_id: str
    code: int
    error: str
    result: Mapping[str, Any] | None = None

    @property
    def failed(self) -> bool:
        """True when the task did not succeed."""
        return self.code != 0 or bool(self.error)

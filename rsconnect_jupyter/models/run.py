"""What a server ran of a content: renderings, environments, processes of applications (Connect's jobs)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .serialization import as_json_data

RunKind = Literal["render", "environment", "app", "other"]
"""``render``: the page was made; ``environment``: packages were installed; ``app``: readers used an application."""

RunReason = Literal["schedule", "request"]
"""``schedule``: its time had come; ``request``: somebody published, rendered or opened it."""

RunOutcome = Literal["ok", "failed", "running", "skipped", "unknown"]


class ContentRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run.

    Attributes:
        key: Names it on the server.
        version: Id of the bundle.
        started, ended: RFC 3339, UTC; empty when not known, or not yet.
        seconds: How long it took; None while it runs.
        note: Why it was skipped or failed, as far as the server says so.
        seen: True for the rendering that readers see; None when the server does not say.
    """

    key: str
    kind: RunKind
    reason: RunReason
    outcome: RunOutcome
    version: str = ""
    started: str = ""
    ended: str = ""
    seconds: float | None = None
    exit_code: int | None = None
    note: str = ""
    seen: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON data, unset parts left out."""
        return as_json_data(self)


class RunList(msgspec.Struct, frozen=True, kw_only=True):
    """The runs of a content that its server remembers, newest first.

    Attributes:
        can_run: True when the server renders it again on demand.
        logs_url: The dashboard's page of them.
    """

    guid: str
    title: str
    runs: tuple[ContentRun, ...]
    can_run: bool
    logs_url: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return as_json_data(self)

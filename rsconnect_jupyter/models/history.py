"""Where a notebook was published."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from .content import Mode
from .event import Event
from .options import PublishOptions
from .serialization import as_json_data


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A publish that went through; also the ``data`` of the last event, as a mapping."""

    server: str
    guid: str
    title: str
    mode: Mode
    url: str
    dashboard_url: str
    logs_url: str
    bundle_id: str
    task_id: str
    created: bool
    draft_url: str | None = None
    events: tuple[Event, ...] = field(default=(), repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """Return it for the wire, without the events."""
        answer = as_json_data(self)
        answer.pop("events", None)
        return answer


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """Where a notebook has been published before: one entry of its history.

    Attributes:
        result: ``"ok"``, or ``"failed"`` when the content exists but its last run failed.
        time: RFC 3339, UTC, of the last attempt.
        notebook_hash: Hex digest of the notebook's bytes as published; tells "changed since".
        note: What the author said about the version.
        options: Those that the next publish to this content uses again; on disk they stand beside the other fields.
    """

    server_url: str
    guid: str
    title: str
    mode: Mode
    url: str = ""
    dashboard_url: str = ""
    bundle_id: str = ""
    user: str = ""
    time: str = ""
    result: Literal["ok", "failed"] = "ok"
    requirement_lines: tuple[str, ...] = ()
    notebook_hash: str = ""
    note: str = ""
    options: PublishOptions = msgspec.field(default_factory=PublishOptions)

    def as_dict(self) -> dict[str, Any]:
        """Return it as it is kept on disk, unset parts left out."""
        parts = as_json_data(self)
        return {**parts, **parts.pop("options")}

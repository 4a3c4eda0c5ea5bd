"""What happens in a publish, one shape in every front end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

import msgspec

from .serialization import as_json_data

Step = Literal[
    "inspect", "check", "bundle", "environment", "run", "content", "upload", "settings", "deploy", "verify", "done"
]
"""The steps of a publish, in order; ``environment`` and ``run`` are those of a rehearsal."""


Status = Literal["start", "progress", "log", "warning", "success", "failure"]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened in a publish: the same shape in the panel, the widget, the CLI and ``publish()``.

    Attributes:
        seq: 0, 1, 2 … within the publish.
        time: RFC 3339, UTC, milliseconds.
        message: For ``log`` the server's line unchanged; else one sentence.
        code, hint: For ``warning`` and ``failure``.
        data: ``{sent, total}`` in bytes for upload progress, ``{done, total}`` while bundling,
            the deployment at ``done``.
    """

    seq: int
    time: str
    step: Step
    status: Status
    message: str
    code: str | None = None
    hint: str | None = None
    data: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as it goes over the wire, unset parts left out."""
        return as_json_data(self)


def timestamp(*, ago: timedelta = timedelta(0)) -> str:
    """Return the time, or that of some time ago, as events tell it: RFC 3339, UTC, milliseconds."""
    return (datetime.now(timezone.utc) - ago).isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""What a publish has done on the server so far: enough to go on after a restart, and to say what remains. Data only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from ..connect.app_modes import SOURCE
from ..connect.job_tracking import TaskRef
from ..models import Content, Event, Mode

Phase = Literal["draft", "live", "activation"]
"""What a task on the server does: builds a draft, builds what readers see, or makes a draft what they see."""


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """How far a publish got on the server, as its events tell.

    Attributes:
        created: True when this publish made the content.
        task: What `Client.follow` takes; empty before the server began.
        lines: Log lines of the task that were seen.
        restricted: Who could read the content before fewer people could: a `readers.Restriction`, JSON-compatible.
    """

    guid: str
    created: bool = False
    mode: Mode = SOURCE
    title: str = ""
    bundle_id: str = ""
    task: str = ""
    phase: Phase = "live"
    lines: int = 0
    restricted: Mapping[str, Any] = msgspec.field(default_factory=dict)


class RemoteState(msgspec.Struct, frozen=True, kw_only=True):
    """A content on the server, and what this publish did to it.

    Attributes:
        content: As the server described it last.
        before: As it was before this publish; None when this publish made it.
        task_runs: True while the server runs the checkpoint's task, as far as is known.
        live: True when readers see the new version.
        variables_set: True when environment variables were changed.
        integrations_before: GUIDs of the integrations that the content used before they were changed.
        may_become_live: True when readers may see the new version later, as far as is known.
        may_be_built: True when the server may have made the new version, which then has an address, also as a draft.
    """

    content: Content
    before: Content | None
    checkpoint: Checkpoint
    task_runs: bool = False
    live: bool = False
    variables_set: bool = False
    integrations_before: tuple[str, ...] | None = None
    may_become_live: bool = False
    may_be_built: bool = False

    def at(self, **changes: Any) -> RemoteState:
        """Return the state with a checkpoint that is further on."""
        return replace(self, checkpoint=replace(self.checkpoint, **changes))

    def links(self) -> dict[str, str]:
        """Return the content's addresses."""
        content = self.content
        return {"url": content.url, "dashboard_url": content.dashboard_url, "logs_url": content.logs_url}

    def facts(self) -> dict[str, Any]:
        """Return what front ends link to, and what a later process needs to go on: the ``data`` of an event."""
        point = self.checkpoint
        facts: dict[str, Any] = {"guid": point.guid, "created": point.created, "mode": point.mode, "title": point.title}
        if point.restricted:
            facts["restricted"] = dict(point.restricted)
        if not point.task:
            return {**facts, **self.links()}
        known = task_id(point)
        lost = {} if known else {"task": point.task}  # names no task: only a resumed publish can use it
        return {**facts, **self.links(), "bundle_id": point.bundle_id, "task_id": known, "phase": point.phase, **lost}


def task_id(checkpoint: Checkpoint) -> str:
    """Return the id of the server's task; empty when the server's answer with it was lost."""
    return TaskRef(checkpoint.task).public_id


def last_checkpoint(events: Iterable[Event]) -> Checkpoint | None:
    """Return how far a publish got on the server, or None when it left nothing there. Pure."""
    names = set(Checkpoint.__struct_fields__) - {"lines"}
    point: Checkpoint | None = None
    for each in events:
        data = each.data or {}
        if each.status == "log" and point is not None:
            point = replace(point, lines=point.lines + 1)
        elif each.step in ("content", "deploy", "verify") and isinstance(data.get("guid"), str):
            point = Checkpoint(**{name: value for name, value in data.items() if name in names})
            if not point.task and data.get("task_id"):
                point = replace(point, task=data["task_id"])
    return point

"""One publishing job: what is known about it, and how that is read back from its journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from ..models import Event
from .journal import Journal

State = Literal["running", "done", "failed", "cancelled"]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A publishing job at one moment.

    Attributes:
        path: The notebook, as its starter names it. `server`: the server's name.
        notes: What its starter wants to find again after a restart; JSON-compatible, no secrets; not for the wire.
        host: The machine that runs it; not for the wire.
        stopping: True when it was asked to stop and still runs.
        started, ended: RFC 3339, UTC.
        events: Only from `Jobs.read`.
        last: Number of events so far: the next ``first``.
        result: The deployment, for state ``done``. `error`: code, message, hint … for ``failed`` and ``cancelled``.
    """

    id: str
    path: str
    server: str
    title: str | None = None
    notes: Mapping[str, Any] = msgspec.field(default_factory=dict)
    host: str = ""
    state: State = "running"
    stopping: bool = False
    started: str = ""
    ended: str | None = None
    events: tuple[Event, ...] = ()
    last: int = 0
    result: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None

    @property
    def finished(self) -> bool:
        """True when it has ended, well or not."""
        return self.state != "running"

    def as_dict(self) -> dict[str, Any]:
        """Return it as it goes over the wire."""
        return {
            "id": self.id,
            "path": self.path,
            "server": self.server,
            "title": self.title,
            "state": self.state,
            "stopping": self.stopping,
            "started": self.started,
            "ended": self.ended,
            "events": [each.as_dict() for each in self.events],
            "last": self.last,
            "finished": self.finished,
            "result": None if self.result is None else dict(self.result),
            "error": None if self.error is None else dict(self.error),
        }


def read_job(journal: Journal) -> tuple[Job | None, str]:
    """Return the job that a journal keeps, without its events, and its key; None when there is none to read."""
    facts = journal.load()
    if not facts.get("id"):
        return None, ""
    names = ("id", "path", "server", "title", "notes", "host", "state", "started", "ended", "last", "result", "error")
    job = Job(**{name: facts[name] for name in names if name in facts})
    return replace(job, stopping=not job.finished and journal.asked_to_stop()), str(facts.get("key", ""))

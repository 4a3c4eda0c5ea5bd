"""When a server runs a content again: Connect's ten kinds of schedule, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from .serialization import as_json_data

ScheduleKind = Literal[
    "minute", "hour", "day", "weekday", "week", "dayofweek", "semimonth", "dayofmonth", "dayweekofmonth", "year"
]
"""Connect's names; ``weekday``: Monday to Friday, ``semimonth``: twice a month."""

DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

PARAMETERS: Mapping[ScheduleKind, Mapping[str, tuple[int, int]]] = {
    "minute": {"N": (1, 1000)},
    "hour": {"N": (1, 1000)},
    "day": {"N": (1, 1000)},
    "weekday": {},
    "week": {"N": (1, 1000)},
    "dayofweek": {"Days": (0, 6)},
    "semimonth": {"First": (0, 1)},
    "dayofmonth": {"N": (1, 1000), "Day": (1, 31)},
    "dayweekofmonth": {"N": (1, 1000), "Day": (0, 6), "Week": (0, 5)},
    "year": {"N": (1, 1000)},
}
"""Kind -> its parameters, each with the least and the largest value; ``Days`` is a list, ``First`` true or false."""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule.

    Attributes:
        parameters: Those of `PARAMETERS`; days count from 0, Sunday.
        start: The first moment at which it may run, RFC 3339, UTC: its time of day in `timezone` is that of all runs.
        timezone: Name of the IANA database: ``"Europe/Paris"``.
        email: Mail the page to collaborators after each run.
        publish_output: Readers see what a run made; False keeps it from them.
        next_run: RFC 3339, UTC; empty when not known.
    """

    kind: ScheduleKind
    parameters: Mapping[str, Any] = msgspec.field(default_factory=dict)
    start: str
    timezone: str
    email: bool = False
    publish_output: bool = True
    next_run: str = ""


class ScheduleState(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a content's schedule.

    Attributes:
        writable: True when it can be set from here: the server's routes answer as they are known to.
        schedule: None when there is none, or it cannot be read.
        text: It in plain words; of one that cannot be read its rule; empty without one.
        next_run: RFC 3339, UTC; empty when not known.
        dashboard_url: Where it can be set otherwise.
        reason: Why it cannot be set from here; empty when it can.
    """

    writable: bool
    schedule: Schedule | None = None
    text: str = ""
    next_run: str = ""
    dashboard_url: str = ""
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON data, unset parts left out."""
        return as_json_data(self)

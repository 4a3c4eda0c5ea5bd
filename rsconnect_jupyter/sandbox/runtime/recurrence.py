"""When a schedule runs: Connect's ten kinds, as rules of RFC 5545. Pure."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from ..api_errors import ApiError

UTC = datetime.timezone.utc
DAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
LARGEST = 1000
MINUTES = {"minute": 1, "hour": 60}
"""Kinds that count time that passes; all others count by the calendar of their time zone."""
N = (1, LARGEST)
RULES: dict[str, tuple[dict[str, tuple[int, int]], Callable[[Mapping[str, Any]], str]]] = {
    "minute": ({"N": N}, lambda given: f"FREQ=MINUTELY;INTERVAL={given['N']}"),
    "hour": ({"N": N}, lambda given: f"FREQ=HOURLY;INTERVAL={given['N']}"),
    "day": ({"N": N}, lambda given: f"FREQ=DAILY;INTERVAL={given['N']}"),
    "weekday": ({}, lambda _given: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    "week": ({"N": N}, lambda given: f"FREQ=WEEKLY;INTERVAL={given['N']}"),
    "dayofweek": (
        {"Days": (0, 6)},
        lambda given: f"FREQ=WEEKLY;BYDAY={','.join(DAYS[each] for each in given['Days'])}",
    ),
    "semimonth": ({"First": (0, 1)}, lambda given: f"FREQ=MONTHLY;BYMONTHDAY={'1,15' if given['First'] else '14,-1'}"),
    "dayofmonth": (
        {"N": N, "Day": (1, 31)},
        lambda given: f"FREQ=MONTHLY;INTERVAL={given['N']};BYMONTHDAY={given['Day']}",
    ),
    # Which week a number means is not public: here 0 is the first, 5 the last.
    "dayweekofmonth": (
        {"N": N, "Day": (0, 6), "Week": (0, 5)},
        lambda given: (
            f"FREQ=MONTHLY;INTERVAL={given['N']};BYDAY={(*range(1, 6), -1)[given['Week']]:+d}{DAYS[given['Day']]}"
        ),
    ),
    "year": ({"N": N}, lambda given: f"FREQ=YEARLY;INTERVAL={given['N']}"),
}
"""Kind -> its parameters with their least and largest values, and its rule."""


@dataclass(frozen=True, kw_only=True)
class Recurrence:
    """A schedule's rule.

    Attributes:
        rule: RFC 5545's recurrence rule, without ``RRULE:``.
        start: The first moment at which it may run.
        zone: Name of its time zone.
    """

    kind: str
    rule: str
    start: datetime.datetime
    zone: str
    every: int

    @property
    def dtstart(self) -> str:
        """RFC 5545's start, in the schedule's time zone."""
        return f"DTSTART;TZID={self.zone}:{self.start.astimezone(ZoneInfo(self.zone)):%Y%m%dT%H%M%S}"

    def next_run(self, after: datetime.datetime) -> datetime.datetime | None:
        """Return the first run after a moment, None when there is none."""
        if self.kind in MINUTES:
            step = datetime.timedelta(minutes=MINUTES[self.kind] * self.every)
            return self.start + max(0, math.floor((after - self.start) / step) + 1) * step
        zone = ZoneInfo(self.zone)
        rule = rrulestr(self.rule, dtstart=self.start.astimezone(zone).replace(tzinfo=None))
        found = after.astimezone(zone).replace(tzinfo=None) if after >= self.start else None
        while True:
            found = rule.after(found) if found else next(iter(rule), None)
            if found is None:
                return None
            moment: datetime.datetime = found.replace(tzinfo=zone).astimezone(UTC)
            if moment > after:  # an hour that a clock change repeats runs once
                return moment


def read_recurrence(kind: str, text: str, *, start: datetime.datetime, zone: str) -> Recurrence:
    """Return the rule of a kind and its parameters as JSON; refuses what Connect refuses (400/245, 400/25)."""
    try:
        given = json.loads(text)
        limits, rule = RULES[kind]
        if not isinstance(given, dict) or set(given) != set(limits):
            raise ApiError(245)
        if not all(_fits(name, value, *limits[name]) for name, value in given.items()):
            raise ApiError(245)
        made = rule(given)
    except (ValueError, KeyError) as error:
        raise ApiError(245) from error
    if not _is_zone(zone):
        raise ApiError(25, f"There is no time zone {zone!r}.")
    return Recurrence(kind=kind, rule=made, start=start, zone=zone, every=given.get("N", 1))


def _fits(name: str, value: Any, low: int, high: int) -> bool:
    if name == "First":
        return isinstance(value, bool)
    if name == "Days":
        return isinstance(value, list) and bool(value) and all(_fits("", each, low, high) for each in value)
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError):  # unknown names are a KeyError, folders an OSError
        return False
    return bool(name)

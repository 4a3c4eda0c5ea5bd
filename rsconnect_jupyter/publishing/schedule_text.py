"""Schedules in plain words: ``every day 07:00``, ``Mondays and Thursdays 18:30``. They are read in English only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any

from ..errors import OptionError
from ..models import Where
from ..models.schedule import DAYS, PARAMETERS, Schedule, ScheduleKind
from ..translation import N_, _, ngettext

_WEEKS = (N_("first"), N_("second"), N_("third"), N_("fourth"), N_("fifth"), N_("last"))
_ON_DAYS = (
    N_("Sundays"),
    N_("Mondays"),
    N_("Tuesdays"),
    N_("Wednesdays"),
    N_("Thursdays"),
    N_("Fridays"),
    N_("Saturdays"),
)
_UNITS: dict[str, ScheduleKind] = {"minute": "minute", "hour": "hour", "day": "day", "week": "week", "year": "year"}
_EVERY = re.compile(r"every (?:(?P<n>\d{1,4}) )?(?P<unit>minute|hour|day|week|year)s?")
_MONTHLY = re.compile(r"(?:day (?P<day>\d{1,2})|the (?P<first>first)) of (?:the|every)(?: (?P<n>\d{1,4}))? months?")
_WEEKLY = re.compile(
    rf"the (?P<week>{'|'.join(_WEEKS)}) (?P<day>\w+day) of (?:the|every)(?: (?P<n>\d{{1,4}}))? months?"
)
_TIME = re.compile(r"(?P<rule>.*?)(?: at)? (?P<hour>\d{1,2}):(?P<minute>\d{2})")


def schedule_text(schedule: Schedule) -> str:
    """Return a schedule in plain words, with its time of day and time zone."""
    rule = rule_text(schedule.kind, schedule.parameters)
    return f"{rule} {time_of(schedule)} ({schedule.timezone})"


def rule_text(kind: ScheduleKind, parameters: Mapping[str, Any]) -> str:
    """Return a kind with its parameters in plain words."""
    n = parameters.get("N", 1)
    if kind in _UNITS:
        return _every(kind, n)
    if kind == "weekday":
        return _("every weekday")
    if kind == "dayofweek":
        return _joined([_(_ON_DAYS[each % 7]) for each in sorted(parameters["Days"], key=lambda day: day or 7)])
    if kind == "semimonth":
        first, last = _("the 1st and 15th of the month"), _("the 14th and last day of the month")
        return first if parameters["First"] else last
    if kind == "dayofmonth":
        text = ngettext("day {day} of the month", "day {day} of every {count} months", n)
        return text.format(day=parameters["Day"], count=n)
    text = ngettext("the {week} {day} of the month", "the {week} {day} of every {count} months", n)
    return text.format(week=_(_WEEKS[parameters["Week"]]), day=_(DAYS[parameters["Day"]]), count=n)


def _every(kind: ScheduleKind, n: int) -> str:
    texts = {
        "minute": ngettext("every minute", "every {count} minutes", n),
        "hour": ngettext("every hour", "every {count} hours", n),
        "day": ngettext("every day", "every {count} days", n),
        "week": ngettext("every week", "every {count} weeks", n),
        "year": ngettext("every year", "every {count} years", n),
    }
    return texts[kind].format(count=n)


def time_of(schedule: Schedule) -> str:
    """Return the time of day of a schedule's runs in its time zone: ``"07:00"``."""
    return f"{_local(schedule):%H:%M}"


def start_of(time: str, zone: str, *, now: datetime | None = None) -> str:
    """Return the next moment at which clocks of a time zone show a time of day, ``"07:00"``.

    Raises:
        OptionError: code ``bad-schedule``.
    """
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", time)
    hour, minute = (int(found[1]), int(found[2])) if found else (24, 0)
    if hour > 23 or minute > 59 or not _is_zone(zone):
        raise OptionError.of("bad-schedule", where=Where(field="schedule"), text=f"{time} ({zone})"[:100])
    return _start(now or datetime.now(timezone.utc), _zone(zone), (hour, minute))


def parse_schedule(text: str, *, zone: str, now: datetime | None = None) -> Schedule:
    """Return the schedule that plain words mean, such as `schedule_text` writes them.

    Args:
        text: ``every day 07:00``, ``every weekday 6:30``, ``Mondays and Fridays 18:00``, ``day 31 of the month 05:00``,
            ``the last Friday of the month 12:00``, ``every 15 minutes`` …
        zone: Time zone of the time of day.
        now: The moment from which on it may run.

    Raises:
        OptionError: code ``bad-schedule``.
    """
    plain = " ".join(text.replace(",", " and ").split()).lower()
    found = _TIME.fullmatch(plain)
    rule = found["rule"] if found else plain
    hour, minute = (int(found["hour"]), int(found["minute"])) if found else (0, 0)
    read = _read_rule(rule)
    if read is None or hour > 23 or minute > 59 or not _is_zone(zone):
        raise OptionError.of("bad-schedule", where=Where(field="schedule"), text=text[:100])
    kind, parameters = read
    start = _start(now or datetime.now(timezone.utc), _zone(zone), (hour, minute) if found else None)
    return checked(Schedule(kind=kind, parameters=parameters, start=start, timezone=zone))


def checked(schedule: Schedule) -> Schedule:
    """Return a schedule whose parameters are those of its kind.

    Raises:
        OptionError: code ``bad-schedule``.
    """
    limits, given = PARAMETERS.get(schedule.kind), schedule.parameters
    named = limits is not None and set(given) == set(limits)
    right = named and all(_fits(given[name], name, each) for name, each in (limits or {}).items())
    if not right or not _is_zone(schedule.timezone) or _moment(schedule.start) is None:
        raise OptionError.of("bad-schedule", where=Where(field="schedule"), text=str(schedule.kind)[:100])
    return schedule


def _fits(value: Any, name: str, limits: tuple[int, int]) -> bool:
    if name == "First":
        return isinstance(value, bool)
    if name == "Days":
        listed = isinstance(value, Sequence) and not isinstance(value, str) and bool(value)
        return listed and len(set(value)) == len(value) and all(_fits(each, "", limits) for each in value)
    return isinstance(value, int) and not isinstance(value, bool) and limits[0] <= value <= limits[1]


def _read_rule(rule: str) -> tuple[ScheduleKind, dict[str, Any]] | None:
    if rule == "every weekday":
        return "weekday", {}
    if rule in ("the 1st and 15th of the month", "the 14th and last day of the month"):
        return "semimonth", {"First": rule.startswith("the 1st")}
    if found := _EVERY.fullmatch(rule):
        return _UNITS[found["unit"]], {"N": int(found["n"] or 1)}
    if found := _MONTHLY.fullmatch(rule):
        return "dayofmonth", {"N": int(found["n"] or 1), "Day": int(found["day"] or 1)}
    if (found := _WEEKLY.fullmatch(rule)) and (day := _day(found["day"])) is not None:
        return "dayweekofmonth", {"N": int(found["n"] or 1), "Day": day, "Week": _WEEKS.index(found["week"])}
    days = [_day(each.removesuffix("s")) for each in rule.split(" and ")]
    known = [each for each in days if each is not None]
    return ("dayofweek", {"Days": sorted(set(known))}) if known and len(known) == len(days) else None


def _day(name: str) -> int | None:
    return next((number for number, each in enumerate(DAYS) if each.lower() == name), None)


def _joined(parts: Sequence[str]) -> str:
    return _(" and ").join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _start(now: datetime, zone: tzinfo, time: tuple[int, int] | None) -> str:
    """Return the next moment of a time of day; the next full minute when none is given."""
    local = now.astimezone(zone).replace(second=0, microsecond=0, tzinfo=None)
    if time is None:
        moment = local + timedelta(minutes=1)
    else:
        moment = local.replace(hour=time[0], minute=time[1])
        moment = moment if moment > local else moment + timedelta(days=1)
    return moment.replace(tzinfo=zone).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _local(schedule: Schedule) -> datetime:
    moment = _moment(schedule.start) or datetime.fromtimestamp(0, timezone.utc)
    return moment.astimezone(_zone(schedule.timezone))


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _is_zone(name: str) -> bool:
    try:
        _zone(name)
    except (ValueError, KeyError, OSError):  # unknown names are a KeyError, folders an OSError
        return False
    return bool(name)


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - most publishes set no schedule

    return ZoneInfo(name)

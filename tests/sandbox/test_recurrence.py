"""When schedules run: all kinds, in six time zones, across the changes of their clocks."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest

from rsconnect_jupyter.sandbox.api_errors import ApiError
from rsconnect_jupyter.sandbox.runtime.recurrence import UTC, Recurrence, read_recurrence

ZONES = {
    "Europe/Paris": "2026-10-25",
    "America/New_York": "2026-11-01",
    "Australia/Lord_Howe": "2026-04-05",
    "America/Sao_Paulo": "2026-02-15",
    "Africa/Casablanca": "2026-03-22",
    "UTC": "2026-06-01",
}
"""Zone -> a day near which it changes its clock, where it does."""


def recurrence(kind: str, text: str, start: str, zone: str = "Europe/Paris") -> Recurrence:
    return read_recurrence(kind, text, start=datetime.datetime.fromisoformat(start).astimezone(UTC), zone=zone)


def runs(made: Recurrence, count: int, zone: str = "Europe/Paris") -> list[str]:
    """Return the first runs as that zone's clocks show them."""
    found, moment = [], made.start - datetime.timedelta(seconds=1)
    for _ in range(count):
        following = made.next_run(moment)
        assert following is not None
        moment = following
        found.append(moment.astimezone(ZoneInfo(zone)).strftime("%a %d.%m.%y %H:%M"))
    return found


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("minute", '{"N":20}', ["Thu 01.01.26 07:00", "Thu 01.01.26 07:20", "Thu 01.01.26 07:40"]),
        ("hour", '{"N":5}', ["Thu 01.01.26 07:00", "Thu 01.01.26 12:00", "Thu 01.01.26 17:00"]),
        ("day", '{"N":1}', ["Thu 01.01.26 07:00", "Fri 02.01.26 07:00", "Sat 03.01.26 07:00"]),
        ("weekday", "{}", ["Thu 01.01.26 07:00", "Fri 02.01.26 07:00", "Mon 05.01.26 07:00"]),
        ("week", '{"N":2}', ["Thu 01.01.26 07:00", "Thu 15.01.26 07:00", "Thu 29.01.26 07:00"]),
        ("dayofweek", '{"Days":[0,3]}', ["Sun 04.01.26 07:00", "Wed 07.01.26 07:00", "Sun 11.01.26 07:00"]),
        ("semimonth", '{"First":true}', ["Thu 01.01.26 07:00", "Thu 15.01.26 07:00", "Sun 01.02.26 07:00"]),
        ("semimonth", '{"First":false}', ["Wed 14.01.26 07:00", "Sat 31.01.26 07:00", "Sat 14.02.26 07:00"]),
        ("dayofmonth", '{"N":1,"Day":31}', ["Sat 31.01.26 07:00", "Tue 31.03.26 07:00", "Sun 31.05.26 07:00"]),
        ("dayofmonth", '{"N":2,"Day":1}', ["Thu 01.01.26 07:00", "Sun 01.03.26 07:00", "Fri 01.05.26 07:00"]),
        (
            "dayweekofmonth",
            '{"N":1,"Day":1,"Week":0}',
            ["Mon 05.01.26 07:00", "Mon 02.02.26 07:00", "Mon 02.03.26 07:00"],
        ),
        (
            "dayweekofmonth",
            '{"N":1,"Day":5,"Week":5}',
            ["Fri 30.01.26 07:00", "Fri 27.02.26 07:00", "Fri 27.03.26 07:00"],
        ),
        ("year", '{"N":1}', ["Thu 01.01.26 07:00", "Fri 01.01.27 07:00", "Sat 01.01.28 07:00"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_kind(kind: str, text: str, expected: list[str]) -> None:
    assert runs(recurrence(kind, text, "2026-01-01T07:00:00+01:00"), 3) == expected


@pytest.mark.parametrize("zone", ZONES)
def test_the_hour_stays_when_the_clocks_change(zone: str) -> None:
    begin = datetime.datetime.fromisoformat(f"{ZONES[zone]}T07:00:00").replace(tzinfo=ZoneInfo(zone))
    start = begin - datetime.timedelta(days=10)
    made = read_recurrence("day", '{"N":1}', start=start.astimezone(UTC), zone=zone)
    assert {each.split()[2] for each in runs(made, 20, zone)} == {"07:00"}
    assert made.dtstart == f"DTSTART;TZID={zone}:{start:%Y%m%dT070000}"


@pytest.mark.parametrize("zone", ZONES)
def test_an_hour_that_is_there_twice_or_not_at_all_runs_once_a_day(zone: str) -> None:
    for change in ("2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01"):
        start = datetime.datetime.fromisoformat(f"{change}T01:30:00").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for half_hours in range(4):
            begin = start + datetime.timedelta(minutes=30 * half_hours) - datetime.timedelta(days=2)
            found = runs(read_recurrence("day", '{"N":1}', start=begin, zone=zone), 5, zone)
            assert len({each.split()[1] for each in found}) == 5, found


def test_hours_count_time_that_passes() -> None:
    found = runs(recurrence("hour", '{"N":1}', "2026-10-25T01:00:00+02:00"), 4)
    assert [each.split()[2] for each in found] == ["01:00", "02:00", "02:00", "03:00"]


def test_what_never_comes_has_no_next_run() -> None:
    made = recurrence("dayofmonth", '{"N":12,"Day":31}', "2026-02-01T00:00:00+00:00", "UTC")
    assert made.next_run(made.start) is None


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("century", '{"N":1}'),
        ("day", '{"N":0}'),
        ("day", '{"N":true}'),
        ("day", '{"N":1.5}'),
        ("day", "{}"),
        ("day", "[]"),
        ("day", "N=1"),
        ("day", '{"N":1,"Day":1}'),
        ("week", '{"N":100000000}'),
        ("dayofweek", '{"Days":[]}'),
        ("dayofweek", '{"Days":[7]}'),
        ("dayofweek", '{"Days":"MO"}'),
        ("semimonth", '{"First":1}'),
        ("dayweekofmonth", '{"N":1,"Day":7,"Week":0}'),
        ("dayofmonth", '{"N":1,"Day":0}'),
    ],
)
def test_what_is_no_schedule(kind: str, text: str) -> None:
    with pytest.raises(ApiError) as refused:
        recurrence(kind, text, "2026-01-01T07:00:00+01:00")
    assert refused.value.code == 245


@pytest.mark.parametrize("zone", ["", "Nowhere", "Europe", "../../etc/passwd", "\0"])
def test_what_is_no_time_zone(zone: str) -> None:
    with pytest.raises(ApiError) as refused:
        recurrence("day", '{"N":1}', "2026-01-01T07:00:00+01:00", zone)
    assert refused.value.code == 25

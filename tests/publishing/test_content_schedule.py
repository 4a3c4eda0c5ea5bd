"""Schedules: in plain words, written and read back, by us and by posit-sdk; nothing is written to odd servers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import datetime, timezone
from itertools import product
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import pytest
import requests
from msgspec.structs import replace
from peers import peer
from publishing_project import Project
from sandbox.publishing import Api, bundle, notebook
from serving import Sandbox, running_sandbox

from rsconnect_jupyter.connect.client import Client
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.errors import OptionError, TargetError
from rsconnect_jupyter.models import Schedule, Secret, Server
from rsconnect_jupyter.publishing.content_schedule import schedule_state, set_schedule
from rsconnect_jupyter.publishing.option_values import read_options
from rsconnect_jupyter.publishing.schedule_option import local_zone
from rsconnect_jupyter.publishing.schedule_text import parse_schedule, schedule_text, start_of

TEXTS: dict[str, tuple[str, dict[str, Any]]] = {
    "every 30 minutes": ("minute", {"N": 30}),
    "every 2 hours": ("hour", {"N": 2}),
    "every day": ("day", {"N": 1}),
    "every weekday": ("weekday", {}),
    "every 2 weeks": ("week", {"N": 2}),
    "Mondays and Sundays": ("dayofweek", {"Days": [0, 1]}),
    "the 14th and last day of the month": ("semimonth", {"First": False}),
    "day 31 of the month": ("dayofmonth", {"N": 1, "Day": 31}),
    "the last Friday of every 3 months": ("dayweekofmonth", {"N": 3, "Day": 5, "Week": 5}),
    "every year": ("year", {"N": 1}),
}
"""All ten kinds, as we write them."""

ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Apia")
"""With changes of half an hour, at other times of the year, and without any."""

MOMENTS = [datetime(2026, 3, 28, 12, tzinfo=timezone.utc), datetime(2026, 10, 24, 12, tzinfo=timezone.utc)]
"""A day before the clocks change in Europe."""


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("zone", ZONES)
def test_plain_words_mean_what_is_shown(text: str, zone: str) -> None:
    for now in MOMENTS:
        made = parse_schedule(f"{text} 07:00", zone=zone, now=now)
        assert (made.kind, dict(made.parameters)) == TEXTS[text]
        assert schedule_text(made) == f"{text} 07:00 ({zone})"
        start = datetime.fromisoformat(made.start.replace("Z", "+00:00"))
        assert f"{start.astimezone(ZoneInfo(zone)):%H:%M}" == "07:00"
        assert 0 < (start - now).total_seconds() <= 25.5 * 3600, "the next time that the clock shows it"


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("sometimes", "Europe/Paris"),
        ("every day 25:00", "Europe/Paris"),
        ("day 32 of the month 07:00", "Europe/Paris"),
        ("every 0 days", "Europe/Paris"),
        ("Mondays and Blursdays 07:00", "Europe/Paris"),
        ("every day 07:00", "Nowhere/Land"),
        ("every day 07:00", "../../etc/passwd"),
    ],
)
def test_what_is_no_schedule_is_refused(text: str, zone: str) -> None:
    with pytest.raises(OptionError, match="is no schedule"):
        parse_schedule(text, zone=zone)


def test_a_time_of_day_has_a_form() -> None:
    now = datetime(2026, 3, 28, 12, tzinfo=timezone.utc)
    assert start_of("7:30", "Europe/Paris", now=now) == "2026-03-29T05:30:00Z"
    for time, zone in (("noon", "UTC"), ("24:00", "UTC"), ("12:60", "UTC"), ("12:00", ""), ("12:00", "Mars/Base")):
        with pytest.raises(OptionError):
            start_of(time, zone)


@pytest.mark.parametrize(
    ("named", "zone"), [("Asia/Tokyo", "Asia/Tokyo"), (":Asia/Tokyo", "Asia/Tokyo"), ("/etc/zone", "UTC"), ("", "UTC")]
)
def test_the_zone_of_this_machine(named: str, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", named)
    monkeypatch.setattr("os.path.realpath", lambda _path: "/etc/localtime")
    assert local_zone() == zone
    monkeypatch.setattr("os.path.realpath", lambda _path: "/usr/share/zoneinfo/Asia/Kolkata")
    assert local_zone() == ("Asia/Kolkata" if zone == "UTC" else zone)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("faulty"), "--allow-faults") as running:
        yield running


@pytest.fixture(scope="module")
def client(faulty: Sandbox) -> Iterator[Client]:
    with open_client(Server(name="faulty", url=faulty.url, api_key=Secret(faulty.key))) as opened:
        yield opened


@pytest.fixture(scope="module")
def report(faulty: Sandbox) -> str:
    api = Api(faulty.url, faulty.key)
    return str(api.publish(bundle("jupyter-static", {"a.ipynb": notebook("1")}), title="A report")[0]["guid"])


def wanted(text: str, zone: str, **more: Any) -> Schedule:
    made = parse_schedule(f"{text} 07:00", zone=zone)
    return replace(made, **more)


def test_each_kind_is_written_and_read_back(client: Client, report: str) -> None:
    assert schedule_state(client, report).schedule is None
    for number, text in enumerate(TEXTS):
        zone = ZONES[number % len(ZONES)]
        state = set_schedule(client, report, wanted(text, zone, email=number % 2 == 0, publish_output=number % 3 == 0))
        assert state.text == f"{text} 07:00 ({zone})"
        assert state.schedule is not None
        assert (state.schedule.email, state.schedule.publish_output) == (number % 2 == 0, number % 3 == 0)
        local = datetime.fromisoformat(state.next_run.replace("Z", "+00:00")).astimezone(ZoneInfo(zone))
        assert state.schedule.kind in ("minute", "hour") or f"{local:%H:%M}" == "07:00"
        if state.schedule.kind == "dayofweek":
            assert local.weekday() in (0, 6)
    assert set_schedule(client, report, None).schedule is None


ODD_VARIANTS: list[Any] = [[], [{"id": "x", "key": "k", "is_default": True}], {"results": []}, [None]]
ODD_SCHEDULES: list[Any] = [
    {},
    [{"id": 1}],
    [{"id": 1}, {"id": 2}],
    [{"id": 1, "type": "century", "schedule": "{}", "start_time": "2026-01-01T06:00:00Z", "timezone": "UTC"}],
]


def test_a_server_that_answers_oddly_gets_no_write(faulty: Sandbox, client: Client, report: str) -> None:
    variants, schedules = f"/__api__/applications/{report}/variants", "/__api__/variants/*/schedules"
    shown = f"/__api__/v1/content/{report}"
    described = client.content_details(report)
    odd = [
        *((variants, {"action": "status", "status": 200, "body": body}) for body in ODD_VARIANTS),
        *((schedules, {"action": "status", "status": 200, "body": body}) for body in ODD_SCHEDULES),
        *((path, {"action": "status", "status": status}) for path in (variants, schedules) for status in (403, 404)),
        *((path, {"action": "html"}) for path in (variants, schedules)),
        (shown, {"action": "status", "status": 200, "body": described}),  # without schedules
    ]
    try:
        for path, action in odd:
            order(faulty, [{"method": "GET", "path": path, "actions": [action]}])
            state = schedule_state(client, report)
            assert not state.writable, (path, action)
            assert state.reason
            assert state.dashboard_url == described["dashboard_url"]
            with pytest.raises(TargetError, match="cannot be set from here"):
                set_schedule(client, report, wanted("every day", "Europe/Paris"))
            assert written(faulty) == [], (path, action)
    finally:
        order(faulty, [])


def test_what_is_not_read_back_as_sent_is_undone(faulty: Sandbox, client: Client, report: str) -> None:
    before = set_schedule(client, report, wanted("every day", "Europe/Paris")).schedule
    variant = Api(faulty.url, faulty.key).json("GET", f"applications/{report}/variants")[0]["id"]
    kept = Api(faulty.url, faulty.key).json("GET", f"variants/{variant}/schedules")
    # The look after the write is answered with what was there before it.
    later = {"method": "GET", "path": "/__api__/variants/*/schedules", "skip": 1, "times": 1}
    order(faulty, [{**later, "actions": [{"action": "status", "status": 200, "body": kept}]}])
    try:
        with pytest.raises(TargetError, match="put back"):
            set_schedule(client, report, wanted("every year", "Asia/Kolkata"))
    finally:
        order(faulty, [])
    assert schedule_state(client, report).schedule == before
    set_schedule(client, report, None)


@pytest.fixture
def scheduled(faulty: Sandbox, tmp_path: Path) -> Project:
    """A notebook that is published as source to the sandbox whose requests can go wrong."""
    (tmp_path / "work").mkdir()
    server = Server(name="faulty", url=faulty.url, api_key=Secret(faulty.key))
    made = Project(tmp_path / "work" / "scheduled.ipynb", server, tmp_path / "data")
    made.write("print(6 * 7)")
    return made


def test_a_publish_sets_the_schedule_once_the_server_has_run_it(
    faulty: Sandbox, client: Client, scheduled: Project
) -> None:
    text = "every day 07:00 (Europe/Paris)"
    outcome = scheduled.publish(mode="jupyter-static", schedule=text)
    guid = outcome.good.guid
    [said] = [each for each in outcome.events if "schedule" in (each.data or {})]
    assert (said.step, said.status, (said.data or {})["schedule"]["text"]) == ("done", "progress", text)
    assert schedule_state(client, guid).text == text

    mailed = parse_schedule("every week 06:00", zone="Europe/Paris")
    set_schedule(client, guid, replace(mailed, email=True))
    order(faulty, [])
    assert scheduled.publish(mode="jupyter-static", schedule="every week 6:00 (Europe/Paris)").good.guid == guid
    assert written(faulty) == [], "it is that schedule already"
    scheduled.publish(mode="jupyter-static", schedule=text)
    after = schedule_state(client, guid)
    assert after.schedule is not None
    assert (after.text, after.schedule.email) == (text, True), "mail stays as it was"
    scheduled.publish(mode="jupyter-static", schedule="off")
    assert schedule_state(client, guid).text == ""


def test_a_schedule_that_is_refused_is_a_warning_of_a_publish_that_succeeded(
    faulty: Sandbox, scheduled: Project
) -> None:
    order(faulty, [{"method": "GET", "path": "/__api__/variants/*/schedules", "actions": [{"action": "html"}] * 9}])
    try:
        outcome = scheduled.publish(mode="jupyter-static", schedule="every day 07:00")
    finally:
        order(faulty, [])
    assert outcome.good.url
    [warning] = [each for each in outcome.events if each.code == "schedule-not-set"]
    assert "the server's routes for schedules are not the known ones" in warning.message
    assert outcome.good.guid in (warning.hint or "")
    assert written(faulty) == []


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"mode": "static"}, "does not run this again"),
        ({"mode": "jupyter-static", "draft": True}, "A draft has no schedule"),
        ({"mode": "jupyter-static", "wait": False}, "once the server has run"),
    ],
    ids=["finished document", "draft", "without waiting"],
)
def test_what_the_server_does_not_run_again_gets_no_schedule(
    scheduled: Project, options: dict[str, Any], why: str
) -> None:
    before = scheduled.contents()
    outcome = scheduled.publish(schedule="every day 07:00", **options)
    assert (outcome.bad.code, why in outcome.bad.message) == ("schedule-not-run", True)
    assert scheduled.contents() == before, "nothing was made"


def test_words_that_are_no_schedule_are_refused_with_the_options() -> None:
    with pytest.raises(OptionError, match="is no schedule"):
        read_options({"schedule": "now and then"})
    assert read_options({"schedule": "every day 07:00 (Asia/Tokyo)"}).schedule == "every day 07:00 (Asia/Tokyo)"
    with pytest.raises(OptionError, match="is no schedule"):
        read_options({"schedule": "every day 07:00 (Nowhere/Land)"})


def order(faulty: Sandbox, rules: list[dict[str, Any]]) -> None:
    requests.delete(f"{faulty.url}/__sandbox__/requests", timeout=30)
    requests.put(f"{faulty.url}/__sandbox__/faults", json=rules, timeout=30).raise_for_status()


def written(faulty: Sandbox) -> list[str]:
    """Return what was asked of the routes that write schedules."""
    log = requests.get(f"{faulty.url}/__sandbox__/requests", timeout=30).json()["requests"]
    return [each["path"] for each in log if each["method"] != "GET" and "schedules" in each["path"]]


SDK = """
import json, sys
from posit import connect
url, key, guid = sys.argv[1:]
client = connect.Client(url, key)
report = client.content.get(guid)
for line in sys.stdin:
    order = json.loads(line)
    if order:
        report.schedule.create(**order)
    found = report.schedule.find_one()
    print(json.dumps(dict(found)), flush=True)
"""


@pytest.mark.peer
@pytest.mark.thorough
def test_posit_sdk_reads_what_we_write_and_we_what_it_writes(
    faulty: Sandbox, client: Client, report: str, tmp_path: Path
) -> None:
    (tmp_path / "sdk.py").write_text(SDK)
    program = str(peer("posit-sdk==0.17.0") / "python")
    command = [program, str(tmp_path / "sdk.py"), faulty.url, faulty.key, report]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as sdk:
        assert sdk.stdin
        assert sdk.stdout
        for (text, (kind, parameters)), zone in product(TEXTS.items(), ZONES):
            ours = wanted(text, zone)
            set_schedule(client, report, ours)
            read = asked(sdk.stdin, sdk.stdout, None)
            assert (read["type"], read["timezone"], read["start_time"]) == (kind, zone, ours.start)
            assert read["schedule"] in (parameters, json.dumps(parameters, separators=(",", ":")))
            assert read["activate"] is True

            start = "2026-10-24T05:00:00Z"
            asked(sdk.stdin, sdk.stdout, {**sdk_arguments(kind, parameters), "timezone": zone, "start_time": start})
            theirs = schedule_state(client, report).schedule
            assert theirs is not None
            assert (theirs.kind, dict(theirs.parameters), theirs.timezone) == (kind, parameters, zone)
            assert theirs.start == start
        sdk.stdin.close()
    set_schedule(client, report, None)


def asked(stdin: IO[str], stdout: IO[str], order: dict[str, Any] | None) -> dict[str, Any]:
    stdin.write(f"{json.dumps(order)}\n")
    stdin.flush()
    return dict(json.loads(stdout.readline()))


def sdk_arguments(kind: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return a schedule as arguments of posit-sdk: its names are ours in lower case."""
    return {"type": kind, **{name.lower(): value for name, value in parameters.items()}}

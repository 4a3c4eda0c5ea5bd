"""Schedules: kept strictly, run when the clock says so, shown with what ran; mails are in the outbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from sandbox.publishing import Api, bundle, notebook, site
from serving import Sandbox, running_sandbox

RULES = {
    "minute": '{"N":30}',
    "hour": '{"N":2}',
    "day": '{"N":1}',
    "weekday": "{}",
    "week": '{"N":1}',
    "dayofweek": '{"Days":[1,3]}',
    "semimonth": '{"First":true}',
    "dayofmonth": '{"N":1,"Day":31}',
    "dayweekofmonth": '{"N":1,"Day":1,"Week":0}',
    "year": '{"N":1}',
}
WEEK = 7 * 24 * 3600


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("timed"), "--movable-clock") as running:
        yield running


@pytest.fixture
def api(timed: Sandbox) -> Api:
    return Api(timed.url, timed.key)


@pytest.fixture(scope="module")
def report(timed: Sandbox) -> dict[str, Any]:
    """A notebook whose page says how often it ran."""
    return Api(timed.url, timed.key).publish(bundle("jupyter-static", {"a.ipynb": notebook("1")}), title="A report")[0]


@pytest.fixture
def rule(api: Api, report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A daily schedule that the notebook does not have yet."""
    variant = api.json("GET", f"applications/{report['guid']}/variants")[0]
    identity = {"app_id": variant["app_id"], "variant_id": variant["id"], "type": "day", "schedule": '{"N":1}'}
    yield {
        **identity,
        "start_time": "2026-01-01T06:00:00Z",
        "timezone": "Europe/Paris",
        "activate": True,
        "email": False,
    }
    for each in api.json("GET", f"variants/{variant['id']}/schedules"):
        api.call("DELETE", f"schedules/{each['id']}")


def run_later(sandbox: Sandbox, guid: str) -> dict[str, Any]:
    """Let a week pass and return the newest job of a content, when all that was due has ended."""
    api = Api(sandbox.url, sandbox.key)
    headers = {"Authorization": f"Key {sandbox.key}"}
    moved = requests.post(f"{sandbox.url}/__sandbox__/clock", json={"seconds": WEEK}, headers=headers, timeout=60)
    for task in moved.json()["tasks"]:
        api.follow(task)
    return dict(api.json("GET", f"v1/content/{guid}/jobs")[0])


def mails(sandbox: Sandbox) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Key {sandbox.key}"}
    found = requests.get(f"{sandbox.url}/__sandbox__/outbox", headers=headers, timeout=30).json()["mails"]
    return list(found)


@pytest.mark.parametrize("kind", RULES)
def test_each_kind_is_kept_and_shown_as_a_rule(
    api: Api, report: dict[str, Any], rule: dict[str, Any], kind: str
) -> None:
    made = api.json("POST", "schedules", {**rule, "type": kind, "schedule": RULES[kind]})
    assert api.json("GET", f"variants/{rule['variant_id']}/schedules") == [made]
    assert made["next_run"] > "2026-11"
    [shown] = api.json("GET", f"v1/content/{report['guid']}?include=schedule")["schedules"]
    assert shown["schedule"]["dtstart"] == "DTSTART;TZID=Europe/Paris:20260101T070000"
    assert shown["schedule"]["rrules"][0].startswith("RRULE:FREQ=")
    assert (shown["next_run"], shown["variant"]["is_default"]) == (made["next_run"], True)
    assert api.json("DELETE", f"schedules/{made['id']}", status=204) is None
    assert api.refused("DELETE", f"schedules/{made['id']}") == (404, 4)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"schedule": {"N": 1}}, (400, 121)),
        ({"schedule": '{"N":0}'}, (400, 245)),
        ({"type": "century"}, (400, 245)),
        ({"timezone": "Nowhere"}, (400, 25)),
        ({"start_time": "2009-12-31T00:00:00Z"}, (400, 37)),
        ({"start_time": "tomorrow"}, (400, 136)),
        ({"app_id": 999}, (400, 72)),
        ({"variant_id": 999_999}, (404, 4)),
        ({"type": None}, (400, 12)),
    ],
    ids=lambda value: str(*value.values()) if isinstance(value, dict) else "",
)
def test_what_is_refused(api: Api, rule: dict[str, Any], changed: dict[str, Any], refusal: tuple[int, int]) -> None:
    assert api.refused("POST", "schedules", {**rule, **changed}) == refusal


def test_without_activate_it_is_false_and_there_is_one_schedule(api: Api, rule: dict[str, Any]) -> None:
    del rule["activate"]
    made = api.json("POST", "schedules", rule)
    assert made["activate"] is False
    assert api.refused("POST", "schedules", rule) == (409, 102)
    changed = api.json("POST", f"schedules/{made['id']}", {**made, "activate": True, "email": True})
    assert (changed["id"], changed["activate"], changed["email"]) == (made["id"], True, True)


def test_pages_and_applications_have_no_variants(api: Api) -> None:
    content = api.publish(site())[0]
    assert api.json("GET", f"applications/{content['guid']}/variants") == []
    assert api.refused("GET", f"variants/{content['id']}/schedules") == (404, 4)


def test_only_editors_schedule(timed: Sandbox, rule: dict[str, Any]) -> None:
    keys = json.loads((timed.data / "keys.json").read_text())
    for user in ("publisher", "viewer"):
        assert Api(timed.url, keys[user]).refused("POST", "schedules", rule)[0] == 403


def test_the_clock_starts_a_run_that_readers_see(
    timed: Sandbox, api: Api, report: dict[str, Any], rule: dict[str, Any]
) -> None:
    before = api.json("GET", f"applications/{report['guid']}/variants")[0]["rendering_id"]
    made = api.json("POST", "schedules", rule)
    job = run_later(timed, report["guid"])
    assert (job["status"], job["exit_code"], job["queue_name"]) == (2, 0, "default")
    after = api.json("GET", f"applications/{report['guid']}/variants")[0]
    assert after["rendering_id"] > before
    [schedule] = api.json("GET", f"variants/{rule['variant_id']}/schedules")
    assert schedule["next_run"] > made["next_run"]
    [shown] = api.json("GET", f"v1/content/{report['guid']}?include=schedule")["schedules"]
    run = shown["last_run"]
    assert (run["status"], run["job_key"], run["scheduled_time"]) == ("success", job["key"], made["next_run"])
    renderings = api.json("GET", f"variants/{rule['variant_id']}/renderings")
    assert [each["active"] for each in renderings[:2]] == [True, False]
    assert renderings[0]["job_key"] == job["key"]


def test_without_activate_readers_see_the_old_page(
    timed: Sandbox, api: Api, report: dict[str, Any], rule: dict[str, Any]
) -> None:
    before = api.json("GET", f"applications/{report['guid']}/variants")[0]["rendering_id"]
    api.json("POST", "schedules", {**rule, "activate": False, "email": True})
    count = len(mails(timed))
    assert run_later(timed, report["guid"])["exit_code"] == 0
    assert api.json("GET", f"applications/{report['guid']}/variants")[0]["rendering_id"] == before
    assert len(mails(timed)) == count


def test_a_failing_run_is_counted_and_mailed(timed: Sandbox, api: Api, rule: dict[str, Any]) -> None:
    code = "import os\nassert os.path.exists(os.environ['FLAG'])"
    guid = api.create(title="Sometimes fails")["guid"]
    flag = timed.data / "flag"
    flag.touch()
    api.json("PATCH", f"v1/content/{guid}/environment", [{"name": "FLAG", "value": str(flag)}])
    archive = bundle("jupyter-static", {"a.ipynb": notebook(code)})
    assert api.follow(api.deploy(guid, api.upload(guid, archive)))["code"] == 0
    variant = api.json("GET", f"applications/{guid}/variants")[0]
    api.json("POST", "schedules", {**rule, "app_id": variant["id"], "variant_id": variant["id"], "email": True})
    assert run_later(timed, guid)["exit_code"] == 0
    assert (mails(timed)[0]["subject"], mails(timed)[0]["recipients"]) == ("Sometimes fails", ["admin@sandbox.example"])
    flag.unlink()
    job = run_later(timed, guid)
    assert job["error"] == "Unable to render: Rendering exited abnormally: exit status 1"
    assert api.json("GET", f"v1/content/{guid}/jobs/{job['key']}/error")["summary"] == job["error"]
    assert mails(timed)[0]["subject"] == "Failed to render: Sometimes fails"
    assert api.page(f"/content/{guid}/").status_code == 200
    api.json("PATCH", f"v1/content/{guid}", {"locked": True})
    skipped = run_later(timed, guid)
    assert (skipped["status"], skipped["skip_reason"]) == (3, "The content is locked.")
    [found] = api.json("GET", "v1/search/variants?q=Sometimes&include=schedule")["results"]
    assert (found["failures"], found["skips"], found["schedule"]["last_run"]["status"]) == (1, 1, "skipped")
    assert found["last_failed"]
    assert found["last_skipped"]
    day_later = found["last_skipped"].replace(found["last_skipped"][:4], str(int(found["last_skipped"][:4]) + 1), 1)
    for query, count in ((f"failed:>={found['last_failed']}", 1), (f"skipped:>={day_later}", 0)):
        assert api.json("GET", "v1/search/variants", params={"q": f"Sometimes {query}"})["total"] == count
    assert api.refused("GET", "v1/search/variants?q=failed:>=yesterday") == (400, 136)


def test_the_history_has_each_change(api: Api, report: dict[str, Any], rule: dict[str, Any]) -> None:
    count = api.json("GET", f"v1/content/{report['guid']}/schedule/history")["results"][0]["total_count"]
    made = api.json("POST", "schedules", rule)
    api.json("POST", f"schedules/{made['id']}", {**made, "timezone": "UTC"})
    [result] = api.json("GET", f"v1/content/{report['guid']}/schedule/history")["results"]
    assert result["current_schedule"]["schedule"]["dtstart"] == "DTSTART;TZID=UTC:20260101T060000"
    api.json("DELETE", f"schedules/{made['id']}", status=204)
    [result] = api.json("GET", f"v1/content/{report['guid']}/schedule/history")["results"]
    assert result["total_count"] == count + 3
    assert [each["change_type"] for each in result["history"][:3]] == ["deleted", "updated", "created"]
    assert result["current_schedule"] is result["history"][0]["new_schedule"] is None
    assert result["history"][1]["user"]["username"] == "admin"


def test_a_rendering_is_mailed_to_those_who_are_named(timed: Sandbox, api: Api, report: dict[str, Any]) -> None:
    variant = api.json("GET", f"applications/{report['guid']}/variants")[0]
    people = {each["username"]: each["guid"] for each in api.json("GET", "v1/users")["results"]}
    for name, role in (("publisher", "owner"), ("viewer", "viewer")):
        body = {"principal_guid": people[name], "principal_type": "user", "role": role}
        api.json("POST", f"v1/content/{report['guid']}/permissions", body)
        assert mails(timed)[0]["recipients"] == [f"{name}@sandbox.example"]
    expected = {"me": ["admin"], "collaborators": ["admin", "publisher"]}
    expected["collaborators_viewers"] = ["admin", "publisher", "viewer"]
    for whom, names in expected.items():
        query = f"email={whom}&rendering_id={variant['rendering_id']}"
        api.json("POST", f"variants/{variant['id']}/sender?{query}", status=204)
        assert mails(timed)[0]["recipients"] == [f"{name}@sandbox.example" for name in names]
    assert api.refused("POST", f"variants/{variant['id']}/sender?rendering_id=0") == (400, 59)
    assert api.refused("POST", f"variants/{variant['id']}/sender?email=all") == (400, 25)
    assert api.json("GET", f"variants/{variant['id']}/subscribers") == []


def test_the_outbox_is_for_administrators(timed: Sandbox) -> None:
    keys = json.loads((timed.data / "keys.json").read_text())
    for key, status in ((keys["viewer"], 403), (keys["publisher"], 403), ("wrong", 401)):
        headers = {"Authorization": f"Key {key}"}
        assert requests.get(f"{timed.url}/__sandbox__/outbox", headers=headers, timeout=30).status_code == status
        clock = requests.post(f"{timed.url}/__sandbox__/clock", json={"seconds": 1}, headers=headers, timeout=30)
        assert clock.status_code == status

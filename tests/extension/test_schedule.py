"""A content's schedule through the REST API."""

from __future__ import annotations

from typing import Any

FIELDS = {
    "kind": "dayofweek",
    "parameters": {"Days": [1, 4]},
    "time": "18:30",
    "timezone": "Europe/Paris",
    "email": True,
    "publish_output": True,
}


async def test_a_schedule_is_set_shown_and_deleted(api: Any, known_sandbox: Any, failed_report: str) -> None:
    await known_sandbox()
    place = f"servers/here/content/{failed_report}/schedule"
    before = (await api("GET", place)).body
    assert (before["writable"], before["text"]) == (True, "")
    after = (await api("POST", place, FIELDS)).body
    assert after["text"] == "Mondays and Thursdays 18:30 (Europe/Paris)"
    assert after["schedule"] == FIELDS
    assert after["next_run"] > "2026"
    assert (await api("GET", place)).body == after
    wrong = await api("POST", place, {**FIELDS, "parameters": {"Days": []}})
    assert (wrong.status, wrong.body["code"]) == (400, "bad-schedule")
    assert (await api("DELETE", place)).body == before

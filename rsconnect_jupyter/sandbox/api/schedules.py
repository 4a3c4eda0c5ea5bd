"""Schedules of rendered content, and their history."""

from __future__ import annotations

import datetime
import json
from typing import Any

from ..api_errors import ApiError
from ..clock import CLOCK
from ..runtime.recurrence import UTC, read_recurrence
from ..store.accounts import user_object
from ..store.database import Row, seconds
from ..store.identifiers import check_id
from ..store.schedules import RENDERED, drop_schedule, keep_schedule, schedule_of
from .content_items import edited_content, seen_content
from .routing import Request, Response, check_type, route
from .users import read_time
from .variants import variant_content

FIELDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("app_id", "variant_id"), (int,)),
    **dict.fromkeys(("type", "schedule", "start_time", "timezone"), (str,)),
    **dict.fromkeys(("activate", "email"), (bool,)),
}
EARLIEST = "2010-01-01"


@route("GET", "/variants/{id}/schedules", legacy=True)
def list_schedules(request: Request) -> list[dict[str, Any]]:
    """Return the schedule of a variant, or nothing."""
    row = seen_content(request, variant_content(request)["guid"])
    schedule = schedule_of(request.store, row["guid"])
    return [_schedule_object(row, schedule)] if schedule else []


@route("POST", "/schedules", legacy=True)
def create_schedule(request: Request) -> dict[str, Any]:
    """Give a variant a schedule; refuses a second one (409/102)."""
    row, fields = _read_fields(request)
    if schedule_of(request.store, row["guid"]) is not None:
        raise ApiError(102)
    return _keep(request, row, fields)


@route("POST", "/schedules/{id}", legacy=True)
def replace_schedule(request: Request) -> dict[str, Any]:
    """Replace a schedule: what is left out is false."""
    schedule = _schedule(request)
    row, fields = _read_fields(request)
    if schedule["content_guid"] != row["guid"]:
        raise ApiError(72)
    return _keep(request, row, fields)


@route("DELETE", "/schedules/{id}", legacy=True)
def delete_schedule(request: Request) -> Response:
    """Delete a schedule."""
    schedule = _schedule(request)
    edited_content(request, schedule["content_guid"])
    drop_schedule(request.store, schedule, request.user.guid)
    return Response(status=204)


def _schedule(request: Request) -> Row:
    return request.store.need("SELECT * FROM schedules WHERE id = ?", (check_id(request.path["id"]),))


def _read_fields(request: Request) -> tuple[Row, dict[str, Any]]:
    """Return the content that a request is about and its fields; unknown ones are ignored."""
    given = request.json()
    if not isinstance(given, dict):
        raise ApiError(121)
    for name, types in FIELDS.items():
        check_type(name, given.get(name), types)
    if any(given.get(name) is None for name in ("app_id", "variant_id", "type", "schedule", "timezone")):
        raise ApiError(12)
    row = edited_content(request, variant_content(request, str(given["variant_id"]))["guid"])
    if given["app_id"] != row["id"]:
        raise ApiError(72)
    return row, given


def _keep(request: Request, row: Row, given: dict[str, Any]) -> dict[str, Any]:
    text = read_time(given.get("start_time") or "")
    if text < EARLIEST:
        raise ApiError(37)
    start = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    recurrence = read_recurrence(given["type"], given["schedule"], start=start, zone=given["timezone"])
    following = recurrence.next_run(datetime.datetime.fromtimestamp(CLOCK.seconds(), UTC))
    fields = {
        **{name: given[name] for name in ("type", "schedule", "timezone")},
        "start_time": text,
        "next_run": written(following),
        **{name: bool(given.get(name)) for name in ("activate", "email")},
    }
    rule = {"dtstart": recurrence.dtstart, "rrules": [f"RRULE:{recurrence.rule}"]}
    return _schedule_object(row, keep_schedule(request.store, row, request.user.guid, fields, rule))


def written(moment: datetime.datetime | None) -> str | None:
    """Return a moment in UTC as the API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _schedule_object(row: Row, schedule: Row) -> dict[str, Any]:
    return {
        **{name: schedule[name] for name in ("id", "type", "schedule", "start_time", "next_run", "timezone")},
        "app_id": row["id"],
        "variant_id": row["id"],
        **{name: bool(schedule[name]) for name in ("activate", "email")},
    }


@route("GET", "/v1/content/{guid}/schedule/history", since=(2026,))
def schedule_history(request: Request) -> dict[str, Any]:
    """Return the present schedule and its last hundred changes: ``{results}``, one for each variant."""
    row = edited_content(request)
    if request.query.get("variant", row["variant_key"]) != row["variant_key"]:
        raise ApiError(4)
    store = request.store
    changes = store.rows("SELECT * FROM schedule_changes WHERE content_guid = ? ORDER BY id DESC", (row["guid"],))
    schedule = schedule_of(store, row["guid"])
    present = {"schedule": json.loads(schedule["rule"]), "next_run": schedule["next_run"]} if schedule else None
    result = {
        "variant_key": row["variant_key"],
        "current_schedule": present,
        "history": [_change_object(request, each) for each in changes[:100]],
        "total_count": len(changes),
    }
    return {"results": [result] if row["app_mode"] in RENDERED else []}


def _change_object(request: Request, change: Row) -> dict[str, Any]:
    user = request.store.row("SELECT * FROM users WHERE guid = ?", (change["user_guid"],))
    return {
        "change_type": change["change_type"],
        "change_time": seconds(change["change_time"]),
        "user": user_object(user) if user else None,
        "new_schedule": {"schedule": json.loads(change["rule"])} if change["rule"] else None,
    }

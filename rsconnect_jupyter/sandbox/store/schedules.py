"""Schedules, the runs that they made, renderings, and the mails that went out."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any

from .database import Row, Store, now, seconds

RENDERED = ("jupyter-static", "quarto-static")


def schedule_of(store: Store, content_guid: str) -> Row | None:
    """Return the schedule of a content's only variant, or None."""
    return store.row("SELECT * FROM schedules WHERE content_guid = ?", (content_guid,))


def keep_schedule(
    store: Store, content: Row, user_guid: str, fields: Mapping[str, Any], rule: Mapping[str, Any]
) -> Row:
    """Add or replace a content's schedule and note the change; the rule is kept as the v1 API shows it."""
    before = schedule_of(store, content["guid"])
    columns = {**fields, "content_guid": content["guid"], "rule": json.dumps(dict(rule))}
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    with store.transaction() as write:
        if before is None:
            write.execute(f"INSERT INTO schedules ({names}) VALUES ({marks})", tuple(columns.values()))  # noqa: S608
        else:
            assignments = ", ".join(f"{name} = ?" for name in columns)
            write.execute(f"UPDATE schedules SET {assignments} WHERE id = ?", (*columns.values(), before["id"]))  # noqa: S608
        _note(store, content["guid"], "created" if before is None else "updated", user_guid, columns["rule"])
    return schedule_of(store, content["guid"]) or {}


def drop_schedule(store: Store, schedule: Row, user_guid: str) -> None:
    """Delete a schedule and note it."""
    with store.transaction() as write:
        write.execute("DELETE FROM schedules WHERE id = ?", (schedule["id"],))
        _note(store, schedule["content_guid"], "deleted", user_guid, None)


def _note(store: Store, content_guid: str, change: str, user_guid: str, rule: str | None) -> None:
    store.change(
        "INSERT INTO schedule_changes (content_guid, change_type, change_time, user_guid, rule) VALUES (?, ?, ?, ?, ?)",
        (content_guid, change, now(), user_guid, rule),
    )


def add_rendering(store: Store, content_guid: str, bundle_id: int) -> None:
    """Note that the newest render job of a bundle wrote what readers see."""
    job = store.row(
        "SELECT key, start_time FROM jobs WHERE content_guid = ? AND bundle_id = ? AND tag IN"
        " ('build_jupyter', 'build_report') ORDER BY id DESC",
        (content_guid, bundle_id),
    )
    if job is not None:
        store.change(
            "INSERT INTO renderings (content_guid, bundle_id, job_key, start_time, render_time) VALUES (?, ?, ?, ?, ?)",
            (content_guid, bundle_id, job["key"], job["start_time"], now()),
        )


def renderings_of(store: Store, content_guid: str) -> list[Row]:
    """Return a content's renderings, newest first."""
    return store.rows("SELECT * FROM renderings WHERE content_guid = ? ORDER BY id DESC", (content_guid,))


def last_run(store: Store, content_guid: str) -> Row | None:
    """Return the newest job that a schedule started, as the v1 API shows it."""
    query = (
        "SELECT * FROM jobs WHERE content_guid = ? AND scheduled_time IS NOT NULL AND tag IN"
        " ('build_jupyter', 'build_report') ORDER BY id DESC"
    )
    job = store.row(query, (content_guid,))
    if job is None:
        return None
    status = "running" if job["end_time"] is None else "failed" if job["exit_code"] else "success"
    length = milliseconds(job["start_time"], job["end_time"]) if job["end_time"] else None
    return {
        "job_key": job["key"],
        "status": "skipped" if job["status"] == 3 else status,
        **{name: seconds(job[name]) for name in ("scheduled_time", "queued_time", "start_time", "end_time")},
        "run_duration_ms": length,
        "exit_code": job["exit_code"],
    }


def shown_schedule(store: Store, schedule: Row) -> dict[str, Any]:
    """Return a schedule as the v1 API shows it."""
    run = last_run(store, schedule["content_guid"])
    return {
        "type": "rrule",
        "schedule": json.loads(schedule["rule"]),
        **{name: schedule[name] for name in ("next_run", "timezone", "start_time")},
        "email": bool(schedule["email"]),
        "end_time": None,
        **({"last_run": run} if run else {}),
    }


def milliseconds(start: str, end: str) -> int:
    """Return the time between two stored moments. Pure."""
    one, two = (datetime.datetime.fromisoformat(each[:26]) for each in (start, end))
    return max(0, int((two - one).total_seconds() * 1000))


def send_mail(store: Store, content: Row, recipients: list[str], subject: str, text: str) -> None:
    """Put a mail into the outbox; a sandbox sends nothing."""
    if recipients:
        store.change(
            "INSERT INTO mails (time, content_guid, recipients, subject, text) VALUES (?, ?, ?, ?, ?)",
            (now(), content["guid"], json.dumps(recipients), subject, text),
        )


def addresses(store: Store, content: Row, *, viewers: bool) -> list[str]:
    """Return the mail addresses of a content's owner and collaborators, and of its viewers too."""
    listed = (
        "SELECT principal_guid FROM permissions WHERE content_guid = ? AND (role = 'owner' OR ?) UNION"
        " SELECT user_guid FROM members JOIN permissions ON group_guid = principal_guid"
        " WHERE content_guid = ? AND (role = 'owner' OR ?)"
    )
    query = f"SELECT email FROM users WHERE guid = ? OR guid IN ({listed}) ORDER BY number"  # noqa: S608
    values = (content["owner_guid"], content["guid"], viewers, content["guid"], viewers)
    return [row["email"] for row in store.rows(query, values)]

"""Who visited what, and who changed what: records that only grow, read by cursor."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from ..store.database import Row, seconds
from .routing import Request, route
from .users import read_time

DATA_VERSION = 3


@route("GET", "/v1/audit_logs", role="administrator")
def audit_logs(request: Request) -> Any:
    """Return a page of the changes that were made over the API."""
    return _cursor_page(request, "audit_logs", *_filters(request), show=_audit_object)


@route("GET", "/v1/instrumentation/content/visits", role="publisher")
def content_visits(request: Request) -> Any:
    """Return a page of the visits to the user's content; to all content for administrators."""
    return _cursor_page(request, "visits", *_filters(request, of_content=True), show=_visit_object)


@route("GET", "/v1/instrumentation/content/hits", role="publisher", since=(2025, 4))
def content_hits(request: Request) -> list[dict[str, Any]]:
    """Return all visits as a bare array, oldest first; ids are numbers before 2026.03."""
    conditions, values = _filters(request, of_content=True)
    query = f"SELECT * FROM visits{_where(conditions)} ORDER BY id"  # noqa: S608
    return [_hit_object(row, request.version) for row in request.store.rows(query, values)]


@route("GET", "/v1/instrumentation/shiny/usage", role="publisher")
def shiny_usage(request: Request) -> Any:
    """Return a page of the sessions with Shiny applications."""
    return _cursor_page(request, "sessions", *_filters(request, of_content=True), show=_session_object)


def _filters(request: Request, *, of_content: bool = False) -> tuple[list[str], list[Any]]:
    """Return SQL conditions and their values for ``content_guid``, ``from`` and ``to``; refuses bad times (400/136)."""
    conditions: list[str] = []
    values: list[Any] = []
    if of_content and request.query.get("content_guid"):
        wanted = request.query["content_guid"].split("|")
        conditions.append(f"content_guid IN ({', '.join('?' * len(wanted))})")
        values += wanted
    if of_content and not request.user.is_administrator:
        conditions.append("content_guid IN (SELECT guid FROM content WHERE owner_guid = ?)")
        values.append(request.user.guid)
    for name, sign in (("from", ">="), ("to", "<=")):
        if request.query.get(name):
            conditions.append(f"time {sign} ?")
            values.append(read_time(request.query[name]))
    return conditions, values


def _cursor_page(request: Request, table: str, conditions: list[str], values: list[Any], *, show: Any) -> Any:
    """Return ``{results, paging}``: the page after the cursor ``next``, before ``previous``, or the first."""
    limit = int(request.number("limit", 20, low=1, high=500))
    ascending = request.query.get("asc_order", "true") != "false"
    backward = "previous" in request.query and "next" not in request.query
    cursor = request.query.get("previous" if backward else "next")
    up = ascending != backward
    beyond = list(conditions)
    if cursor is not None:
        request.number("previous" if backward else "next", 0, low=0, high=2**62)
        beyond.append(f"id {'>' if up else '<'} {int(cursor or 0)}")
    query = f"SELECT * FROM {table}{_where(beyond)} ORDER BY id {'ASC' if up else 'DESC'} LIMIT ?"  # noqa: S608
    rows = request.store.rows(query, [*values, limit + 1])
    more, rows = len(rows) > limit, rows[:limit]
    if backward:
        rows.reverse()
    earlier, later = (more, bool(rows)) if backward else (cursor is not None, more)
    previous = str(rows[0]["id"]) if rows and earlier else None
    following = str(rows[-1]["id"]) if rows and later else None

    def link(**cursors: str) -> str:
        kept = {name: value for name, value in request.query.items() if name not in ("next", "previous")}
        return f"{request.root}/__api__{request.route}?{urlencode({**kept, **cursors})}"

    paging = {
        "cursors": {"previous": previous, "next": following},
        "first": link() if previous else None,
        "previous": link(previous=previous) if previous else None,
        "next": link(next=following) if following else None,
        "last": link(previous=str(2**62 if ascending else 0)) if following else None,
    }
    return {"results": [show(row) for row in rows], "paging": paging}


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _audit_object(row: Row) -> dict[str, Any]:
    names = ("user_guid", "user_description", "action", "event_description")
    return {"id": str(row["id"]), "time": seconds(row["time"]), "user_id": row["user_id"], **{n: row[n] for n in names}}


def _visit_object(row: Row) -> dict[str, Any]:
    rendered = row["variant_key"] is not None
    return {
        "content_guid": row["content_guid"],
        "user_guid": row["user_guid"],
        "variant_key": row["variant_key"],
        "time": seconds(row["time"]),
        "rendering_id": str(row["bundle_id"]) if rendered else None,
        "bundle_id": str(row["bundle_id"]),
        "path": row["path"],
        "data_version": DATA_VERSION,
        "user_agent": row["user_agent"],
    }


def _hit_object(row: Row, version: tuple[int, ...]) -> dict[str, Any]:
    names = ("path", "query", "user_agent", "sec_fetch_dest", "sec_fetch_site")
    return {
        "id": str(row["id"]) if version >= (2026, 3) else row["id"],
        "user_guid": row["user_guid"],
        "content_guid": row["content_guid"],
        "timestamp": seconds(row["time"]),
        "data": {name: row[name] for name in names},
    }


def _session_object(row: Row) -> dict[str, Any]:
    return {
        "content_guid": row["content_guid"],
        "user_guid": row["user_guid"],
        "started": seconds(row["time"]),
        "ended": seconds(row["ended"]),
        "data_version": 1,
    }

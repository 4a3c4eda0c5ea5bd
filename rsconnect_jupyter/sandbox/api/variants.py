"""The one variant of rendered content: its renderings, mails about it, and the search for what failed."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from ..api_errors import ApiError
from ..store.database import Row, seconds
from ..store.identifiers import check_id
from ..store.schedules import (
    RENDERED,
    addresses,
    milliseconds,
    renderings_of,
    schedule_of,
    send_mail,
    shown_schedule,
)
from .content_items import edited_content, seen_content
from .routing import Request, Response, page_of, route
from .search import find_content, parse_query
from .unversioned import named_guid
from .users import read_time

SINCE = re.compile(r"((failed|skipped):>=(\S+))")
RECIPIENTS = ("me", "collaborators", "collaborators_viewers")


@route("GET", "/applications/{id}/variants", legacy=True)
def variants(request: Request) -> list[dict[str, Any]]:
    """Return the one variant that rendered content has; other content has none."""
    row = seen_content(request, named_guid(request))
    return [_variant(request, row)] if row["app_mode"] in RENDERED else []


def _variant(request: Request, row: Row) -> dict[str, Any]:
    rendering = next(iter(renderings_of(request.store, row["guid"])), None)
    return {
        "id": row["id"],
        "app_id": row["id"],
        "key": row["variant_key"],
        "bundle_id": row["bundle_id"],
        "is_default": True,
        "name": "default",
        "email_collaborators": False,
        "email_viewers": False,
        "email_all": False,
        "created_time": row["created_time"],
        "rendering_id": rendering["id"] if rendering else None,
        "render_time": rendering["render_time"] if rendering else None,
        "render_duration": _duration(rendering) if rendering else 0,
        "visibility": "public",
        "owner_id": 0,
    }


def _duration(rendering: Row) -> int:
    return milliseconds(rendering["start_time"], rendering["render_time"]) * 1_000_000


def variant_content(request: Request, number: str | None = None) -> Row:
    """Return the rendered content whose variant has a number; refuses others (404/4)."""
    found = request.store.row("SELECT * FROM content WHERE id = ?", (check_id(number or request.path["id"]),))
    if found is None or found["app_mode"] not in RENDERED:
        raise ApiError(4)
    return found


@route("GET", "/variants/{id}/renderings", legacy=True)
def list_renderings(request: Request) -> list[dict[str, Any]]:
    """Return the renderings of a variant, newest first."""
    row = seen_content(request, variant_content(request)["guid"])
    found = renderings_of(request.store, row["guid"])
    return [
        {
            "id": each["id"],
            "app_id": row["id"],
            "app_guid": row["guid"],
            "variant_id": row["id"],
            "bundle_id": each["bundle_id"],
            "job_key": each["job_key"],
            "render_time": each["render_time"],
            "render_duration": _duration(each),
            "active": each is found[0],
        }
        for each in found
    ]


@route("GET", "/variants/{id}/subscribers", legacy=True)
def list_subscribers(request: Request) -> list[Any]:
    """Return who subscribed to a variant's mails: nobody."""
    edited_content(request, variant_content(request)["guid"])
    return []


@route("POST", "/variants/{id}/sender", legacy=True)
def mail_rendering(request: Request) -> Response:
    """Mail a rendering: to oneself, or as collaborator to others."""
    row, whom = variant_content(request), request.query.get("email", "me")
    if whom not in RECIPIENTS:
        raise ApiError(25, f"The parameter email must be one of {', '.join(RECIPIENTS)}.")
    row = seen_content(request, row["guid"]) if whom == "me" else edited_content(request, row["guid"])
    found = {str(each["id"]) for each in renderings_of(request.store, row["guid"])}
    if request.query.get("rendering_id", "") not in found:
        raise ApiError(59)
    own = request.store.need("SELECT email FROM users WHERE guid = ?", (request.user.guid,))
    to = [own["email"]] if whom == "me" else addresses(request.store, row, viewers=whom == RECIPIENTS[2])
    send_mail(request.store, row, to, row["title"] or row["name"], f"{request.root}/content/{row['guid']}/")
    return Response(status=204)


@route("GET", "/v1/search/variants", since=(2026,))
def search_variants(request: Request) -> dict[str, Any]:
    """Return a page of the variants of content that matches ``q``, with how often they failed and were skipped.

    ``failed:>=TIME`` and ``skipped:>=TIME`` in ``q`` count from then on, and leave out variants without any.
    """
    include = {each for each in request.query.get("include", "").split(",") if each}
    if include - {"schedule"}:
        raise ApiError(161)
    text, since = request.query.get("q", ""), dict.fromkeys(("failed", "skipped"), "")
    for whole, name, moment in SINCE.findall(text):
        text, since[name] = text.replace(whole, ""), read_time(moment).rstrip("Z")
    conditions, values, _ = parse_query(text, request.user)
    conditions.append(f"app_mode IN ({', '.join('?' * len(RENDERED))})")
    order = "ASC" if request.query.get("order") == "asc" else "DESC"
    rows, _ = find_content(request.store, request.user, conditions, [*values, *RENDERED], order=f"id {order}")
    found = [_found_variant(request, row, since, include) for row in rows]
    counts = [count for name, count in (("failed", "failures"), ("skipped", "skips")) if since[name]]
    return page_of(request, [each for each in found if all(each[count] for count in counts)])


def _found_variant(request: Request, row: Row, since: Mapping[str, str], include: Collection[str]) -> dict[str, Any]:
    store, guid = request.store, row["guid"]
    failed = store.need(
        "SELECT count(*) AS n, max(end_time) AS last FROM jobs"
        " WHERE content_guid = ? AND status <> 3 AND exit_code <> 0 AND end_time >= ?",
        (guid, since["failed"]),
    )
    skipped = store.need(
        "SELECT count(*) AS n, max(scheduled_time) AS last FROM jobs"
        " WHERE content_guid = ? AND status = 3 AND scheduled_time >= ?",
        (guid, since["skipped"]),
    )
    rendering = next(iter(renderings_of(store, guid)), None)
    schedule = schedule_of(store, guid) if "schedule" in include else None
    return {
        **{f"content_{name}": row[name] for name in ("guid", "name", "title")},
        "variant_key": row["variant_key"],
        "variant_name": "default",
        "is_default": True,
        "created_time": seconds(row["created_time"]),
        "render_time": seconds(rendering["render_time"]) if rendering else None,
        "failures": failed["n"],
        "last_failed": seconds(failed["last"]),
        "skips": skipped["n"],
        "last_skipped": seconds(skipped["last"]),
        **({"schedule": shown_schedule(store, schedule)} if schedule else {}),
    }

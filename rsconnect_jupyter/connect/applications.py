"""Content as the function-level API describes it: the keys of the unversioned API, whichever dialect the server speaks.

``id`` and ``bundle_id`` are numbers, ``app_mode`` is Connect's name of the mode, ``url`` is the readers' page and
``config_url`` the dashboard's. Keys of the server's own answer are kept besides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import BadAnswerError, RefusedError
from .client import Client
from .compat import LegacyClient
from .parsing import as_number, as_text, read_content

_BAD_INCLUDE = 161
"""Connect's error number for an ``include`` it does not know; before 2024 it knows only ``owner`` and ``tags``."""

_COUNT = 20
_ROLES = ("viewer", "editor", "owner")


def application(details: Any, root: str) -> dict[str, Any]:
    """Return a server's description of an item in the one shape of the function-level API."""
    content = read_content(details, root)
    owner = details.get("owner") if isinstance(details.get("owner"), Mapping) else {}
    return {
        "owner_username": content.owner_name,
        "owner_first_name": as_text(owner.get("first_name")),
        "owner_last_name": as_text(owner.get("last_name")),
        **details,
        "id": as_number(content.id) if content.id else None,
        "guid": content.guid,
        "name": content.name,
        "title": content.title,
        "app_mode": content.mode,
        "url": content.url,
        "config_url": content.dashboard_url,
        "logs_url": content.logs_url,
        "bundle_id": as_number(content.bundle_id),
        "app_role": content.role,
    }


def whole_application(client: Client, app_id: str) -> dict[str, Any]:
    """Return an application with all keys of the unversioned API: in v1 the owner's email address takes a request."""
    if isinstance(client, LegacyClient):
        return application(client.content_details(app_id), client.transport.root)
    try:
        details = client.content_details(app_id, include="owner,vanity_url")
    except RefusedError as exc:
        if exc.connect_code != _BAD_INCLUDE:
            raise
        details = client.content_details(app_id)
    found = application({"vanity_url": "", **details}, client.transport.root)
    return {**found, "owner_email": _email(client, as_text(details.get("owner_guid")))}


def _email(client: Client, guid: str) -> str:
    try:
        return as_text(client.account_details(guid).get("email")) if guid else ""
    except (RefusedError, BadAnswerError):
        return ""


def search_applications(client: Client, filters: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of a search: ``{applications, total, count, continuation}``.

    Args:
        client: Of either dialect.
        filters: ``search`` (text), ``filter`` (``min_role:editor`` …), ``count`` (20), ``start`` (0), ``cont`` (the
            ``continuation`` of the page before).
    """
    if isinstance(client, LegacyClient):
        return _legacy_page(client, filters)
    count = max(1, as_number(filters.get("count")) or _COUNT)
    start = max(0, as_number(filters.get("cont")) or as_number(filters.get("start")) or 0)
    found, total = _slice(client, filters, start, count)
    return _page([application(each, client.transport.root) for each in found], start, total)


def _page(found: list[dict[str, Any]], start: int, total: int) -> dict[str, Any]:
    """Return a page; its ``continuation`` is where the next one starts, which every server understands."""
    end = start + len(found)
    more = bool(found) and end < total
    return {"applications": found, "total": total, "count": len(found), "continuation": str(end) if more else ""}


def _legacy_page(client: LegacyClient, filters: Mapping[str, Any]) -> dict[str, Any]:
    start = max(0, as_number(filters.get("cont")) or as_number(filters.get("start")) or 0)
    known = {key: value for key, value in filters.items() if key in ("search", "filter", "count") and value}
    items, total = client.applications({**known, "start": start})
    return _page([application(each, client.transport.root) for each in items], start, total)


def _slice(client: Client, filters: Mapping[str, Any], start: int, count: int) -> tuple[list[Any], int]:
    """Return the asked items and how many there are: by one request where the server's pages allow it."""
    text = as_text(filters.get("search"))
    if not filters.get("filter") and count <= 500 and start % count == 0 and client.capabilities.search is not False:
        page = client.search_page(text, start // count + 1, count)
        if page is not None:
            return page
    found = list(all_applications(client, filters))
    return found[start : start + count], len(found)


def all_applications(client: Client, filters: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the server's descriptions of all items that pass the filters, in one walk over its pages."""
    least = _least_role(filters.get("filter"))
    for each in client.matches_details(as_text(filters.get("search"))):
        role = read_content(each, client.transport.root).role
        if least == 0 or (role in _ROLES and _ROLES.index(role) >= least):
            yield each


def _least_role(given: Any) -> int:
    """Return the rank of the role that ``min_role:…`` asks for; other filters name things v1 does not know."""
    for each in given if isinstance(given, (list, tuple)) else [given]:
        key, _, role = as_text(each).partition(":")
        if key == "min_role" and role in _ROLES:
            return _ROLES.index(role)
    return 0

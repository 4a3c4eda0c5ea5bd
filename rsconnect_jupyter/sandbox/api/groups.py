"""v1 groups and their members."""

from __future__ import annotations

import sqlite3
from typing import Any

from ..api_errors import ApiError
from ..store.accounts import user_object
from ..store.database import Row, new_guid
from ..store.identifiers import check_guid
from .routing import Request, Response, route
from .users import found_user, listed


@route("GET", "/v1/groups")
def list_groups(request: Request) -> dict[str, Any]:
    """Return a page of groups, by name."""
    prefix = request.query.get("prefix", "").casefold()
    query = "SELECT * FROM groups WHERE folded(substr(name, 1, ?)) = ? ORDER BY name"
    return listed(request, query, [len(prefix), prefix], dict)


@route("POST", "/v1/groups", role="publisher")
def create_group(request: Request) -> dict[str, Any]:
    """Add a group."""
    name = (request.json({"name": (str,), "gid": (str,)}).get("name") or "").strip()
    if not 0 < len(name) < 4096:
        raise ApiError(14)
    guid = new_guid()
    try:
        request.store.change("INSERT INTO groups VALUES (?, ?, ?)", (guid, name, request.user.guid))
    except sqlite3.IntegrityError as error:
        raise ApiError(15) from error
    return {"guid": guid, "name": name, "owner_guid": request.user.guid}


@route("GET", "/v1/groups/{guid}")
def read_group(request: Request) -> dict[str, Any]:
    """Return one group."""
    return dict(_group(request))


@route("DELETE", "/v1/groups/{guid}", role="publisher")
def delete_group(request: Request) -> Response:
    """Delete a group and what it was permitted."""
    group = _own_group(request)
    with request.store.transaction() as write:
        write.execute("DELETE FROM permissions WHERE principal_guid = ?", (group["guid"],))
        write.execute("DELETE FROM groups WHERE guid = ?", (group["guid"],))
    return Response(status=204)


@route("GET", "/v1/groups/{guid}/members")
def list_members(request: Request) -> dict[str, Any]:
    """Return a group's members."""
    query = "SELECT users.* FROM users JOIN members ON user_guid = users.guid WHERE group_guid = ? ORDER BY username"
    found = [user_object(row) for row in request.store.rows(query, (_group(request)["guid"],))]
    return {"results": found, "current_page": 1, "total": len(found)}


@route("POST", "/v1/groups/{guid}/members", role="publisher")
def add_member(request: Request) -> Response:
    """Add a user to a group."""
    group = _own_group(request)
    user = found_user(request, request.json({"user_guid": (str,)}).get("user_guid") or "")
    try:
        request.store.change("INSERT INTO members VALUES (?, ?)", (group["guid"], user["guid"]))
    except sqlite3.IntegrityError as error:
        raise ApiError(16) from error
    return Response(status=204)


@route("DELETE", "/v1/groups/{guid}/members/{user_guid}", role="publisher")
def remove_member(request: Request) -> Response:
    """Take a user out of a group."""
    values = (_own_group(request)["guid"], check_guid(request.path["user_guid"]))
    if not request.store.change("DELETE FROM members WHERE group_guid = ? AND user_guid = ?", values):
        raise ApiError(17)
    return Response(status=204)


def _group(request: Request) -> Row:
    guid = check_guid(request.path["guid"])
    return request.store.need("SELECT * FROM groups WHERE guid = ?", (guid,))


def _own_group(request: Request) -> Row:
    group = _group(request)
    if group["owner_guid"] != request.user.guid and not request.user.is_administrator:
        raise ApiError(21)
    return group

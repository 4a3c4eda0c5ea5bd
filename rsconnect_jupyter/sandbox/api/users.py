"""v1 users and their API keys."""

from __future__ import annotations

import datetime
import re
import sqlite3
from collections.abc import Callable
from typing import Any

from ..api_errors import ApiError
from ..store.accounts import RANK, add_key, add_user, user_object
from ..store.database import Row, now, seconds
from ..store.identifiers import check_guid, check_id
from .routing import Request, Response, page_of, route

PERSON = dict.fromkeys(("username", "email", "first_name", "last_name", "user_role"), (str,))
SORTS = {"publisher", "administrator", "viewer"}
STATUSES = {"locked": "locked = 1", "licensed": "locked = 0", "inactive": "0"}


@route("GET", "/v1/users")
def list_users(request: Request) -> dict[str, Any]:
    """Return a page of users, by name: ``{results, current_page, total}``."""
    conditions, values = ["service = 0"], []
    prefix = request.query.get("prefix", "")
    if prefix:
        conditions.append(
            "(folded(substr(username, 1, ?)) = ? OR folded(substr(first_name, 1, ?)) = ?"
            " OR folded(substr(last_name, 1, ?)) = ?)"
        )
        values += [len(prefix), prefix.casefold()] * 3
    roles = [each for each in request.query.get("user_role", "").split("|") if each]
    if set(roles) - SORTS:
        raise ApiError(112)
    if roles:
        conditions.append(f"user_role IN ({', '.join('?' * len(roles))})")
        values += roles
    statuses = [each for each in request.query.get("account_status", "").split("|") if each]
    if set(statuses) - set(STATUSES):
        raise ApiError(115)
    if statuses:
        conditions.append(f"({' OR '.join(STATUSES[each] for each in statuses)})")
    query = f"SELECT * FROM users WHERE {' AND '.join(conditions)} ORDER BY username"  # noqa: S608
    return listed(request, query, values, user_object)


def listed(request: Request, query: str, values: list[Any], show: Callable[[Row], Any]) -> dict[str, Any]:
    """Return a page of a query's rows, as ``asc_order`` wants them."""
    rows = request.store.rows(query, values)
    if request.query.get("asc_order", "true") == "false":
        rows.reverse()
    return page_of(request, [show(row) for row in rows])


@route("POST", "/v1/users", role="administrator")
def create_user(request: Request) -> dict[str, Any]:
    """Add a user; its API key is made by the user."""
    fields = request.json(PERSON | {"user_must_set_password": (bool,), "password": (str,), "external_id": (str,)})
    username = fields.get("username") or ""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.@-]{2,63}", username):
        raise ApiError(7)
    role = fields.get("user_role") or "viewer"
    _check_role(role)
    guid = add_user(
        request.store,
        username,
        role,
        first_name=fields.get("first_name") or "",
        last_name=fields.get("last_name") or "",
        email=fields.get("email") or "",
    )
    return user_object(found_user(request, guid))


@route("GET", "/v1/users/{guid}")
def read_user(request: Request) -> dict[str, Any]:
    """Return one user."""
    return user_object(found_user(request, request.path["guid"]))


@route("PUT", "/v1/users/{guid}")
def change_user(request: Request) -> dict[str, Any]:
    """Change a user: oneself, or anybody as administrator; roles only as administrator."""
    user = found_user(request, request.path["guid"])
    if not request.user.is_administrator and user["guid"] != request.user.guid:
        raise ApiError(21)
    fields = {name: value for name, value in request.json(PERSON).items() if value is not None}
    role = str(fields.get("user_role", user["user_role"]))
    _check_role(role)
    if role != user["user_role"]:
        if not request.user.is_administrator:
            raise ApiError(23)
        _check_not_last(request, user)
    values = [fields.get(name, user[name]) for name in PERSON]
    try:
        request.store.change(
            "UPDATE users SET username = ?, email = ?, first_name = ?, last_name = ?, user_role = ?, updated_time = ?"
            " WHERE guid = ?",
            (*values, now(), user["guid"]),
        )
    except sqlite3.IntegrityError as error:
        raise ApiError(8) from error
    return user_object(found_user(request, user["guid"]))


def _check_not_last(request: Request, user: Row) -> None:
    others = request.store.row(
        "SELECT 1 FROM users WHERE user_role = 'administrator' AND locked = 0 AND guid <> ?", (user["guid"],)
    )
    if user["user_role"] == "administrator" and others is None:
        raise ApiError(61)


def _check_role(role: str) -> None:
    if role not in RANK:
        raise ApiError(112)


@route("POST", "/v1/users/{guid}/lock", role="administrator")
def lock_user(request: Request) -> dict[str, Any]:
    """Lock or unlock a user; not oneself."""
    user = found_user(request, request.path["guid"])
    fields = request.json({"locked": (bool,)})
    if fields.get("locked") is None:
        raise ApiError(12)
    if user["guid"] == request.user.guid:
        raise ApiError(22, "You cannot lock yourself.")
    request.store.change("UPDATE users SET locked = ? WHERE guid = ?", (int(fields["locked"]), user["guid"]))
    return user_object(found_user(request, user["guid"]))


def found_user(request: Request, guid: str) -> Row:
    """Return a user's row; refuses an unknown GUID (404/4)."""
    return request.store.need("SELECT * FROM users WHERE guid = ?", (check_guid(guid),))


@route("GET", "/v1/users/{guid}/keys")
def list_keys(request: Request) -> list[dict[str, Any]]:
    """Return one's own API keys, of which only the last characters are known."""
    query = "SELECT * FROM api_keys WHERE user_guid = ? ORDER BY id"
    return [_key_object(row) for row in request.store.rows(query, (_own(request),))]


@route("POST", "/v1/users/{guid}/keys")
def create_key(request: Request) -> dict[str, Any]:
    """Make an API key; its text is shown only now."""
    known: dict[str, tuple[type, ...]] = {"name": (str,), "user_role": (str,)}
    if request.version >= (2026, 6):
        known["expires_at"] = (str,)
    guid, fields = _own(request), request.json(known)
    if not (fields.get("name") or "").strip():
        raise ApiError(62)
    role = fields.get("user_role")
    if role is not None:
        _check_role(role)
        if RANK[role] > RANK[request.user.role]:
            raise ApiError(23)
    expires = read_time(fields["expires_at"]) if fields.get("expires_at") else None
    number, text = add_key(request.store, guid, fields["name"].strip(), role=role or request.user.role, expires=expires)
    return _key_object(_key_row(request, guid, str(number))) | {"key": text}


def read_time(text: str) -> str:
    """Return a time in RFC 3339 as UTC with seconds; refuses other texts (400/136). Pure."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)", text, re.ASCII)
    try:
        moment = datetime.datetime.fromisoformat(found[1] + found[2].replace("Z", "+00:00")) if found else None
    except ValueError:
        moment = None
    if moment is None:
        raise ApiError(136)
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@route("GET", "/v1/users/{guid}/keys/{id}")
def read_key(request: Request) -> dict[str, Any]:
    """Return one of one's own API keys."""
    return _key_object(_key_row(request, _own(request), request.path["id"]))


@route("DELETE", "/v1/users/{guid}/keys/{id}")
def delete_key(request: Request) -> Response:
    """Revoke one of one's own API keys."""
    row = _key_row(request, _own(request), request.path["id"])
    request.store.change("DELETE FROM api_keys WHERE id = ?", (row["id"],))
    return Response(status=204)


def _own(request: Request) -> str:
    guid = check_guid(request.path["guid"])
    if guid != request.user.guid:
        raise ApiError(22)
    return guid


def _key_row(request: Request, user_guid: str, number: str) -> Row:
    values = (check_id(number), user_guid)
    return request.store.need("SELECT * FROM api_keys WHERE id = ? AND user_guid = ?", values)


def _key_object(row: Row) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "key": row["tail"],
        "user_role": row["user_role"],
        "created_time": seconds(row["created_time"]),
        "active_time": seconds(row["active_time"]),
        "expires_at": row["expires_at"],
    }

"""v1 users, their API keys, groups, and the first administrator's bootstrap."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
import re
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from .accounts import RANK, add_key, add_user, user_object
from .calls import Answer, Call, check_guid, check_id, page_of, route
from .codes import Refusal
from .store import Row, new_guid, now, seconds

PERSON = dict.fromkeys(("username", "email", "first_name", "last_name", "user_role"), (str,))
SORTS = {"publisher", "administrator", "viewer"}
STATUSES = {"locked": "locked = 1", "licensed": "locked = 0", "inactive": "0"}


@route("GET", "/v1/users")
def list_users(call: Call) -> dict[str, Any]:
    """Return a page of users, by name: ``{results, current_page, total}``."""
    conditions, values = ["1"], []
    prefix = call.query.get("prefix", "")
    if prefix:
        conditions.append(
            "(folded(substr(username, 1, ?)) = ? OR folded(substr(first_name, 1, ?)) = ?"
            " OR folded(substr(last_name, 1, ?)) = ?)"
        )
        values += [len(prefix), prefix.casefold()] * 3
    roles = [each for each in call.query.get("user_role", "").split("|") if each]
    if set(roles) - SORTS:
        raise Refusal(112)
    if roles:
        conditions.append(f"user_role IN ({', '.join('?' * len(roles))})")
        values += roles
    statuses = [each for each in call.query.get("account_status", "").split("|") if each]
    if set(statuses) - set(STATUSES):
        raise Refusal(115)
    if statuses:
        conditions.append(f"({' OR '.join(STATUSES[each] for each in statuses)})")
    return _page(call, f"SELECT * FROM users WHERE {' AND '.join(conditions)} ORDER BY username", values, user_object)  # noqa: S608


def _page(call: Call, query: str, values: list[Any], show: Callable[[Row], Any]) -> dict[str, Any]:
    rows = call.engine.store.rows(query, values)
    if call.query.get("asc_order", "true") == "false":
        rows.reverse()
    return page_of(call, [show(row) for row in rows])


@route("POST", "/v1/users", role="administrator")
def create_user(call: Call) -> dict[str, Any]:
    """Add a user; its API key is made by the user."""
    fields = call.json(PERSON | {"user_must_set_password": (bool,), "password": (str,), "external_id": (str,)})
    username = fields.get("username") or ""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.@-]{2,63}", username):
        raise Refusal(7)
    role = fields.get("user_role") or "viewer"
    _check_role(role)
    guid = add_user(
        call.engine.store,
        username,
        role,
        first_name=fields.get("first_name") or "",
        last_name=fields.get("last_name") or "",
        email=fields.get("email") or "",
    )
    return user_object(_user(call, guid))


@route("GET", "/v1/users/{guid}")
def read_user(call: Call) -> dict[str, Any]:
    """Return one user."""
    return user_object(_user(call, call.path["guid"]))


@route("PUT", "/v1/users/{guid}")
def change_user(call: Call) -> dict[str, Any]:
    """Change a user: oneself, or anybody as administrator; roles only as administrator."""
    user = _user(call, call.path["guid"])
    if not call.user.is_administrator and user["guid"] != call.user.guid:
        raise Refusal(21)
    fields = {name: value for name, value in call.json(PERSON).items() if value is not None}
    role = str(fields.get("user_role", user["user_role"]))
    _check_role(role)
    if role != user["user_role"]:
        if not call.user.is_administrator:
            raise Refusal(23)
        _check_not_last(call, user)
    values = [fields.get(name, user[name]) for name in PERSON]
    try:
        call.engine.store.change(
            "UPDATE users SET username = ?, email = ?, first_name = ?, last_name = ?, user_role = ?, updated_time = ?"
            " WHERE guid = ?",
            (*values, now(), user["guid"]),
        )
    except sqlite3.IntegrityError as error:
        raise Refusal(8) from error
    return user_object(_user(call, user["guid"]))


def _check_not_last(call: Call, user: Row) -> None:
    others = call.engine.store.row(
        "SELECT 1 FROM users WHERE user_role = 'administrator' AND locked = 0 AND guid <> ?", (user["guid"],)
    )
    if user["user_role"] == "administrator" and others is None:
        raise Refusal(61)


def _check_role(role: str) -> None:
    if role not in RANK:
        raise Refusal(112)


@route("POST", "/v1/users/{guid}/lock", role="administrator")
def lock_user(call: Call) -> dict[str, Any]:
    """Lock or unlock a user; not oneself."""
    user = _user(call, call.path["guid"])
    fields = call.json({"locked": (bool,)})
    if fields.get("locked") is None:
        raise Refusal(12)
    if user["guid"] == call.user.guid:
        raise Refusal(22, "You cannot lock yourself.")
    call.engine.store.change("UPDATE users SET locked = ? WHERE guid = ?", (int(fields["locked"]), user["guid"]))
    return user_object(_user(call, user["guid"]))


def _user(call: Call, guid: str) -> Row:
    found = call.engine.store.row("SELECT * FROM users WHERE guid = ?", (check_guid(guid),))
    if found is None:
        raise Refusal(4)
    return found


@route("GET", "/v1/users/{guid}/keys")
def list_keys(call: Call) -> list[dict[str, Any]]:
    """Return one's own API keys, of which only the last characters are known."""
    query = "SELECT * FROM api_keys WHERE user_guid = ? ORDER BY id"
    return [_key_object(row) for row in call.engine.store.rows(query, (_own(call),))]


@route("POST", "/v1/users/{guid}/keys")
def create_key(call: Call) -> dict[str, Any]:
    """Make an API key; its text is shown only now."""
    known: dict[str, tuple[type, ...]] = {"name": (str,), "user_role": (str,)}
    if call.engine.settings.version >= (2026, 6):
        known["expires_at"] = (str,)
    guid, fields = _own(call), call.json(known)
    if not (fields.get("name") or "").strip():
        raise Refusal(62)
    role = fields.get("user_role")
    if role is not None:
        _check_role(role)
        if RANK[role] > RANK[call.user.role]:
            raise Refusal(23)
    expires = read_time(fields["expires_at"]) if fields.get("expires_at") else None
    number, text = add_key(
        call.engine.store, guid, fields["name"].strip(), role=role or call.user.role, expires=expires
    )
    return _key_object(_key_row(call, guid, str(number))) | {"key": text}


def read_time(text: str) -> str:
    """Return a time in RFC 3339 as UTC with seconds; refuses other texts (400/136). Pure."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)", text, re.ASCII)
    try:
        moment = datetime.datetime.fromisoformat(found[1] + found[2].replace("Z", "+00:00")) if found else None
    except ValueError:
        moment = None
    if moment is None:
        raise Refusal(136)
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@route("GET", "/v1/users/{guid}/keys/{id}")
def read_key(call: Call) -> dict[str, Any]:
    """Return one of one's own API keys."""
    return _key_object(_key_row(call, _own(call), call.path["id"]))


@route("DELETE", "/v1/users/{guid}/keys/{id}")
def delete_key(call: Call) -> Answer:
    """Revoke one of one's own API keys."""
    row = _key_row(call, _own(call), call.path["id"])
    call.engine.store.change("DELETE FROM api_keys WHERE id = ?", (row["id"],))
    return Answer(status=204)


def _own(call: Call) -> str:
    guid = check_guid(call.path["guid"])
    if guid != call.user.guid:
        raise Refusal(22)
    return guid


def _key_row(call: Call, user_guid: str, number: str) -> Row:
    values = (check_id(number), user_guid)
    found = call.engine.store.row("SELECT * FROM api_keys WHERE id = ? AND user_guid = ?", values)
    if found is None:
        raise Refusal(4)
    return found


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


@route("GET", "/v1/groups")
def list_groups(call: Call) -> dict[str, Any]:
    """Return a page of groups, by name."""
    prefix = call.query.get("prefix", "").casefold()
    query = "SELECT * FROM groups WHERE folded(substr(name, 1, ?)) = ? ORDER BY name"
    return _page(call, query, [len(prefix), prefix], dict)


@route("POST", "/v1/groups", role="publisher")
def create_group(call: Call) -> dict[str, Any]:
    """Add a group."""
    name = (call.json({"name": (str,), "gid": (str,)}).get("name") or "").strip()
    if not 0 < len(name) < 4096:
        raise Refusal(14)
    guid = new_guid()
    try:
        call.engine.store.change("INSERT INTO groups VALUES (?, ?, ?)", (guid, name, call.user.guid))
    except sqlite3.IntegrityError as error:
        raise Refusal(15) from error
    return {"guid": guid, "name": name, "owner_guid": call.user.guid}


@route("GET", "/v1/groups/{guid}")
def read_group(call: Call) -> dict[str, Any]:
    """Return one group."""
    return dict(_group(call))


@route("DELETE", "/v1/groups/{guid}", role="publisher")
def delete_group(call: Call) -> Answer:
    """Delete a group and what it was permitted."""
    group = _own_group(call)
    with call.engine.store.transaction() as write:
        write.execute("DELETE FROM permissions WHERE principal_guid = ?", (group["guid"],))
        write.execute("DELETE FROM groups WHERE guid = ?", (group["guid"],))
    return Answer(status=204)


@route("GET", "/v1/groups/{guid}/members")
def list_members(call: Call) -> dict[str, Any]:
    """Return a group's members."""
    query = "SELECT users.* FROM users JOIN members ON user_guid = users.guid WHERE group_guid = ? ORDER BY username"
    found = [user_object(row) for row in call.engine.store.rows(query, (_group(call)["guid"],))]
    return {"results": found, "current_page": 1, "total": len(found)}


@route("POST", "/v1/groups/{guid}/members", role="publisher")
def add_member(call: Call) -> Answer:
    """Add a user to a group."""
    group = _own_group(call)
    user = _user(call, call.json({"user_guid": (str,)}).get("user_guid") or "")
    try:
        call.engine.store.change("INSERT INTO members VALUES (?, ?)", (group["guid"], user["guid"]))
    except sqlite3.IntegrityError as error:
        raise Refusal(16) from error
    return Answer(status=204)


@route("DELETE", "/v1/groups/{guid}/members/{user_guid}", role="publisher")
def remove_member(call: Call) -> Answer:
    """Take a user out of a group."""
    values = (_own_group(call)["guid"], check_guid(call.path["user_guid"]))
    if not call.engine.store.change("DELETE FROM members WHERE group_guid = ? AND user_guid = ?", values):
        raise Refusal(17)
    return Answer(status=204)


def _group(call: Call) -> Row:
    guid = check_guid(call.path["guid"])
    found = call.engine.store.row("SELECT * FROM groups WHERE guid = ?", (guid,))
    if found is None:
        raise Refusal(4)
    return found


def _own_group(call: Call) -> Row:
    group = _group(call)
    if group["owner_guid"] != call.user.guid and not call.user.is_administrator:
        raise Refusal(21)
    return group


@route("POST", "/v1/bootstrap", anonymous=True, since=(2024, 5))
@route("POST", "/v1/experimental/bootstrap", anonymous=True, since=(2022, 10), deprecated="/v1/bootstrap")
def bootstrap(call: Call) -> Any:
    """Return an administrator's API key for a bootstrap token: once for a data folder, then refuse (403/165).

    A sandbox has its ready users from the start; it counts as without users until somebody has done this.
    """
    path = call.engine.settings.bootstrap_secret
    if path is None:
        return Answer(b"404 page not found", 404, {"Content-Type": "text/plain; charset=utf-8"})
    scheme, _, token = call.headers.get("Authorization", "").partition(" ")
    secret = base64.b64decode(path.read_bytes())
    if scheme != "Connect-Bootstrap" or not is_bootstrap_token(token.strip(), secret, time.time()):
        raise Refusal(166)
    marker = call.engine.settings.data / "bootstrapped"
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        raise Refusal(165) from None
    admin = call.engine.store.row("SELECT guid FROM users WHERE username = 'admin'") or {}
    return {"api_key": add_key(call.engine.store, admin["guid"], "bootstrap")[1]}


def is_bootstrap_token(token: str, secret: bytes, moment: float) -> bool:
    """Return whether a text is a valid HS256 bootstrap token at a time (seconds since 1970). Pure."""
    try:
        head, body, signature = (each.encode("ascii") for each in token.split("."))
        expected = hmac.new(secret, head + b"." + body, hashlib.sha256).digest()
        header, claims = json.loads(_unpadded(head)), json.loads(_unpadded(body))
        return (
            hmac.compare_digest(expected, _unpadded(signature))
            and header["alg"] == "HS256"
            and claims["aud"] == "rsconnect"
            and claims["scope"] == "bootstrap"
            and float(claims["exp"]) > moment
        )
    except (ValueError, KeyError, TypeError):
        return False


def _unpadded(text: bytes) -> bytes:
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))

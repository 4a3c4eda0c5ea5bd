"""Who may do what: users, their API keys, and their rights on one content."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from ..api_errors import ApiError
from .database import Row, Store, new_guid, new_key, now, seconds, write_whole

RANK = {"viewer": 0, "publisher": 1, "administrator": 2}
READY_USERS = (
    ("admin", "administrator", "Ada", "Administrator"),
    ("publisher", "publisher", "Paul", "Publisher"),
    ("viewer", "viewer", "Vera", "Viewer"),
)


@dataclass(frozen=True, kw_only=True)
class Account:
    """A signed-in user.

    Attributes:
        role: The lower of the user's role and the key's.
        is_service: True for a service that signed in with an identity token; it is no user.
    """

    guid: str
    number: int
    username: str
    role: str
    is_service: bool = False

    @property
    def is_administrator(self) -> bool:
        """True for administrators."""
        return self.role == "administrator"

    @property
    def may_publish(self) -> bool:
        """True for publishers and administrators."""
        return RANK[self.role] >= RANK["publisher"]


def add_ready_users(store: Store, api_key: str | None) -> str:
    """Make the three ready users where they are missing and return the administrator's key.

    All three keys are kept in ``keys.json`` (mode 0600) so that tests and people can use them; the database holds only
    their digests.
    """
    path = store.folder / "keys.json"
    keys: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    for username, role, first_name, last_name in READY_USERS:
        keys.setdefault(username, new_key(32))
        if username == "admin" and api_key:
            keys[username] = api_key
        user = store.row("SELECT guid FROM users WHERE username = ?", (username,))
        guid = user["guid"] if user else add_user(store, username, role, first_name=first_name, last_name=last_name)
        with store.transaction() as write:
            write.execute("DELETE FROM api_keys WHERE user_guid = ? AND name = 'sandbox'", (guid,))
            write.execute("DELETE FROM api_keys WHERE digest = ?", (digest(keys[username]),))
            add_key(store, guid, "sandbox", key=keys[username])
    write_whole(path, json.dumps(keys, indent=2).encode())
    return keys["admin"]


def add_user(
    store: Store,
    username: str,
    role: str,
    *,
    first_name: str = "",
    last_name: str = "",
    email: str = "",
    service: bool = False,
) -> str:
    """Add a user and return its GUID; refuses a name that is taken (409/8)."""
    if store.row("SELECT 1 FROM users WHERE username = ?", (username,)):
        raise ApiError(8)
    guid, moment = new_guid(), now()
    store.change(
        "INSERT INTO users (guid, username, email, first_name, last_name, user_role, created_time, updated_time,"
        " service) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (guid, username, email or f"{username}@sandbox.example", first_name, last_name, role, moment, moment, service),
    )
    return guid


def add_key(
    store: Store,
    user_guid: str,
    name: str,
    *,
    role: str | None = None,
    key: str | None = None,
    expires: str | None = None,
) -> tuple[int, str]:
    """Add an API key and return its number and its text, which is not kept."""
    text = key or new_key(32)
    with store.transaction() as write:
        cursor = write.execute(
            "INSERT INTO api_keys (user_guid, name, digest, tail, user_role, created_time, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (user_guid, name, digest(text), text[-4:], role, now(), expires),
        )
    return int(cursor.lastrowid or 0), text


def digest(key: str) -> str:
    """Return what is kept of a key: keys are long and random, so one round of SHA-256 is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def account_of_key(store: Store, key: str) -> Account:
    """Return whose key this is; refuses an unknown or expired one (401/30) and a locked user (403/50)."""
    found = store.need(
        "SELECT users.*, api_keys.id AS key_id, api_keys.user_role AS key_role, api_keys.expires_at"
        " FROM api_keys JOIN users ON users.guid = user_guid WHERE digest = ?",
        (digest(key),),
        code=30,
    )
    if found["expires_at"] and found["expires_at"] < now():
        raise ApiError(30, "The API key has expired.")
    return _account(found, found["key_role"])


def account_of_user(store: Store, guid: str) -> Account | None:
    """Return the account of a user's GUID, or None when there is none; refuses a locked user (403/50)."""
    found = store.row("SELECT * FROM users WHERE guid = ?", (guid,))
    return _account(found, None) if found else None


def _account(user: Row, key_role: str | None) -> Account:
    if user["locked"]:
        raise ApiError(50)
    role = min(user["user_role"], key_role or user["user_role"], key=RANK.__getitem__)
    service = bool(user["service"])
    return Account(guid=user["guid"], number=user["number"], username=user["username"], role=role, is_service=service)


def log_action(store: Store, account: Account, action: str, description: str) -> None:
    """Add an entry to the audit log."""
    store.change(
        "INSERT INTO audit_logs (time, user_id, user_guid, user_description, action, event_description)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (now(), str(account.number), account.guid, account.username, action, description),
    )


def right_on(store: Store, account: Account | None, content: Row) -> str:
    """Return what the account may do with a content: ``owner``, ``editor``, ``viewer`` or ``none``.

    ``none`` does not keep an administrator from its settings, only from its pages.
    """
    if account is not None and content["owner_guid"] == account.guid:
        return "owner"
    listed = _listed_role(store, account.guid, content["guid"]) if account else None
    if listed == "owner" and account is not None and account.may_publish:
        return "editor"
    if listed is not None:
        return "viewer"
    if content["access_type"] == "all" or (content["access_type"] == "logged_in" and account is not None):
        return "viewer"
    return "none"


def _listed_role(store: Store, user_guid: str, content_guid: str) -> str | None:
    found = store.rows(
        "SELECT role FROM permissions WHERE content_guid = ? AND (principal_guid = ? OR principal_guid IN"
        " (SELECT group_guid FROM members WHERE user_guid = ?))",
        (content_guid, user_guid, user_guid),
    )
    roles = {row["role"] for row in found}
    return "owner" if "owner" in roles else "viewer" if roles else None


def user_object(user: Row, *, role: str | None = None) -> dict[str, Any]:
    """Return a user as the v1 API shows it."""
    return {
        **{name: user[name] for name in ("email", "username", "first_name", "last_name", "guid")},
        "user_role": role or user["user_role"],
        **{name: seconds(user[name]) for name in ("created_time", "updated_time", "active_time")},
        "confirmed": bool(user["confirmed"]),
        "locked": bool(user["locked"]),
        "external_id": "",
    }

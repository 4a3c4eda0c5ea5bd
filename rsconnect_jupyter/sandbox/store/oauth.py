"""OAuth clients, codes and tokens. Of secrets the database holds only digests; times are seconds since 1970."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from ..clock import CLOCK
from .accounts import digest
from .database import Row, Store, new_key, now

CODE_SECONDS = 60
DEVICE_SECONDS = 900
SESSION_SECONDS = 30 * 24 * 3600
"""How long a refresh token that nobody uses stays good."""
SLOWER = 5
"""Seconds by which the interval of a client grows that asks too often (RFC 8628)."""
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""Of user codes: no vowels, so that they make no words."""


@dataclass(frozen=True)
class Tokens:
    """A new pair of tokens of a session."""

    access: str
    refresh: str


def register_client(store: Store, name: str, redirects: Sequence[str], grants: Sequence[str]) -> Row:
    """Return the client of a name and its redirect addresses; registering it again gives the same id."""
    text = json.dumps([name, sorted(redirects)])
    client_id = hashlib.sha256(text.encode()).hexdigest()[:32]
    store.change(
        "INSERT INTO oauth_clients (client_id, name, redirect_uris, grant_types, created_time) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (client_id) DO UPDATE SET grant_types = excluded.grant_types",
        (client_id, name, json.dumps(list(redirects)), json.dumps(list(grants)), now()),
    )
    return find_client(store, client_id) or {}


def find_client(store: Store, client_id: str) -> Row | None:
    """Return a client with its lists read, or None."""
    row = store.row("SELECT * FROM oauth_clients WHERE client_id = ?", (client_id,))
    return client_row(row) if row else None


def client_row(row: Row) -> Row:
    """Return a row of the table with its lists read. Pure."""
    return {**row, "redirect_uris": json.loads(row["redirect_uris"]), "grant_types": json.loads(row["grant_types"])}


def add_code(store: Store, client_id: str, user_guid: str, *, redirect: str, challenge: str) -> str:
    """Return a new authorization code."""
    code = secrets.token_urlsafe(32)
    store.change(
        "INSERT INTO oauth_codes (digest, client_id, user_guid, redirect_uri, challenge, expires)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (digest(code), client_id, user_guid, redirect, challenge, CLOCK.seconds() + CODE_SECONDS),
    )
    return code


def take_code(store: Store, code: str, client_id: str) -> Row | None:
    """Return an authorization code's row and use it up; a second use ends the session that the first began."""
    with store.transaction() as write:
        row = store.row("SELECT * FROM oauth_codes WHERE digest = ?", (digest(code),))
        if row is None or row["client_id"] != client_id:
            return None
        if row["used"]:
            write.execute("DELETE FROM oauth_sessions WHERE code = ?", (row["digest"],))
            return None
        write.execute("UPDATE oauth_codes SET used = 1 WHERE digest = ?", (row["digest"],))
    return row if row["expires"] > CLOCK.seconds() else None


def start_session(store: Store, client_id: str, user_guid: str, *, seconds: float, code: str | None = None) -> Tokens:
    """Begin a session of a client for a user and return its first tokens, of which the first lasts so many seconds.

    `code` is the digest of the authorization code that it comes from.
    """
    with store.transaction() as write:
        cursor = write.execute(
            "INSERT INTO oauth_sessions (client_id, user_guid, code, created_time) VALUES (?, ?, ?, ?)",
            (client_id, user_guid, code, now()),
        )
        write.execute("UPDATE oauth_clients SET last_used_time = ? WHERE client_id = ?", (now(), client_id))
        return _add_tokens(store, int(cursor.lastrowid or 0), seconds)


def _add_tokens(store: Store, session: int, seconds: float) -> Tokens:
    tokens = Tokens(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
    moment = CLOCK.seconds()
    for kind, text, end in (("access", tokens.access, seconds), ("refresh", tokens.refresh, SESSION_SECONDS)):
        store.change(
            "INSERT INTO oauth_tokens (digest, session, kind, expires) VALUES (?, ?, ?, ?)",
            (digest(text), session, kind, moment + end),
        )
    return tokens


def refresh_session(store: Store, refresh: str, client_id: str, *, seconds: float) -> Tokens | None:
    """Return the next tokens of a session and use up the refresh token; a second use of one ends the session."""
    with store.transaction() as write:
        row = find_token(store, refresh, "refresh")
        if row is None or row["client_id"] != client_id or row["expires"] <= CLOCK.seconds():
            return None
        if row["used"]:
            write.execute("DELETE FROM oauth_sessions WHERE id = ?", (row["session"],))
            return None
        write.execute("UPDATE oauth_tokens SET used = 1 WHERE digest = ?", (row["digest"],))
        write.execute("UPDATE oauth_clients SET last_used_time = ? WHERE client_id = ?", (now(), client_id))
        return _add_tokens(store, row["session"], seconds)


def forget_ended(store: Store) -> None:
    """Remove codes, tokens and devices whose time is over."""
    for table in ("oauth_codes", "oauth_tokens", "oauth_devices"):
        store.change(f"DELETE FROM {table} WHERE expires < ?", (CLOCK.seconds() - DEVICE_SECONDS,))  # noqa: S608


def find_token(store: Store, text: str, kind: str) -> Row | None:
    """Return the row of an access or refresh token with its session's client and user."""
    query = (
        "SELECT oauth_tokens.*, client_id, user_guid FROM oauth_tokens"
        " JOIN oauth_sessions ON oauth_sessions.id = session WHERE digest = ? AND kind = ?"
    )
    return store.row(query, (digest(text), kind))


def revoke(store: Store, text: str, client_id: str) -> None:
    """End the session of a token of this client, if there is one."""
    store.change(
        "DELETE FROM oauth_sessions WHERE client_id = ? AND id = (SELECT session FROM oauth_tokens WHERE digest = ?)",
        (client_id, digest(text)),
    )


def add_device(store: Store, client_id: str, *, interval: int) -> tuple[str, str]:
    """Return a new device code and the code that its user confirms."""
    device, letters = new_key(40), [secrets.choice(LETTERS) for _ in range(8)]
    user_code = f"{''.join(letters[:4])}-{''.join(letters[4:])}"
    with store.transaction() as write:
        write.execute("DELETE FROM oauth_devices WHERE expires < ?", (CLOCK.seconds() - DEVICE_SECONDS,))
        write.execute(
            "INSERT INTO oauth_devices (digest, user_code, client_id, interval, expires) VALUES (?, ?, ?, ?, ?)",
            (digest(device), user_code, client_id, interval, CLOCK.seconds() + DEVICE_SECONDS),
        )
    return device, user_code


def waiting_device(store: Store, user_code: str) -> Row | None:
    """Return the row of a code that a user entered, with or without its dash, if it waits for an answer."""
    letters = "".join(each for each in user_code.upper() if each.isalpha())
    return store.row(
        "SELECT * FROM oauth_devices WHERE user_code = ? AND answer IS NULL AND expires > ?",
        (f"{letters[:4]}-{letters[4:]}", CLOCK.seconds()),
    )


def answer_device(store: Store, row: Row, user_guid: str, *, allowed: bool) -> None:
    """Keep what a user answered."""
    store.change(
        "UPDATE oauth_devices SET answer = ?, user_guid = ? WHERE digest = ? AND answer IS NULL",
        ("allowed" if allowed else "denied", user_guid, row["digest"]),
    )


def poll_device(store: Store, device: str, client_id: str) -> tuple[str, str | None]:
    """Return RFC 8628's error for a poll and None, or ``""`` and the user's GUID, once."""
    with store.transaction() as write:
        row = store.row("SELECT * FROM oauth_devices WHERE digest = ?", (digest(device),))
        if row is None or row["client_id"] != client_id or row["answer"] == "used":
            return "invalid_grant", None
        moment, due = CLOCK.seconds(), (row["polled"] or 0) + row["interval"]
        if row["expires"] <= moment:
            return "expired_token", None
        early = moment < due
        interval = row["interval"] + (SLOWER if early else 0)
        write.execute(
            "UPDATE oauth_devices SET polled = ?, interval = ? WHERE digest = ?", (moment, interval, row["digest"])
        )
        if early:
            return "slow_down", None
        if row["answer"] != "allowed":
            return ("authorization_pending" if row["answer"] is None else "access_denied"), None
        write.execute("UPDATE oauth_devices SET answer = 'used' WHERE digest = ?", (row["digest"],))
    return "", row["user_guid"]

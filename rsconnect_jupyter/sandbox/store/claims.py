"""Tokens that are claimed: a client registers a public key, a user claims it, and the client signs its requests."""

from __future__ import annotations

import base64
import binascii
import sqlite3

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ..api_errors import ApiError
from ..clock import CLOCK
from .database import Row, Store

CLAIM_SECONDS = 3600


def add_token(store: Store, token: str, public_key: str) -> None:
    """Keep a token that waits to be claimed; refuses one that is there already (400/85) and what is no key (400/86)."""
    _read_key(public_key)
    try:
        store.change("INSERT INTO claims (token, public_key, created) VALUES (?, ?, ?)", (token, public_key, _now()))
    except sqlite3.IntegrityError as error:
        raise ApiError(85) from error


def claimable(store: Store, token: str) -> Row:
    """Return a token that a user may claim; refuses others (404/4, 403/84, 401/29)."""
    row = store.need("SELECT * FROM claims WHERE token = ?", (token,))
    if row["user_guid"] is not None:
        raise ApiError(84)
    if row["created"] + CLAIM_SECONDS <= _now():
        raise ApiError(29)
    return row


def claim(store: Store, token: str, user_guid: str) -> None:
    """Give a token to a user; refuses as `claimable` does."""
    with store.transaction() as write:
        write.execute("UPDATE claims SET user_guid = ? WHERE token = ?", (user_guid, claimable(store, token)["token"]))


def signer(store: Store, token: str, signature: str, signed: bytes, *, unclaimed_status: int) -> str:
    """Return the GUID of the user whose token signed a text; refuses all others.

    `unclaimed_status` is the status of the refusal while nobody has claimed the token.
    """
    row = store.need("SELECT * FROM claims WHERE token = ?", (token,), code=30)
    try:
        # SHA-1 is what Connect's signed requests are made with.
        _read_key(row["public_key"]).verify(_decoded(signature), signed, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise ApiError(30) from error
    if row["user_guid"] is not None:
        return str(row["user_guid"])
    claimable(store, token)
    raise ApiError(30, "Token is unclaimed error", status=unclaimed_status)


def _read_key(text: str) -> rsa.RSAPublicKey:
    try:
        key = serialization.load_der_public_key(_decoded(text))
    except (ValueError, binascii.Error) as error:
        raise ApiError(86, "The public_key is no RSA key in base64.") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise ApiError(86, "The public_key is no RSA key in base64.")
    return key


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _now() -> float:
    return CLOCK.seconds()

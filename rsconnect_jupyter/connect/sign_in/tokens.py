"""The token endpoint: what is asked of it, and the tokens that it gives."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

import msgspec

from ...errors import BadAnswerError, SignInError
from ...models import Exchange, Secret
from ..responses import Answer, refusal
from .authorization_server import DEVICE_GRANT, EXCHANGE_GRANT, AuthorizationServer, discover

_REASONS = {"ambiguous": "identity-token-refused/ambiguous", "verif": "identity-token-refused/not-verified"}
"""Part of the server's description -> error."""

_TOKEN_TYPE = "urn:ietf:params:oauth:token-type"  # noqa: S105 - a name


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens of a session.

    Attributes:
        client_id: As which program we are registered at the server.
        expires: When `access` ends, in seconds since 1970; None when the server does not tell.
        allowed_host: Another host that the user lets the server send sign-ins to.
    """

    client_id: str
    access: Secret
    refresh: Secret | None = None
    expires: float | None = None
    allowed_host: str = ""


class TokenStore(Protocol):
    """Keeps the tokens of one session, for all processes."""

    def load(self) -> Tokens | None:
        """Return the tokens as they are kept now; None when the user has signed out."""

    def save(self, tokens: Tokens) -> None:
        """Keep new tokens in place of the old ones."""

    def locked(self) -> AbstractContextManager[None]:
        """Keep other processes from renewing the session meanwhile."""


class GrantError(Exception):
    """The token endpoint refused a grant.

    Args:
        code: Of RFC 6749: ``invalid_grant``, ``authorization_pending`` …
        description: The server's own words.
    """

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(code)
        self.code, self.description = code, description


def from_code(
    exchange: Exchange, server: AuthorizationServer, *, client_id: str, code: Secret, redirect: str, verifier: Secret
) -> Tokens:
    """Return the tokens for the code of an authorization, as `GrantError` tells why not."""
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code.reveal(),
        "redirect_uri": redirect,
        "code_verifier": verifier.reveal(),
    }
    return _tokens(_grant(exchange, server.token, form), client_id, server.allowed_host)


def from_device_code(exchange: Exchange, server: AuthorizationServer, *, client_id: str, code: Secret) -> Tokens:
    """Return the tokens of a device that the user has approved, as `GrantError` tells why not."""
    form = {"grant_type": DEVICE_GRANT, "client_id": client_id, "device_code": code.reveal()}
    return _tokens(_grant(exchange, server.token, form), client_id, server.allowed_host)


def refresh(exchange: Exchange, server: AuthorizationServer, tokens: Tokens, token: Secret) -> Tokens:
    """Return the next tokens of a session, as `GrantError` tells why there are none; the refresh token is used up."""
    form = {"grant_type": "refresh_token", "client_id": tokens.client_id, "refresh_token": token.reveal()}
    fresh = _tokens(_grant(exchange, server.token, form), tokens.client_id, tokens.allowed_host)
    return Tokens(
        client_id=fresh.client_id,
        access=fresh.access,
        refresh=fresh.refresh or token,
        expires=fresh.expires,
        allowed_host=fresh.allowed_host,
    )


def revoke(exchange: Exchange, server: AuthorizationServer, tokens: Tokens) -> bool:
    """End a session at the server (RFC 7009); return False where that is not offered or was refused."""
    if not server.revocation:
        return False
    token, hint = (tokens.refresh, "refresh_token") if tokens.refresh else (tokens.access, "access_token")
    form = {"token": token.reveal(), "token_type_hint": hint, "client_id": tokens.client_id}
    answer: Answer = exchange("POST", server.revocation, form=form)
    return answer.good


def exchange_identity_token(exchange: Exchange, root: str, token: Secret, *, allowed_host: str = "") -> Secret:
    """Return the key that a server gives for an identity token (RFC 8693, Connect 2026.07).

    Raises:
        SignInError: code ``identity-token-refused`` says why.
    """
    server = discover(exchange, root, allowed_host=allowed_host)
    if server is None or not server.has_token_exchange:
        raise SignInError.of("identity-token-refused/not-offered", details={"status": 400}, url=root)
    form = {
        "grant_type": EXCHANGE_GRANT,
        "subject_token_type": f"{_TOKEN_TYPE}:id_token",
        "requested_token_type": f"{_TOKEN_TYPE}:access_token",
        "subject_token": token.reveal(),
    }
    try:
        answer = _grant(exchange, server.token, form)
    except GrantError as exc:
        raise _identity_refused(exc, root) from exc
    return Secret(answer["access_token"])


def _identity_refused(error: GrantError, root: str) -> SignInError:
    text = error.description.lower()
    key = next((key for word, key in _REASONS.items() if word in text), "identity-token-refused/no-grant")
    return SignInError.of(key, details={"status": 400}, url=root)


def _grant(exchange: Exchange, endpoint: str, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the answer of the token endpoint, which has an access token.

    Raises:
        GrantError: the endpoint says no, in its own form.
        RefusedError, BadAnswerError: something else answered.
    """
    answer: Answer = exchange("POST", endpoint, form=form)
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict) and isinstance(value.get("error"), str) and not answer.good:
        raise GrantError(value["error"], str(value.get("error_description") or "")[:500])
    if not answer.good:
        raise refusal(answer)
    if not isinstance(value, dict) or not _is_token(value.get("access_token")):
        raise BadAnswerError.of("answer-incomplete", name="access_token", request="POST to the token endpoint")
    return value


def _tokens(answer: Mapping[str, Any], client_id: str, allowed_host: str) -> Tokens:
    lifetime, again = answer.get("expires_in"), answer.get("refresh_token")
    known = isinstance(lifetime, (int, float)) and not isinstance(lifetime, bool)
    return Tokens(
        client_id=client_id,
        access=Secret(answer["access_token"]),
        refresh=Secret(str(again)) if _is_token(again) else None,
        expires=time.time() + float(lifetime) if known and lifetime is not None else None,
        allowed_host=allowed_host,
    )


def _is_token(value: Any) -> bool:
    """Tell whether a header can carry it."""
    return isinstance(value, str) and bool(value) and value.isascii() and value.isprintable() and " " not in value


__all__ = [
    "GrantError",
    "TokenStore",
    "Tokens",
    "exchange_identity_token",
    "from_code",
    "from_device_code",
    "refresh",
    "revoke",
]

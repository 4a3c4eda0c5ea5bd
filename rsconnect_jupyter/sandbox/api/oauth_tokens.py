"""OAuth's tokens: for codes (RFC 6749, 7636), devices (8628) and identity tokens (8693); and their end (7009)."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from ..api_errors import OAuthError
from ..clock import CLOCK
from ..identity_tokens import Principal, principal_of, read_trusted_issuer
from ..store.accounts import add_key, add_user
from ..store.oauth import (
    DEVICE_SECONDS,
    Tokens,
    add_device,
    find_client,
    poll_device,
    refresh_session,
    revoke,
    start_session,
    take_code,
)
from .oauth import CODE, DEVICE, DEVICE_SINCE, EXCHANGE, OAUTH, REFRESH, grants
from .routing import Request, Response, route

TYPES = "urn:ietf:params:oauth:token-type:"
KEY_HOURS = 1


@route("POST", "/oauth/v1/device", anonymous=True, since=DEVICE_SINCE, auth="oauth")
def start_device(request: Request) -> dict[str, Any]:
    """Begin a sign-in that its user confirms in any browser."""
    client = _client(request, _form(request), DEVICE)
    interval = request.services.settings.device_interval
    device, user_code = add_device(request.store, client["client_id"], interval=interval)
    page = f"{request.root}/connect/device"
    return {
        "device_code": device,
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={user_code}",
        "expires_in": DEVICE_SECONDS,
        "interval": interval,
    }


@route("POST", "/oauth/v1/token", anonymous=True, **OAUTH)
def token(request: Request) -> Response:
    """Give tokens for a code, a refresh token, a confirmed device or an identity token."""
    form = _form(request)
    grant = form.get("grant_type", "")
    if not grant:
        raise OAuthError("invalid_request", "The grant_type is missing.")
    if grant not in GRANTS or grant not in grants(request.version):
        raise OAuthError("unsupported_grant_type", "This server does not have that grant_type.")
    return Response(GRANTS[grant](request, form), headers={"Cache-Control": "no-store"})


def _by_code(request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    client = _client(request, form, CODE)
    _need(form, "code", "redirect_uri", "code_verifier")
    row = take_code(request.store, form["code"], client["client_id"])
    if row is None or row["redirect_uri"] != form["redirect_uri"]:
        raise OAuthError("invalid_grant", "The code is unknown, used or expired, or was sent to another address.")
    if not verifies(form["code_verifier"], row["challenge"]):
        raise OAuthError("invalid_grant", "The code_verifier does not fit the code_challenge.")
    life = request.services.settings.token_lifetime
    begun = start_session(request.store, client["client_id"], row["user_guid"], seconds=life, code=row["digest"])
    return _answer(request, begun)


def verifies(verifier: str, challenge: str) -> bool:
    """Return whether a PKCE verifier belongs to an S256 challenge. Pure."""
    if not re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier):
        return False
    found = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(found, challenge.encode())


def _by_refresh(request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    client = _client(request, form, REFRESH)
    _need(form, "refresh_token")
    life = request.services.settings.token_lifetime
    renewed = refresh_session(request.store, form["refresh_token"], client["client_id"], seconds=life)
    if renewed is None:
        raise OAuthError("invalid_grant", "The refresh token is unknown, used or expired.")
    return _answer(request, renewed)


def _by_device(request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    client = _client(request, form, DEVICE)
    _need(form, "device_code")
    error, user_guid = poll_device(request.store, form["device_code"], client["client_id"])
    if user_guid is None:
        raise OAuthError(error, error.replace("_", " ").capitalize() + ".")
    life = request.services.settings.token_lifetime
    return _answer(request, start_session(request.store, client["client_id"], user_guid, seconds=life))


def _answer(request: Request, tokens: Tokens) -> dict[str, Any]:
    return {
        "access_token": tokens.access,
        "token_type": "Bearer",
        "expires_in": int(request.services.settings.token_lifetime),
        "refresh_token": tokens.refresh,
        "scope": "",
    }


def _by_identity_token(request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    """Give an API key that lasts an hour for an identity token of the trusted issuer."""
    _need(form, "subject_token", "subject_token_type")
    wanted = form.get("requested_token_type", f"{TYPES}access_token")
    if form["subject_token_type"] != f"{TYPES}id_token" or wanted != f"{TYPES}access_token":
        raise OAuthError("invalid_request", "Only an identity token can be exchanged, for an access token.")
    path = request.services.settings.trusted_issuer
    if path is None:
        raise OAuthError("invalid_grant", "No access was granted for this identity token.")
    principal = principal_of(form["subject_token"], read_trusted_issuer(path))
    end = datetime.datetime.fromtimestamp(CLOCK.seconds() + KEY_HOURS * 3600, datetime.timezone.utc)
    expires = end.strftime("%Y-%m-%dT%H:%M:%SZ")
    key = add_key(request.store, _service_user(request, principal), "identity token", expires=expires)[1]
    return {
        "access_token": key,
        "issued_token_type": f"{TYPES}access_token",
        "token_type": "N_A",
        "expires_in": KEY_HOURS * 3600,
    }


def _service_user(request: Request, principal: Principal) -> str:
    found = request.store.row("SELECT guid FROM users WHERE username = ? AND service = 1", (principal.name,))
    if found is not None:
        return str(found["guid"])
    return add_user(request.store, principal.name, principal.role, service=True)


GRANTS: dict[str, Callable[[Request, Mapping[str, str]], dict[str, Any]]] = {
    CODE: _by_code,
    REFRESH: _by_refresh,
    DEVICE: _by_device,
    EXCHANGE: _by_identity_token,
}


@route("POST", "/oauth/v1/revoke", anonymous=True, **OAUTH)
def revoke_token(request: Request) -> Response:
    """End the session that a token belongs to; an unknown token is no error."""
    form = _form(request)
    client = _client(request, form, REFRESH)
    _need(form, "token")
    revoke(request.store, form["token"], client["client_id"])
    return Response()


def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form; refuses other bodies, and a field that is there twice."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise OAuthError("invalid_request", "The body must be application/x-www-form-urlencoded.")
    try:
        fields = parse_qs(request.body.decode(), keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError as error:
        raise OAuthError("invalid_request", "The body cannot be read.") from error
    if any(len(values) > 1 for values in fields.values()):
        raise OAuthError("invalid_request", "A parameter is there more than once.")
    return {name: values[0] for name, values in fields.items()}


def _need(form: Mapping[str, str], *names: str) -> None:
    for name in names:
        if not form.get(name):
            raise OAuthError("invalid_request", f"The parameter {name} is missing.")


def _client(request: Request, form: Mapping[str, str], grant: str) -> dict[str, Any]:
    """Return the client that a form names; refuses unknown ones, and those that did not register for a grant."""
    _need(form, "client_id")
    found = find_client(request.store, form["client_id"])
    if found is None:
        raise OAuthError("invalid_client", "There is no such client; register again.", status=401)
    if grant not in found["grant_types"]:
        raise OAuthError("unauthorized_client", "The client is not registered for this grant.")
    return found

"""OAuth 2.1 sign-in: discovery (RFC 8414), registration (7591), tokens (6749, 8628, 8693), revocation (7009).

The pages on which users agree are in `dashboard.consent`.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ..api_errors import ApiError, OAuthError
from ..clock import CLOCK
from ..identity_tokens import Principal, principal_of, read_trusted_issuer
from ..store.accounts import add_key, add_user
from ..store.database import seconds
from ..store.oauth import (
    DEVICE_SECONDS,
    Tokens,
    add_device,
    client_row,
    find_client,
    poll_device,
    refresh_session,
    register_client,
    revoke,
    start_session,
    take_code,
)
from .routing import Request, Response, page_of, route

CODE = "authorization_code"
REFRESH = "refresh_token"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
TYPES = "urn:ietf:params:oauth:token-type:"
DEVICE_SINCE = (2026, 6)
EXCHANGE_SINCE = (2026, 7)
OAUTH: dict[str, Any] = {"since": (2026, 2), "auth": "oauth"}
LOOPBACK = ("127.0.0.1", "localhost", "::1")
KEY_HOURS = 1


@route("GET", "/.well-known/oauth-authorization-server", anonymous=True, **OAUTH)
def discovery(request: Request) -> dict[str, Any]:
    """Return where the OAuth endpoints are and what they take."""
    base = f"{request.root}/oauth/v1"
    devices = request.version >= DEVICE_SINCE
    return {
        "issuer": request.root,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "registration_endpoint": f"{base}/register",
        "revocation_endpoint": f"{base}/revoke",
        **({"device_authorization_endpoint": f"{base}/device"} if devices else {}),
        "response_types_supported": ["code"],
        "grant_types_supported": grants(request.version),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
    }


def grants(version: tuple[int, ...]) -> list[str]:
    """Return the grants that a version takes. Pure."""
    return [
        CODE,
        REFRESH,
        *([DEVICE] if version >= DEVICE_SINCE else []),
        *([EXCHANGE] if version >= EXCHANGE_SINCE else []),
    ]


@route("POST", "/oauth/v1/register", anonymous=True, **OAUTH)
def register(request: Request) -> Response:
    """Register a client; the same name and addresses give the same id."""
    try:
        fields = request.json()
    except ApiError as error:
        raise OAuthError("invalid_client_metadata", error.message) from error
    if not isinstance(fields, dict):
        raise OAuthError("invalid_client_metadata", "The body is no object.")
    name, redirects = fields.get("client_name"), fields.get("redirect_uris")
    wanted = fields.get("grant_types", [CODE, REFRESH])
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 200:
        raise OAuthError("invalid_client_metadata", "The client_name is missing or too long.")
    if not _texts(redirects) or not redirects:
        raise OAuthError("invalid_redirect_uri", "The redirect_uris are missing.")
    for each in redirects:
        check_redirect(each, request.services.settings.allow_redirect)
    if not _texts(wanted) or not set(wanted) <= set(grants(request.version)) - {EXCHANGE}:
        raise OAuthError("invalid_client_metadata", "There is an unknown grant in grant_types.")
    if fields.get("token_endpoint_auth_method", "none") != "none":
        raise OAuthError("invalid_client_metadata", "Clients here have no secret: token_endpoint_auth_method is none.")
    if fields.get("response_types", ["code"]) != ["code"]:
        raise OAuthError("invalid_client_metadata", "The only response type is code.")
    row = register_client(request.store, name.strip(), redirects, wanted)
    issued = datetime.datetime.fromisoformat(f"{row['created_time'][:19]}+00:00")
    return Response(
        {
            "client_id": row["client_id"],
            "client_name": row["name"],
            **{name: row[name] for name in ("redirect_uris", "grant_types")},
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "client_id_issued_at": int(issued.timestamp()),
        },
        201,
    )


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def check_redirect(address: str, allowed: tuple[str, ...]) -> None:
    """Refuse to send codes anywhere but to loopback or to what the administrator allows."""
    try:
        parts = urlsplit(address)
        good = parts.scheme == "http" and parts.hostname in LOOPBACK and not parts.username and parts.port != 0
    except ValueError:
        good = False
    if not (good or address in allowed) or "#" in address or not address.isprintable() or " " in address:
        raise OAuthError("invalid_redirect_uri", "A redirect URI must be http on loopback, or allowed by the server.")


def is_redirect_of(client: Mapping[str, Any], address: str) -> bool:
    """Return whether a client registered an address; on loopback any port is right (RFC 8252). Pure."""
    return any(_same_but_port(each, address) for each in client["redirect_uris"])


def _same_but_port(registered: str, address: str) -> bool:
    if registered == address:
        return True
    try:
        one, two = urlsplit(registered), urlsplit(address)
        ports = one.port, two.port
    except ValueError:
        return False
    if one.hostname not in LOOPBACK or ports[1] == 0 or two.username:
        return False
    return (one.scheme, one.hostname, one.path, one.query) == (two.scheme, two.hostname, two.path, two.query)


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


@route("GET", "/v1/oauth/clients", role="administrator", **OAUTH)
def list_clients(request: Request) -> dict[str, Any]:
    """Return a page of the registered clients: ``{results, current_page, total}``."""
    rows = request.store.rows("SELECT * FROM oauth_clients ORDER BY id")
    if request.query.get("asc_order", "true") == "false":
        rows.reverse()
    return page_of(request, [_client_object(client_row(row)) for row in rows])


@route("GET", "/v1/oauth/clients/{client_id}", role="administrator", **OAUTH)
def read_client(request: Request) -> dict[str, Any]:
    """Return one registered client."""
    found = find_client(request.store, request.path["client_id"])
    if found is None:
        raise ApiError(4)
    return _client_object(found)


@route("DELETE", "/v1/oauth/clients/{client_id}", role="administrator", **OAUTH)
def delete_client(request: Request) -> Response:
    """Delete a client and end its sessions."""
    if not request.store.change("DELETE FROM oauth_clients WHERE client_id = ?", (request.path["client_id"],)):
        raise ApiError(4)
    return Response(status=204)


def _client_object(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "client_id": row["client_id"],
        "client_name": row["name"],
        "redirect_uris": row["redirect_uris"],
        "created_at": seconds(row["created_time"]),
        "last_used_at": seconds(row["last_used_time"]),
    }

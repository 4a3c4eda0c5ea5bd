"""OAuth 2.1 sign-in: discovery (RFC 8414) and clients (RFC 7591).

The pages on which users agree are in `dashboard.consent`, tokens in `oauth_tokens`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ..api_errors import ApiError, OAuthError
from ..store.database import seconds
from ..store.oauth import client_row, find_client, register_client
from .routing import Request, Response, page_of, route

CODE = "authorization_code"
REFRESH = "refresh_token"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
DEVICE_SINCE = (2026, 6)
EXCHANGE_SINCE = (2026, 7)
OAUTH: dict[str, Any] = {"since": (2026, 2), "auth": "oauth"}
LOOPBACK = ("127.0.0.1", "localhost", "::1")


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

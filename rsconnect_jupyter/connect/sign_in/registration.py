"""Register this program at a server (RFC 7591)."""

from __future__ import annotations

from ...errors import BadAnswerError
from ...models import Exchange
from ..responses import read_object
from .authorization_server import DEVICE_GRANT, AuthorizationServer

CLIENT_NAME = "rsconnect-jupyter"
LOOPBACK = "http://127.0.0.1/callback"
"""Without a port: a server takes a loopback redirect to any port (RFC 8252)."""


def register(exchange: Exchange, server: AuthorizationServer, *, redirect: str = LOOPBACK) -> str:
    """Return the client id under which the server knows us.

    Asked for at each sign-in: the same name and redirect get the same id, and an administrator may have deleted it.

    Raises:
        RefusedError: the server does not allow it; for a redirect elsewhere its administrator must.
    """
    grants = ["authorization_code", "refresh_token", *([DEVICE_GRANT] if server.device_authorization else [])]
    body = {
        "client_name": CLIENT_NAME,
        "redirect_uris": [redirect],
        "token_endpoint_auth_method": "none",
        "grant_types": grants,
        "response_types": ["code"],
    }
    found = read_object(exchange("POST", server.registration, json=body), "client_id")["client_id"]
    if not isinstance(found, str) or not found.isprintable():
        raise BadAnswerError.of("answer-incomplete", name="client_id", request="POST to the registration endpoint")
    return found

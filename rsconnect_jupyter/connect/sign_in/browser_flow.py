"""Sign in on a page that sends the browser back to us (OAuth 2.1 with PKCE, Connect 2026.02)."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from ...models import Exchange, Secret
from .authorization_server import AuthorizationServer
from .callback_server import CallbackServer
from .pending import Method, Prompt
from .registration import LOOPBACK, register
from .tokens import Tokens, from_code

LIFETIME = 600.0
"""Seconds that we wait for the user."""


class Redirect(Protocol):
    """Where the server sends the browser back to."""

    uri: str

    def code(self) -> Secret | None:
        """Return the code that came back, None as long as none has; `GrantError` when the user said no."""

    def close(self) -> None:
        """Wait no longer."""


class BrowserSignIn:
    """An authorization that waits for the browser to come back."""

    def __init__(
        self,
        exchange: Exchange,
        server: AuthorizationServer,
        *,
        client_id: str,
        verifier: Secret,
        redirect: Redirect,
        prompt: Prompt,
    ) -> None:
        self._exchange, self._server, self._client_id = exchange, server, client_id
        self._verifier, self._redirect = verifier, redirect
        self.prompt = prompt

    def look(self) -> Tokens | None:
        """Return the tokens once the browser came back with a code."""
        code = self._redirect.code()
        if code is None:
            return None
        return from_code(
            self._exchange,
            self._server,
            client_id=self._client_id,
            code=code,
            redirect=self._redirect.uri,
            verifier=self._verifier,
        )

    def close(self) -> None:
        """Wait no longer."""
        self._redirect.close()


def start_browser_flow(exchange: Exchange, server: AuthorizationServer) -> BrowserSignIn:
    """Listen on a port of this machine and make the address of the server's page.

    Raises:
        RefusedError: the server does not register us.
        OSError: no port can be listened on.
    """
    client_id, state = register(exchange, server, redirect=LOOPBACK), secrets.token_urlsafe(32)
    here = CallbackServer(state)
    return start_authorization(
        exchange, server, client_id=client_id, state=state, redirect=here, method="browser", interval=0.3
    )


def start_authorization(
    exchange: Exchange,
    server: AuthorizationServer,
    *,
    client_id: str,
    state: str,
    redirect: Redirect,
    method: Method,
    interval: float,
) -> BrowserSignIn:
    """Return an authorization whose browser comes back to `redirect`."""
    verifier = secrets.token_urlsafe(64)
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect.uri,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        "state": state,
    }
    joined = "&" if urlsplit(server.authorization).query else "?"
    probe = f"{redirect.uri.removesuffix('/callback')}/reachable" if isinstance(redirect, CallbackServer) else ""
    prompt = Prompt(
        method=method,
        page=f"{server.authorization}{joined}{urlencode(query)}",
        ends=time.time() + LIFETIME,
        interval=interval,
        probe=probe,
        probe_answer=redirect.probe_answer if isinstance(redirect, CallbackServer) else "",
    )
    return BrowserSignIn(
        exchange, server, client_id=client_id, verifier=Secret(verifier), redirect=redirect, prompt=prompt
    )


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

"""Posit Workbench's relay: the browser comes back to Workbench, which keeps the code until we ask for it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping

from ...models import Exchange, Secret
from ...translation import _
from .authorization_server import AuthorizationServer
from .browser_flow import BrowserSignIn, start_authorization
from .registration import register
from .tokens import GrantError

INTERVAL = 5.0
_WAITING = (404, 429, 503)


def relay_offered(exchange: Exchange, environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether this runs in Posit Workbench, and that has a relay."""
    address = environ.get("RS_SERVER_ADDRESS", "")
    if not address or not environ.get("RS_SERVER_URL"):
        return False
    answer = exchange("GET", f"{address.rstrip('/')}/oauth_code?state={secrets.token_urlsafe(16)}")
    return answer.status in (400, *_WAITING)


def start_relayed_flow(
    exchange: Exchange, server: AuthorizationServer, environ: Mapping[str, str] = os.environ
) -> BrowserSignIn:
    """Return an authorization whose browser comes back to Posit Workbench.

    Raises:
        RefusedError: the server's administrator has not allowed redirects to Workbench.
    """
    state = secrets.token_urlsafe(32)
    outside = environ["RS_SERVER_URL"].partition("?")[0].rstrip("/")
    redirect = WorkbenchRedirect(
        exchange, uri=f"{outside}/oauth_redirect_callback", address=environ["RS_SERVER_ADDRESS"], state=state
    )
    client_id = register(exchange, server, redirect=redirect.uri)
    return start_authorization(
        exchange, server, client_id=client_id, state=state, redirect=redirect, method="relay", interval=INTERVAL
    )


class WorkbenchRedirect:
    """The address of Workbench that browsers come back to, seen from inside."""

    def __init__(self, exchange: Exchange, *, uri: str, address: str, state: str) -> None:
        self._exchange, self.uri = exchange, uri
        self._question = f"{address.rstrip('/')}/oauth_code?state={state}"

    def code(self) -> Secret | None:
        """Ask Workbench once."""
        answer = self._exchange("GET", self._question)
        if answer.status in _WAITING:
            return None
        try:
            code = json.loads(answer.body).get("code") if answer.status == 200 else None
        except (ValueError, AttributeError):
            code = None
        if not isinstance(code, str) or not code:
            raise GrantError(
                "access_denied", _("Posit Workbench answered with status {status}").format(status=answer.status)
            )
        return Secret(code)

    def close(self) -> None:
        """Do nothing: Workbench forgets by itself."""

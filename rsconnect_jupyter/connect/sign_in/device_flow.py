"""Sign in with a code that the user enters on the server's page (RFC 8628, Connect 2026.06): works from anywhere."""

from __future__ import annotations

import time
from typing import Any

from ...errors import BadAnswerError
from ...models import Exchange, Secret
from ...translation import _
from ..responses import read_object
from .authorization_server import AuthorizationServer
from .pending import Prompt
from .registration import register
from .tokens import GrantError, Tokens, from_device_code

_INTERVAL = 5.0
_LIFETIME = 600.0
_PENDING = "authorization_pending"


class DeviceSignIn:
    """A device code that waits for its user's approval.

    Args:
        client_id: As which program we are registered.
        code: What the server gives tokens for, once the user has approved.
        prompt: What the user does.
    """

    def __init__(
        self, exchange: Exchange, server: AuthorizationServer, *, client_id: str, code: Secret, prompt: Prompt
    ) -> None:
        self._exchange, self._server = exchange, server
        self.client_id, self.code, self.prompt = client_id, code, prompt

    def look(self) -> Tokens | None:
        """Ask once."""
        try:
            return from_device_code(self._exchange, self._server, client_id=self.client_id, code=self.code)
        except GrantError as exc:
            if exc.code == _PENDING:
                return None
            raise

    def close(self) -> None:
        """Do nothing: the code ends by itself."""


def start_device_flow(exchange: Exchange, server: AuthorizationServer) -> DeviceSignIn:
    """Ask for a code.

    Raises:
        RefusedError, BadAnswerError: the server gives none.
    """
    client_id = register(exchange, server)
    given = read_object(
        exchange("POST", server.device_authorization, form={"client_id": client_id}),
        "device_code",
        "user_code",
        "verification_uri",
    )
    page = given.get("verification_uri_complete") or given["verification_uri"]
    prompt = Prompt(
        method="device",
        page=server.checked(str(page)),
        user_code=_shown(given["user_code"]),
        ends=time.time() + _seconds(given.get("expires_in"), _LIFETIME),
        interval=_seconds(given.get("interval"), _INTERVAL),
    )
    return DeviceSignIn(exchange, server, client_id=client_id, code=Secret(str(given["device_code"])), prompt=prompt)


def _seconds(value: Any, default: float) -> float:
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
    return float(value) if known else default


def _shown(code: Any) -> str:
    """Return the code as it is shown; it is text from a server."""
    text = str(code)
    if not text.isprintable() or len(text) > 64:
        request = "POST to the device endpoint"
        raise BadAnswerError.of("answer-unexpected", found=_("another text"), wanted=_("a code"), request=request)
    return text

"""Sign in by claiming a token on the server's page: for every version of Connect."""

from __future__ import annotations

import base64
import secrets
import time

from msgspec.structs import replace

from ...errors import SignInError
from ...models import Secret, Server
from ..responses import Answer, envelope, is_unrouted, read_object, refusal
from ..sign_in_credentials import ClaimedToken
from ..transport import Transport
from ..versions import Dialect
from .authorization_server import check_place
from .pending import Prompt

LIFETIME = 3600.0
"""Seconds that the server gives a user to claim a token."""
INTERVAL = 1.0

_EXPIRED = 29
"""Connect's code for a token that nobody claimed in time."""


class TokenClaim:
    """A token that waits to be claimed.

    Args:
        connection: Signs requests with the token.
        path: Route that answers who is signed in.
    """

    def __init__(self, connection: Transport, token: ClaimedToken, *, path: str, prompt: Prompt) -> None:
        self._connection, self._token, self._path = connection, token, path
        self.prompt = prompt

    def look(self) -> ClaimedToken | None:
        """Ask once who we are."""
        answer = self._connection.exchange("GET", self._path)
        if answer.good:
            return self._token
        if _is_unclaimed(answer):
            return None
        raise refusal(answer)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def start_token_claim(server: Server, *, dialect: Dialect, allowed_host: str = "") -> TokenClaim:
    """Make a token and tell the server about it.

    Args:
        server: The one to sign in to.
        dialect: Says which route answers who is signed in.
        allowed_host: Another host that the user lets the server send sign-ins to.

    Raises:
        SignInError: code ``sign-in-not-offered``: the server takes no tokens.
        RefusedError, BadAnswerError: it gives no page to claim the token on.
    """
    token, public_key = _new_token()
    connection = Transport(replace(server, api_key=None, credential=token))
    try:
        page = check_place(_announce(connection, token, public_key), server.url, allowed_host=allowed_host)
    except BaseException:
        connection.close()
        raise
    prompt = Prompt(method="claim", page=page, ends=time.time() + LIFETIME, interval=INTERVAL)
    return TokenClaim(connection, token, path="__api__/me" if dialect == "legacy" else "__api__/v1/user", prompt=prompt)


def _announce(connection: Transport, token: ClaimedToken, public_key: str) -> str:
    """Tell the server about a token and return the page on which it is claimed."""
    body = {"token": token.token, "public_key": public_key, "user_id": 0}
    answer = connection.exchange("POST", "__api__/tokens", json=body, signed_in=False)
    if is_unrouted(answer):
        raise SignInError.of("sign-in-not-offered", details={"status": answer.status}, url=connection.root)
    return str(read_object(answer, "token_claim_url")["token_claim_url"])


def _new_token() -> tuple[ClaimedToken, str]:
    """Return a token with a new private key, and its public key as the server wants it."""
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415 - few servers need it
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(form.Encoding.DER, form.PrivateFormat.TraditionalOpenSSL, form.NoEncryption())
    public = key.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    name = f"T{secrets.token_hex(16)}"
    return ClaimedToken(name, Secret(base64.b64encode(private).decode())), base64.b64encode(public).decode()


def _is_unclaimed(answer: Answer) -> bool:
    """Tell whether nobody has claimed the token yet; before 2024.05 that is a failure of the server."""
    number, text = envelope(answer) or (None, "")
    if answer.status == 401:
        return number != _EXPIRED
    return answer.status >= 500 and "unclaimed" in text.lower()

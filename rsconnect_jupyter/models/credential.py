"""How a request is authenticated: what every kind of credential can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

import msgspec

from .secret import Secret

CredentialKind = Literal["api-key", "session", "token", "identity-token"]
"""An API key; a session that signing in with the browser began (OAuth); a token that the user claimed, with which each
request is signed; a key that an identity token was exchanged for."""


class RequestParts(msgspec.Struct, frozen=True, kw_only=True):
    """What a credential may need to know about a request.

    Attributes:
        method: Upper case.
        path: As sent: with the server's prefix, without the query.
        checksum: Returns the base64 of the MD5 of the body; reads a file once.
    """

    method: str
    path: str
    checksum: Callable[[], str]


class HttpAnswer(Protocol):
    """An HTTP answer, read to its end."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def body(self) -> bytes:
        """The bytes of the body."""


class Exchange(Protocol):
    """Sends a request that carries no credential, within the connection's own TLS settings, proxies and time limits."""

    def __call__(self, method: str, path: str, *, form: Mapping[str, str] | None = None, json: Any = None) -> Any:
        """Send it and return the `HttpAnswer`; the path is relative to the server's root, or an absolute URL."""


class Credential(Protocol):
    """Something that authenticates requests to one server."""

    @property
    def kind(self) -> CredentialKind:
        """What it is."""

    @property
    def identity(self) -> str:
        """A text that tells credentials apart and shows none of them."""

    @property
    def expires(self) -> float | None:
        """When the server stops taking it, in seconds since 1970; None when it does not tell."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The texts that nobody may see, also not where a server's answer repeats them."""

    def authenticate(self, request: RequestParts) -> Mapping[str, str]:
        """Return the headers that authenticate a request."""

    def is_ending(self) -> bool:
        """Tell whether it ends within a minute and can be renewed."""

    def renew(self, refused: Mapping[str, str], exchange: Exchange) -> bool:
        """Get a new credential after the server refused `refused`; return True when the request may be sent again.

        Raises:
            RSConnectException: it has ended, and the user must sign in again; or the server cannot be asked.
        """

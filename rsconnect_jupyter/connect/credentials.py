"""The API key as a credential, and which credential a server has; the others are in `sign_in_credentials`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from ..errors import SignInError
from ..models import Credential, CredentialKind, Exchange, RequestParts, Secret, Server


def credential_of(server: Server) -> Credential | None:
    """Return what authenticates requests to a server, None when nothing is known."""
    if server.credential is not None:
        return server.credential
    return api_key_credential(server.api_key)


def api_key_credential(key: Secret | None) -> ApiKey | None:
    """Return an API key without spaces around it; refuse one that no header can carry, without showing it.

    Raises:
        SignInError: code ``bad-api-key``.
    """
    text = key.reveal().strip() if key else ""
    if not text:
        return None
    if not re.fullmatch(r"[!-~]+", text):
        raise SignInError.of("bad-api-key", details={"status": 401})
    return ApiKey(Secret(text))


class ApiKey:
    """An API key, which is valid until its user or the server ends it."""

    kind: CredentialKind = "api-key"
    expires: float | None = None

    def __init__(self, key: Secret) -> None:
        self.key = key

    @property
    def identity(self) -> str:
        """A text that tells keys apart and shows none."""
        return fingerprint(self.key)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The key."""
        return (self.key,)

    def authenticate(self, request: RequestParts) -> Mapping[str, str]:  # noqa: ARG002
        """Return the header."""
        return {"Authorization": f"Key {self.key.reveal()}"}

    def is_ending(self) -> bool:
        """Return False: there is nothing to renew."""
        return False

    def renew(self, refused: Mapping[str, str], exchange: Exchange) -> bool:  # noqa: ARG002
        """Return False: there is no other key."""
        return False


def fingerprint(secret: Secret) -> str:
    """Return a text that tells secrets apart and shows none."""
    return hashlib.sha256(secret.reveal().encode()).hexdigest()[:32]

"""The credentials that a sign-in gives: an OAuth session, a claimed token, a key for an identity token.

A module of their own, for a publish with an API key needs none of it.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from ..errors import SignInError
from ..models import CredentialKind, Exchange, RequestParts, Secret
from .credentials import fingerprint
from .sign_in.authorization_server import discover
from .sign_in.tokens import GrantError, Tokens, TokenStore, exchange_identity_token, refresh

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SOON = 60.0
"""Seconds before its end from which a session is renewed first when the request is a large one."""


class OAuthSession:
    """A session that signing in with the browser began: a short-lived token, and one to get the next with.

    Refresh tokens are valid once, and several processes share a session: whoever renews it holds the store's lock from
    reading the tokens until the new ones are kept.

    Args:
        store: Where its tokens are kept.
        root: The server's root.
        identity: Tells sessions apart.
        tokens: What `store` holds now.
        name: What the user calls the server, for sentences.
    """

    kind: CredentialKind = "session"

    def __init__(self, store: TokenStore, *, root: str, identity: str, tokens: Tokens, name: str) -> None:
        self._store, self._root, self._tokens, self._name = store, root, tokens, name
        self.identity = identity
        self._guard = threading.Lock()

    @property
    def expires(self) -> float | None:
        """When the session ends; None for one that can be renewed."""
        return None if self._tokens.refresh else self._tokens.expires

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The tokens that are valid now."""
        tokens = self._tokens
        return (tokens.access, tokens.refresh) if tokens.refresh else (tokens.access,)

    def authenticate(self, request: RequestParts) -> Mapping[str, str]:  # noqa: ARG002
        """Return the header."""
        return {"Authorization": f"Bearer {self._tokens.access.reveal()}"}

    @property
    def tokens(self) -> Tokens:
        """The tokens that are valid now."""
        return self._tokens

    def is_ending(self) -> bool:
        """Tell whether the present token ends within `SOON` seconds."""
        ends = self._tokens.expires
        return ends is not None and bool(self._tokens.refresh) and ends - time.time() < SOON

    def renew(self, refused: Mapping[str, str], exchange: Exchange) -> bool:
        """Get new tokens, or those that another process got meanwhile.

        Raises:
            SignInError: code ``session-expired``: the server takes the refresh token no more.
        """
        with self._guard, self._store.locked():
            if self._take_over(refused):
                return True
            try:
                self._tokens = self._refreshed(exchange)
            except GrantError as exc:
                if self._take_over(refused):  # a program that knows nothing of our lock was faster
                    return True
                raise self._expired() from exc
            self._store.save(self._tokens)
            return True

    def _take_over(self, refused: Mapping[str, str]) -> bool:
        """Use what the store holds, and tell whether it is other than what was refused."""
        kept = self._store.load()
        if kept is None:
            raise self._expired()
        self._tokens = kept
        return refused.get("Authorization") != f"Bearer {kept.access.reveal()}"

    def _refreshed(self, exchange: Exchange) -> Tokens:
        token = self._tokens.refresh
        if token is None:
            raise self._expired()
        server = discover(exchange, self._root, allowed_host=self._tokens.allowed_host)
        if server is None:
            raise self._expired()
        return refresh(exchange, server, self._tokens, token)

    def _expired(self) -> SignInError:
        details = {"status": 401}
        return SignInError.of("session-expired", details=details, data={"server": self._name}, name=self._name)


class ClaimedToken:
    """A token that the user claimed on the server's page; each request is signed with its private key.

    Args:
        token: ``T`` and 32 hexadecimal digits.
        private_key: Base64 of the PKCS#1 DER.
    """

    kind: CredentialKind = "token"
    expires: float | None = None

    def __init__(self, token: str, private_key: Secret) -> None:
        self.token, self.private_key = token, private_key

    @property
    def identity(self) -> str:
        """A text that tells tokens apart."""
        return fingerprint(Secret(self.token))

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The private key, and the token that names it."""
        return (self.private_key, Secret(self.token))

    def authenticate(self, request: RequestParts) -> Mapping[str, str]:
        """Return the headers with the signature over method, path, date and the body's checksum."""
        date, checksum = formatdate(usegmt=True), request.checksum()
        text = f"{request.method}\n{request.path}\n{date}\n{checksum}"
        return {
            "Date": date,
            "X-Auth-Token": self.token,
            "X-Content-Checksum": checksum,
            "X-Auth-Signature": self._signature(text),
        }

    def is_ending(self) -> bool:
        """Return False: there is nothing to renew."""
        return False

    def renew(self, refused: Mapping[str, str], exchange: Exchange) -> bool:  # noqa: ARG002
        """Return False: a token is claimed once."""
        return False

    def _signature(self, text: str) -> str:
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - few servers need it
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
        from cryptography.hazmat.primitives.hashes import SHA1  # noqa: PLC0415

        try:
            # SHA-1 is what every version of Connect wants here.
            signed = self._rsa.sign(text.encode(), PKCS1v15(), SHA1())  # noqa: S303
        except UnsupportedAlgorithm as exc:  # FIPS mode
            raise SignInError.of("signing-unavailable", details={"status": 401}) from exc
        return base64.b64encode(signed).decode()

    @cached_property
    def _rsa(self) -> RSAPrivateKey:
        from cryptography.hazmat.primitives.serialization import load_der_private_key  # noqa: PLC0415

        key: Any = load_der_private_key(base64.b64decode(self.private_key.reveal()), None)
        return cast("RSAPrivateKey", key)


class ExchangedKey:
    """A short-lived key that the server gives for an identity token of a CI system or of Posit Workbench.

    Args:
        read: Returns the identity token; asked again for the next key, as such tokens are short-lived too.
        key: The first key; got at the first request when omitted.
    """

    kind: CredentialKind = "identity-token"
    expires: float | None = None

    def __init__(self, read: Callable[[], Secret], *, root: str, key: Secret, allowed_host: str = "") -> None:
        self._read, self._root, self._key, self._allowed_host = read, root, key, allowed_host

    @property
    def identity(self) -> str:
        """A text that tells keys apart and shows none."""
        return fingerprint(self._key)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The key that is valid now."""
        return (self._key,)

    def authenticate(self, request: RequestParts) -> Mapping[str, str]:  # noqa: ARG002
        """Return the header; these are keys, not bearer tokens."""
        return {"Authorization": f"Key {self._key.reveal()}"}

    def is_ending(self) -> bool:
        """Return False: it is not known when it ends."""
        return False

    def renew(self, refused: Mapping[str, str], exchange: Exchange) -> bool:  # noqa: ARG002
        """Exchange the identity token once more."""
        self._key = exchange_identity_token(exchange, self._root, self._read(), allowed_host=self._allowed_host)
        return True

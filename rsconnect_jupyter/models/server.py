"""A Connect server, what it says about itself, and who a key belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from .content import Mode
from .credential import Credential, CredentialKind
from .secret import Secret

Origin = Literal["configuration", "environment", "saved", "rsconnect-python", "sandbox"]
"""Where a server is known from: administrator, ``CONNECT_*``, own store, rsconnect-python's store, our sandbox."""


KeyPlace = Literal["configuration", "environment", "keyring", "file", "rsconnect-python", "none"]
"""Where a server's credential is kept."""


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A Connect server and how to reach it.

    Attributes:
        name: Nickname, unique among the known servers.
        url: The server's root, no trailing slash (``https://host/rsc``).
        api_key: The key, or None when it is not known.
        credential: What authenticates requests instead of a key: a session, a claimed token.
        insecure: True skips TLS checks.
        ca_data: PEM text or DER bytes of a CA to trust besides the system's.
        user: User name the key belongs to, as far as known.
        credential_kind: What is kept for it, when something is.
        expires: When the key or the session ends, in seconds since 1970; None when the server does not tell.
        problem: Why nothing can be published to it with what is known about it; None when there is no such reason.
    """

    name: str
    url: str
    api_key: Secret | None = None
    credential: Credential | None = None
    insecure: bool = False
    ca_data: str | bytes | None = None
    user: str | None = None
    origin: Origin = "saved"
    key_place: KeyPlace = "none"
    credential_kind: CredentialKind = "api-key"
    expires: float | None = None
    default: bool = False
    problem: str | None = None

    @property
    def has_credential(self) -> bool:
        """True when requests to it can be authenticated."""
        return bool(self.api_key) or self.credential is not None

    @property
    def own(self) -> bool:
        """True when the user may change and remove it."""
        return self.origin in ("saved", "sandbox")

    @property
    def takes_key(self) -> bool:
        """True when the user may enter an API key of their own for it, whoever named the server."""
        return self.own or self.key_place in ("none", "keyring", "file")


class ServerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a server says about itself. None means *unknown*, never "no".

    Attributes:
        version: ``"2026.06.0"`` or None when hidden.
        python: Versions offered, ``("3.11.7", …)``.
        quarto: Quarto versions offered; empty when the server has none.
        modes: Modes known to be refused or offered by version; absent modes are unknown.
        versions_asked: False when the server was not asked yet which versions of Python and Quarto it has.
    """

    version: str | None = None
    python: tuple[str, ...] | None = None
    quarto: tuple[str, ...] | None = None
    modes: Mapping[Mode, bool] = msgspec.field(default_factory=dict)
    versions_asked: bool = True


class User(msgspec.Struct, frozen=True, kw_only=True):
    """The person a key belongs to."""

    guid: str
    username: str
    role: str
    first_name: str = ""
    last_name: str = ""
    locked: bool = False
    confirmed: bool = True

    @property
    def may_publish(self) -> bool:
        """True when Connect lets this user create content."""
        return self.role in ("publisher", "administrator") and not self.locked and self.confirmed

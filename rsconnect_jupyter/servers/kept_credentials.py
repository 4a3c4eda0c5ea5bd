"""A credential as text that the keyring or the private file keeps; those of sign-ins are written in `sign_in_texts`."""

from __future__ import annotations

import msgspec

from ..models import CredentialKind, Secret


class KeptCredential(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a credential.

    Attributes:
        text: The API key itself, else JSON.
        expires: When it ends, in seconds since 1970; None when that is not known, or it can be renewed.
    """

    kind: CredentialKind
    text: Secret
    expires: float | None = None


def kept_key(key: Secret, *, expires: float | None = None) -> KeptCredential:
    """Return what to keep of an API key."""
    return KeptCredential(kind="api-key", text=key, expires=expires)

"""What a sign-in gave, as text that the keyring or the private file keeps, and back."""

from __future__ import annotations

import json
from typing import Any

from ..connect.sign_in.pending import SignedIn
from ..connect.sign_in.tokens import Tokens
from ..connect.sign_in_credentials import ClaimedToken
from ..models import Secret
from .kept_credentials import KeptCredential


def kept(signed_in: SignedIn) -> KeptCredential:
    """Return what to keep of what a sign-in gave."""
    if isinstance(signed_in, Tokens):
        expires = None if signed_in.refresh else signed_in.expires
        return KeptCredential(kind="session", text=tokens_text(signed_in), expires=expires)
    value = {"token": signed_in.token, "private_key": signed_in.private_key.reveal()}
    return KeptCredential(kind="token", text=Secret(json.dumps(value)))


def tokens_text(tokens: Tokens) -> Secret:
    """Return a session's tokens as text."""
    value = {
        "client_id": tokens.client_id,
        "access_token": tokens.access.reveal(),
        "refresh_token": tokens.refresh.reveal() if tokens.refresh else None,
        "expires": tokens.expires,
        "allowed_host": tokens.allowed_host,
    }
    return Secret(json.dumps(value))


def read_tokens(text: Secret) -> Tokens | None:
    """Return a session's tokens, None when the text is damaged."""
    value = _object_in(text)
    access, again, expires = value.get("access_token"), value.get("refresh_token"), value.get("expires")
    if not isinstance(access, str) or not access:
        return None
    return Tokens(
        client_id=str(value.get("client_id") or ""),
        access=Secret(access),
        refresh=Secret(again) if isinstance(again, str) and again else None,
        expires=float(expires) if isinstance(expires, (int, float)) else None,
        allowed_host=str(value.get("allowed_host") or ""),
    )


def read_claimed_token(text: Secret) -> ClaimedToken | None:
    """Return a claimed token, None when the text is damaged."""
    value = _object_in(text)
    token, key = value.get("token"), value.get("private_key")
    return ClaimedToken(token, Secret(key)) if isinstance(token, str) and isinstance(key, str) else None


def _object_in(text: Secret) -> dict[str, Any]:
    try:
        value = json.loads(text.reveal())
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}

"""Sign-in of clients that sign their requests: they register a public key, and their user claims the token."""

from __future__ import annotations

import re
from typing import Any

from ..api_errors import ApiError
from ..store.claims import add_token
from .routing import Request, route


@route("POST", "/tokens", anonymous=True, legacy=True, auth="claim")
def register_token(request: Request) -> dict[str, Any]:
    """Keep a token and its public key, and return the page on which a user claims it."""
    fields = request.json({"token": (str,), "public_key": (str,), "user_id": (int,)})
    if not fields.get("token") or not fields.get("public_key"):
        raise ApiError(86)
    if not re.fullmatch(r"T[0-9a-f]{32}", fields["token"]):
        raise ApiError(86, "The token is not a T and 32 hexadecimal digits.")
    add_token(request.store, fields["token"], fields["public_key"])
    return {"token_claim_url": f"{request.root}/connect/claim/{fields['token']}"}

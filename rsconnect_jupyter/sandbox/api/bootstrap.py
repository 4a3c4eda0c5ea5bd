"""The first administrator's API key, for a bootstrap token."""

from __future__ import annotations

import base64
from typing import Any

from ..api_errors import ApiError
from ..store.accounts import add_key
from .routing import Request, Response, route


@route("POST", "/v1/bootstrap", anonymous=True, since=(2024, 5))
@route("POST", "/v1/experimental/bootstrap", anonymous=True, since=(2022, 10), deprecated="/v1/bootstrap")
def bootstrap(request: Request) -> Any:
    """Return an administrator's API key for a bootstrap token: once for a data folder, then refuse (403/165).

    A sandbox has its ready users from the start; it counts as without users until somebody has done this.
    """
    path = request.services.settings.bootstrap_secret
    if path is None:
        return Response(b"404 page not found", 404, {"Content-Type": "text/plain; charset=utf-8"})
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Connect-Bootstrap" or not is_bootstrap_token(token.strip(), base64.b64decode(path.read_bytes())):
        raise ApiError(166)
    marker = request.services.settings.data / "bootstrapped"
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        raise ApiError(165) from None
    admin = request.store.need("SELECT guid FROM users WHERE username = 'admin'")
    return {"api_key": add_key(request.store, admin["guid"], "bootstrap")[1]}


def is_bootstrap_token(token: str, secret: bytes) -> bool:
    """Return whether a text is a valid bootstrap token now."""
    import jwt  # noqa: PLC0415 - only a sandbox with a bootstrap secret needs it

    try:
        claims = jwt.decode(
            token, secret, ["HS256"], audience="rsconnect", issuer="rsconnect-python", options={"require": ["exp"]}
        )
    except jwt.PyJWTError:
        return False
    return bool(claims.get("scope") == "bootstrap")

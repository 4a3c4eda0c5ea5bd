"""Identity tokens of a trusted issuer, such as a CI service: whom they stand for here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from .api_errors import OAuthError


@dataclass(frozen=True, kw_only=True)
class Principal:
    """A service that may sign in.

    Attributes:
        claims: Claim -> pattern such as ``repo:me/*``; all must match.
    """

    name: str
    role: str
    claims: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class TrustedIssuer:
    """An issuer with its public keys (a JSON Web Key Set) and whom its tokens may stand for."""

    issuer: str
    audience: str
    keys: Mapping[str, Any]
    principals: tuple[Principal, ...]


def read_trusted_issuer(path: Path) -> TrustedIssuer:
    """Return the issuer that a file describes.

    The file: ``{"issuer", "audience", "jwks": {"keys": [...]}, "principals": [{"name", "role", "claims": {}}]}``.

    Raises:
        ValueError: it is not of this form.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        principals = tuple(
            Principal(name=each["name"], role=each.get("role", "publisher"), claims=dict(each["claims"]))
            for each in found["principals"]
        )
        audience = found.get("audience", "connect")
        return TrustedIssuer(issuer=found["issuer"], audience=audience, keys=found["jwks"], principals=principals)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} does not describe an issuer: {error!r}") from error


def principal_of(token: str, issuer: TrustedIssuer) -> Principal:
    """Return whom an identity token stands for; refuses tokens that do not hold, and those of nobody or of several."""
    claims = _verified(token, issuer)
    found = [each for each in issuer.principals if _matches(each, claims)]
    if not found:
        raise OAuthError("invalid_grant", "No access was granted for this identity token.")
    if len(found) > 1:
        raise OAuthError("invalid_grant", "The identity token is ambiguous: several service principals match it.")
    return found[0]


def _verified(token: str, issuer: TrustedIssuer) -> dict[str, Any]:
    import jwt  # noqa: PLC0415 - only a sandbox that trusts an issuer needs it

    try:
        keys = jwt.PyJWKSet.from_dict(dict(issuer.keys)).keys
        wanted = jwt.get_unverified_header(token).get("kid")
        key = next(each for each in keys if wanted is None or each.key_id == wanted)
        required = ["exp", "iss", "sub", "aud"]
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            ["RS256", "ES256"],
            audience=issuer.audience,
            issuer=issuer.issuer,
            options={"require": required},
        )
    except jwt.InvalidAudienceError as error:
        raise OAuthError("invalid_grant", "No access was granted for the audience of this identity token.") from error
    except (jwt.PyJWTError, StopIteration) as error:
        raise OAuthError("invalid_grant", "The identity token could not be verified.") from error
    return claims


def _matches(principal: Principal, claims: Mapping[str, Any]) -> bool:
    return all(fnmatchcase(str(claims.get(name, "")), pattern) for name, pattern in principal.claims.items())

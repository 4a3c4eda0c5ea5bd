"""An issuer of identity tokens, as a CI service is one."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa


class Issuer:
    """Signs tokens for whoever asks."""

    def __init__(self, name: str = "https://token.ci.example") -> None:
        self.name = name
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def description(self, principals: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
        """Return what a sandbox's ``--trusted-issuer`` file holds: service -> claims."""
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        services = [{"name": name, "role": "publisher", "claims": dict(claims)} for name, claims in principals.items()]
        return {"issuer": self.name, "jwks": {"keys": [{**key, "kid": "one", "alg": "RS256"}]}, "principals": services}

    def token(self, *, sub: str, **claims: Any) -> str:
        """Return a token that is good for five minutes; None leaves a claim out."""
        usual = {"iss": self.name, "aud": "connect", "sub": sub, "exp": time.time() + 300}
        given = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        return jwt.encode(given, self.private, "RS256", headers={"kid": "one"})

"""Users and OAuth clients made of plain HTTP requests, for tests of the ways to sign in."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


class Browser:
    """A signed-in user's browser without scripts."""

    def __init__(self, root: str, key: str) -> None:
        self.root = root
        self.session = requests.Session()
        self.session.trust_env = False
        signed_in = self.session.post(f"{root}/__login__", data={"key": key}, allow_redirects=False, timeout=30)
        assert signed_in.status_code == 302, signed_in.text

    def answer(self, address: str, *, decision: str = "allow") -> requests.Response:
        """Open a page that asks for consent and press one of its buttons; does not follow where that leads."""
        page = self.session.get(address, timeout=30)
        fields = {
            name: unescape(text) for name, text in re.findall(r'type="hidden" name="(\w+)" value="(.*?)"', page.text)
        }
        action = re.findall(r'<form method="post" action="(.*?)"', page.text)
        assert action, page.text
        target = f"{urlsplit(address).scheme}://{urlsplit(address).netloc}{action[0]}"
        data = {**fields, "decision": decision}
        return self.session.post(target, data=data, allow_redirects=False, timeout=30)


@dataclass
class Client:
    """An OAuth client."""

    root: str
    redirect: str = "http://127.0.0.1:43210/callback"
    client_id: str = ""
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    endpoints: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.endpoints = requests.get(f"{self.root}/.well-known/oauth-authorization-server", timeout=30).json()

    def register(self, **fields: Any) -> requests.Response:
        grants = [
            "authorization_code",
            "refresh_token",
            *([DEVICE] if "device_authorization_endpoint" in self.endpoints else []),
        ]
        body = {
            "client_name": "Test client",
            "redirect_uris": ["http://127.0.0.1/callback"],
            "token_endpoint_auth_method": "none",
            "grant_types": grants,
            "response_types": ["code"],
            **fields,
        }
        answer = requests.post(self.endpoints["registration_endpoint"], json=body, timeout=30)
        self.client_id = answer.json().get("client_id", "")
        return answer

    def address(self, **changed: str | None) -> str:
        """Return the address of the page that asks for consent; None leaves a parameter out."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        fields = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "state": self.state,
            **changed,
        }
        prepared = requests.Request("GET", self.endpoints["authorization_endpoint"], params=fields).prepare()
        return str(prepared.url)

    def code(self, browser: Browser) -> str:
        """Return the code that a user's browser brings."""
        answer = sent_back(browser.answer(self.address()))
        assert answer["state"] == self.state
        return answer["code"]

    def token(self, grant: str, **fields: str) -> requests.Response:
        data = {"grant_type": grant, "client_id": self.client_id, **fields}
        return requests.post(self.endpoints["token_endpoint"], data=data, timeout=30)

    def by_code(self, code: str, **changed: str) -> requests.Response:
        fields = {"code": code, "redirect_uri": self.redirect, "code_verifier": self.verifier, **changed}
        return self.token("authorization_code", **fields)

    def sign_in(self, browser: Browser) -> dict[str, Any]:
        """Register, sign a user in and return the token endpoint's answer."""
        assert self.register().status_code == 201
        answer = self.by_code(self.code(browser))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def start_device(self) -> dict[str, Any]:
        answer = requests.post(
            self.endpoints["device_authorization_endpoint"], data={"client_id": self.client_id}, timeout=30
        )
        return dict(answer.json())


def sent_back(answer: requests.Response) -> dict[str, str]:
    """Return what a browser brings to a client's address."""
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


class Signer(requests.auth.AuthBase):
    """Sign requests with a key of one's own, as Connect's claimed tokens are used."""

    def __init__(self) -> None:
        self.token = "T" + secrets.token_hex(16)
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.skew = 0.0

    @property
    def public_key(self) -> str:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        der = self.private.public_key().public_bytes(serialization.Encoding.DER, form)
        return base64.b64encode(der).decode()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body.encode() if isinstance(request.body, str) else (request.body or b"")
        checksum = base64.b64encode(hashlib.md5(body).digest()).decode()
        date = formatdate(time.time() + self.skew, usegmt=True)
        text = f"{request.method}\n{urlsplit(request.url or '').path}\n{date}\n{checksum}"
        signature = base64.b64encode(self.private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA1())).decode()
        request.headers.update(
            {
                "Date": date,
                "X-Auth-Token": self.token,
                "X-Auth-Signature": signature,
                "X-Content-Checksum": checksum,
            }
        )
        return request

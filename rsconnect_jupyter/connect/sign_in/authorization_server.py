"""What a server says about its sign-in (RFC 8414), and whether its addresses are its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ...errors import BadAnswerError
from ...models import Exchange, HttpAnswer

DOCUMENT = ".well-known/oauth-authorization-server"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"

_ENDPOINTS = ("authorization", "token", "registration", "device_authorization", "revocation")


class AuthorizationServer(msgspec.Struct, frozen=True, kw_only=True):
    """The endpoints of a server's sign-in. Empty ones are not offered.

    Attributes:
        root: The Connect server's.
        allowed_host: Another host that the user lets it send sign-ins to.
    """

    root: str
    token: str
    authorization: str = ""
    registration: str = ""
    device_authorization: str = ""
    revocation: str = ""
    grants: frozenset[str] = frozenset()
    challenge_methods: frozenset[str] = frozenset()
    allowed_host: str = ""

    @property
    def has_device_flow(self) -> bool:
        """True from Connect 2026.06 on."""
        return bool(self.device_authorization and self.registration)

    @property
    def has_browser_flow(self) -> bool:
        """True from Connect 2026.02 on."""
        return bool(self.authorization and self.registration) and "S256" in self.challenge_methods

    @property
    def has_token_exchange(self) -> bool:
        """True from Connect 2026.07 on, with the licence for it."""
        return EXCHANGE_GRANT in self.grants

    def checked(self, url: str) -> str:
        """Return an address that the server gave, when it is the server's own.

        Raises:
            BadAnswerError: as `check_place`.
        """
        return check_place(url, self.root, allowed_host=self.allowed_host)


def discover(exchange: Exchange, root: str, *, allowed_host: str = "") -> AuthorizationServer | None:
    """Return what a server offers for signing in; None when it has no OAuth, or it is switched off.

    Args:
        exchange: Sends requests.
        root: The Connect server's root.
        allowed_host: Another host that the user lets it send sign-ins to.

    Raises:
        BadAnswerError: an endpoint is on another server, or would be used without TLS.
        NoAnswerError: the server does not answer.
    """
    try:
        document = _object_in(exchange("GET", f"{root}/{DOCUMENT}"))
    except BadAnswerError:  # a proxy that sends what it does not know to a page of its own
        return None
    if not isinstance(document.get("token_endpoint"), str):
        return None
    for name in ("issuer", *(f"{each}_endpoint" for each in _ENDPOINTS)):
        if isinstance(document.get(name), str):
            check_place(document[name], root, allowed_host=allowed_host)
    urls = {name: document.get(f"{name}_endpoint") for name in _ENDPOINTS}
    return AuthorizationServer(
        root=root,
        grants=_texts(document.get("grant_types_supported")),
        challenge_methods=_texts(document.get("code_challenge_methods_supported")),
        allowed_host=allowed_host,
        **{name: url for name, url in urls.items() if isinstance(url, str)},
    )


def check_place(url: str, root: str, *, allowed_host: str = "") -> str:
    """Return an address that a server gave for signing in, when it is below the server's root or on the allowed host.

    Raises:
        BadAnswerError: code ``sign-in-elsewhere``, whose ``data["host"]`` is what the user may allow; code
            ``sign-in-unencrypted``: it is ``http`` where the server is ``https``.
    """
    try:
        there, here = urlsplit(url), urlsplit(root)
        place, ours = (there.hostname or "", there.port), (here.hostname or "", here.port)
    except ValueError as exc:
        raise BadAnswerError.of("sign-in-elsewhere", data={"host": ""}, host=url[:100], url=root) from exc
    if there.scheme not in ("http", "https") or (here.scheme == "https" and there.scheme == "http"):
        raise BadAnswerError.of("sign-in-unencrypted", url=root, address=url[:200])
    same = (
        "@" not in there.netloc and there.scheme == here.scheme and place == ours and _is_below(there.path, here.path)
    )
    if same or (allowed_host and there.netloc.lower() == allowed_host.lower()):
        return url
    raise BadAnswerError.of("sign-in-elsewhere", data={"host": there.netloc}, host=there.netloc + there.path, url=root)


def _is_below(path: str, prefix: str) -> bool:
    parts = path.split("/")
    return ".." not in parts and (path == prefix or path.startswith(prefix.rstrip("/") + "/"))


def _object_in(answer: HttpAnswer) -> Mapping[str, Any]:
    """Return the JSON object of a good answer, else an empty one."""
    try:
        value = json.loads(answer.body) if answer.status == 200 else None
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> frozenset[str]:
    return frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else frozenset()

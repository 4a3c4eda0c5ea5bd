"""Who is asking: an API key, an OAuth token or a signature in a request's headers, or a signed-in browser's session."""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from tornado import httputil, web

from .api_errors import ApiError
from .clock import CLOCK
from .services import Services
from .store.accounts import Account, account_of_key, account_of_user
from .store.claims import signer
from .store.oauth import find_token

SESSION = "rsconnect"
XSRF = "RSC-XSRF"
"""Begins of the two cookies' names. They end with the port, as browsers have one set of cookies for all ports."""
SESSION_DAYS = 7
LARGEST_SKEW = 15 * 60
"""Seconds that the date of a signed request may be off."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What a request's headers prove.

    Attributes:
        scheme: ``key``, ``bearer`` or ``signed``.
        text: The API key, or the OAuth or claimed token.
        signature: Of a signed request, in base64; `signed` is what it is of, `date` the request's own.
    """

    scheme: str
    text: str
    signature: str = ""
    signed: bytes = b""
    date: str = ""


def cookie_name(begin: str, handler: web.RequestHandler) -> str:
    """Return the full name of one of our cookies."""
    return f"{begin}-{httputil.split_host_and_port(handler.request.host)[1] or ''}"


def is_from_elsewhere(handler: web.RequestHandler) -> bool:
    """Return True for what a page of another origin asks for, other than by leading its reader here.

    Another port of this machine is the same site, so the browser sends the cookies.
    """
    header = handler.request.headers.get
    return header("Sec-Fetch-Site") in ("cross-site", "same-site") and header("Sec-Fetch-Mode") != "navigate"


def credentials_of(handler: web.RequestHandler) -> Credentials | None:
    """Return the credentials in the headers, None without any; ``X-RSC-Authorization`` may hold a bare key."""
    header = handler.request.headers.get
    token = header("X-Auth-Token", "")
    if token and token != "anonymous-access":  # noqa: S105 - what rsconnect (R) sends without credentials
        date, checksum = header("Date", ""), header("X-Content-Checksum", "")
        signed = f"{handler.request.method}\n{handler.request.path}\n{date}\n{checksum}".encode()
        signature = header("X-Auth-Signature", "")
        return Credentials(scheme="signed", text=token, signature=signature, signed=signed, date=date)
    for name, bare in (("X-RSC-Authorization", True), ("Authorization", False)):
        value = header(name, "").strip()
        scheme, _, rest = value.partition(" ")
        if scheme.lower() in ("key", "bearer"):
            return Credentials(scheme=scheme.lower(), text=rest.strip())
        if bare and value and not rest:
            return Credentials(scheme="key", text=value)
    return None


def session_of(handler: web.RequestHandler) -> str | None:
    """Return the user GUID of the browser session, None when there is no valid one."""
    value = handler.get_signed_cookie(cookie_name(SESSION, handler), max_age_days=SESSION_DAYS)
    return value.decode() if value and not is_from_elsewhere(handler) else None


def identify(services: Services, credentials: Credentials | None, session: str | None) -> Account | None:
    """Return the account of credentials or a session, None without either; refuses bad credentials (401/30)."""
    if credentials is None:
        return account_of_user(services.store, session) if session else None
    if credentials.scheme == "key":
        return account_of_key(services.store, credentials.text)
    offered = services.settings.offers("oauth" if credentials.scheme == "bearer" else "claim")
    if not offered:
        return None
    guid = _bearer(services, credentials) if credentials.scheme == "bearer" else _signer(services, credentials)
    account = account_of_user(services.store, guid)
    if account is None:
        raise ApiError(30)
    return account


def _bearer(services: Services, credentials: Credentials) -> str:
    row = find_token(services.store, credentials.text, "access")
    if row is None:
        raise ApiError(30)
    if row["expires"] <= CLOCK.seconds():
        raise ApiError(30, "The access token has expired.")
    return str(row["user_guid"])


def _signer(services: Services, credentials: Credentials) -> str:
    try:
        skew = abs(parsedate_to_datetime(credentials.date).timestamp() - time.time())  # the client's clock is not ours
    except (TypeError, ValueError, OverflowError) as error:
        raise ApiError(30, "The Date of the signed request is missing or no date.") from error
    if skew > LARGEST_SKEW:
        raise ApiError(30, "The Date of the signed request is too far from the server's.")
    status = 401 if services.settings.version >= (2024, 5) else 500
    return signer(services.store, credentials.text, credentials.signature, credentials.signed, unclaimed_status=status)


def xsrf_token(handler: web.RequestHandler) -> str:
    """Return the token that this browser's changing requests have to carry."""
    return handler.get_cookie(cookie_name(XSRF, handler)) or ""


def check_xsrf(handler: web.RequestHandler, given: str | None = None) -> None:
    """Refuse a changing request of a browser session that does not carry the session's token (403/92).

    The token is in a header, or `given` in a form.
    """
    if handler.request.method in ("GET", "HEAD", "OPTIONS"):
        return
    cookie = xsrf_token(handler)
    given = handler.request.headers.get("X-Rsc-Xsrf", "") if given is None else given
    if not cookie or not hmac.compare_digest(cookie.encode(), given.encode()):
        raise ApiError(92)

"""Who is asking: the API key of a request's headers, or the session of a signed-in browser."""

from __future__ import annotations

import hmac

from tornado import httputil, web

from .api_errors import ApiError
from .services import Services
from .store.accounts import Account, account_of_key, account_of_user

SESSION = "rsconnect"
XSRF = "RSC-XSRF"
"""Begins of the two cookies' names. They end with the port, as browsers have one set of cookies for all ports."""
SESSION_DAYS = 7


def cookie_name(begin: str, handler: web.RequestHandler) -> str:
    """Return the full name of one of our cookies."""
    return f"{begin}-{httputil.split_host_and_port(handler.request.host)[1] or ''}"


def is_from_elsewhere(handler: web.RequestHandler) -> bool:
    """Return True for what a page of another origin asks for, other than by leading its reader here.

    Another port of this machine is the same site, so the browser sends the cookies.
    """
    header = handler.request.headers.get
    return header("Sec-Fetch-Site") in ("cross-site", "same-site") and header("Sec-Fetch-Mode") != "navigate"


def key_of(handler: web.RequestHandler) -> str | None:
    """Return the API key in the headers; ``X-RSC-Authorization`` may hold it bare. None when there is none."""
    for name, bare in (("X-RSC-Authorization", True), ("Authorization", False)):
        value = handler.request.headers.get(name, "").strip()
        scheme, _, rest = value.partition(" ")
        if scheme.lower() == "key":
            return rest.strip()
        if bare and value and not rest:
            return value
    return None


def session_of(handler: web.RequestHandler) -> str | None:
    """Return the user GUID of the browser session, None when there is no valid one."""
    value = handler.get_signed_cookie(cookie_name(SESSION, handler), max_age_days=SESSION_DAYS)
    return value.decode() if value and not is_from_elsewhere(handler) else None


def identify(services: Services, key: str | None, session: str | None) -> Account | None:
    """Return the account of a key or a session, None without either; refuses bad keys (401/30)."""
    if key is not None:
        return account_of_key(services.store, key)
    return account_of_user(services.store, session) if session else None


def check_xsrf(handler: web.RequestHandler) -> None:
    """Refuse a changing request of a browser session that does not carry the session's token (403/92)."""
    if handler.request.method in ("GET", "HEAD", "OPTIONS"):
        return
    cookie = handler.get_cookie(cookie_name(XSRF, handler)) or ""
    given = handler.request.headers.get("X-Rsc-Xsrf", "")
    if not cookie or not hmac.compare_digest(cookie.encode(), given.encode()):
        raise ApiError(92)

"""Server addresses compared as places, not as texts: ``HTTPS://Host:443/rsc/`` is ``https://host/rsc``. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_USERINFO = re.compile(r"://[^/?#\s]+@")  # to the last @: a password may hold one
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def plain_address(url: str) -> str:
    """Return `url` in the one form we compare and store: lower-case host, no default port, user info or trailing slash.

    A text without a scheme is taken as ``https``; one that is no URL comes back stripped, unchanged otherwise.
    """
    text = url.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return text
    if not host:
        return text
    shown = f"[{host}]" if ":" in host else host
    scheme = parts.scheme.lower()
    place = shown if port in (None, _PORTS.get(scheme)) else f"{shown}:{port}"
    return f"{scheme}://{place}{parts.path.rstrip('/')}"


def host_of(url: str) -> str:
    """Return the host of `url` with its port when that is not the default: the name an unnamed server gets."""
    return plain_address(url).partition("://")[2].partition("/")[0]


def without_userinfo(text: str) -> str:
    """Return a text in which user names and passwords of addresses are hidden."""
    return _USERINFO.sub("://<hidden>@", text)


def guid_in(text: str) -> str | None:
    """Return the content GUID inside a link or text, in lower case, or None."""
    found = _GUID.search(text)
    return found.group().lower() if found else None

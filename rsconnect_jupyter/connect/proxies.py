"""Which proxy leads to an address, from the environment. Reads ``os.environ`` (and the system's settings), no more.

As ``requests`` knows them: ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY``, ``NO_PROXY``, lower case first. Beyond it,
``NO_PROXY`` also understands ``*`` inside a list, ``*.example.com`` and a port after an IP address.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import sys
import urllib.request
from urllib.parse import urlsplit

from ..errors import ProxyError

_KINDS = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")


def proxy_for(url: str) -> str | None:
    """Return the proxy's URL for `url`, None for a direct connection. Never print it: it may hold a password.

    Raises:
        ProxyError: code ``proxy-address`` when it is no address of a proxy, or of a kind that is not installed.
    """
    if bypassed(url, os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""):
        return None
    known = urllib.request.getproxies_environment() or _proxies_of_system(url)
    address = known.get(urlsplit(url).scheme) or known.get("all")
    if not address:
        return None
    address = address if "://" in address else f"http://{address}"
    _check(address)
    return address


def _check(address: str) -> None:
    """Refuse what no connection can be made with, before the HTTP library takes it for a fault of the server's."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in _KINDS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ProxyError.of("proxy-address", data={"sent": False})
    if parts.scheme.startswith("socks") and importlib.util.find_spec("socks") is None:
        raise ProxyError.of("proxy-address/socks", data={"sent": False})


def _proxies_of_system(url: str) -> dict[str, str]:
    """Return what the settings of Windows or macOS say about `url`; they count when the environment names no proxy."""
    if sys.platform not in ("darwin", "win32") or urllib.request.proxy_bypass(urlsplit(url).hostname or ""):
        return {}
    return urllib.request.getproxies()


def bypassed(url: str, no_proxy: str) -> bool:
    """Tell whether a ``NO_PROXY`` text exempts `url`.

    Entries are separated by commas or blanks: a host, a domain with or without leading dot, either with a port, an
    address, a network (``10.0.0.0/8``), or ``*``.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower().rstrip(".")
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    entries = no_proxy.replace(",", " ").lower().split()
    return any(_matches(each, host, port) for each in entries)


def _matches(entry: str, host: str, port: int | None) -> bool:
    if entry == "*":
        return True
    if _in_network(entry, host):
        return True
    name, wanted = _split_port(entry)
    if wanted is not None and wanted != port:
        return False
    name = name.removeprefix("*").lstrip(".").rstrip(".")
    if not name:
        return False
    return host == name or (not _is_address(host) and host.endswith("." + name))


def _split_port(entry: str) -> tuple[str, int | None]:
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        return name, int(rest[1:]) if rest[1:].isdecimal() else None
    name, colon, port = entry.rpartition(":")
    if colon and port.isdecimal() and ":" not in name:
        return name, int(port)
    return entry, None


def _in_network(entry: str, host: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True

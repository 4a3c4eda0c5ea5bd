"""What a person pastes as a server's address -> the roots it may mean. No I/O."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from ..errors import AddressError

_SCHEME = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*://")
_INSIDE = ("__api__", "__ping__", "connect", "content")
"""First path parts that belong to Connect itself, so that the root ends before them."""


def candidates(address: str) -> tuple[str, ...]:
    """Return the server roots that `address` may mean, likeliest first.

    A link into Connect (``…/connect/#/apps/<guid>``, ``…/content/<guid>/``, ``…/__api__``) is cut before that part;
    otherwise the longest path comes first, as Connect may live under one. Without a scheme ``https`` is tried before
    ``http``, which the caller takes no key to; on loopback ``http`` comes first.

    Raises:
        AddressError: there is no host in it, or the scheme is not http or https.
    """
    schemes, rest = _schemes(_cleaned(str(address)))
    parts = _split(f"{schemes[0]}://{rest}", address)
    paths = _paths([each for each in parts.path.split("/") if each])
    host = _netloc(parts)
    return tuple(dict.fromkeys(f"{scheme}://{host}{path}" for path in paths for scheme in schemes))


def _cleaned(address: str) -> str:
    """Return an address without what comes along from mails and documents: blanks, unseen signs, quotes, full stops."""
    text = "".join(each for each in address if each.isprintable() and each != " ")
    text = text.strip("<>()\"'`“”„‘’«»,;.").replace("\\", "/")
    return re.sub(r"^(https?)(:/+|//+)", r"\1://", text, flags=re.IGNORECASE)


def _schemes(text: str) -> tuple[tuple[str, ...], str]:
    found = _SCHEME.match(text)
    if found:
        return (found[0][:-3].lower(),), text[found.end() :]
    rest = text.lstrip("/")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    local = re.match(r"(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$", host, re.IGNORECASE)
    return (("http", "https") if local else ("https", "http")), rest


def _split(text: str, address: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError as exc:
        raise _no_address(address) from exc
    if not usable or parts.scheme not in ("http", "https") or not _host_is_plain(parts.hostname or ""):
        raise _no_address(address)
    return parts


def _host_is_plain(host: str) -> bool:
    return not re.search(r"[\s\\<>\"'`{}|^%]", host)


def _no_address(address: str) -> AddressError:
    return AddressError.of("address-not-connect/syntax", address=strip_userinfo(str(address))[:200])


def _paths(parts: list[str]) -> list[str]:
    """Return path prefixes to try, longest first; what belongs to Connect is cut off before."""
    cut = next((i for i, part in enumerate(parts) if part in _INSIDE), None)
    whole = ["/" + "/".join(parts[:n]) if n else "" for n in range(len(parts), -1, -1)]
    if cut is None:
        return whole
    inside = ["/" + "/".join(parts[:n]) if n else "" for n in range(cut, -1, -1)]
    return inside + [each for each in whole if each not in inside]


def _netloc(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    default = {"http": 80, "https": 443}[parts.scheme]
    return host if parts.port in (None, default) else f"{host}:{parts.port}"


def strip_userinfo(url: str) -> str:
    """Return `url` without user name and password."""
    return re.sub(r"(?<=//)[^/?#]*@|^[^/?#:]*:[^/?#]*@", "", url, count=1)


def same_place(here: str, there: str) -> bool:
    """Tell whether a redirect from `here` stays on the same server: same origin, or the step from http to https."""
    one, two = urlsplit(here), urlsplit(there)
    if (one.hostname or "").lower() != (two.hostname or "").lower():
        return False
    if one.scheme == "http" and two.scheme == "https":
        return True
    return one.scheme == two.scheme and _port(one) == _port(two)


def _port(parts: SplitResult) -> int | None:
    return parts.port or {"http": 80, "https": 443}.get(parts.scheme)

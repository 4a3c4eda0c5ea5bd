"""Why there was no answer: a failure below HTTP as our error. Repeats no library's text: it may hold secrets."""

from __future__ import annotations

import re
import socket
from typing import Any
from urllib.parse import urlsplit

import urllib3.exceptions as below

from ..errors import NoAnswerError, ProxyError
from .tls import explain_refusal

_AGAIN = "Try again in a minute."
_CHECK = "Check the address, the network and the VPN, then try again."

_NEVER_SENT: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((below.NameResolutionError, socket.gaierror), "cannot be found: its name is unknown here"),
    ((below.NewConnectionError, ConnectionRefusedError), "does not accept connections"),
    ((below.ConnectTimeoutError,), "did not accept a connection in time"),
    ((below.LocationValueError,), "has an address that cannot be used"),
)
_MAYBE_ARRIVED: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((below.TimeoutError, TimeoutError, socket.timeout), "did not answer in time"),
)


def explain(exc: BaseException, url: str) -> NoAnswerError:
    """Return the error for a failed exchange; its ``data["sent"]`` tells whether the request may have arrived."""
    layers = chain(exc)
    host = urlsplit(url).netloc
    refused = explain_refusal(layers, urlsplit(url).hostname or host)
    if any(isinstance(each, below.ProxyError) for each in layers) and refused is None:
        return _proxy_failure(layers)
    if refused is not None:
        refused.data["sent"] = False
        return refused
    for table, sent in ((_NEVER_SENT, False), (_MAYBE_ARRIVED, True)):
        for kinds, why in table:
            if any(isinstance(each, kinds) for each in layers):
                hint = _AGAIN if sent else _CHECK
                return NoAnswerError(f"The server at {host} {why}.", hint=hint, data={"sent": sent})
    return NoAnswerError(
        f"The server at {host} ended the connection before its answer was complete.", hint=_AGAIN, data={"sent": True}
    )


def _proxy_failure(layers: list[BaseException]) -> ProxyError:
    status = next(filter(None, (re.search(r"Tunnel connection failed: (\d{3})", str(each)) for each in layers)), None)
    if status and status[1] == "407":
        return ProxyError(
            "The proxy wants a user name and a password.",
            hint="Put them into HTTPS_PROXY, or ask your network's administrator.",
            code="proxy-sign-in",
            data={"sent": False},
        )
    if status:
        return ProxyError(
            f"The proxy refused to connect to the server (status {status[1]}).",
            hint="Ask your network's administrator, or add the server to NO_PROXY.",
            code="proxy-failed" if status[1].startswith("5") else "proxy-refused",
            data={"sent": False},
        )
    return ProxyError(
        "The proxy cannot be reached.",
        hint="Check HTTPS_PROXY and HTTP_PROXY, or add the server to NO_PROXY.",
        data={"sent": False},
    )


def chain(exc: BaseException) -> list[BaseException]:
    """Return `exc` and everything it wraps, however the libraries wrapped it."""
    found: list[BaseException] = []
    waiting: list[Any] = [exc]
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException) and not any(each is other for other in found):
            found.append(each)
            waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    return found


def forget_details(exc: BaseException) -> None:
    """Drop the request (it carries the key) and the frames (they do, too) from a failure handed on as a cause."""
    for each in chain(exc):
        each.__traceback__ = None
        for name in ("request", "response", "_pool", "conn", "_conn"):
            if name in vars(each):
                setattr(each, name, None)

"""Why there was no answer: a failure below HTTP as our error. Repeats no library's text: it may hold secrets."""

from __future__ import annotations

import re
import socket
from typing import Any
from urllib.parse import urlsplit

import urllib3.exceptions as below

from ..errors import NoAnswerError, ProxyError
from .tls import explain_refusal

_NEVER_SENT: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((below.NameResolutionError, socket.gaierror), "no-answer/name"),
    ((below.NewConnectionError, ConnectionRefusedError), "no-answer/closed"),
    ((below.ConnectTimeoutError,), "no-answer/connect"),
    ((below.LocationValueError,), "no-answer/address"),
)
_MAYBE_ARRIVED: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((below.TimeoutError, TimeoutError, socket.timeout), "no-answer/slow"),
)


def explain(exc: BaseException, url: str) -> NoAnswerError:
    """Return the error for a failed exchange; its ``data["sent"]`` tells whether the request may have arrived."""
    layers = causes(exc)
    host = urlsplit(url).netloc
    refused = explain_refusal(layers, urlsplit(url).hostname or host)
    if any(isinstance(each, below.ProxyError) for each in layers) and refused is None:
        return _proxy_failure(layers)
    if refused is not None:
        refused.data["sent"] = False
        return refused
    for table, sent in ((_NEVER_SENT, False), (_MAYBE_ARRIVED, True)):
        for kinds, key in table:
            if any(isinstance(each, kinds) for each in layers):
                return NoAnswerError.of(key, data={"sent": sent}, host=host)
    return NoAnswerError.of("no-answer", data={"sent": True}, host=host)


def _proxy_failure(layers: list[BaseException]) -> ProxyError:
    found = next(filter(None, (re.search(r"Tunnel connection failed: (\d{3})", str(each)) for each in layers)), None)
    status = found[1] if found else ""
    data = {"sent": False}
    if not status:
        return ProxyError.of("proxy-failed", data=data)
    if status == "407":
        return ProxyError.of("proxy-sign-in", data=data)
    key = "proxy-failed/status" if status.startswith("5") else "proxy-refused"
    return ProxyError.of(key, data=data, status=status)


def causes(exc: BaseException) -> list[BaseException]:
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
    for each in causes(exc):
        each.__traceback__ = None
        for name in ("request", "response", "_pool", "conn", "_conn"):
            if name in vars(each):
                setattr(each, name, None)

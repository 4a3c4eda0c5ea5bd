"""Connections whose answers end at a deadline.

A socket's time-out counts from byte to byte: headers sent one byte at a time, or endless ``100 Continue``, never reach
it. Here every read of an answer, from its status line on, gets only the time that is left.
"""

from __future__ import annotations

import http.client
import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import urllib3

from ..translation import _


class _Limit(threading.local):
    seconds = float("inf")
    until = float("inf")


_LIMIT = _Limit()


@contextmanager
def time_limit(seconds: float, until: float) -> Iterator[None]:
    """Limit the answers that this thread reads: to `seconds` from their beginning, and to the moment `until`."""
    _LIMIT.seconds, _LIMIT.until = seconds, until
    try:
        yield
    finally:
        del _LIMIT.seconds, _LIMIT.until


def use_deadlines(manager: urllib3.PoolManager) -> None:
    """Let the connections of a pool manager obey `time_limit`."""
    manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


class _TimedReader(io.RawIOBase):
    """Reads from a socket until a deadline, after which every read raises `TimeoutError`."""

    def __init__(self, raw: io.RawIOBase, sock: Any) -> None:
        self._raw, self._sock = raw, sock
        self._longest = sock.gettimeout()
        self._end = min(time.monotonic() + _LIMIT.seconds, _LIMIT.until)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError(_("the answer does not end"))
        self._sock.settimeout(left if self._longest is None else min(left, self._longest))
        return cast("int | None", self._raw.readinto(buffer))

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock))


class _HTTPConnection(urllib3.connection.HTTPConnection):
    response_class = _Response


class _HTTPSConnection(urllib3.connection.HTTPSConnection):
    response_class = _Response


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection

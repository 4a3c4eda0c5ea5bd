"""What servers said when they were last connected to: the next client of the same user need not ask again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import msgspec

from ..models import Server, User
from .client import Client
from .discovery import FoundServer, open_client

KEEP = 300.0
"""Seconds; a version, a dialect or a role that changes meanwhile shows in what the server refuses."""


class _Known(msgspec.Struct, frozen=True):
    time: float
    found: FoundServer
    user: User


class ServerMemory:
    """Opens clients; of servers that were connected to some minutes ago without a question.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[object, _Known] = {}
        self._guard = threading.Lock()

    def open(self, server: Server, *, timeout: float = 30.0) -> Client:
        """Return a client that knows who is signed in. Close it, or use it in a ``with`` block.

        Raises:
            SignInError: the credential is missing or not valid, as far as the server was asked.
            AddressError, NoAnswerError: as `open_client`.
        """
        key = account_key(server)
        with self._guard:
            known = self._known.get(key)
        if known is not None and self._clock() - known.time < KEEP:
            return open_client(server, timeout=timeout, found=known.found, user=known.user)
        client = open_client(server, timeout=timeout)
        try:
            user = client.user()
        except BaseException:
            client.close()
            raise
        if user.may_publish:  # who may not asks somebody for that right, and tries again
            found = FoundServer(url=client.server.url, dialect=client.dialect, version=client.version)
            with self._guard:
                self._known[key] = _Known(self._clock(), found, user)
        return client


def account_key(server: Server) -> tuple[object, ...]:
    """Return what tells servers and accounts apart, as a key of a dictionary."""
    credential = server.credential.identity if server.credential else server.api_key
    return server.url, server.insecure, server.ca_data, credential

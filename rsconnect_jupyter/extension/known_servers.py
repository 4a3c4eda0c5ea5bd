"""The known servers as the routes show them, the sandbox among them. All of it blocks."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..connect.client import Client
from ..connect.discovery import FoundServer
from ..connect.server_memory import ServerMemory
from ..models import Server
from ..servers.registry import SEARCH_LIMIT, ServerRegistry, search_content
from ..servers.store import ServerStore
from .json_views import content_hit, keys_url, server_info
from .local_sandbox import LocalSandbox


class KnownServers(ServerRegistry):
    """The servers this user can publish to.

    Args:
        store: Where they and their keys are kept.
        sandbox: Its server is started when it is asked for; None when the administrator turned it off.
        timeout: Seconds a Connect server has to answer one request.
    """

    def __init__(self, store: ServerStore, sandbox: LocalSandbox | None, *, timeout: float) -> None:
        super().__init__(store, timeout=timeout)
        self.memory = ServerMemory()
        self._sandbox = sandbox

    def ready(self, name: str) -> Server:
        """Return the server of that name with its key, the sandbox started.

        Raises:
            UnknownServerError, NoKeyError: the server or its key is not known.
            SandboxError: it is the sandbox, and that does not start.
        """
        if self._sandbox is not None and self.store.named(name).origin == "sandbox":
            self._sandbox.start()
        return super().ready(name)

    def connected(self, name: str) -> Client:
        """Return a client of the server of that name; what the server said minutes ago is not asked again.

        Close it, or use it in a ``with`` block.

        Raises:
            RSConnectException: as `ready`, and as `ServerMemory.open`.
        """
        return self.memory.open(self.ready(name), timeout=self.timeout)

    def remove(self, name: str) -> None:
        """Remove a server and its key; the sandbox is stopped with it."""
        if self._sandbox is not None and self.store.named(name).origin == "sandbox":
            self._sandbox.stop()
        else:
            super().remove(name)

    def content_hits(self, name: str, text: str, published: Collection[str]) -> dict[str, Any]:
        """Return ``ContentHits``; `published` are the GUIDs that the notebook was published to."""
        found = search_content(self.ready(name), text, timeout=self.timeout)
        return {"content": [content_hit(each, published) for each in found], "more": len(found) >= SEARCH_LIMIT}

    def info(self, server: Server) -> dict[str, Any]:
        """Return a ``ServerInfo``."""
        return server_info(server, locked=self.store.configuration.lock)

    def found_info(self, found: FoundServer) -> dict[str, Any]:
        """Return a ``FoundServer``."""
        known = self.name_of(found.url)
        return {
            "url": found.url,
            "name": known or self.free_name(found.url),
            "version": found.version,
            "keys_url": keys_url(found.url),
            "known": known,
            "guid": found.guid,
        }

    def all(self) -> dict[str, Any]:
        """Return a ``ServerList``."""
        servers, rules = self.store.servers(), self.store.configuration
        return {
            "servers": [self.info(each) for each in servers],
            "default": next((each.name for each in servers if each.default), None),
            "locked": rules.lock,
            "allow_insecure": rules.allow_insecure,
            "key_place": self.store.key_place,
            "sandbox": self.sandbox_state(),
            "predecessor": self.store.predecessor_file() is not None,
        }

    def sandbox_state(self) -> dict[str, Any]:
        """Return a ``SandboxState``."""
        url = self._sandbox.url if self._sandbox else None
        return {"allowed": self._sandbox is not None, "running": url is not None, "url": url}

"""What the processes for notebooks may know of servers: no keys, and only what was chosen here is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from ..errors import RSConnectException
from ..models import Server
from ..publishing.server_answers import CACHE, ServerAnswers
from ..servers.store import ServerStore
from ..worker_process import Replies
from .notebook_worker import pickled


def keyless(server: Server | None) -> Server | None:
    """Return a server as the processes for notebooks know it."""
    return replace(server, api_key=None, credential=None) if server is not None else None


def server_replies(store: ServerStore, server: Server | None) -> Replies:
    """Return what answers the process's questions: only about the server that was chosen here."""
    waiting: list[Callable[[float], ServerAnswers]] = []

    def begin(about: Any) -> None:
        guid, versions = about if isinstance(about, list) and len(about) == 2 else (None, False)
        try:
            known = None if server is None else server if server.has_credential else store.get(server.name)
        except RSConnectException as exc:
            failed = ServerAnswers(error=exc)
            waiting.append(lambda _seconds: failed)
            return
        if known is not None:
            waiting.append(CACHE.ask(known, guid if isinstance(guid, str) else None, versions=versions is True))

    def wait(seconds: Any) -> str:
        return pickled(waiting[-1](min(float(seconds), 3.0)) if waiting else ServerAnswers())

    return {"begin": begin, "wait": wait}

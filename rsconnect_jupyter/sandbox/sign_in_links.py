"""Links that sign one browser in once, so that the dashboard opens without asking for a key."""

from __future__ import annotations

import secrets
import threading
import time


class SignInLinks:
    """The links that were given out and not used yet; kept in memory only."""

    def __init__(self) -> None:
        self._links: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def make(self, user_guid: str, *, seconds: float = 60.0) -> str:
        """Return the token of a new link, good for one use within so many seconds."""
        token, moment = secrets.token_urlsafe(24), time.monotonic()
        with self._lock:
            self._links = {each: link for each, link in self._links.items() if link[1] > moment}
            self._links[token] = (user_guid, moment + seconds)
        return token

    def use(self, token: str) -> str | None:
        """Return the user GUID of a link and end it; None for one that is unknown, used or too old."""
        with self._lock:
            guid, end = self._links.pop(token, ("", 0.0))
        return guid if end > time.monotonic() else None

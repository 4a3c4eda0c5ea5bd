"""The sandbox's time of day. Tests may move it forward, so that nothing has to be waited for."""

from __future__ import annotations

import threading
import time


class Clock:
    """The time since 1970, and how far it was moved."""

    def __init__(self) -> None:
        self._moved = 0
        self._lock = threading.Lock()

    def nanoseconds(self) -> int:
        """Return the time in nanoseconds."""
        return time.time_ns() + self._moved

    def seconds(self) -> float:
        """Return the time in seconds."""
        return self.nanoseconds() / 1e9

    def move(self, seconds: float) -> None:
        """Move the time forward."""
        with self._lock:
            self._moved += int(seconds * 1e9)


CLOCK = Clock()
"""One for the process, as the system's clock is."""

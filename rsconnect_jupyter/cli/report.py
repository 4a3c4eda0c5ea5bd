"""What the command prints on stdout: the result for people, and JSON lines for programs."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any, TextIO

from ..connect.app_modes import TITLES
from ..models import Deployment, Event


class JsonLines:
    """Writes one JSON object per line; the result is the last one, also when events follow in another thread."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._ended = False

    def event(self, event: Event) -> None:
        """Write an event, unless the result was written."""
        with self._lock:
            if not self._ended:
                self.write(event.as_dict())

    def result(self, deployment: Deployment) -> None:
        """Write the result."""
        with self._lock:
            self._ended = True
            self.write(deployment.as_dict())

    def write(self, record: Mapping[str, Any]) -> None:
        """Write one record."""
        self._stream.write(json.dumps(record) + "\n")
        self._stream.flush()


def result_text(deployment: Deployment, *, quiet: bool, finished: bool = True) -> str:
    """Return what a person reads after a publish, or when the server has started it; with `quiet` just the address."""
    address = deployment.draft_url or deployment.url
    if quiet:
        return address
    did = "Draft of" if deployment.draft_url else "Published" if deployment.created else "Updated"
    if not finished:
        did = "Started publishing"
    return "\n".join(
        [
            f"{did} {deployment.title!r} ({TITLES[deployment.mode]}) on {deployment.server}",
            f"  Content    {address}",
            f"  Dashboard  {deployment.dashboard_url}",
            f"  Logs       {deployment.logs_url}",
        ]
    )

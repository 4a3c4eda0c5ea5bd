"""Environment variables of content: kept in files with mode 0600, outside the database, and never shown."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path

from .database import write_whole


class Variables:
    """The variables of all content.

    Args:
        folder: Where the files are kept, one for each content.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def names(self, content_guid: str) -> list[str]:
        """Return the names, sorted."""
        return sorted(self.values(content_guid))

    def values(self, content_guid: str) -> dict[str, str]:
        """Return names and values, for the content's own processes."""
        path = self._path(content_guid)
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def change(self, content_guid: str, changes: Mapping[str, str | None], *, replace: bool = False) -> None:
        """Set variables; None removes one.

        Args:
            content_guid: Whose variables.
            changes: Names and values.
            replace: True removes all others.
        """
        with self._lock:
            values = {} if replace else self.values(content_guid)
            for name, value in changes.items():
                if value is None:
                    values.pop(name, None)
                else:
                    values[name] = value
            write_whole(self._path(content_guid), json.dumps(values).encode())

    def forget(self, content_guid: str) -> None:
        """Remove all variables of a content."""
        self._path(content_guid).unlink(missing_ok=True)

    def _path(self, content_guid: str) -> Path:
        return self._folder / f"{content_guid}.json"

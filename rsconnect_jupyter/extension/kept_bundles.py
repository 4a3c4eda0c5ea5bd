"""Bundles of versions that were compared, kept for the next comparison: a version's bundle never changes."""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

from ..temporary_files import temporary_folder

MOST_BUNDLES = 8
MOST_BYTES = 500_000_000


class KeptBundles:
    """Files in a private folder that goes with this process; those used longest ago make room."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._folder: Path | None = None
        self._sizes: dict[object, tuple[Path, int]] = {}
        self._number = 0
        self._guard = threading.Lock()

    def take(self, key: object, target: Path) -> bool:
        """Put a bundle that is kept into a new file; return False when there is none."""
        with self._guard:
            found = self._sizes.pop(key, None)
            if found is None:
                return False
            try:
                _same_file(found[0], target)
            except OSError:  # someone emptied the folder for temporary files
                return False
            self._sizes[key] = found
            return True

    def keep(self, key: object, bundle: Path) -> None:
        """Keep a bundle, unless it is too large or the disk is full."""
        size = bundle.stat().st_size
        with self._guard, suppress(OSError):
            if size > MOST_BYTES or key in self._sizes:
                return
            self._folder = self._folder or self._stack.enter_context(temporary_folder())
            self._number += 1
            place = self._folder / f"{self._number}.tar.gz"
            _same_file(bundle, place)
            self._sizes[key] = (place, size)
            self._make_room()

    def close(self) -> None:
        """Remove all."""
        with self._guard:
            self._sizes.clear()
            self._folder = None
            self._stack.close()

    def _make_room(self) -> None:
        while len(self._sizes) > MOST_BUNDLES or sum(size for _, size in self._sizes.values()) > MOST_BYTES:
            oldest = next(iter(self._sizes))
            self._sizes.pop(oldest)[0].unlink(missing_ok=True)


def _same_file(source: Path, target: Path) -> None:
    """Give a file another name; copy it where the system has only one name for a file."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)

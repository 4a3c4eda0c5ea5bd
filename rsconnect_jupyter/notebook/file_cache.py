"""What was made of files, kept until their content changes, so that a panel and a publish share it.

A file's change times, size and inode tell its versions. They are not trusted for a file that was changed just before
it was read, since the clock of a file system may tick once in two seconds: such a file is read again, and its hash
decides.
"""

from __future__ import annotations

import hashlib
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

_Key = tuple[Path, str]
_Stamp = tuple[int, int, int, int]

COARSEST_CLOCK = 2_000_000_000
"""Nanoseconds between two ticks of the coarsest clock of a file system (FAT)."""


class _Version(msgspec.Struct, Generic[T], frozen=True):
    stamp: _Stamp
    is_settled: bool
    hash: str
    value: weakref.ref[T]


class FileCache(Generic[T]):
    """Values made of files. The latest ones are kept; large ones live only as long as somebody uses them.

    Args:
        make: Makes the value of a path, the file's bytes, their SHA-256 hex digest and the name given to `get`.
        budget: Bytes of files whose values are kept.
    """

    def __init__(self, make: Callable[[Path, bytes, str, str], T], *, budget: int) -> None:
        self._make = make
        self._budget = budget
        self._versions: dict[_Key, _Version[T]] = {}
        self._latest: OrderedDict[_Key, tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: Path, name: str = "") -> T:
        """Return what was made of the file's present content.

        Args:
            path: The file.
            name: Tells values of the same file apart.

        Raises:
            OSError: The file cannot be read.
        """
        stamp, key = _stamp(path), (path, name)
        version = self._versions.get(key)
        value = version.value() if version else None
        if value is not None and version and version.is_settled and version.stamp == stamp:
            self._mark_as_used(key)
            return value
        now = time.time_ns()
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if value is None or version is None or version.hash != digest:
            value = self._make(path, content, digest, name)
        settled = now - max(stamp[:2]) > COARSEST_CLOCK
        with self._lock:
            self._keep(key, _Version(stamp, settled, digest, weakref.ref(value)), value, len(content))
        return value

    def _mark_as_used(self, key: _Key) -> None:
        with self._lock, suppress(KeyError):  # another thread may have dropped it
            self._latest.move_to_end(key)

    def _keep(self, key: _Key, version: _Version[T], value: T, size: int) -> None:
        self._versions = {old: each for old, each in self._versions.items() if each.value() is not None}
        self._versions[key] = version
        self._latest[key] = (value, size)
        self._latest.move_to_end(key)
        while sum(each for _, each in self._latest.values()) > self._budget:
            self._latest.popitem(last=False)


def _stamp(path: Path) -> _Stamp:
    status = path.stat()
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino

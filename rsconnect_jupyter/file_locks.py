"""Locks between processes, also on disks that have none.

Where the system's locks work they are used: they are free when their holder dies. Some network disks refuse them; there
a file takes their place that names its holder, and that counts no more when that process of this machine is gone.

A process of another machine cannot be asked. So a holder touches its lock's file every few seconds, and one that has
not done so for a minute, by the disk's own clock, counts as dead.
"""

from __future__ import annotations

import errno
import os
import secrets
import sys
import tempfile
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock

_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
_KNOWN: dict[int, bool] = {}
"""Device -> whether it has locks."""

TOUCHED_EVERY = 10.0
SILENT_AFTER = 60.0
"""Seconds between signs of life, and without one until a holder of another machine counts as dead."""


def take_lock(path: Path, *, seconds: float = 0.0, mode: int = 0o600) -> BaseFileLock:
    """Return the lock at a path once it is held; any thread may release it.

    Args:
        path: The lock's own file; its folder exists.
        seconds: How long to wait for another holder.
        mode: Permission bits of the file.

    Raises:
        TimeoutError: another one holds it.
        OSError: the file cannot be made.
    """
    from filelock import FileLock, SoftFileLock  # noqa: PLC0415 - not needed to import the package

    works = _has_locks(path.parent)
    kind, place = (FileLock, str(path)) if works else (SoftFileLock, f"{path}.held")
    if not works and is_silent(path):
        break_lock(path)
    lock = kind(place, timeout=seconds, poll_interval=0.01, mode=mode, thread_local=False)
    lock.acquire()
    _HELD.add(lock)
    return lock


def is_silent(path: Path) -> bool:
    """Return True for a lock whose holder has given no sign of life for a minute."""
    try:
        touched = file_of_lock(path).stat().st_mtime
        with tempfile.NamedTemporaryFile(dir=path.parent) as now:
            return os.fstat(now.fileno()).st_mtime - touched > SILENT_AFTER
    except OSError:
        return False


def break_lock(path: Path) -> None:
    """Free a lock whose holder is silent; of several that do so at once, none takes the next holder's."""
    file = file_of_lock(path)
    aside = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    with suppress(OSError):
        before = file.stat()
        file.rename(aside)
        if aside.stat().st_mtime_ns != before.st_mtime_ns:  # another one was faster, and holds it now
            aside.rename(file)
        aside.unlink(missing_ok=True)


def file_of_lock(path: Path) -> Path:
    """Return the file of the lock at a path: another one where the disk has no locks."""
    return path if _has_locks(path.parent) else path.with_name(f"{path.name}.held")


class _Held:
    """The locks that this process holds, and the thread that touches their files."""

    def __init__(self) -> None:
        self._locks: weakref.WeakSet[BaseFileLock] = weakref.WeakSet()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, lock: BaseFileLock) -> None:
        """Touch a lock's file from now on, as long as it is held."""
        _touch(lock)
        with self._guard:
            self._locks.add(lock)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._go_on, name="file-locks", daemon=True)
                self._thread.start()

    def _go_on(self) -> None:
        while True:
            time.sleep(TOUCHED_EVERY)
            with self._guard:
                held = [each for each in self._locks if each.is_locked]
                self._locks = weakref.WeakSet(held)
                if not held:
                    self._thread = None
                    return
            for each in held:
                _touch(each)


def _touch(lock: BaseFileLock) -> None:
    with suppress(OSError):
        os.utime(lock.lock_file)


_HELD = _Held()


def _has_locks(folder: Path) -> bool:
    """Tell whether the disk of a folder has locks; each disk is asked once, with a file that nobody else uses."""
    if sys.platform == "win32":
        return True
    device = folder.stat().st_dev
    if device not in _KNOWN:
        with tempfile.TemporaryFile(dir=folder) as probe:
            _KNOWN[device] = _can_lock(probe.fileno())
    return _KNOWN[device]


def _can_lock(file: int) -> bool:
    import fcntl  # noqa: PLC0415 - Windows has none

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        return exc.errno not in _NO_LOCKS
    return True

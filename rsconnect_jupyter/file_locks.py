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
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
_KNOWN: dict[int, bool] = {}
"""Device -> whether it has locks."""

TOUCHED_EVERY = 10.0
SILENT_AFTER = 60.0
"""Seconds between signs of life, and without one until a holder of another machine counts as dead."""

_POLL = 0.01
"""Seconds until a held lock is tried again."""


class Lock:
    """A lock that is held until it is released; any thread may do that, and once is enough."""

    def __init__(self, lock_file: str, free: Callable[[], None]) -> None:
        self.lock_file = lock_file
        self.is_locked = True
        self._free = free

    def release(self) -> None:
        """Free it."""
        if self.is_locked:
            self.is_locked = False
            self._free()


def take_lock(path: Path, *, seconds: float = 0.0, mode: int = 0o600) -> Lock:
    """Return the lock at a path once it is held; any thread may release it.

    Args:
        path: The lock's own file; its folder exists.
        seconds: How long to wait for another holder.
        mode: Permission bits of the file.

    Raises:
        TimeoutError: another one holds it.
        OSError: the file cannot be made.
    """
    works = _has_locks(path.parent)
    if not works and is_silent(path):
        break_lock(path)
    lock = _system_lock(path, seconds, mode) if works and os.name == "posix" else _library_lock(path, seconds, mode)
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


def _system_lock(path: Path, seconds: float, mode: int) -> Lock:
    ends = time.monotonic() + seconds
    while (handle := _locked(path, mode)) is None:
        if time.monotonic() >= ends:
            raise TimeoutError(f"{path} is locked by another process")
        time.sleep(_POLL)
    return Lock(str(path), partial(os.close, handle))


def _locked(path: Path, mode: int) -> int | None:
    """Return the handle of the locked file; None when another one holds it, or has removed it meanwhile."""
    import fcntl  # noqa: PLC0415 - Windows has none

    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with suppress(PermissionError):
            os.fchmod(handle, mode)
    except FileExistsError:  # opened without O_CREAT: Linux refuses that for others' files in a sticky folder
        try:
            handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_nlink:
            return handle
    except (BlockingIOError, PermissionError):  # network disks say the latter
        pass
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    return None


def _library_lock(path: Path, seconds: float, mode: int) -> Lock:
    from filelock import FileLock, SoftFileLock  # noqa: PLC0415 - a twentieth of a small publish went into it

    kind, place = (FileLock, path) if _has_locks(path.parent) else (SoftFileLock, file_of_lock(path))
    lock = kind(place, timeout=seconds, poll_interval=_POLL, mode=mode, thread_local=False)
    lock.acquire()
    return Lock(lock.lock_file, lock.release)


class _Held:
    """The locks that this process holds, and the thread that touches their files."""

    def __init__(self) -> None:
        self._locks: weakref.WeakSet[Lock] = weakref.WeakSet()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, lock: Lock) -> None:
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


def _touch(lock: Lock) -> None:
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

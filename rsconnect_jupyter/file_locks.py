"""Locks between processes, also on disks that have none.

Where the system's locks work they are used: they are free when their holder dies. Some network disks refuse them; there
a file takes their place that names its holder, and that counts no more when that process of this machine is gone.
"""

from __future__ import annotations

import errno
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock

_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
_KNOWN: dict[int, bool] = {}
"""Device -> whether it has locks."""


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
    lock = kind(place, timeout=seconds, poll_interval=0.01, mode=mode, thread_local=False)
    lock.acquire()
    return lock


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

"""Folders for temporary files: private, gone afterwards, and gone at the next start when their process was killed.

A folder's process holds a lock in it, which the system frees when the process dies: who gets the lock may remove the
folder.
"""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import RSConnectException

if TYPE_CHECKING:
    from filelock import FileLock

PREFIX = "rsconnect-jupyter-"
LOCK = ".lock"
_YOUNG = 60.0
"""Seconds for which a folder without a lock is left alone: its process may be about to take one."""


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a private folder, by its real path, for the length of a ``with`` block.

    Raises:
        RSConnectException: code ``no-temporary-folder``.
    """
    _remove_leftovers_once()
    try:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        lock = _lock_in(folder)
        lock.acquire()
    except OSError as exc:
        raise RSConnectException.of("no-temporary-folder", reason=exc.strerror or exc) from exc
    try:
        yield folder
    finally:
        with suppress(OSError):
            lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers() -> None:
    """Remove the folders of processes of this user that were killed."""
    with suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            with suppress(OSError):
                _remove_if_left(folder)


_remove_leftovers_once = functools.cache(remove_leftovers)


def _remove_if_left(folder: Path) -> None:
    facts = folder.lstat()
    if folder.is_symlink() or not folder.is_dir() or (hasattr(os, "getuid") and facts.st_uid != os.getuid()):
        return
    if not (folder / LOCK).exists():
        if time.time() - facts.st_mtime > _YOUNG:
            shutil.rmtree(folder, ignore_errors=True)
        return
    lock = _lock_in(folder)
    with suppress(TimeoutError):  # its process lives
        lock.acquire()
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def _lock_in(folder: Path) -> FileLock:
    from filelock import FileLock  # noqa: PLC0415 - not needed to import the package

    return FileLock(str(folder / LOCK), timeout=0, mode=0o600, thread_local=False)

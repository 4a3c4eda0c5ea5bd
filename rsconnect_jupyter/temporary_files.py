"""Folders for temporary files: private, gone afterwards, and gone at the next start when their process was killed.

A folder's process holds a lock in it, which the system frees when the process dies: who gets the lock may remove the
folder. A half-written file that must lie elsewhere, beside the one that it replaces, is named in such a folder.
"""

from __future__ import annotations

import functools
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import RSConnectException
from .file_locks import file_of_lock, take_lock

PREFIX = "rsconnect-jupyter-"
LOCK = ".lock"
_UNFINISHED = "unfinished"
"""File of a folder: the path of the half-written file that is to be removed with it."""

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
        lock = take_lock(folder / LOCK)
    except OSError as exc:
        raise RSConnectException.of("no-temporary-folder", reason=exc.strerror or exc) from exc
    try:
        yield folder
    finally:
        with suppress(OSError):
            lock.release()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def file_taking_the_name(target: Path, *, mode: int = 0o600) -> Iterator[BinaryIO]:
    """Open a file beside `target` that is renamed to it at the end of a ``with`` block, and removed on any failure.

    Args:
        target: What is replaced; a reader never sees half of it.
        mode: Permission bits of a file that does not exist yet, before the user's umask.

    Raises:
        OSError: it cannot be written.
        RSConnectException: code ``no-temporary-folder``.
    """
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part").absolute()
    with temporary_folder() as folder:
        (folder / _UNFINISHED).write_bytes(os.fsencode(part))
        try:
            with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode), "w+b") as stream:
                yield stream
            with suppress(FileNotFoundError):
                part.chmod(stat.S_IMODE(target.stat().st_mode))
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


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
    if not file_of_lock(folder / LOCK).exists():
        other_kind = any(folder.glob(f"{LOCK}*"))  # of a process that has locks where this one has none, or vice versa
        if not other_kind and time.time() - facts.st_mtime > _YOUNG:
            shutil.rmtree(folder, ignore_errors=True)
        return
    with suppress(TimeoutError):  # its process lives
        lock = take_lock(folder / LOCK)
        _remove_unfinished(folder)
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def _remove_unfinished(folder: Path) -> None:
    with suppress(OSError, ValueError):
        part = Path(os.fsdecode((folder / _UNFINISHED).read_bytes()))
        if part.name.startswith(".") and part.suffix == ".part":
            part.unlink()

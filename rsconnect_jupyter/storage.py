"""Small files that several processes share: written whole, under a lock, private when they hold a secret."""

from __future__ import annotations

import glob
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .file_locks import take_lock
from .translation import _

LOCK_SECONDS = 30.0
"""How long to wait for another process; a holder needs milliseconds, so a longer wait means that it hangs."""


def data_folder() -> Path:
    """Return the folder of this package below the user's Jupyter data folder; it need not exist yet."""
    from jupyter_core.paths import jupyter_data_dir  # noqa: PLC0415 - read when used: tests and hubs change it

    return Path(jupyter_data_dir()) / "rsconnect-jupyter"


def private_folder(path: Path) -> Path:
    """Create `path` (and its parents) so that only its owner can look inside, and return it.

    Raises:
        OSError: when it cannot be made.
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) != 0o700:
        path.chmod(0o700)
    return path


def read_json(path: Path) -> Any:
    """Return the file's value, or None when there is no such file.

    Raises:
        OSError: when it cannot be read.
        ValueError: when it is not JSON.
    """
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return parsed_json(content)


def parsed_json(content: bytes) -> Any:
    """Return the value of a JSON text.

    Raises:
        ValueError: it is not JSON, or nested too deeply to be read.
    """
    try:
        return json.loads(content)
    except RecursionError as exc:
        raise ValueError(_("it is nested too deeply")) from exc


def write_json(path: Path, value: Any, *, mode: int | None = 0o600, last: bool = True, indent: int | None = 4) -> None:
    """Replace the file in one step: a reader sees the old value or the new one, also after a power cut.

    Args:
        path: The file; its folder exists.
        value: What JSON can hold.
        last: False when another write in the same folder follows at once and syncs the folder for both, or when it does
            no harm that the old value is there after a power cut.
        mode: Permission bits; None keeps those of the file, or the user's default for a new one (shared folders).
        indent: None for a file that grows large and that nobody reads: it is made in a twentieth of the time.

    Raises:
        OSError: when it cannot be written.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False) + "\n"
    kept = _mode_of(path) if mode is None else mode
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if kept is None else kept)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        if kept is not None:
            fresh.chmod(kept)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    if last:
        _sync_folder(path.parent)


@contextmanager
def locked(path: Path, *, shared: bool = False, seconds: float | None = None) -> Iterator[None]:
    """Hold the lock that guards `path` against other threads and processes.

    The lock is a file of its own beside `path`, because `path` itself is replaced on every write. The system frees it
    when its holder dies.

    Args:
        path: The file to guard; its folder exists.
        shared: True lets other users of the folder take the lock too.
        seconds: How long to wait for another process; `LOCK_SECONDS` when omitted.

    Raises:
        TimeoutError: when another process held it for too long.
        OSError: when the lock file cannot be made.
    """
    patience, mode = LOCK_SECONDS if seconds is None else seconds, 0o666 if shared else 0o600
    lock = take_lock(lock_path(path), seconds=patience, mode=mode)
    try:
        remove_unfinished(path)
        yield
    finally:
        lock.release()


def remove_unfinished(path: Path) -> None:
    """Remove what killed writers of a file left beside it; only for who holds the lock that guards the file."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.new"):
        with suppress(OSError):
            left.unlink()


def lock_path(path: Path) -> Path:
    """Return the place of the lock file that guards `path`."""
    return path.with_name(f".{path.name}.lock")


def _mode_of(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # Windows opens no folder, some network file systems refuse it; the rename itself is done
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

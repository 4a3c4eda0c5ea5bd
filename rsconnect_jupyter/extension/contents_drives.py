"""Which file of this machine a contents path means, also where jupyter-fs adds drives to Jupyter's own folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from jupyter_core.utils import ensure_async
from tornado.web import HTTPError


class Place(msgspec.Struct, frozen=True):
    """Where a contents manager keeps a path.

    Attributes:
        file: The file or folder, whether it exists or not.
        root: The folder that Jupyter shows, or the drive's.
        hidden: True when Jupyter does not show it.
    """

    file: Path
    root: Path
    hidden: bool


def has_files(contents: Any, path: str) -> bool:
    """Return False when the contents manager keeps that path elsewhere than in a file (a database, a bucket)."""
    drive, _inside = _drive_of(contents, path)
    if _is_of_jupyter_fs(drive):
        return _local_root(drive) is not None
    return hasattr(drive, "_get_os_path") and bool(getattr(drive, "root_dir", ""))


async def place_of(contents: Any, path: str) -> Place | None:
    """Return the place of a path that `has_files`; None for a path that cannot be."""
    drive, inside = _drive_of(contents, path)
    local = _local_root(drive) if _is_of_jupyter_fs(drive) else None
    try:
        if local is not None:
            hidden = not contents.allow_hidden and any(each.startswith(".") for each in inside.split("/"))
            return Place(local / inside, local, hidden=hidden)
        file = Path(drive._get_os_path(inside))
        hidden = bool(inside) and not drive.allow_hidden and await ensure_async(drive.is_hidden(inside))
        return Place(file, Path(drive.root_dir), hidden=hidden)
    except (HTTPError, ValueError, OSError):
        return None


def name_in_drive(contents: Any, path: str) -> str:
    """Return a path without the drive that jupyter-fs puts before it."""
    return _drive_of(contents, path)[1]


def plain_path(path: str) -> str:
    """Return a path without slashes around it, nor ``RTC:`` of real-time collaboration before it."""
    return path.removeprefix("RTC:").strip("/")


def _drive_of(contents: Any, path: str) -> tuple[Any, str]:
    """Return the contents manager behind a path, and the path as that one knows it."""
    path, drives = plain_path(path), getattr(contents, "_managers", None)
    if not (isinstance(drives, Mapping) and "" in drives):
        return contents, path
    name, colon, inside = path.partition(":")
    return (drives.get(name), inside.strip("/")) if colon else (drives[""], path)


def _is_of_jupyter_fs(drive: Any) -> bool:
    """Return True for a manager of PyFilesystem or fsspec: it inherits `_get_os_path`, and does not mean it."""
    return hasattr(drive, "_pyfilesystem_instance") or hasattr(drive, "_fs")


def _local_root(drive: Any) -> Path | None:
    """Return the folder of a drive on this machine."""
    if hasattr(drive, "_pyfilesystem_instance"):
        filesystem = drive._pyfilesystem_instance
        return Path(filesystem.getsyspath("/")) if filesystem.hassyspath("/") else None
    protocol = getattr(drive._fs, "protocol", ())
    return Path(drive.root or "/") if "file" in ((protocol,) if isinstance(protocol, str) else protocol) else None

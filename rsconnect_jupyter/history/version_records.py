"""What is kept privately of the versions of a content: digests of their parts, notes, and which one readers see.

One file per content in this user's data folder, ``versions/<digest of server and GUID>.json``. It belongs to the
content, so that it is found again however the notebook is renamed, and under whichever address the sandbox was started.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from ..models import GitSource, Part
from ..models.serialization import as_json_data
from ..servers.sources import addresses_of
from ..storage import data_folder, locked, private_folder, read_json, write_json

_KEPT = 50
"""Versions of a content."""


class FileStamp(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it was packed: when its size and time are still the same, it was not changed."""

    size: int
    mtime_ns: int
    digest: str


class VersionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What this user knows about a version that was published from here.

    Attributes:
        parts: Digest of each part.
        files: Path in the bundle -> the file; without notebook, page and list of packages.
    """

    parts: Mapping[Part, str] = msgspec.field(default_factory=dict)
    files: Mapping[str, FileStamp] = msgspec.field(default_factory=dict)
    by: str = ""
    time: str = ""
    note: str = ""
    source: GitSource | None = None


class ActiveVersion(msgspec.Struct, frozen=True, kw_only=True):
    """The version that readers see, as last heard.

    Attributes:
        digest: Of all its parts together, where it carries one.
    """

    id: str
    by: str = ""
    time: str = ""
    digest: str = ""


class ContentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept of a content.

    Attributes:
        activated: Versions that readers saw at some time, as far as is known.
    """

    versions: Mapping[str, VersionRecord] = msgspec.field(default_factory=dict)
    active: ActiveVersion | None = None
    activated: tuple[str, ...] = ()


def read(server_url: str, guid: str, *, folder: Path | None = None) -> ContentRecord:
    """Return what is kept of a content; nothing readable is nothing kept."""
    try:
        return msgspec.convert(read_json(_file(server_url, guid, folder)) or {}, ContentRecord)
    except (OSError, ValueError, RecursionError):
        return ContentRecord()


def keep_version(
    server_url: str, guid: str, bundle_id: str, version: VersionRecord, *, folder: Path | None = None
) -> None:
    """Keep what is known about a version that was just uploaded. One that cannot be kept has no mark, no more."""

    def add(data: dict[str, Any]) -> None:
        versions = data.setdefault("versions", {})
        versions[bundle_id] = as_json_data(version)
        for old in list(versions)[:-_KEPT]:
            del versions[old]

    _change(_file(server_url, guid, folder), add)


def keep_active(server_url: str, guid: str, active: ActiveVersion, *, folder: Path | None = None) -> None:
    """Keep which version readers see."""

    def note(data: dict[str, Any]) -> None:
        seen = data.get("activated")
        seen = [each for each in seen if each != active.id] if isinstance(seen, list) else []
        data.update(active=as_json_data(active), activated=[*seen, active.id][-_KEPT:])

    if read(server_url, guid, folder=folder).active != active:
        _change(_file(server_url, guid, folder), note)


def _change(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    with suppress(OSError, TimeoutError):
        private_folder(path.parent)
        with locked(path):
            data: Any = None
            with suppress(ValueError):
                data = read_json(path)
            data = data if isinstance(data, dict) else {}
            change(data)
            write_json(path, data, last=False, indent=None)


def _file(server_url: str, guid: str, folder: Path | None) -> Path:
    folder = folder or data_folder()
    places = [_place(url, guid, folder) for url in addresses_of(server_url, folder=folder)]
    return next((each for each in places if each.exists()), places[0])


def _place(url: str, guid: str, folder: Path) -> Path:
    name = hashlib.sha256(f"{url}\n{guid}".encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return folder / "versions" / f"{name}.json"

"""Bundles on the server: receiving, checking and describing them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ...connect.app_modes import NUMBERS
from ..api_errors import ApiError
from ..settings import Settings
from .accounts import Account
from .archives import Limits, Listing, list_archive
from .database import Row, Store, now, seconds
from .identifiers import check_id

DOCUMENTS = ("static", "jupyter-static", "quarto-static")
SOURCES = ("source", "source_repo", "source_branch", "source_commit")


def bundle_limits(settings: Settings) -> Limits:
    """Return the limits of this server."""
    return Limits(bytes=settings.max_unpacked, entries=settings.max_files)


def keep_bundle(
    store: Store, content: Row, account: Account, archive: Path, *, limits: Limits, md5: str, sha1: str,
    metadata: Mapping[str, str],
) -> Row:  # fmt: skip
    """Check an uploaded archive, keep it and return its row; refuses what cannot be unpacked (400/135).

    What is wrong with its manifest is noted and refused at the deployment, as Connect does.
    """
    size = archive.stat().st_size
    inspection = inspect_bundle(list_archive(archive, limits))
    with store.transaction() as write:
        cursor = write.execute(
            "INSERT INTO bundles (content_guid, created_time, created_by, size, md5, sha1, metadata, inspection)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (content["guid"], now(), account.guid, size, md5, sha1, json.dumps(dict(metadata)), json.dumps(inspection)),
        )
        bundle_id = int(cursor.lastrowid or 0)
        archive.replace(store.bundle_file(bundle_id))
    return bundle_row(store, content["guid"], str(bundle_id))


def inspect_bundle(listing: Listing) -> dict[str, Any]:
    """Return ``{manifest, files, problem}``: the manifest as data and the first thing wrong with it. Pure."""
    inspection: dict[str, Any] = {"manifest": None, "files": sorted(listing.checksums), "problem": None}
    if listing.manifest is None:
        return inspection | {"problem": [38, "The application's manifest is invalid or missing."]}
    try:
        manifest = json.loads(listing.manifest.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return inspection | {"problem": [38, f"The application's manifest is invalid: {error}."]}
    problem = _manifest_problem(manifest, listing)
    return inspection | {"manifest": None if problem else manifest, "problem": problem}


def _manifest_problem(manifest: Any, listing: Listing) -> list[Any] | None:
    shape = _shape_problem(manifest)
    if shape:
        return [38, f"The application's manifest is invalid: {shape}."]
    mode = manifest["metadata"].get("appmode")
    if not isinstance(mode, str) or mode not in NUMBERS or mode == "unknown":
        return [148, f"The specified app mode is not valid: {mode!r}."]
    files = manifest.get("files") or {}
    reasons = [] if isinstance(files, list) else [_file_problem(name, entry, listing) for name, entry in files.items()]
    keys = ("entrypoint", "primary_html", "primary_document")
    reasons += [_entry_problem(key, manifest["metadata"].get(key), mode, listing) for key in keys]
    reason = next((each for each in reasons if each), None)
    return [38, f"The application's manifest is invalid: {reason}."] if reason else None


def _shape_problem(manifest: Any) -> str | None:
    if not isinstance(manifest, dict) or not isinstance(manifest.get("metadata"), dict):
        return "it has no metadata"
    if manifest.get("version") != 1 or isinstance(manifest["version"], bool):
        return "its version is not 1"
    files = manifest.get("files")
    if isinstance(files, list) and not all(isinstance(each, str) for each in files):
        return "files is not a list of names"
    for key in ("python", "environment", "jupyter", "quarto", *(() if isinstance(files, list) else ("files",))):
        if manifest.get(key) is not None and not isinstance(manifest[key], dict):
            return f"{key} is not an object"
    return None


def _file_problem(name: str, entry: Any, listing: Listing) -> str | None:
    if not isinstance(entry, dict):
        return f"the entry of {name!r} is not an object"
    if name not in listing.checksums:  # links have no checksum, and the server accepts names that the archive lacks
        return None
    checksum = entry.get("checksum")
    if checksum is None:
        return None
    if not isinstance(checksum, str) or checksum.lower() != listing.checksums[name]:
        return f"the checksum of {name!r} is not that of the file in the bundle"
    return None


def _entry_problem(key: str, value: Any, mode: str, listing: Listing) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return f"{key} is not a text"
    if mode in (*DOCUMENTS, "jupyter-voila") and value not in listing.checksums and value not in listing.links:
        return f"its {key} {value!r} is not in the bundle"
    return None


def check_deployable(content: Row, bundle: Row, modes: Collection[str]) -> dict[str, Any]:
    """Return a bundle's manifest if it may be deployed to its content; else refuses as Connect does.

    Args:
        content: The content's row.
        bundle: The bundle's row.
        modes: Kinds of applications that this server can run.
    """
    inspection = json.loads(bundle["inspection"])
    if inspection["problem"]:
        code, message = inspection["problem"]
        raise ApiError(code, message)
    manifest: dict[str, Any] = inspection["manifest"]
    metadata = manifest["metadata"]
    if content["app_mode"] not in ("unknown", metadata["appmode"]):
        raise ApiError(48)
    if metadata["appmode"] not in (*DOCUMENTS, *modes):
        raise ApiError(109)
    if content["app_mode"] != "unknown":
        if (metadata.get("content_category") or "") != content["content_category"] != "mcp":
            raise ApiError(110)
        if bool(metadata.get("has_parameters")) != bool(content["parameterized"]):
            raise ApiError(111)
    return manifest


def bundle_row(store: Store, content_guid: str, bundle_id: str) -> Row:
    """Return a bundle's row; refuses unknown ids and bundles of other content (404/4)."""
    values = (check_id(bundle_id), content_guid)
    return store.need("SELECT * FROM bundles WHERE id = ? AND content_guid = ?", values)


def chosen_bundle(store: Store, content: Row, bundle_id: str | None) -> Row:
    """Return the bundle to deploy: the given one, else the newest.

    Refuses content without bundles (404/28), unknown ids (404/4) and bundles of other content (400/82).
    """
    if bundle_id is None:
        return store.need("SELECT * FROM bundles WHERE content_guid = ? ORDER BY id DESC", (content["guid"],), code=28)
    found = store.need("SELECT * FROM bundles WHERE id = ?", (check_id(bundle_id),))
    if found["content_guid"] != content["guid"]:
        raise ApiError(82)
    return found


def bundle_object(settings: Settings, content: Row, bundle: Row, *, told: bool) -> dict[str, Any]:
    """Return a bundle as the v1 API shows it.

    Args:
        settings: The server's settings.
        content: The row of the content it belongs to.
        bundle: Its row.
        told: False hides versions and flags, as from viewers.
    """
    metadata = json.loads(bundle["metadata"])
    built = bool(bundle["built"]) and told
    management = bundle["py_environment_management"]
    answer = {
        "id": str(bundle["id"]),
        "content_guid": bundle["content_guid"],
        "created_time": seconds(bundle["created_time"]),
        "cluster_name": "Local" if built else None,
        "image_name": "Local" if built else None,
        "r_version": None,
        "r_environment_management": None,
        "py_version": bundle["py_version"] if built else None,
        "py_environment_management": bool(management) if built and management is not None else None,
        "quarto_version": bundle["quarto_version"] if built else None,
        "active": content["bundle_id"] == bundle["id"],
        "size": bundle["size"],
        "metadata": {
            **dict.fromkeys(SOURCES),
            **metadata,
            "archive_md5": bundle["md5"],
            "archive_sha1": bundle["sha1"],
        },
    }
    if settings.version >= (2026,):
        answer |= {"created_by": bundle["created_by"], "environment_guid": None}
    return answer

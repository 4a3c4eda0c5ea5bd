"""Versions on a server and the notebook here, fetched, read and compared."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from ..bundle.packing import make_page
from ..bundle.plan import BundlePlan
from ..connect.app_modes import APP_MODES, TITLES
from ..connect.client import Client
from ..differences.meaning import outputs_count
from ..differences.snapshots import Snapshot, compare
from ..errors import NotebookError, RSConnectException
from ..history.publications import NotebookHistory
from ..models import PublishOptions, VersionComparison
from ..notebook.reading import read_notebook
from ..project_files import read_regular
from ..temporary_files import temporary_folder
from ..translation import _
from .changes import current_plan, other_files

_MOST_BYTES = 500_000_000
"""A notebook, page or list of packages in a bundle; a larger one is not read."""

_MOST_UNPACKED = 20_000_000_000
_PACKAGE_FILES = ("requirements.txt", "pyproject.toml", "uv.lock", "pylock.toml")


def fetch_version(client: Client, guid: str, bundle_id: str, target: Path) -> Path:
    """Download a version's bundle into a new file and return its path.

    Raises:
        NotFoundError, ForbiddenError: there is none, or this user is no collaborator.
    """
    with target.open("xb") as file:
        client.download_bundle(guid, bundle_id, file)
    return target


def fetch_and_compare(client: Client, guid: str, old: str, new: str | None, *, now: NotebookNow) -> VersionComparison:
    """Download the bundles of one or two versions and compare; see `compare_versions`."""
    with temporary_folder() as folder:
        before = old, fetch_version(client, guid, old, folder / "old.tar.gz")
        after = None if new is None else (new, fetch_version(client, guid, new, folder / "new.tar.gz"))
        return compare_versions(before, after, guid=guid, now=now)


class NotebookNow(msgspec.Struct, frozen=True, kw_only=True):
    """The notebook here, to compare a version with.

    Attributes:
        notebook: Absolute path.
        root: Folder that nothing in its bundle may lie outside of.
        options: The author's, besides those that are remembered.
        folder: Our data folder.
    """

    notebook: Path
    root: Path
    options: PublishOptions = msgspec.field(default_factory=PublishOptions)
    folder: Path | None = None


def compare_versions(
    old: tuple[str, Path], new: tuple[str, Path] | None, *, guid: str, now: NotebookNow
) -> VersionComparison:
    """Compare two versions, or one with the notebook as it is on disk. No network.

    Args:
        old: Id and bundle of the earlier version.
        new: Those of the later one; None means the notebook.
        guid: The content that both are versions of.
        now: The notebook.

    Raises:
        RSConnectException: code ``version-unreadable``: a bundle cannot be read.
        NotebookError: the notebook cannot be read.
    """
    with temporary_folder() as scratch:
        before = read_version(*old, scratch=scratch / "old")
        if new is not None:
            return compare(before, read_version(*new, scratch=scratch / "new"))
        past = NotebookHistory(now.notebook, folder=now.folder)
        known = next((each for each in TITLES if each == before.mode), None)
        options = dataclasses.replace(now.options, mode=now.options.mode or known)
        plan = current_plan(now.notebook, root=now.root, guid=guid, past=past, options=options)
        return compare(before, _snapshot_now(plan, scratch, with_page=before.cells is None))


def read_version(bundle_id: str, archive: Path, *, scratch: Path) -> Snapshot:
    """Return what a bundle holds.

    Args:
        bundle_id: For the version's name.
        archive: The ``.tar.gz``.
        scratch: A folder that is made for the notebook in it.

    Raises:
        RSConnectException: code ``version-unreadable``.
    """
    try:
        with tarfile.open(archive) as files:
            return _read_archive(files, _("version {bundle_id}").format(bundle_id=bundle_id), scratch)
    except (tarfile.TarError, OSError, EOFError, ValueError, RecursionError, NotebookError) as exc:
        raise RSConnectException.of("version-unreadable", version=bundle_id) from exc


def _read_archive(files: tarfile.TarFile, name: str, scratch: Path) -> Snapshot:
    checksums: dict[str, str] = {}
    manifest: dict[str, Any] = {}
    kept: dict[str, bytes] = {}
    unpacked = 0
    for member in files:
        path = member.name.removeprefix("./")
        unpacked += member.size
        stream = files.extractfile(member) if member.isreg() and unpacked < _MOST_UNPACKED else None
        if stream is None:
            continue
        if path == "manifest.json":
            manifest = json.loads(stream.read(_MOST_BYTES))
        elif path.endswith((".ipynb", ".html", *_PACKAGE_FILES)) and "/" not in path and member.size < _MOST_BYTES:
            kept[path] = stream.read()
        checksums[path] = _checksum(manifest, path) or ""
    return _snapshot(name, manifest, checksums, kept, scratch)


def _snapshot(
    name: str, manifest: Mapping[str, Any], checksums: Mapping[str, str], kept: Mapping[str, bytes], scratch: Path
) -> Snapshot:
    about = _mapping(manifest.get("metadata"))
    page = str(about.get("primary_html") or "")
    entrypoint = str(about.get("entrypoint") or "")
    notebook = next((each for each in (entrypoint, f"{Path(page).stem}.ipynb") if each in kept), None)
    packages = _package_file(manifest, kept)
    cells = None
    if notebook is not None and notebook.endswith(".ipynb"):
        scratch.mkdir()
        place = scratch / "notebook.ipynb"
        place.write_bytes(kept[notebook])
        cells = read_notebook(place).cells
    own = {page, notebook, packages, entrypoint, "manifest.json"}
    return Snapshot(
        name=name,
        cells=cells,
        page=kept[page].decode("utf-8", "replace") if page in kept else None,
        files={path: digest for path, digest in checksums.items() if path not in own},
        requirements=tuple(kept[packages].decode("utf-8", "replace").splitlines()) if packages in kept else (),
        outputs=any(each.keeps_outputs for name, each in APP_MODES.items() if name == about.get("appmode")),
        mode=str(about.get("appmode") or ""),
    )


def _snapshot_now(plan: BundlePlan, scratch: Path, *, with_page: bool) -> Snapshot:
    """Return the notebook as publishing it now would; its page only where a page is all there is to compare with."""
    page = None
    if with_page and plan.app_mode.is_page:
        made = make_page(replace(plan.packing, run_first=False), scratch)
        page = made.read_text(encoding="utf-8", errors="replace")
    files = {path: _digest(source) for path, source in other_files(plan).items()}
    return Snapshot(
        name=_("the notebook"),
        cells=plan.notebook.cells,
        page=page,
        files=files,
        requirements=plan.requirements.lines,
        outputs=outputs_count(plan.mode, plan.options),
    )


def _digest(source: Path) -> str:
    try:
        content = read_regular(source, most=10_000_000_000)
    except OSError:
        return "unreadable"
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _checksum(manifest: Mapping[str, Any], path: str) -> str:
    return str(_mapping(_mapping(manifest.get("files")).get(path)).get("checksum") or "")


def _package_file(manifest: Mapping[str, Any], kept: Mapping[str, bytes]) -> str:
    manager = _mapping(_mapping(manifest.get("python")).get("package_manager"))
    return str(manager.get("package_file") or next((each for each in _PACKAGE_FILES if each in kept), ""))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

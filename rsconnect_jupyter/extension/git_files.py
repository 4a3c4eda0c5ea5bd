"""manifest.json and what goes with it, written beside a notebook for publishing from Git.

Connect reads the same manifest from a repository as from a bundle (publish formats, "Git-backed content"), so it is
taken from a bundle made and thrown away: what Git publishes is what Publish would have sent. Only the integrations that
the content uses are in this manifest alone: a publish chooses them over the API.
"""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..bundle.manifest import manifest_bytes
from ..bundle.plan import BundlePlan, write_bundle
from ..errors import BundleError, RSConnectException
from ..models import Where
from ..project_files import read_regular
from ..publishing.people import split_removal
from ..temporary_files import file_taking_the_name, temporary_folder

MANIFEST = "manifest.json"
MOST_BYTES = 10_000_000


def write_git_files(
    plan: BundlePlan, *, overwrite: bool, integrations: Sequence[Mapping[str, str]] = ()
) -> tuple[str, ...]:
    """Write the manifest and the files it needs that the project does not have; return their names.

    Args:
        plan: What would be published.
        overwrite: False refuses to replace a file that says something else.
        integrations: As `integration_requests` returns them.

    Raises:
        RSConnectException: code ``files-exist``; ``data.existing`` names them. Nothing was written.
        BundleError: code ``folder-unwritable``.
        PreflightError, RenderError, BundleError: as `write_bundle`.
    """
    folder = plan.notebook.folder.resolve()
    wanted = _wanted(plan, integrations)
    fresh = {name: content for name, content in wanted.items() if _content(folder / name) != content}
    existing = sorted(name for name in fresh if os.path.lexists(folder / name))
    if existing and not overwrite:
        where, data = Where(file=existing[0]), {"existing": existing}
        raise RSConnectException.of("files-exist", where=where, data=data, files=", ".join(existing))
    for name, content in fresh.items():
        _write(folder / name, content)
    return tuple(sorted(wanted))


def integration_requests(names: Iterable[str]) -> tuple[dict[str, str], ...]:
    """Return the manifest's ``integration_requests`` for the option ``integrations``. Pure.

    Connect 2025.09 and later has the content use those that match (publish formats, 1.8). What it shall no longer use
    has no place there.
    """
    named = (split_removal(each) for each in names)
    return tuple({"guid" if _GUID.fullmatch(name) else "name": name} for name, removal in named if not removal)


_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _wanted(plan: BundlePlan, integrations: Sequence[Mapping[str, str]]) -> Mapping[str, bytes]:
    """Return name -> content of what has to lie beside the notebook."""
    with temporary_folder() as folder:
        bundle = write_bundle(plan, folder / "bundle.tar.gz")
        generated = [each.path for each in plan.files if isinstance(each.source, bytes)]
        with tarfile.open(bundle.path) as archive:
            files = {name: _member(archive, name) for name in generated}
    requests = {"integration_requests": list(integrations)} if integrations else {}  # the last key
    return {MANIFEST: manifest_bytes({**bundle.manifest, **requests}) + b"\n", **files}


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    stream = archive.extractfile(name)
    return stream.read() if stream is not None else b""


def _content(path: Path) -> bytes | None:
    """Return what a file of the project says; None for one that is not there, and for a link."""
    try:
        return read_regular(path, most=MOST_BYTES)
    except OSError:
        return None


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with file_taking_the_name(path, mode=0o666) as stream:
            stream.write(content)
    except OSError as exc:
        where, reason = Where(file=path.name), exc.strerror or exc
        raise BundleError.of("folder-unwritable", where=where, name=path.name, reason=reason) from exc

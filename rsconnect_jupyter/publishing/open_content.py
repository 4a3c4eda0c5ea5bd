"""A version's bundle as a folder of files, its notebook linked to the content it came from."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import msgspec

from ..connect.app_modes import TITLES
from ..connect.client import Client
from ..errors import RSConnectException
from ..history import publications as history
from ..models import Content, Publication, timestamp
from ..temporary_files import temporary_folder
from ..translation import _
from .comparison import fetch_version

_MOST_BYTES = 20_000_000_000
_MOST_FILES = 100_000
_NUMBERED = 1000
_WINDOWS_NAMES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LEFT_OUT = ("manifest.json",)
"""Made anew by each publish."""


class OpenedContent(msgspec.Struct, frozen=True, kw_only=True):
    """A content's files on this machine.

    Attributes:
        folder: The new folder.
        notebook: The notebook in it; None when the version has none (a finished document).
    """

    folder: Path
    notebook: Path | None
    title: str
    guid: str


Unpacker = Callable[["FetchedVersion", Path], "Path | None"]
"""As `unpack_version`."""


class FetchedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version's archive.

    Attributes:
        publication: What links its notebook to the content; None for content that no notebook of ours makes.
        data: Our data folder.
    """

    archive: Path
    bundle_id: str
    publication: Publication | None
    data: Path | None = None


def unpack_version(fetched: FetchedVersion, folder: Path) -> Path | None:
    """Write a version's files into an empty folder; return its notebook, linked to the content.

    Raises:
        RSConnectException: code ``version-unreadable`` or ``history-unwritable``.
    """
    try:
        unpack(fetched.archive, folder)
    except (tarfile.TarError, OSError, EOFError, ValueError) as exc:
        raise RSConnectException.of("version-unreadable", version=fetched.bundle_id) from exc
    notebook = _notebook_in(folder)
    if notebook is not None and fetched.publication is not None:
        history.record(notebook, fetched.publication, bundle=fetched.bundle_id, folder=fetched.data)
    return notebook


def open_content(
    client: Client,
    guid: str,
    *,
    parent: Path,
    bundle_id: str | None = None,
    data: Path | None = None,
    unpacked: Unpacker = unpack_version,
) -> OpenedContent:
    """Fetch a version into a new folder; publishing its notebook then updates that content.

    Args:
        client: Signed in.
        guid: The content's.
        parent: Where the folder is made; nothing in it is changed.
        bundle_id: The version; the one that readers see when omitted.
        data: Our data folder.
        unpacked: Writes the files; Jupyter has another process do it, for they are strangers'.

    Raises:
        NotFoundError, ForbiddenError: content or version are not there, or not for this user.
        RSConnectException: code ``version-unreadable`` or ``folder-unwritable``.
    """
    content = client.content(guid)
    chosen = bundle_id or content.bundle_id
    title = content.title or content.name
    if not chosen:
        raise RSConnectException.of("unknown-version", title=title, version=_("that readers see"))
    with temporary_folder() as scratch:
        archive = fetch_version(client, content.guid, chosen, scratch / "bundle.tar.gz")
        fetched = FetchedVersion(
            archive=archive, bundle_id=chosen, publication=_publication(client, content), data=data
        )
        folder = _new_folder(parent, title)
        try:
            notebook = unpacked(fetched, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return OpenedContent(folder=folder, notebook=notebook, title=title, guid=content.guid)


def unpack(archive: Path, folder: Path) -> None:
    """Write the regular files of a bundle into an empty folder; whatever would lie outside of it is an error.

    Raises:
        ValueError: a name leads elsewhere, or there is more than fits.
        tarfile.TarError, OSError: it cannot be read or written.
    """
    size = count = 0
    with tarfile.open(archive) as files:
        for member in files:
            size, count = size + member.size, count + 1
            if size > _MOST_BYTES or count > _MOST_FILES:
                raise ValueError(_("it is too large"))
            stream = files.extractfile(member) if member.isreg() else None
            name = _safe_name(member.name)
            if stream is not None and name not in _LEFT_OUT:
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as file:
                    shutil.copyfileobj(stream, file)


def _safe_name(name: str, *, windows: bool = os.name == "nt") -> str:
    plain = name.removeprefix("./")
    parts = PurePosixPath(plain).parts
    hostile = not parts or plain.startswith("/") or ".." in parts or re.search(r"[\x00-\x1f\\]", plain)
    reserved = re.search(r'[:*?"<>|]', plain) or any(_WINDOWS_NAMES.fullmatch(each) for each in parts)
    if hostile or (windows and reserved):
        raise ValueError(_("{name!r} is no name of a file in a folder").format(name=name))
    return plain


def _new_folder(parent: Path, title: str) -> Path:
    """Make a folder that was not there, named after a title.

    Raises:
        RSConnectException: code ``folder-unwritable``.
    """
    name = " ".join(re.sub(r"[^\w .()-]+", " ", title)[:80].split()).strip(" .") or "content"
    for number in range(1, _NUMBERED):
        folder = parent / (name if number == 1 else f"{name} {number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        except OSError as exc:
            raise RSConnectException.of("folder-unwritable", name=folder.name, reason=exc.strerror or exc) from exc
        return folder
    raise RSConnectException.of("folder-unwritable", name=name, reason=_("there are too many folders of this name"))


def _notebook_in(folder: Path) -> Path | None:
    """Return the notebook at the top of a bundle; with several, the one named like a page, else the first by name."""
    found = sorted(folder.glob("*.ipynb"))
    pages = {each.stem for each in folder.glob("*.html")}
    return next((each for each in found if each.stem in pages), found[0] if found else None)


def _publication(client: Client, content: Content) -> Publication | None:
    mode = next((each for each in TITLES if each == content.mode), None)
    if mode is None:
        return None
    return Publication(
        server_url=client.server.url,
        guid=content.guid,
        title=content.title or content.name,
        mode=mode,
        url=content.url,
        dashboard_url=content.dashboard_url,
        bundle_id=content.bundle_id or "",
        user=client.user().username,
        time=timestamp(),
    )

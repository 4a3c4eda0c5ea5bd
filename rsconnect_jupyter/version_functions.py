"""``versions()``, ``compare()``, ``restore()`` and ``download()``; the work is done by ``foreground``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .content_functions import published_content

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

    from .models import Deployment, Event, Server, Version, VersionComparison

__all__ = ["compare", "download", "restore", "versions"]


def versions(
    notebook: str | os.PathLike[str] | None = None, *, server: str | Server | None = None, content: str | None = None
) -> list[Version]:
    """Return the versions of what a notebook was published to, newest first.

    Args:
        notebook: Path; the notebook this kernel belongs to when omitted.
        server: Name or address of a server; the one published to last when omitted.
        content: GUID of the content, or a link to it; the one published to last when omitted.

    Raises:
        RSConnectException: One of the errors in ``rsconnect_jupyter.errors``.
    """
    return published_content(notebook, server, content).all_versions()


def compare(
    notebook: str | os.PathLike[str] | None = None,
    version: str | None = None,
    other: str | None = None,
    *,
    server: str | Server | None = None,
    content: str | None = None,
    **options: Any,
) -> VersionComparison:
    """Return what differs between a version and the notebook, or another version.

    Args:
        notebook: Path; the notebook this kernel belongs to when omitted.
        version: Id of the version; the one that readers see when omitted.
        other: Id of another version to compare with, instead of the notebook.
        server: As for `versions`.
        content: As for `versions`.
        options: Those of `publish` that decide what would be published.

    Raises:
        RSConnectException: One of the errors in ``rsconnect_jupyter.errors``.
    """
    from .foreground.content_versions import compare_from_here  # noqa: PLC0415 - importing this package must stay cheap

    return compare_from_here(published_content(notebook, server, content), version, other, options)


def restore(
    version: str,
    notebook: str | os.PathLike[str] | None = None,
    *,
    server: str | Server | None = None,
    content: str | None = None,
    overwrite: bool = False,
    on_event: Callable[[Event], None] | None = None,
) -> Deployment:
    """Make an earlier version, or a draft, what readers see.

    The server builds it and its page is opened once before readers see it.

    Args:
        version: Its id, as `versions` lists it.
        notebook: Path; the notebook this kernel belongs to when omitted.
        server: As for `versions`.
        content: As for `versions`.
        overwrite: True also replaces a version that someone else published.
        on_event: Called with each `Event`, in order.

    Raises:
        RSConnectException: One of the errors in ``rsconnect_jupyter.errors``.
    """
    return published_content(notebook, server, content).restore(version, overwrite=overwrite, on_event=on_event)


def download(
    content: str,
    *,
    server: str | Server | None = None,
    version: str | None = None,
    folder: str | os.PathLike[str] | None = None,
) -> Path:
    """Fetch published content into a new folder and return its notebook, or the folder when it has none.

    Publishing that notebook updates the content.

    Args:
        content: GUID, or a link to it.
        server: Name or address of a server; from the link when omitted.
        version: Id of a version; the one that readers see when omitted.
        folder: Where the new folder is made; the current one when omitted.

    Raises:
        RSConnectException: One of the errors in ``rsconnect_jupyter.errors``.
    """
    from pathlib import Path  # noqa: PLC0415

    from .foreground.content_versions import download_from_here  # noqa: PLC0415

    parent = Path(folder) if folder is not None else None
    opened = download_from_here(content, server=server, version=version, folder=parent)
    return opened.notebook or opened.folder

"""Where a notebook has been published before: read from every place it is kept, written so that no entry is lost.

``history_files.py`` says how and where it is kept.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from ..addresses import plain_address
from ..connect.app_modes import SOURCE
from ..errors import RSConnectException
from ..models import REMEMBERED, Finding, Publication, PublishOptions
from . import history_files
from .fingerprints import of_notebook
from .history_files import Section, Sections

_IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]{1,19}", re.IGNORECASE)
"""A content's GUID, or its number on servers without GUIDs."""

_FIELDS = set(Publication.__struct_fields__) - {"server_url", "options"}


class NotebookHistory:
    """What is known about one notebook's publications, read once.

    What this user's private files know counts. What only files of the project say is a proposal: a repository cannot
    choose where its author's colleagues publish, nor what.

    Args:
        notebook: Absolute path. A notebook that cannot be read has the history of its path.
        folder: Our data folder.
    """

    def __init__(self, notebook: Path, *, folder: Path | None = None) -> None:
        self._notebook = notebook.absolute()
        self._folder = folder
        self._sections = history_files.own_sections(self._notebook, folder=folder)

    def publications(self, *, server_url: str | None = None, by: str | None = None) -> tuple[Publication, ...]:
        """Return where the notebook was published, newest first; one entry per server and content.

        Args:
            server_url: Only those on this server.
            by: Only what this user published, and what does not say who did.
        """
        wanted = plain_address(server_url) if server_url is not None else None
        found: dict[tuple[str, str], Publication] = {}
        for url, section in self._sections.items():
            for kept in section["publications"]:
                each = publication_of(url, kept)
                key = (each.server_url, each.guid)
                if wanted not in (None, each.server_url) or (by is not None and each.user not in (by, "")):
                    continue
                if each.guid and (key not in found or each.time > found[key].time):
                    found[key] = each
        return tuple(sorted(found.values(), key=lambda each: each.time, reverse=True))

    @functools.cached_property
    def _shared(self) -> tuple[Sections, tuple[Finding, ...]]:
        return history_files.shared_sections(self._notebook, folder=self._folder)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the records in the project."""
        return self._shared[1]

    def proposed(self, *, server_url: str) -> tuple[str, ...]:
        """Return the contents of a server that only the project says the notebook was published to, newest first."""
        known = {each.guid for each in self.publications(server_url=server_url)}
        section = self._shared[0].get(plain_address(server_url), {"publications": []})
        ordered = sorted(section["publications"], key=lambda each: str(each.get("time", "")), reverse=True)
        guids = dict.fromkeys(str(each.get("guid", "")) for each in ordered)
        return tuple(each for each in guids if each not in known and _IDENTIFIER.fullmatch(each))

    def own_bundles(self, publication: Publication, *, by: str) -> frozenset[str]:
        """Return the bundles of a content that this user is known to have uploaded from this notebook.

        An active bundle that is none of them was published by someone else, or from elsewhere.

        Args:
            publication: Says which content.
            by: User name.
        """
        bundles: set[str] = set()
        for kept in self._of_server(publication.server_url):
            if kept.get("guid") == publication.guid and kept.get("user", "") in (by, ""):
                bundles |= {str(each) for each in kept.get("bundles", [])} | {str(kept.get("bundle_id", ""))}
        return frozenset(bundles - {""})

    def announced(self, *, server_url: str, by: str) -> bool:
        """Return True when a publish of this user was about to make content and never said that it did."""
        return any(not each.get("guid") and each.get("user") == by for each in self._of_server(server_url))

    def _of_server(self, server_url: str) -> list[dict[str, Any]]:
        url = plain_address(server_url)
        return [kept for each, section in self._sections.items() if each == url for kept in section["publications"]]


def publications(notebook: Path, *, folder: Path | None = None) -> tuple[Publication, ...]:
    """Return where a notebook was published, newest first; one entry per server and content."""
    return NotebookHistory(notebook, folder=folder).publications()


def record(
    notebook: Path,
    publication: Publication,
    *,
    bundle: str | None = None,
    folder: Path | None = None,
    beside: bool = True,
) -> tuple[Path, ...]:
    """Keep a publication and return the files that now hold it.

    Other publications, other servers and unknown keys stay as they are; read, merge and write are one step under a
    lock that other users of the folder honour.

    Args:
        notebook: Absolute path.
        publication: What is known now; replaces what its user had kept for the same server and content.
        bundle: A bundle that was uploaded but is not active yet.
        folder: Our data folder.
        beside: False keeps it in our own index only, as long as it may still be undone.

    Raises:
        RSConnectException: code ``history-unwritable`` when none of the user's own files takes it.
    """
    notebook = notebook.absolute()
    known = history_files.own_sections(notebook, folder=folder)
    kept = publication.as_dict() | {"bundles": [each for each in (publication.bundle_id, bundle) if each]}
    url = plain_address(publication.server_url)
    before = known.get(url)
    # A notebook renamed while it is published is no longer there: what was kept at the start recognises it.
    now = of_notebook(notebook).as_dict() if notebook.exists() or not before else before["notebook"]
    section: Section = {"notebook": now, "publications": [kept]}
    known[url] = history_files.merged(before, section)
    written = history_files.write(notebook, known, folder=folder, beside=beside)
    if all(map(history_files.is_shared, written)):
        raise RSConnectException.of("history-unwritable")
    return written


def announce(notebook: Path, publication: Publication, *, folder: Path | None = None) -> None:
    """Note that content is about to be made, whose GUID is not known yet; `record` takes the note's place.

    A process that dies before it learns the GUID leaves content behind that only this note tells of.

    Args:
        notebook: Absolute path.
        publication: Its server, user, mode and title; no GUID.
        folder: Our data folder.
    """
    with suppress(RSConnectException):
        record(notebook, publication, folder=folder, beside=False)


def forget(notebook: Path, *, server_url: str, guid: str, folder: Path | None = None) -> None:
    """Forget a publication, for content that is gone. A trace that cannot be written stays."""
    history_files.drop(notebook.absolute(), plain_address(server_url), guid, folder=folder)


def publication_of(url: str, kept: Mapping[str, Any]) -> Publication:
    """Return an entry as it is on disk, where other tools and older versions may have written anything."""
    parts: dict[str, Any] = {"guid": "", "title": "", "mode": SOURCE}
    for name in _FIELDS & kept.keys():
        if name == "requirement_lines":
            parts[name] = tuple(map(str, kept[name])) if isinstance(kept[name], list) else ()
        elif kept[name] is not None:
            parts[name] = str(kept[name])
    parts["result"] = "failed" if parts.get("result") == "failed" else "ok"
    return Publication(server_url=url, options=remembered_options(kept), **parts)


def remembered_options(kept: Mapping[str, Any]) -> PublishOptions:
    """Return the options of an entry as it is on disk; what is none is left out."""
    chosen = {}
    for name in REMEMBERED:
        with suppress(msgspec.ValidationError):
            chosen[name] = msgspec.convert(kept.get(name), _option_types()[name])
    return PublishOptions(**chosen)


@functools.cache
def _option_types() -> dict[str, Any]:
    return get_type_hints(PublishOptions)

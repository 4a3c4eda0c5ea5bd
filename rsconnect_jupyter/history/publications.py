"""Where a notebook has been published before: read from every trace there is, written so that nobody's is lost.

How and where it is kept is told in ``ledger.py``.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..addresses import plain_address
from ..errors import RSConnectException
from ..models import Publication
from . import history_files as ledger
from .fingerprints import of_notebook
from .history_files import Section

_FIELDS = {each.name for each in fields(Publication)} - {"server_url"}
_LISTS = {"files", "requirement_lines"}


def publications(notebook: Path, *, folder: Path | None = None, by: str | None = None) -> tuple[Publication, ...]:
    """Return where a notebook was published, newest first; one entry per server and content.

    Args:
        notebook: Absolute path. A notebook that cannot be read has the history of its path.
        folder: Our data folder.
        by: Only what this user published, and what does not say who did.
    """
    found: dict[tuple[str, str], Publication] = {}
    for url, section in ledger.sections(notebook.absolute(), folder=folder):
        for kept in section["publications"]:
            each = _publication(url, kept)
            key = (each.server_url, each.guid)
            if by is not None and each.user not in (by, ""):
                continue
            if each.guid and (key not in found or each.time > found[key].time):
                found[key] = each
    return tuple(sorted(found.values(), key=lambda each: each.time, reverse=True))


def own_bundles(notebook: Path, publication: Publication, *, by: str, folder: Path | None = None) -> frozenset[str]:
    """Return the bundles of a content that this user is known to have uploaded from this notebook.

    An active bundle that is none of them was published by someone else, or from elsewhere.

    Args:
        notebook: Absolute path.
        publication: Says which content.
        by: User name.
        folder: Our data folder.
    """
    bundles: set[str] = set()
    for url, section in ledger.sections(notebook.absolute(), folder=folder):
        for kept in section["publications"]:
            same = url == plain_address(publication.server_url) and kept.get("guid") == publication.guid
            if same and kept.get("user", "") in (by, ""):
                bundles |= {str(each) for each in kept.get("bundles", [])} | {str(kept.get("bundle_id", ""))}
    return frozenset(bundles - {""})


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
        RSConnectException: code ``history-unwritable`` when it can be kept nowhere.
    """
    notebook = notebook.absolute()
    known = dict(ledger.sections(notebook, folder=folder))
    kept = publication.as_dict() | {"bundles": [each for each in (publication.bundle_id, bundle) if each]}
    url = plain_address(publication.server_url)
    before = known.get(url)
    # A notebook renamed while it is published is no longer there: what was kept at the start recognises it.
    now = of_notebook(notebook).as_dict() if notebook.exists() or not before else before["notebook"]
    section: Section = {"notebook": now, "publications": [kept]}
    known[url] = ledger.merged(before, section)
    written = ledger.write(notebook, known, folder=folder, beside=beside)
    if not written:
        raise RSConnectException(
            "Where this notebook was published could not be written down.",
            hint="Look at the permissions and free space of the notebook's folder and of your home folder.",
            code="history-unwritable",
        )
    return written


def announce(notebook: Path, publication: Publication, *, folder: Path | None = None) -> None:
    """Note that content is about to be made, whose GUID nobody knows yet; `record` takes the note's place.

    A process that dies before it learns the GUID leaves content behind that only this note tells of.

    Args:
        notebook: Absolute path.
        publication: Its server, user, mode and title; no GUID.
        folder: Our data folder.
    """
    with suppress(RSConnectException):
        record(notebook, publication, folder=folder, beside=False)


def announced(notebook: Path, *, server_url: str, by: str, folder: Path | None = None) -> bool:
    """Tell whether a publish of this user was about to make content and never said that it did."""
    sections = dict(ledger.sections(notebook.absolute(), folder=folder))
    kept = sections.get(plain_address(server_url), {"publications": []})["publications"]
    return any(not each.get("guid") and each.get("user") == by for each in kept)


def forget(notebook: Path, *, server_url: str, guid: str, folder: Path | None = None) -> None:
    """Forget a publication, for content that is gone. A trace that cannot be written stays."""
    with suppress(OSError, ValueError):
        ledger.drop(notebook.absolute(), plain_address(server_url), guid, folder=folder)


def _publication(url: str, kept: dict[str, Any]) -> Publication:
    parts = {name: value for name, value in kept.items() if name in _FIELDS and value is not None}
    for name, value in parts.items():
        if name in _LISTS:
            parts[name] = tuple(map(str, value)) if isinstance(value, list) else ()
        else:
            parts[name] = str(value)
    parts["result"] = "failed" if parts.get("result") == "failed" else "ok"
    parts["hide_input"] = parts.get("hide_input") if parts.get("hide_input") in ("all", "tagged") else "none"
    return Publication(server_url=url, **{"guid": "", "title": "", "mode": "jupyter-static", **parts})

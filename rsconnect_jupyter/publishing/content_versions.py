"""The versions of a content, as its server and our own records describe them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ..connect.client import Client
from ..connect.parsing import as_number, as_text
from ..history import version_records
from ..history.git_source import clean_remote, commit_url
from ..history.version_records import VersionRecord
from ..models import Content, GitSource, Version, VersionList
from ..models.version import RunResult, VersionState
from .changes import user_name

PAGE = 20
"""Versions of one page."""

_RUNNING, _SKIPPED = 0, 3


def list_versions(client: Client, guid: str, *, page: int = 1, folder: Path | None = None) -> VersionList:
    """Return one page of a content's versions, newest first.

    Args:
        client: Signed in.
        guid: The content's.
        page: From 1.
        folder: Our data folder.

    Raises:
        NotFoundError, ForbiddenError: the content is not there, or not for this user.
    """
    content = client.content(guid)
    described, more = client.bundle_page(guid, page, PAGE)
    kept = version_records.read(client.server.url, guid, folder=folder)
    runs = _runs(client.jobs(guid))
    names: dict[str, str] = {}
    versions = []
    for each in described:
        creator = as_text(each.get("created_by"))
        if creator not in names:
            names[creator] = user_name(client, creator)
        bundle_id = as_text(each.get("id"))
        state = _state(bundle_id, content.bundle_id, kept.activated)
        version = _version(each, content, kept.versions.get(bundle_id), runs.get(bundle_id, ()), state=state)
        versions.append(replace(version, created_by=version.created_by or names[creator]))
    return VersionList(
        guid=content.guid,
        title=content.title or content.name,
        versions=tuple(versions),
        page=page,
        more=more,
        active=content.bundle_id or "",
    )


def run_log(client: Client, guid: str, bundle_id: str) -> tuple[str, ...]:
    """Return the log of a version's runs on the server, the earliest first; empty when none is kept."""
    runs = _runs(client.jobs(guid)).get(bundle_id, ())
    keys = [as_text(each.get("key")) for each in reversed(runs)]
    return tuple(line for key in keys if key for line in client.job_log(guid, key))


def _version(
    described: Mapping[str, Any],
    content: Content,
    kept: VersionRecord | None,
    runs: Sequence[Mapping[str, Any]],
    *,
    state: VersionState,
) -> Version:
    about = described.get("metadata")
    about = about if isinstance(about, Mapping) else {}
    bundle_id = as_text(described.get("id"))
    source = _source(about) or (kept.source if kept else None)
    root = content.url.rstrip("/")
    return Version(
        id=bundle_id,
        created=as_text(described.get("created_time")),
        created_by=kept.by if kept else "",
        size=as_number(described.get("size")),
        state=state,
        note=as_text(about.get("note")) or (kept.note if kept else ""),
        source=source,
        commit_url=commit_url(source) if source else "",
        run=_result(runs),
        jobs=tuple(as_text(each.get("key")) for each in runs),
        page_url=content.url if state == "active" else f"{root}/_bundle{bundle_id}/",
        mine=kept is not None,
    )


def _state(bundle_id: str, active: str | None, activated: Sequence[str]) -> VersionState:
    """Return what a version is. One after the active one is a draft, unless it was active before one was restored."""
    if bundle_id == active:
        return "active"
    if bundle_id in activated:
        return "earlier"
    later = (as_number(bundle_id) or 0) > (as_number(active) or 0)
    return "draft" if later else "earlier"


def _source(about: Mapping[str, Any]) -> GitSource | None:
    if as_text(about.get("source")) != "git":
        return None
    return GitSource(
        repository=clean_remote(as_text(about.get("source_repo"))),
        branch=as_text(about.get("source_branch"))[:200],
        commit=as_text(about.get("source_commit"))[:80],
    )


def _runs(jobs: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return bundle -> its runs, newest first; skipped ones left out."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in sorted(jobs, key=lambda each: as_text(each.get("start_time")), reverse=True):
        if as_number(each.get("status")) != _SKIPPED:
            found[as_text(each.get("bundle_id"))].append(each)
    return found


def _result(runs: Sequence[Mapping[str, Any]]) -> RunResult | None:
    if not runs:
        return None
    status, code = as_number(runs[0].get("status")), as_number(runs[0].get("exit_code"))
    if status == _RUNNING:
        return "running"
    return "failed" if code else "ok"

"""v1 content that comes from a git repository on this machine."""

from __future__ import annotations

import hashlib
from typing import Any

from ..api_errors import ApiError
from ..runtime.git import check_repository, git_available, pack_revision
from ..services import Services
from ..store.accounts import Account
from ..store.bundles import bundle_limits, keep_bundle
from ..store.database import Row, now, seconds
from .content_items import check_unlocked, edited_content, seen_content
from .routing import Request, Response, route

FIELDS: dict[str, tuple[type, ...]] = {"repository": (str,), "branch": (str,), "directory": (str,), "polling": (bool,)}


@route("GET", "/v1/content/{guid}/repository", since=(2022, 12))
def read_repository(request: Request) -> dict[str, Any]:
    """Return where a content comes from; 404/4 when it is not from git."""
    return _repository_object(request, _repository(request, seen_content(request)))


@route("PUT", "/v1/content/{guid}/repository", since=(2022, 12))
@route("PATCH", "/v1/content/{guid}/repository", since=(2022, 12))
def set_repository(request: Request) -> dict[str, Any]:
    """Say where a content comes from (PUT), or change that (PATCH); nothing is polled unless it is asked for."""
    row = edited_content(request)
    check_unlocked(row, 222)
    fields = {name: value for name, value in request.json(FIELDS).items() if value is not None}
    if not git_available():
        raise ApiError(145)
    usual: Row = {"branch": "main", "directory": ".", "polling": False}
    if request.method == "PATCH":
        usual = _repository(request, row)
    elif row["bundle_id"] is not None and find_repository(request, row) is None:
        raise ApiError(143)
    wanted = {**usual, **fields}
    check_repository(wanted.get("repository") or "")
    values = (row["guid"], *(wanted[name] for name in FIELDS))
    request.store.change(
        "INSERT INTO repositories (content_guid, repository, branch, directory, polling) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (content_guid) DO UPDATE SET repository = excluded.repository, branch = excluded.branch,"
        " directory = excluded.directory, polling = excluded.polling",
        values,
    )
    return _repository_object(request, _repository(request, row))


@route("DELETE", "/v1/content/{guid}/repository", since=(2022, 12))
def delete_repository(request: Request) -> Response:
    """Make it content like others; what is deployed stays."""
    row = edited_content(request)
    _repository(request, row)
    request.store.change("DELETE FROM repositories WHERE content_guid = ?", (row["guid"],))
    return Response(status=204)


def find_repository(request: Request, row: Row) -> Row | None:
    """Return where a content comes from, None when it is not from git."""
    return request.store.row("SELECT * FROM repositories WHERE content_guid = ?", (row["guid"],))


def fetch_bundle(services: Services, account: Account, row: Row, place: Row) -> str:
    """Make a bundle of a repository's newest revision and return its id; a failure is kept as its last error."""
    store = services.store
    archive = store.incoming_file()
    note = "UPDATE repositories SET last_error = ?, last_known_commit = coalesce(?, last_known_commit),"
    note += " last_fetched_time = ? WHERE content_guid = ?"
    work = store.folder / "runs" / archive.name
    try:
        revision = (place["repository"], place["branch"], place["directory"])
        commit = pack_revision(*revision, work=work, archive=archive)
        content = archive.read_bytes()
        metadata = {"source": "git", "source_repo": revision[0], "source_branch": revision[1], "source_commit": commit}
        bundle = keep_bundle(
            store,
            row,
            account,
            archive,
            limits=bundle_limits(services.settings),
            metadata=metadata,
            md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
            sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        )
    except ApiError as error:
        store.change(note, (error.message, None, now(), row["guid"]))
        raise
    finally:
        archive.unlink(missing_ok=True)
    store.change(note, ("", commit, now(), row["guid"]))
    return str(bundle["id"])


def _repository(request: Request, row: Row) -> Row:
    found = find_repository(request, row)
    if found is None:
        raise ApiError(4)
    return found


def _repository_object(request: Request, row: Row) -> dict[str, Any]:
    names = ("repository", "branch", "directory", "last_error", "last_known_commit")
    answer = {**{name: row[name] for name in names}, "polling": bool(row["polling"])}
    if request.version >= (2026,):
        answer["last_fetched_time"] = seconds(row["last_fetched_time"])
    return answer

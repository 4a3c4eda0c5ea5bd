"""v1 content, bundles, deployments and tasks: what every publish uses."""

from __future__ import annotations

import shutil
from typing import Any

from ..api_errors import ApiError
from ..store.accounts import user_object
from ..store.database import Row
from .content_items import (
    change_content,
    check_fields,
    check_unlocked,
    content_object,
    create_content,
    edited_content,
    known_fields,
    parse_include,
    seen_content,
)
from .routing import Request, Response, route
from .search import find_content


@route("GET", "/v1/user")
def current_user(request: Request) -> dict[str, Any]:
    """Return whose key this is; a service is no user (403/22)."""
    if request.user.is_service:
        raise ApiError(22)
    row = request.store.row("SELECT * FROM users WHERE guid = ?", (request.user.guid,))
    assert row is not None  # noqa: S101 - accounts come from this table
    return user_object(row, role=request.user.role)


@route("GET", "/v1/content")
def list_content(request: Request) -> list[dict[str, Any]]:
    """Return all content that the user sees, exactly filtered by ``name`` and ``owner_guid``."""
    include = parse_include(request)
    wanted = {name: request.query[name] for name in ("name", "owner_guid") if name in request.query}
    rows, _ = find_content(request.store, request.user, [f"{name} = ?" for name in wanted], list(wanted.values()))
    return [content_object(request, row, include=include) for row in rows]


@route("POST", "/v1/content", role="publisher")
def create_content_item(request: Request) -> dict[str, Any]:
    """Create a content item."""
    version = request.version
    fields = request.json(known_fields(version, changing=False))
    check_fields(fields, version)
    return content_object(
        request,
        create_content(
            request.store, request.user, {"access_type": request.services.settings.default_access, **fields}
        ),
    )


@route("GET", "/v1/content/{guid}")
def read_content(request: Request) -> dict[str, Any]:
    """Return one content item; owner, tags and vanity URL only when ``include=`` asks for them."""
    return content_object(request, seen_content(request), include=parse_include(request))


@route("PATCH", "/v1/content/{guid}")
def change_content_item(request: Request) -> dict[str, Any]:
    """Change a content item."""
    version = request.version
    row = edited_content(request)
    fields = request.json(known_fields(version, changing=True))
    check_fields(fields, version, row)
    if fields.get("owner_guid") and fields["owner_guid"] != row["owner_guid"]:
        _check_new_owner(request, fields["owner_guid"])
    return content_object(request, change_content(request.store, row, fields))


def _check_new_owner(request: Request, guid: str) -> None:
    if not request.user.is_administrator:
        raise ApiError(66, status=403)
    owner = request.store.need("SELECT * FROM users WHERE guid = ?", (guid,), code=9)
    if owner["user_role"] == "viewer" or owner["locked"]:
        raise ApiError(156)


@route("DELETE", "/v1/content/{guid}")
def delete_content(request: Request) -> Response:
    """Delete a content item with everything that belongs to it."""
    row = edited_content(request)
    check_unlocked(row, 222)
    remove_content(request, row)
    return Response(status=204)


def remove_content(request: Request, row: Row) -> None:
    """Remove a content item: its rows first, in one transaction, then its files."""
    store = request.store
    bundles = store.rows("SELECT id FROM bundles WHERE content_guid = ?", (row["guid"],))
    store.change("DELETE FROM content WHERE guid = ?", (row["guid"],))
    request.services.variables.forget(row["guid"])
    request.services.apps.stop(row["guid"])
    for bundle in bundles:
        store.bundle_file(bundle["id"]).unlink(missing_ok=True)
    shutil.rmtree(store.folder / "contents" / row["guid"], ignore_errors=True)
    (store.folder / "thumbnails" / row["guid"]).unlink(missing_ok=True)

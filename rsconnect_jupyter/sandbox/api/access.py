"""v1 permissions, environment variables, vanity URLs and thumbnails of one content."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from typing import Any

from ..api_errors import ApiError
from ..store.accounts import right_on
from ..store.database import Row, now, seconds
from ..store.identifiers import check_id
from ..store.schedules import send_mail
from .content_items import check_unlocked, edited_content, seen_content
from .routing import Request, Response, check_type, route
from .server_info import APP_LIMIT, PROHIBITED

PERMISSION: dict[str, tuple[type, ...]] = {"principal_guid": (str,), "principal_type": (str,), "role": (str,)}
FORBIDDEN_VARIABLES = re.compile(r"(?:CONNECT_.*|RSTUDIO_PRODUCT|POSIT_PRODUCT|LD_PRELOAD|LD_LIBRARY_PATH)\Z")
IMAGES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


@route("GET", "/v1/content/{guid}/permissions")
def list_permissions(request: Request) -> list[dict[str, Any]]:
    """Return who may see and who may change a content; the owner is not listed."""
    row = seen_content(request)
    query = "SELECT * FROM permissions WHERE content_guid = ? ORDER BY id"
    return [_permission_object(each) for each in request.store.rows(query, (row["guid"],))]


@route("POST", "/v1/content/{guid}/permissions")
def add_permission(request: Request) -> dict[str, Any]:
    """Permit a user or a group something; since 2026 this also changes what was permitted before."""
    row = edited_content(request)
    check_unlocked(row, 222)
    newer = request.version >= (2026,)
    fields = request.json(PERMISSION | ({"send_email": (bool,)} if newer else {}))
    principal, kind, role = _checked_permission(request, row, fields)
    try:
        request.store.change(
            "INSERT INTO permissions (content_guid, principal_guid, principal_type, role) VALUES (?, ?, ?, ?)"  # noqa: S608
            + (" ON CONFLICT (content_guid, principal_guid) DO UPDATE SET role = excluded.role" if newer else ""),
            (row["guid"], principal, kind, role),
        )
    except sqlite3.IntegrityError as error:
        raise ApiError(154 if kind == "user" else 155) from error
    if newer and fields.get("send_email") is not False:
        _mail_permitted(request, row, principal)
    query = "SELECT * FROM permissions WHERE content_guid = ? AND principal_guid = ?"
    return _permission_object(request.store.need(query, (row["guid"], principal)))


def _mail_permitted(request: Request, row: Row, principal: str) -> None:
    """Mail who may see a content now, unless the content says not to."""
    if json.loads(row["settings"]).get("notify_on_share", True) is not False:
        members = "SELECT user_guid FROM members WHERE group_guid = ?"
        query = f"SELECT email FROM users WHERE guid = ? OR guid IN ({members})"  # noqa: S608
        to = [each["email"] for each in request.store.rows(query, (principal, principal))]
        subject = f"You can now see: {row['title'] or row['name']}"
        send_mail(request.store, row, to, subject, f"{request.root}/content/{row['guid']}/")


def _checked_permission(request: Request, row: Row, fields: dict[str, Any]) -> tuple[str, str, str]:
    principal, kind, role = (fields.get(name) or "" for name in PERMISSION)
    if kind not in ("user", "group"):
        raise ApiError(152)
    if role not in ("viewer", "owner"):
        raise ApiError(25, "The role must be 'viewer' or 'owner'.")
    table = "users" if kind == "user" else "groups"
    found = request.store.row(f"SELECT * FROM {table} WHERE guid = ?", (principal.lower(),))  # noqa: S608
    if found is None:
        raise ApiError(9 if kind == "user" else 153)
    if found["guid"] == row["owner_guid"]:
        raise ApiError(34)
    if kind == "user" and role == "owner" and found["user_role"] == "viewer":
        raise ApiError(33)
    return str(found["guid"]), kind, role


@route("GET", "/v1/content/{guid}/permissions/{id}")
def read_permission(request: Request) -> dict[str, Any]:
    """Return one permission."""
    return _permission_object(_permission(request, seen_content(request)))


@route("PUT", "/v1/content/{guid}/permissions/{id}")
def change_permission(request: Request) -> dict[str, Any]:
    """Change a permission's role."""
    row = edited_content(request)
    permission = _permission(request, row)
    principal, kind, role = _checked_permission(request, row, request.json(PERMISSION))
    if (principal, kind) != (permission["principal_guid"], permission["principal_type"]):
        raise ApiError(53)
    request.store.change("UPDATE permissions SET role = ? WHERE id = ?", (role, permission["id"]))
    return _permission_object(_permission(request, row))


@route("DELETE", "/v1/content/{guid}/permissions/{id}")
def remove_permission(request: Request) -> Response:
    """Take a permission away."""
    permission = _permission(request, edited_content(request))
    request.store.change("DELETE FROM permissions WHERE id = ?", (permission["id"],))
    return Response(status=204)


def _permission(request: Request, row: Row) -> Row:
    query = "SELECT * FROM permissions WHERE id = ? AND content_guid = ?"
    return request.store.need(query, (check_id(request.path["id"]), row["guid"]))


def _permission_object(row: Row) -> dict[str, Any]:
    names = ("content_guid", "principal_guid", "principal_type", "role")
    return {"id": str(row["id"]), **{name: row[name] for name in names}}


@route("GET", "/v1/content/{guid}/environment")
def list_variables(request: Request) -> list[str]:
    """Return the names of the environment variables; values are never shown."""
    return request.services.variables.names(edited_content(request)["guid"])


@route("PATCH", "/v1/content/{guid}/environment")
@route("PUT", "/v1/content/{guid}/environment")
def set_variables(request: Request) -> list[str]:
    """Change some variables (PATCH, null removes) or replace all (PUT); returns the names."""
    row = edited_content(request)
    check_unlocked(row, 222)
    request.services.variables.change(row["guid"], _read_variables(request.json()), replace=request.method == "PUT")
    return request.services.variables.names(row["guid"])


def _read_variables(entries: Any) -> dict[str, str | None]:
    if not isinstance(entries, list):
        raise ApiError(121, "The request JSON cannot be parsed: json: cannot unmarshal object into an array")
    for entry in entries:
        if not isinstance(entry, dict):
            raise ApiError(121)
        for name, value in entry.items():
            if name not in ("name", "value"):
                raise ApiError(121, f'The request JSON cannot be parsed: json: unknown field "{name}"')
            check_type(name, value, (str,))
    names = [entry.get("name") or "" for entry in entries]
    if not all(names) or any("=" in name or "\0" in name for name in names):
        raise ApiError(266)
    if any(count > 1 for count in Counter(names).values()):
        raise ApiError(149)
    if any(FORBIDDEN_VARIABLES.match(name) for name in names):
        raise ApiError(108)
    if any("\0" in (entry.get("value") or "") for entry in entries):
        raise ApiError(25, "Values cannot contain NUL.")
    return {entry["name"]: entry.get("value") for entry in entries}


@route("GET", "/v1/content/{guid}/vanity")
def read_vanity(request: Request) -> dict[str, Any]:
    """Return the vanity URL of a content."""
    found = request.store.need("SELECT * FROM vanities WHERE content_guid = ?", (seen_content(request)["guid"],))
    return _vanity_object(found)


@route("PUT", "/v1/content/{guid}/vanity")
def set_vanity(request: Request) -> dict[str, Any]:
    """Give a content a vanity URL; administrators only, as is Connect's default."""
    row = edited_content(request)
    if not request.user.is_administrator:
        raise ApiError(22)
    fields = request.json({"path": (str,), "force": (bool,)})
    path = f"/{(fields.get('path') or '').strip('/')}/"
    _check_vanity(path)
    store = request.store
    with store.transaction() as write:
        if fields.get("force"):
            write.execute("DELETE FROM vanities WHERE path = ?", (path,))
        for other in store.rows("SELECT path FROM vanities WHERE content_guid <> ?", (row["guid"],)):
            if path.startswith(other["path"]) or other["path"].startswith(path):
                raise ApiError(51)
        write.execute(
            "INSERT INTO vanities VALUES (?, ?, ?) ON CONFLICT (content_guid)"
            " DO UPDATE SET path = excluded.path, created_time = excluded.created_time",
            (row["guid"], path, now()),
        )
    return read_vanity(request)  # type: ignore[no-any-return]


def _check_vanity(path: str) -> None:
    first = path.split("/")[1]
    prohibited = ("__", "favicon.ico", *PROHIBITED)
    if not re.fullmatch(r"/(?:[A-Za-z0-9_-]+/)+", path) or first.startswith(prohibited):
        raise ApiError(52)


@route("DELETE", "/v1/content/{guid}/vanity")
def remove_vanity(request: Request) -> Response:
    """Take a content's vanity URL away; one that has none stays without."""
    row = edited_content(request)
    if not request.user.is_administrator:
        raise ApiError(22)
    request.store.change("DELETE FROM vanities WHERE content_guid = ?", (row["guid"],))
    return Response(status=204)


@route("GET", "/v1/vanities", role="administrator")
def list_vanities(request: Request) -> list[dict[str, Any]]:
    """Return all vanity URLs."""
    return [_vanity_object(row) for row in request.store.rows("SELECT * FROM vanities ORDER BY path")]


def _vanity_object(row: Row) -> dict[str, Any]:
    return {"content_guid": row["content_guid"], "path": row["path"], "created_time": seconds(row["created_time"])}


@route("PUT", "/v1/content/{guid}/thumbnail", receives_file=True, since=(2024, 9))
@route("POST", "/applications/{guid}/image", receives_file=True, until=(2024, 9), legacy=True)
def set_thumbnail(request: Request) -> Response:
    """Keep an image of a content: PNG, JPEG, GIF or SVG, at most 10 MB."""
    upload = request.upload
    assert upload is not None  # noqa: S101 - the route says receives_file
    try:
        row = edited_content(request)
        if upload.size > APP_LIMIT:
            raise ApiError(25, "The image is too large.", status=413)
        with upload.path.open("rb") as file:
            if image_type(file.read(1024)) is None:
                raise ApiError(25, "The image is not a PNG, JPEG, GIF or SVG.")
        upload.path.replace(request.store.folder / "thumbnails" / row["guid"])
    finally:
        upload.path.unlink(missing_ok=True)
    return Response(status=204 if request.method == "PUT" else 200)


@route("DELETE", "/v1/content/{guid}/thumbnail", since=(2024, 9))
@route("DELETE", "/applications/{guid}/image", until=(2024, 9), legacy=True)
def remove_thumbnail(request: Request) -> Response:
    """Remove a content's image."""
    path = request.store.folder / "thumbnails" / edited_content(request)["guid"]
    if not path.exists():
        raise ApiError(17)
    path.unlink(missing_ok=True)
    return Response(status=204)


@route("GET", "/applications/{guid}/image", until=(2024, 9), legacy=True)
def read_thumbnail(request: Request) -> Response:
    """Return a content's image."""
    row = seen_content(request)
    if right_on(request.store, request.account, row) == "none":
        raise ApiError(19)
    path = request.store.folder / "thumbnails" / row["guid"]
    if not path.exists():
        raise ApiError(4)
    with path.open("rb") as file:
        return Response(path, 200, {"Content-Type": image_type(file.read(1024)) or "application/octet-stream"})


def image_type(head: bytes) -> str | None:
    """Return the media type of an image by its first bytes, None for what is no image. Pure."""
    for magic, kind in IMAGES.items():
        if head.startswith(magic):
            return kind
    return "image/svg+xml" if b"<svg" in head else None

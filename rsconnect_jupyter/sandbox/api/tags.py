"""v1 tags: a forest of names, of which the roots are categories."""

from __future__ import annotations

from typing import Any

from ..api_errors import ApiError
from ..store.database import Row, Store, now
from ..store.identifiers import is_id
from .content_items import content_object, content_tags, edited_content, seen_content, tag_object
from .routing import Request, Response, route
from .search import find_content

FIELDS: dict[str, tuple[type, ...]] = {"name": (str,), "parent_id": (str,)}
BELOW = "WITH RECURSIVE below(id) AS (SELECT ? UNION SELECT tags.id FROM tags JOIN below ON parent_id = below.id)"
ABOVE = (
    "WITH RECURSIVE above(id, parent_id) AS (SELECT id, parent_id FROM tags WHERE id = ?"
    " UNION SELECT tags.id, tags.parent_id FROM tags JOIN above ON tags.id = above.parent_id)"
)


@route("GET", "/v1/tags")
def list_tags(request: Request) -> list[dict[str, Any]]:
    """Return all tags, filtered by ``name`` and ``parent_id``."""
    conditions, values = ["1"], []
    if "name" in request.query:
        conditions.append("name = ?")
        values.append(request.query["name"])
    if "parent_id" in request.query:
        conditions.append("parent_id = ?")
        values.append(request.query["parent_id"])
    query = f"SELECT * FROM tags WHERE {' AND '.join(conditions)} ORDER BY id"  # noqa: S608
    return [tag_object(row) for row in request.store.rows(query, values)]


@route("POST", "/v1/tags", role="administrator")
def create_tag(request: Request) -> dict[str, Any]:
    """Add a tag; without a parent it is a category."""
    fields = request.json(FIELDS)
    store, moment = request.store, now()
    with store.transaction() as write:
        name, parent = _checked(store, fields.get("name"), fields.get("parent_id"), None)
        cursor = write.execute(
            "INSERT INTO tags (name, parent_id, created_time, updated_time) VALUES (?, ?, ?, ?)",
            (name, parent, moment, moment),
        )
    return tag_object(_tag(request, str(cursor.lastrowid)))


def _checked(store: Store, name: str | None, parent_id: str | None, own: int | None) -> tuple[str, int | None]:
    name = (name or "").strip()
    if not name:
        raise ApiError(78)
    if len(name) > 255:
        raise ApiError(77)
    parent = None
    if parent_id:
        if not is_id(parent_id) or not store.row("SELECT 1 FROM tags WHERE id = ?", (int(parent_id),)):
            raise ApiError(157)
        parent = int(parent_id)
    below = f"{BELOW} SELECT 1 FROM below WHERE id = ?"  # noqa: S608 - both parts are written here
    if own is not None and parent is not None and store.row(below, (own, parent)):
        raise ApiError(88)
    query = "SELECT 1 FROM tags WHERE name = ? AND parent_id IS ? AND id IS NOT ?"
    if store.row(query, (name, parent, own)):
        raise ApiError(81)
    return name, parent


@route("GET", "/v1/tags/{id}")
def read_tag(request: Request) -> dict[str, Any]:
    """Return a tag, by number or by its path of names, separated by commas."""
    return tag_object(_tag(request, request.path["id"]))


@route("PATCH", "/v1/tags/{id}", role="administrator")
def change_tag(request: Request) -> dict[str, Any]:
    """Rename or move a tag."""
    tag, fields, store = _tag(request, request.path["id"]), request.json(FIELDS), request.store
    parent_now = str(tag["parent_id"]) if tag["parent_id"] is not None else None
    with store.transaction() as write:
        name, parent = _checked(
            store, fields.get("name") or tag["name"], fields.get("parent_id", parent_now), tag["id"]
        )
        write.execute(
            "UPDATE tags SET name = ?, parent_id = ?, updated_time = ? WHERE id = ?", (name, parent, now(), tag["id"])
        )
    return tag_object(_tag(request, str(tag["id"])))


@route("DELETE", "/v1/tags/{id}", role="administrator")
def delete_tag(request: Request) -> Response:
    """Delete a tag with its descendants."""
    request.store.change("DELETE FROM tags WHERE id = ?", (_tag(request, request.path["id"])["id"],))
    return Response(status=204)


@route("GET", "/v1/tags/{id}/content")
def tagged_content(request: Request) -> list[dict[str, Any]]:
    """Return the content that has a tag."""
    condition = "guid IN (SELECT content_guid FROM content_tags WHERE tag_id = ?)"
    rows, _ = find_content(request.store, request.user, [condition], [_tag(request, request.path["id"])["id"]])
    return [content_object(request, row) for row in rows]


def _tag(request: Request, text: str) -> Row:
    store = request.store
    found: Row | None = None
    if is_id(text):
        found = store.row("SELECT * FROM tags WHERE id = ?", (int(text),))
    else:
        for name in text.split(","):
            parent = found["id"] if found else None
            found = store.row("SELECT * FROM tags WHERE name = ? AND parent_id IS ?", (name, parent))
            if found is None:
                break
    if found is None:
        raise ApiError(4)
    return found


@route("GET", "/v1/content/{guid}/tags")
def tags_of_content(request: Request) -> list[dict[str, Any]]:
    """Return the tags of a content, with their ancestors."""
    return content_tags(request.store, seen_content(request)["guid"])


@route("POST", "/v1/content/{guid}/tags")
def add_tag(request: Request) -> Response:
    """Put a tag and its ancestors on a content."""
    row, store = edited_content(request), request.store
    text = request.json({"tag_id": (str,)}).get("tag_id") or ""
    tag = store.row("SELECT * FROM tags WHERE id = ?", (int(text),)) if is_id(text) else None
    if tag is None:
        raise ApiError(158)
    if tag["parent_id"] is None:
        raise ApiError(79)
    store.change(f"{ABOVE} INSERT OR IGNORE INTO content_tags SELECT ?, id FROM above", (tag["id"], row["guid"]))  # noqa: S608
    return Response(status=200)


@route("DELETE", "/v1/content/{guid}/tags/{id}")
def remove_tag(request: Request) -> Response:
    """Take a tag and its descendants off a content; 200, unlike other deletions."""
    row, tag = edited_content(request), _tag(request, request.path["id"])
    request.store.change(
        f"{BELOW} DELETE FROM content_tags WHERE content_guid = ? AND tag_id IN (SELECT id FROM below)",  # noqa: S608
        (tag["id"], row["guid"]),
    )
    return Response(status=200)

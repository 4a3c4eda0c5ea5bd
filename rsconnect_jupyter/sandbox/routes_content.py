"""v1 content, bundles, deployments and tasks: what every publish uses."""

from __future__ import annotations

import shutil
from typing import Any

from .accounts import user_object
from .calls import Answer, Call, route
from .codes import Refusal
from .contents import (
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
from .routes_search import find_content
from .store import Row


@route("GET", "/v1/user")
def current_user(call: Call) -> dict[str, Any]:
    """Return whose key this is."""
    row = call.engine.store.row("SELECT * FROM users WHERE guid = ?", (call.user.guid,))
    assert row is not None  # noqa: S101 - accounts come from this table
    return user_object(row, role=call.user.role)


@route("GET", "/v1/content")
def list_content(call: Call) -> list[dict[str, Any]]:
    """Return all content that the user sees, exactly filtered by ``name`` and ``owner_guid``."""
    include = parse_include(call)
    wanted = {name: call.query[name] for name in ("name", "owner_guid") if name in call.query}
    rows, _ = find_content(call.engine.store, call.user, [f"{name} = ?" for name in wanted], list(wanted.values()))
    return [content_object(call, row, include=include) for row in rows]


@route("POST", "/v1/content", role="publisher")
def create(call: Call) -> dict[str, Any]:
    """Create a content item."""
    version = call.engine.settings.version
    fields = call.json(known_fields(version, changing=False))
    check_fields(fields, version)
    return content_object(
        call,
        create_content(call.engine.store, call.user, {"access_type": call.engine.settings.default_access, **fields}),
    )


@route("GET", "/v1/content/{guid}")
def read_content(call: Call) -> dict[str, Any]:
    """Return one content item; since 2024.06 with its owner, tags and vanity URL."""
    row = seen_content(call)
    include = parse_include(call)
    if call.engine.settings.version >= (2024, 6):
        include |= {"owner", "vanity_url"}
    answer = content_object(call, row, include=include | {"tags"})
    if not answer["tags"] and "tags" not in include:
        del answer["tags"]
    return answer


@route("PATCH", "/v1/content/{guid}")
def change(call: Call) -> dict[str, Any]:
    """Change a content item."""
    version = call.engine.settings.version
    row = edited_content(call)
    fields = call.json(known_fields(version, changing=True))
    check_fields(fields, version, row)
    if fields.get("owner_guid") and fields["owner_guid"] != row["owner_guid"]:
        _check_new_owner(call, fields["owner_guid"])
    return content_object(call, change_content(call.engine.store, row, fields))


def _check_new_owner(call: Call, guid: str) -> None:
    if not call.user.is_administrator:
        raise Refusal(66, status=403)
    owner = call.engine.store.row("SELECT * FROM users WHERE guid = ?", (guid,))
    if owner is None:
        raise Refusal(9)
    if owner["user_role"] == "viewer" or owner["locked"]:
        raise Refusal(156)


@route("DELETE", "/v1/content/{guid}")
def delete(call: Call) -> Answer:
    """Delete a content item with everything that belongs to it."""
    row = edited_content(call)
    check_unlocked(row, 222)
    remove_content(call, row)
    return Answer(status=204)


def remove_content(call: Call, row: Row) -> None:
    """Remove a content item: its rows first, in one transaction, then its files."""
    store = call.engine.store
    bundles = store.rows("SELECT id FROM bundles WHERE content_guid = ?", (row["guid"],))
    store.change("DELETE FROM content WHERE guid = ?", (row["guid"],))
    call.engine.variables.forget(row["guid"])
    call.engine.apps.stop(row["guid"])
    for bundle in bundles:
        store.bundle_file(bundle["id"]).unlink(missing_ok=True)
    shutil.rmtree(store.folder / "contents" / row["guid"], ignore_errors=True)
    (store.folder / "thumbnails" / row["guid"]).unlink(missing_ok=True)

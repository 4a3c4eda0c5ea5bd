"""v1 content, bundles, deployments and tasks: what every publish uses."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
from typing import Any

from .accounts import right_on, user_object
from .bundles import bundle_limits, bundle_object, bundle_row, check_deployable, chosen_bundle, keep_bundle
from .calls import Answer, Call, route
from .codes import Refusal
from .contents import (
    change_content,
    check_fields,
    content_object,
    create_content,
    edited_content,
    known_fields,
    parse_include,
    seen_content,
)
from .multipart import split_upload
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
    return content_object(call, create_content(call.engine.store, call.user, fields))


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
    check_fields(fields, version)
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
    for bundle in bundles:
        store.bundle_file(bundle["id"]).unlink(missing_ok=True)
    shutil.rmtree(store.folder / "contents" / row["guid"], ignore_errors=True)
    (store.folder / "thumbnails" / row["guid"]).unlink(missing_ok=True)


@route("POST", "/v1/content/{guid}/bundles", receives_file=True)
def upload_bundle(call: Call) -> dict[str, Any]:
    """Keep an uploaded bundle."""
    row = edited_content(call, administrator=False)
    check_unlocked(row, 222)
    return bundle_object(call.engine.settings, row, receive_bundle(call, row), told=True)


def receive_bundle(call: Call, row: Row) -> Row:
    """Check what arrived and keep it; returns the new bundle's row."""
    arrived = call.upload
    assert arrived is not None  # noqa: S101 - the route says receives_file
    archive = arrived
    metadata: dict[str, str] = {}
    try:
        if arrived.size == 0:
            raise Refusal(125)
        if call.engine.settings.version >= (2025, 12) and _is_form(call):
            target = call.engine.store.incoming_file()
            archive, metadata = split_upload(arrived, call.headers["Content-Type"], target)
        declared = call.headers.get("X-Content-Checksum")
        if declared is not None and declared != base64.b64encode(bytes.fromhex(archive.md5)).decode():
            raise Refusal(104)
        return keep_bundle(
            call.engine.store,
            row,
            call.user,
            archive.path,
            limits=bundle_limits(call.engine.settings),
            md5=archive.md5,
            sha1=archive.sha1,
            metadata=metadata,
        )
    finally:
        arrived.path.unlink(missing_ok=True)
        archive.path.unlink(missing_ok=True)


def _is_form(call: Call) -> bool:
    return call.headers.get("Content-Type", "").startswith("multipart/form-data")


@route("GET", "/v1/content/{guid}/bundles")
def list_bundles(call: Call) -> list[dict[str, Any]]:
    """Return all bundles, newest first."""
    row = seen_content(call)
    told = right_on(call.engine.store, call.user, row) in ("owner", "editor") or call.user.is_administrator
    found = call.engine.store.rows("SELECT * FROM bundles WHERE content_guid = ? ORDER BY id DESC", (row["guid"],))
    return [bundle_object(call.engine.settings, row, bundle, told=told) for bundle in found]


@route("GET", "/v1/content/{guid}/bundles/{id}")
def read_bundle(call: Call) -> dict[str, Any]:
    """Return one bundle."""
    row = seen_content(call)
    told = right_on(call.engine.store, call.user, row) in ("owner", "editor") or call.user.is_administrator
    bundle = bundle_row(call.engine.store, row["guid"], call.path["id"])
    return bundle_object(call.engine.settings, row, bundle, told=told)


@route("POST", "/v1/content/{guid}/deploy")
def deploy(call: Call) -> Answer:
    """Start a deployment; ``activate: false`` makes a draft."""
    row = edited_content(call)
    known: dict[str, tuple[type, ...]] = {"bundle_id": (str,)}
    if call.engine.settings.version >= (2025, 6):
        known["activate"] = (bool,)
    fields = call.json(known)
    activate = fields.get("activate") is not False
    task_id = start_deployment(call, row, fields.get("bundle_id"), activate=activate)
    return Answer({"task_id": task_id}, 202, {"Set-Cookie": "sandbox-node=1; Path=/; HttpOnly; SameSite=Lax"})


def start_deployment(call: Call, row: Row, bundle_id: str | None, *, activate: bool = True, render: bool = True) -> str:
    """Check that a bundle may be deployed, queue it and return the task's id."""
    check_unlocked(row, 223)
    bundle = chosen_bundle(call.engine.store, row, bundle_id)
    manifest = check_deployable(row, bundle)
    return call.engine.runner.deploy(call.user, row, bundle, manifest, activate=activate, render=render)


def check_unlocked(row: Row, code: int) -> None:
    """Refuse to change locked content, with the given number."""
    if row["locked"]:
        raise Refusal(code)


@route("GET", "/v1/tasks/{id}")
async def read_task(call: Call) -> dict[str, Any]:
    """Return a task; ``wait`` holds the answer until the task ends, ``first`` leaves out earlier lines."""
    first = int(call.number("first", 0, low=0, high=2**31))
    await call.engine.tasks.wait(call.path["id"], call.number("wait", 0, low=0, high=20))
    return await asyncio.get_running_loop().run_in_executor(call.engine.workers, _task_object, call, first)


def _task_object(call: Call, first: int) -> dict[str, Any]:
    row = call.engine.tasks.row(call.path["id"], call.user)
    lines, last = call.engine.tasks.lines(row["id"], first)
    return {
        "id": row["id"],
        "output": lines,
        "finished": bool(row["finished"]),
        "code": row["code"],
        "error": row["error"],
        "last": last,
        "result": parse_result(row),
    }


def parse_result(row: Row) -> Any:
    """Return a task's ``result`` as data."""
    return json.loads(row["result"]) if row["result"] else None

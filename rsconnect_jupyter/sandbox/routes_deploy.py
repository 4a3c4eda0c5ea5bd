"""v1 bundles, deployments and tasks."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import shutil
from typing import Any

from .accounts import right_on
from .archives import read_member
from .bundles import bundle_limits, bundle_object, bundle_row, check_deployable, chosen_bundle, keep_bundle
from .calls import Answer, Call, page_of, route
from .codes import Refusal, unwritten
from .contents import check_unlocked, edited_content, seen_content
from .multipart import split_upload
from .store import Row

LARGEST_SHOWN = 1024 * 1024


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
        if "url" in call.query and call.engine.settings.version >= (2025,):
            raise Refusal(233)
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
    except OSError as error:
        raise unwritten(error) from error
    finally:
        arrived.path.unlink(missing_ok=True)
        archive.path.unlink(missing_ok=True)


def _is_form(call: Call) -> bool:
    return call.headers.get("Content-Type", "").startswith("multipart/form-data")


@route("GET", "/v1/content/{guid}/bundles")
def list_bundles(call: Call) -> list[dict[str, Any]]:
    """Return the bundles, newest first; since 2026 a page of them when one is asked for."""
    row = seen_content(call)
    told = right_on(call.engine.store, call.user, row) in ("owner", "editor") or call.user.is_administrator
    found = call.engine.store.rows("SELECT * FROM bundles WHERE content_guid = ? ORDER BY id DESC", (row["guid"],))
    if call.engine.settings.version >= (2026,):
        if call.query.get("asc_order") == "true":
            found.reverse()
        if {"page_number", "page_size"} & set(call.query):
            found = page_of(call, found)["results"]
    return [bundle_object(call.engine.settings, row, bundle, told=told) for bundle in found]


@route("GET", "/v1/content/{guid}/bundles/{id}")
def read_bundle(call: Call) -> dict[str, Any]:
    """Return one bundle."""
    row = seen_content(call)
    told = right_on(call.engine.store, call.user, row) in ("owner", "editor") or call.user.is_administrator
    bundle = bundle_row(call.engine.store, row["guid"], call.path["id"])
    return bundle_object(call.engine.settings, row, bundle, told=told)


@route("DELETE", "/v1/content/{guid}/bundles/{id}")
def delete_bundle(call: Call) -> Answer:
    """Delete a bundle; the active one stays (400/75)."""
    row = edited_content(call)
    bundle = bundle_row(call.engine.store, row["guid"], call.path["id"])
    if row["bundle_id"] == bundle["id"]:
        raise Refusal(75)
    check_unlocked(row, 222)
    call.engine.store.change("DELETE FROM bundles WHERE id = ?", (bundle["id"],))
    call.engine.apps.stop(row["guid"], bundle["id"])
    call.engine.store.bundle_file(bundle["id"]).unlink(missing_ok=True)
    shutil.rmtree(call.engine.store.rendered(row["guid"], bundle["id"]), ignore_errors=True)
    return Answer(status=204)


@route("GET", "/v1/content/{guid}/bundles/{id}/download")
def download_bundle(call: Call) -> Answer:
    """Return the archive as it was uploaded; collaborators only."""
    row = edited_content(call, administrator=False)
    bundle = bundle_row(call.engine.store, row["guid"], call.path["id"])
    disposition = f'attachment; filename="bundle-{bundle["id"]}.tar.gz"'
    headers = {"Content-Type": "application/gzip", "Content-Disposition": disposition}
    return Answer(call.engine.store.bundle_file(bundle["id"]), 200, headers)


@route("GET", "/v1/content/{guid}/bundles/{id}/files", since=(2026,))
def bundle_files(call: Call) -> list[dict[str, Any]]:
    """Return the regular files of a bundle."""
    row = edited_content(call, administrator=False)
    bundle = bundle_row(call.engine.store, row["guid"], call.path["id"])
    return [{"path": path} for path in json.loads(bundle["inspection"])["files"]]


@route("GET", "/v1/content/{guid}/bundles/{id}/files/{path...}", since=(2026,))
def bundle_file(call: Call) -> dict[str, Any]:
    """Return a file of a bundle as text; null for what is no text or too large. Refuses unknown files (404/278)."""
    row = edited_content(call, administrator=False)
    store = call.engine.store
    bundle = bundle_row(store, row["guid"], call.path["id"])
    archive, limits = store.bundle_file(bundle["id"]), bundle_limits(call.engine.settings)
    found = read_member(archive, call.path["path"], limits, most=LARGEST_SHOWN)
    if found is None:
        raise Refusal(278)
    large, content = len(found) > LARGEST_SHOWN, None
    with contextlib.suppress(UnicodeDecodeError):
        content = None if large else found.decode("utf-8")
    return {"path": call.path["path"], "content": content, "binary": content is None and not large, "too_large": large}


@route("POST", "/v1/content/{guid}/build")
def build(call: Call) -> dict[str, Any]:
    """Restore a bundle's environment without rendering it."""
    row = edited_content(call)
    fields = call.json({"bundle_id": (str,)})
    return {"task_id": start_deployment(call, row, fields.get("bundle_id"), render=False)}


@route("POST", "/v1/content/{guid}/render", since=(2025,))
def render(call: Call) -> Answer:
    """Render the active bundle again; only documents can be (400/39)."""
    row = edited_content(call)
    fields = call.json({"variant_key": (str,)}) if call.body else {}
    if row["app_mode"] not in ("jupyter-static", "quarto-static"):
        raise Refusal(39)
    if fields.get("variant_key") not in (None, row["variant_key"]):
        raise Refusal(4)
    return Answer({"task_id": start_deployment(call, row, str(row["bundle_id"]))}, 202)


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

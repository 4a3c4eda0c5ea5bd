"""v1 bundles, deployments and tasks."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import shutil
from typing import Any

from ..api_errors import ApiError, disk_error
from ..runtime.git import check_repository
from ..services import Services
from ..store.accounts import Account, right_on
from ..store.archives import read_member
from ..store.bundles import bundle_limits, bundle_object, bundle_row, check_deployable, chosen_bundle, keep_bundle
from ..store.database import Row
from ..store.schedules import RENDERED
from .content_items import check_unlocked, edited_content, seen_content
from .multipart import split_upload
from .repository import fetch_bundle, find_repository
from .routing import Request, Response, page_of, route

LARGEST_SHOWN = 1024 * 1024


@route("POST", "/v1/content/{guid}/bundles", receives_file=True)
def upload_bundle(request: Request) -> dict[str, Any]:
    """Keep an uploaded bundle."""
    row = edited_content(request, administrator=False)
    check_unlocked(row, 222)
    if find_repository(request, row) is not None:
        raise ApiError(144)
    return bundle_object(request.services.settings, row, receive_bundle(request, row), told=True)


def receive_bundle(request: Request, row: Row) -> Row:
    """Check what arrived and keep it; returns the new bundle's row."""
    arrived = request.upload
    assert arrived is not None  # noqa: S101 - the route says receives_file
    archive = arrived
    metadata: dict[str, str] = {}
    try:
        if "url" in request.query and request.version >= (2025,):
            raise ApiError(233)
        if arrived.size == 0:
            raise ApiError(125)
        if request.version >= (2025, 12) and _is_form(request):
            target = request.store.incoming_file()
            archive, metadata = split_upload(arrived, request.headers["Content-Type"], target)
        declared = request.headers.get("X-Content-Checksum")
        if declared is not None and declared != base64.b64encode(bytes.fromhex(archive.md5)).decode():
            raise ApiError(104)
        return keep_bundle(
            request.store,
            row,
            request.user,
            archive.path,
            limits=bundle_limits(request.services.settings),
            md5=archive.md5,
            sha1=archive.sha1,
            metadata=metadata,
        )
    except OSError as error:
        raise disk_error(error) from error
    finally:
        arrived.path.unlink(missing_ok=True)
        archive.path.unlink(missing_ok=True)


def _is_form(request: Request) -> bool:
    return request.headers.get("Content-Type", "").startswith("multipart/form-data")


@route("GET", "/v1/content/{guid}/bundles")
def list_bundles(request: Request) -> list[dict[str, Any]]:
    """Return the bundles, newest first; since 2026 a page of them."""
    row = seen_content(request)
    told = right_on(request.store, request.user, row) in ("owner", "editor") or request.user.is_administrator
    found = request.store.rows("SELECT * FROM bundles WHERE content_guid = ? ORDER BY id DESC", (row["guid"],))
    if request.version >= (2026,):
        if request.query.get("asc_order") == "true":
            found.reverse()
        found = page_of(request, found)["results"]
    return [bundle_object(request.services.settings, row, bundle, told=told) for bundle in found]


@route("GET", "/v1/content/{guid}/bundles/{id}")
def read_bundle(request: Request) -> dict[str, Any]:
    """Return one bundle."""
    row = seen_content(request)
    told = right_on(request.store, request.user, row) in ("owner", "editor") or request.user.is_administrator
    bundle = bundle_row(request.store, row["guid"], request.path["id"])
    return bundle_object(request.services.settings, row, bundle, told=told)


@route("DELETE", "/v1/content/{guid}/bundles/{id}")
def delete_bundle(request: Request) -> Response:
    """Delete a bundle; the active one stays (400/75)."""
    row = edited_content(request)
    bundle = bundle_row(request.store, row["guid"], request.path["id"])
    if row["bundle_id"] == bundle["id"]:
        raise ApiError(75)
    check_unlocked(row, 222)
    request.store.change("DELETE FROM bundles WHERE id = ?", (bundle["id"],))
    request.services.apps.stop(row["guid"], bundle["id"])
    request.store.bundle_file(bundle["id"]).unlink(missing_ok=True)
    shutil.rmtree(request.store.rendered(row["guid"], bundle["id"]), ignore_errors=True)
    return Response(status=204)


@route("GET", "/v1/content/{guid}/bundles/{id}/download")
def download_bundle(request: Request) -> Response:
    """Return the archive as it was uploaded; collaborators only."""
    row = edited_content(request, administrator=False)
    bundle = bundle_row(request.store, row["guid"], request.path["id"])
    disposition = f'attachment; filename="bundle-{bundle["id"]}.tar.gz"'
    headers = {"Content-Type": "application/gzip", "Content-Disposition": disposition}
    return Response(request.store.bundle_file(bundle["id"]), 200, headers)


@route("GET", "/v1/content/{guid}/bundles/{id}/files", since=(2026,))
def bundle_files(request: Request) -> list[dict[str, Any]]:
    """Return the regular files of a bundle."""
    row = edited_content(request)
    bundle = bundle_row(request.store, row["guid"], request.path["id"])
    return [{"path": path} for path in json.loads(bundle["inspection"])["files"]]


@route("GET", "/v1/content/{guid}/bundles/{id}/files/{path...}", since=(2026,))
def bundle_file(request: Request) -> dict[str, Any]:
    """Return a file of a bundle as text; null for what is no text or too large. Refuses unknown files (404/278)."""
    row = edited_content(request)
    store = request.store
    bundle = bundle_row(store, row["guid"], request.path["id"])
    archive, limits = store.bundle_file(bundle["id"]), bundle_limits(request.services.settings)
    found = read_member(archive, request.path["path"], limits, most=LARGEST_SHOWN)
    if found is None:
        raise ApiError(278)
    large, content = len(found) > LARGEST_SHOWN, None
    with contextlib.suppress(UnicodeDecodeError):
        content = None if large else found.decode("utf-8")
    return {
        "path": request.path["path"],
        "content": content,
        "binary": content is None and not large,
        "too_large": large,
    }


@route("POST", "/v1/content/{guid}/build")
def build(request: Request) -> dict[str, Any]:
    """Restore a bundle's environment without rendering it."""
    row = edited_content(request)
    fields = request.json(_deployable_fields(request))
    return {"task_id": start_deployment(request, row, fields.get("bundle_id"), render=False)}


@route("POST", "/v1/content/{guid}/repository/bundle", since=(2022, 12))
def deploy_revision(request: Request) -> Response:
    """Make a bundle of a repository's revision and deploy it: of the content's own repository, or another one."""
    row = edited_content(request)
    check_unlocked(row, 222)
    fields = request.json(dict.fromkeys(("repository", "ref", "directory"), (str,)))
    place = {"branch": "HEAD", "directory": ".", "repository": ""} | (find_repository(request, row) or {})
    given = {"repository": "repository", "branch": "ref", "directory": "directory"}
    place |= {name: fields[field] for name, field in given.items() if fields.get(field)}
    if not place["repository"]:
        raise ApiError(143)
    check_repository(place["repository"])
    bundle_id = fetch_bundle(request.services, request.user, row, place)
    return Response({"bundle_id": bundle_id, "task_id": start_deployment(request, row, bundle_id)}, 202)


@route("POST", "/v1/content/{guid}/render", since=(2025,))
def render(request: Request) -> Response:
    """Render the active bundle again; only documents can be (400/39)."""
    row = edited_content(request)
    fields = request.json({"variant_key": (str,)}) if request.body else {}
    if row["app_mode"] not in RENDERED:
        raise ApiError(39)
    if fields.get("variant_key") not in (None, row["variant_key"]):
        raise ApiError(4)
    return Response({"task_id": start_deployment(request, row, str(row["bundle_id"]), again=True)}, 202)


@route("POST", "/v1/content/{guid}/deploy")
def deploy(request: Request) -> Response:
    """Start a deployment; ``activate: false`` makes a draft."""
    row = edited_content(request)
    fields = request.json(_deployable_fields(request))
    activate = fields.get("activate") is not False
    task_id = start_deployment(request, row, fields.get("bundle_id"), activate=activate)
    return Response({"task_id": task_id}, 202, {"Set-Cookie": "sandbox-node=1; Path=/; HttpOnly; SameSite=Lax"})


def _deployable_fields(request: Request) -> dict[str, tuple[type, ...]]:
    newer: dict[str, tuple[type, ...]] = {"activate": (bool,)}
    return {"bundle_id": (str,), **(newer if request.version >= (2025, 6) else {})}


def start_deployment(request: Request, row: Row, bundle_id: str | None, **options: Any) -> str:
    """Check that a bundle may be deployed, queue it and return the task's id; for options see `DeploymentQueue`."""
    check_unlocked(row, 223)
    place = find_repository(request, row) if bundle_id is None else None
    if place is not None:
        bundle_id = fetch_bundle(request.services, request.user, row, place)
    return deploy_bundle(request.services, request.user, row, bundle_id, **options)


def deploy_bundle(services: Services, account: Account, row: Row, bundle_id: str | None, **options: Any) -> str:
    """Check that a bundle may be deployed, queue it and return the task's id."""
    bundle = chosen_bundle(services.store, row, bundle_id)
    manifest = check_deployable(row, bundle, services.apps.modes)
    return services.deployments.deploy(account, row, bundle, manifest, **options)


@route("GET", "/v1/tasks/{id}")
async def read_task(request: Request) -> dict[str, Any]:
    """Return a task; ``wait`` holds the answer until the task ends, ``first`` leaves out earlier lines."""
    first = int(request.number("first", 0, low=0, high=2**31))
    await request.services.tasks.wait(request.path["id"], request.number("wait", 0, low=0, high=20))
    return await asyncio.get_running_loop().run_in_executor(request.services.workers, _task_object, request, first)


def _task_object(request: Request, first: int) -> dict[str, Any]:
    row = request.services.tasks.row(request.path["id"], request.user)
    lines, last = request.services.tasks.lines(row["id"], first)
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

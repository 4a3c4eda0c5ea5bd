"""The unversioned publishing API, on the same store: what clients from before the v1 API speak."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from ...connect.app_modes import NAMES, NUMBERS
from ..api_errors import ApiError
from ..store.accounts import right_on
from ..store.database import Row
from ..store.identifiers import is_id
from .content_items import NUMBERS as FRACTIONS
from .content_items import WHOLE_NUMBERS, change_content, check_fields, create_content, edited_content, seen_content
from .deployments import parse_result, receive_bundle, start_deployment
from .routing import Request, Response, route
from .search import find_content, matches_text

PRIVILEGES = {
    "viewer": ["view_apps"],
    "publisher": [
        "build_bundles", "change_apps", "change_variant_schedule", "publish_apps", "remove_apps", "view_apps",
    ],
    "administrator": [
        "add_users", "add_vanities", "build_bundles", "change_app_permissions", "change_apps", "change_groups",
        "change_usernames", "change_users", "change_variant_schedule", "create_groups", "edit_run_as", "edit_runtime",
        "lock_users", "manage_repository", "publish_apps", "remove_apps", "remove_groups", "remove_users",
        "remove_vanities", "view_app_settings", "view_apps",
    ],
}  # fmt: skip
CATEGORIES = ("plot", "pin", "site", "mcp")
UPDATABLE = {"name", "title", "description", "access_type"}


@route("GET", "/users/current", legacy=True)
def current_account(request: Request) -> dict[str, Any]:
    """Return whose key this is, with the number that rsconnect (R) takes for the account's id."""
    return {"id": request.user.number, **me(request)}


@route("GET", "/me", legacy=True)
def me(request: Request) -> dict[str, Any]:
    """Return whose key this is, with its privileges."""
    row = request.store.need("SELECT * FROM users WHERE guid = ?", (request.user.guid,))
    names = ("guid", "username", "email", "first_name", "last_name", "created_time", "updated_time", "active_time")
    return {
        **{name: row.get(name) for name in names},
        "user_role": request.user.role,
        "confirmed": True,
        "locked": False,
        "password": "",
        "preferences": {},
        "privileges": PRIVILEGES[request.user.role],
    }


@route("GET", "/applications", legacy=True)
def list_applications(request: Request) -> dict[str, Any]:
    """Return a page of content: ``{applications, count, total, continuation}``, newest deployment first."""
    store = request.store
    start = int(request.number("cont" if request.query.get("cont") else "start", 0, low=0, high=2**31))
    count = int(request.number("count", 50, low=1, high=5000))
    conditions, values, least = _read_filters(request)
    search = request.query.get("search", "").casefold()
    if search:
        conditions.append(matches_text())
        values += [search] * 3
    order = "last_deployed_time DESC, id DESC"
    rows, _ = find_content(store, request.user, conditions, values, order=order)
    if least == "editor":
        rows = [row for row in rows if right_on(store, request.user, row) in ("owner", "editor")]
    page = rows[start : start + count]
    return {
        "applications": [application(request, row) for row in page],
        "count": len(page),
        "total": len(rows),
        "continuation": str(start + count) if start + count < len(rows) else "",
    }


def _read_filters(request: Request) -> tuple[list[str], list[Any], str]:
    conditions: list[str] = []
    values: list[Any] = []
    least = "viewer"
    for text in request.queries.get("filter", ()):
        key, _, value = text.partition(":")
        if key == "min_role" and value in ("viewer", "editor", "owner"):
            least = "editor" if value != "viewer" else least
            if value == "owner":
                conditions.append("owner_guid = ?")
                values.append(request.user.guid)
        elif key == "account_id" and is_id(value):
            conditions.append("owner_guid = (SELECT guid FROM users WHERE number = ?)")
            values.append(int(value))
        elif key == "name":
            conditions.append("name = ?")
            values.append(value)
        elif key == "content_type" and value in CATEGORIES:
            conditions.append("content_category = ?")
            values.append(value)
        elif key in ("app_mode", "content_type") and (value in NUMBERS or is_id(value)):
            conditions.append("app_mode = ?")
            values.append(NAMES.get(int(value), "") if is_id(value) else value)
        else:
            raise ApiError(11)
    return conditions, values, least


@route("POST", "/applications", role="publisher", legacy=True)
def create_application(request: Request) -> dict[str, Any]:
    """Create a content item."""
    fields = request.json(dict.fromkeys(UPDATABLE, (str,)))
    check_fields(fields, request.version)
    return application(
        request,
        create_content(
            request.store, request.user, {"access_type": request.services.settings.default_access, **fields}
        ),
    )


def named_guid(request: Request) -> str:
    """Return the GUID of the content in the path, which may be a number; refuses unknown numbers (404/4)."""
    item = request.path["id"]
    if not is_id(item):
        return item
    found = request.store.need("SELECT guid FROM content WHERE id = ?", (int(item),))
    return str(found["guid"])


@route("GET", "/applications/{id}", legacy=True)
def read_application(request: Request) -> dict[str, Any]:
    """Return one content item, by number or GUID."""
    return application(request, seen_content(request, named_guid(request)))


@route("POST", "/applications/{id}", legacy=True)
def change_application(request: Request) -> dict[str, Any]:
    """Change a content item; clients send whole objects back, of which only some fields can change."""
    row = edited_content(request, named_guid(request))
    fields = request.json()
    if not isinstance(fields, dict):
        raise ApiError(121)
    wanted = {name: fields[name] for name in UPDATABLE & set(fields)}
    check_fields(wanted, request.version)
    return application(request, change_content(request.store, row, wanted))


@route("POST", "/applications/{id}/upload", receives_file=True, legacy=True)
def upload(request: Request) -> dict[str, Any]:
    """Keep an uploaded bundle."""
    row = edited_content(request, named_guid(request), administrator=False)
    if row["locked"]:
        raise ApiError(222)
    bundle = receive_bundle(request, row)
    moment = bundle["created_time"]
    return {"id": bundle["id"], "app_id": row["id"], "created_time": moment, "updated_time": moment}


@route("POST", "/applications/{id}/deploy", legacy=True)
def deploy_application(request: Request) -> dict[str, Any]:
    """Start a deployment and return its task, in the old shape."""
    row = edited_content(request, named_guid(request))
    fields = request.json({"bundle": (int, str), "html": (bool,)})
    bundle = fields.get("bundle")
    return _legacy_task(request, start_deployment(request, row, None if bundle is None else str(bundle)), 0)


@route("GET", "/tasks/{id}", legacy=True)
async def read_task(request: Request) -> dict[str, Any]:
    """Return a task in the old shape; ``first_status`` leaves out earlier lines."""
    first = int(request.number("first_status", 0, low=0, high=2**31))
    await request.services.tasks.wait(request.path["id"], request.number("wait", 0, low=0, high=20))
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(request.services.workers, _legacy_task, request, request.path["id"], first)


def _legacy_task(request: Request, task_id: str, first: int) -> dict[str, Any]:
    row = request.services.tasks.row(task_id, request.user)
    lines, last = request.services.tasks.lines(task_id, first)
    return {
        "id": task_id,
        "user_id": request.user.number,
        "status": lines,
        "result": parse_result(row),
        "finished": bool(row["finished"]),
        "code": row["code"],
        "error": row["error"],
        "last_status": last,
    }


@route("GET", "/applications/{id}/config", legacy=True)
def application_config(request: Request) -> dict[str, Any]:
    """Return where the dashboard shows a content item."""
    row = seen_content(request, named_guid(request))
    return {"config_url": f"{request.root}/connect/#/apps/{row['guid']}"}


@route("GET", "/applications/{id}/environment", until=(2025, 7), legacy=True)
def application_environment(request: Request) -> dict[str, Any]:
    """Return the names of the environment variables; values stay on the server."""
    row = edited_content(request, named_guid(request))
    return {"version": 1, "values": dict.fromkeys(request.services.variables.names(row["guid"]))}


@route("POST", "/variants/{id}/render", legacy=True)
def render_variant(request: Request) -> dict[str, Any]:
    """Render the active bundle again."""
    row = edited_content(request, named_guid(request))
    if row["bundle_id"] is None:
        raise ApiError(59)
    return _legacy_task(request, start_deployment(request, row, str(row["bundle_id"]), again=True), 0)


OLD: dict[str, Any] = {"legacy": True, "until": (2025,)}


@route("GET", "/v1/experimental/content", **OLD, deprecated="/v1/content")
def experimental_list(request: Request) -> list[dict[str, Any]]:
    """Return all content that the user sees."""
    rows, _ = find_content(request.store, request.user, [], [])
    return [application(request, row) for row in rows]


@route(
    "POST", "/v1/experimental/content/{id}/upload", **OLD, receives_file=True, deprecated="/v1/content/{guid}/bundles"
)
def experimental_upload(request: Request) -> dict[str, Any]:
    """Keep an uploaded bundle."""
    row = edited_content(request, named_guid(request), administrator=False)
    bundle = receive_bundle(request, row)
    return {"bundle_id": str(bundle["id"]), "size": bundle["size"]}


@route("POST", "/v1/experimental/content/{id}/deploy", **OLD, deprecated="/v1/content/{guid}/deploy")
def experimental_deploy(request: Request) -> Response:
    """Start a deployment."""
    row = edited_content(request, named_guid(request))
    fields = request.json({"bundle_id": (str, int)})
    bundle = fields.get("bundle_id")
    return Response({"task_id": start_deployment(request, row, None if bundle is None else str(bundle))}, 202)


route("POST", "/v1/experimental/content", **OLD, role="publisher", deprecated="/v1/content")(create_application)
route("GET", "/v1/experimental/content/{id}", **OLD, deprecated="/v1/content/{guid}")(read_application)
route("POST", "/v1/experimental/content/{id}", **OLD, deprecated="/v1/content/{guid}")(change_application)


def application(request: Request, row: Row) -> dict[str, Any]:
    """Return a content item as the unversioned API shows it: numbers for ids and modes."""
    store = request.store
    owner = store.need("SELECT * FROM users WHERE guid = ?", (row["owner_guid"],))
    settings = json.loads(row["settings"])
    nothing = ("r_version", "run_as", "EnvironmentJson", "git", "users", "groups", "vanities")
    return {
        **{name: row[name] for name in ("id", "guid", "access_type", "name", "title", "bundle_id", "content_category")},
        **{name: row[name] for name in ("created_time", "last_deployed_time", "description", "owner_guid")},
        **{name: row[name] for name in ("py_version", "quarto_version")},
        **{name: settings.get(name) for name in (*WHOLE_NUMBERS, *FRACTIONS)},
        **dict.fromkeys(nothing),
        "url": f"{request.root}/content/{row['guid']}/",
        "vanity_url": store.row("SELECT 1 FROM vanities WHERE content_guid = ?", (row["guid"],)) is not None,
        "app_mode": NUMBERS[row["app_mode"]],
        "has_parameters": bool(row["parameterized"]),
        "build_status": 2 if row["bundle_id"] is not None else 0,
        "cluster_name": "Local",
        "image_name": "Local",
        "run_as_current_user": False,
        "app_role": right_on(store, request.user, row),
        **{f"owner_{name}": owner.get(name) for name in ("first_name", "last_name", "username", "email")},
        "owner_locked": bool(owner.get("locked")),
        "is_scheduled": False,
    }

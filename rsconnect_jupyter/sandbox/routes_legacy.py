"""The unversioned publishing API, on the same store: what clients from before the v1 API speak."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from ..connect.app_modes import NAMES, NUMBERS
from .accounts import right_on
from .calls import Answer, Call, is_id, route
from .codes import Refusal
from .contents import NUMBERS as FRACTIONS
from .contents import WHOLE_NUMBERS, change_content, check_fields, create_content, edited_content, seen_content
from .routes_deploy import parse_result, receive_bundle, start_deployment
from .routes_search import find_content, matches_text
from .store import Row

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
UPDATABLE = {"name", "title", "description", "access_type"}


@route("GET", "/me", legacy=True)
@route("GET", "/users/current", legacy=True)
def me(call: Call) -> dict[str, Any]:
    """Return whose key this is, with its privileges."""
    row = call.engine.store.row("SELECT * FROM users WHERE guid = ?", (call.user.guid,)) or {}
    names = ("guid", "username", "email", "first_name", "last_name", "created_time", "updated_time", "active_time")
    return {
        **{name: row.get(name) for name in names},
        "user_role": call.user.role,
        "confirmed": True,
        "locked": False,
        "password": "",
        "preferences": {},
        "privileges": PRIVILEGES[call.user.role],
    }


@route("GET", "/applications", legacy=True)
def list_applications(call: Call) -> dict[str, Any]:
    """Return a page of content: ``{applications, count, total, continuation}``, newest deployment first."""
    store = call.engine.store
    start = int(call.number("cont" if call.query.get("cont") else "start", 0, low=0, high=2**31))
    count = int(call.number("count", 50, low=1, high=5000))
    conditions, values, least = _read_filters(call)
    search = call.query.get("search", "").casefold()
    if search:
        conditions.append(matches_text())
        values += [search] * 3
    order = "last_deployed_time DESC, id DESC"
    rows, _ = find_content(store, call.user, conditions, values, order=order)
    if least == "editor":
        rows = [row for row in rows if right_on(store, call.user, row) in ("owner", "editor")]
    page = rows[start : start + count]
    return {
        "applications": [application(call, row) for row in page],
        "count": len(page),
        "total": len(rows),
        "continuation": str(start + count) if start + count < len(rows) else "",
    }


def _read_filters(call: Call) -> tuple[list[str], list[Any], str]:
    conditions: list[str] = []
    values: list[Any] = []
    least = "viewer"
    for text in call.queries.get("filter", ()):
        key, _, value = text.partition(":")
        if key == "min_role" and value in ("viewer", "editor", "owner"):
            least = "editor" if value != "viewer" else least
            if value == "owner":
                conditions.append("owner_guid = ?")
                values.append(call.user.guid)
        elif key == "account_id" and is_id(value):
            conditions.append("owner_guid = (SELECT guid FROM users WHERE number = ?)")
            values.append(int(value))
        elif key == "name":
            conditions.append("name = ?")
            values.append(value)
        elif key in ("app_mode", "content_type") and (value in NUMBERS or is_id(value)):
            conditions.append("app_mode = ?")
            values.append(NAMES.get(int(value), "") if is_id(value) else value)
        else:
            raise Refusal(32)
    return conditions, values, least


@route("POST", "/applications", role="publisher", legacy=True)
def create_application(call: Call) -> dict[str, Any]:
    """Create a content item."""
    fields = call.json(dict.fromkeys(UPDATABLE, (str,)))
    check_fields(fields, call.engine.settings.version)
    return application(
        call,
        create_content(call.engine.store, call.user, {"access_type": call.engine.settings.default_access, **fields}),
    )


def named_guid(call: Call) -> str:
    """Return the GUID of the content in the path, which may be a number; refuses unknown numbers (404/4)."""
    item = call.path["id"]
    if not is_id(item):
        return item
    found = call.engine.store.row("SELECT guid FROM content WHERE id = ?", (int(item),))
    if found is None:
        raise Refusal(4)
    return str(found["guid"])


@route("GET", "/applications/{id}", legacy=True)
def read_application(call: Call) -> dict[str, Any]:
    """Return one content item, by number or GUID."""
    return application(call, seen_content(call, named_guid(call)))


@route("POST", "/applications/{id}", legacy=True)
def change_application(call: Call) -> dict[str, Any]:
    """Change a content item; clients send whole objects back, of which only some fields can change."""
    row = edited_content(call, named_guid(call))
    fields = call.json()
    if not isinstance(fields, dict):
        raise Refusal(121)
    wanted = {name: fields[name] for name in UPDATABLE & set(fields)}
    check_fields(wanted, call.engine.settings.version)
    return application(call, change_content(call.engine.store, row, wanted))


@route("POST", "/applications/{id}/upload", receives_file=True, legacy=True)
def upload(call: Call) -> dict[str, Any]:
    """Keep an uploaded bundle."""
    row = edited_content(call, named_guid(call), administrator=False)
    if row["locked"]:
        raise Refusal(222)
    bundle = receive_bundle(call, row)
    moment = bundle["created_time"]
    return {"id": bundle["id"], "app_id": row["id"], "created_time": moment, "updated_time": moment}


@route("POST", "/applications/{id}/deploy", legacy=True)
def deploy_application(call: Call) -> dict[str, Any]:
    """Start a deployment and return its task, in the old shape."""
    row = edited_content(call, named_guid(call))
    fields = call.json({"bundle": (int, str), "html": (bool,)})
    bundle = fields.get("bundle")
    return _legacy_task(call, start_deployment(call, row, None if bundle is None else str(bundle)), 0)


@route("GET", "/tasks/{id}", legacy=True)
async def read_task(call: Call) -> dict[str, Any]:
    """Return a task in the old shape; ``first_status`` leaves out earlier lines."""
    first = int(call.number("first_status", 0, low=0, high=2**31))
    await call.engine.tasks.wait(call.path["id"], call.number("wait", 0, low=0, high=20))
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(call.engine.workers, _legacy_task, call, call.path["id"], first)


def _legacy_task(call: Call, task_id: str, first: int) -> dict[str, Any]:
    row = call.engine.tasks.row(task_id, call.user)
    lines, last = call.engine.tasks.lines(task_id, first)
    return {
        "id": task_id,
        "user_id": call.user.number,
        "status": lines,
        "result": parse_result(row),
        "finished": bool(row["finished"]),
        "code": row["code"],
        "error": row["error"],
        "last_status": last,
    }


@route("GET", "/applications/{id}/config", legacy=True)
def application_config(call: Call) -> dict[str, Any]:
    """Return where the dashboard shows a content item."""
    row = seen_content(call, named_guid(call))
    return {"config_url": f"{call.root}/connect/#/apps/{row['guid']}"}


@route("GET", "/applications/{id}/environment", until=(2025, 7), legacy=True)
def application_environment(call: Call) -> dict[str, Any]:
    """Return the names of the environment variables; values stay on the server."""
    row = edited_content(call, named_guid(call))
    return {"version": 1, "values": dict.fromkeys(call.engine.variables.names(row["guid"]))}


@route("GET", "/applications/{id}/variants", legacy=True)
def variants(call: Call) -> list[dict[str, Any]]:
    """Return the one variant that every rendered content has."""
    row = seen_content(call, named_guid(call))
    return [variant(row)] if row["bundle_id"] is not None else []


def variant(row: Row) -> dict[str, Any]:
    """Return the default variant of a content item."""
    return {
        "id": row["id"],
        "app_id": row["id"],
        "key": row["variant_key"],
        "bundle_id": row["bundle_id"],
        "is_default": True,
        "name": "default",
        "email_collaborators": False,
        "email_viewers": False,
        "email_all": False,
        "created_time": row["created_time"],
        "rendering_id": row["bundle_id"],
        "render_time": row["last_deployed_time"],
        "render_duration": 0,
        "visibility": "public",
        "owner_id": 0,
    }


@route("POST", "/variants/{id}/render", legacy=True)
def render_variant(call: Call) -> dict[str, Any]:
    """Render the active bundle again."""
    row = edited_content(call, named_guid(call))
    if row["bundle_id"] is None:
        raise Refusal(59)
    return _legacy_task(call, start_deployment(call, row, str(row["bundle_id"])), 0)


@route("GET", "/v1/experimental/content", legacy=True, until=(2025,), deprecated="/v1/content")
def experimental_list(call: Call) -> list[dict[str, Any]]:
    """Return all content that the user sees."""
    rows, _ = find_content(call.engine.store, call.user, [], [])
    return [application(call, row) for row in rows]


@route("POST", "/v1/experimental/content", role="publisher", legacy=True, until=(2025,), deprecated="/v1/content")
def experimental_create(call: Call) -> dict[str, Any]:
    """Create a content item."""
    return create_application(call)  # type: ignore[no-any-return]


@route("GET", "/v1/experimental/content/{id}", legacy=True, until=(2025,), deprecated="/v1/content/{guid}")
def experimental_read(call: Call) -> dict[str, Any]:
    """Return one content item."""
    return read_application(call)  # type: ignore[no-any-return]


@route("POST", "/v1/experimental/content/{id}", legacy=True, until=(2025,), deprecated="/v1/content/{guid}")
def experimental_change(call: Call) -> dict[str, Any]:
    """Change a content item."""
    return change_application(call)  # type: ignore[no-any-return]


@route(
    "POST",
    "/v1/experimental/content/{id}/upload",
    receives_file=True,
    legacy=True,
    until=(2025,),
    deprecated="/v1/content/{guid}/bundles",
)
def experimental_upload(call: Call) -> dict[str, Any]:
    """Keep an uploaded bundle."""
    row = edited_content(call, named_guid(call), administrator=False)
    bundle = receive_bundle(call, row)
    return {"bundle_id": str(bundle["id"]), "size": bundle["size"]}


@route(
    "POST", "/v1/experimental/content/{id}/deploy", legacy=True, until=(2025,), deprecated="/v1/content/{guid}/deploy"
)
def experimental_deploy(call: Call) -> Answer:
    """Start a deployment."""
    row = edited_content(call, named_guid(call))
    fields = call.json({"bundle_id": (str, int)})
    bundle = fields.get("bundle_id")
    return Answer({"task_id": start_deployment(call, row, None if bundle is None else str(bundle))}, 202)


def application(call: Call, row: Row) -> dict[str, Any]:
    """Return a content item as the unversioned API shows it: numbers for ids and modes."""
    store = call.engine.store
    owner = store.row("SELECT * FROM users WHERE guid = ?", (row["owner_guid"],)) or {}
    settings = json.loads(row["settings"])
    return {
        "id": row["id"],
        "guid": row["guid"],
        "access_type": row["access_type"],
        **{name: settings.get(name) for name in (*WHOLE_NUMBERS, *FRACTIONS)},
        "url": f"{call.root}/content/{row['guid']}/",
        "vanity_url": store.row("SELECT 1 FROM vanities WHERE content_guid = ?", (row["guid"],)) is not None,
        "name": row["name"],
        "title": row["title"],
        "bundle_id": row["bundle_id"],
        "app_mode": NUMBERS[row["app_mode"]],
        "content_category": row["content_category"],
        "has_parameters": bool(row["parameterized"]),
        "created_time": row["created_time"],
        "last_deployed_time": row["last_deployed_time"],
        "build_status": 2 if row["bundle_id"] is not None else 0,
        "cluster_name": "Local",
        "image_name": "Local",
        "r_version": None,
        "py_version": row["py_version"],
        "quarto_version": row["quarto_version"],
        "run_as": None,
        "run_as_current_user": False,
        "description": row["description"],
        "EnvironmentJson": None,
        "app_role": right_on(store, call.user, row),
        "owner_first_name": owner.get("first_name"),
        "owner_last_name": owner.get("last_name"),
        "owner_username": owner.get("username"),
        "owner_guid": row["owner_guid"],
        "owner_email": owner.get("email"),
        "owner_locked": bool(owner.get("locked")),
        "is_scheduled": False,
        "git": None,
        "users": None,
        "groups": None,
        "vanities": None,
    }

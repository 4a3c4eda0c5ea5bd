"""Content items: how they look on the wire, who sees them, how they are made and changed."""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
from collections.abc import Collection, Mapping
from typing import Any

from ..api_errors import ApiError
from ..store.accounts import Account, right_on
from ..store.database import Row, Store, new_guid, new_key, now, seconds
from ..store.identifiers import check_guid
from ..store.schedules import schedule_of, shown_schedule
from .process_settings import check_processes
from .routing import Request

NAME = re.compile(r"[A-Za-z0-9_-]{3,64}")
NAME_WITH_DOTS = re.compile(r"[A-Za-z0-9_.-]{3,64}")
ACCESS_TYPES = ("all", "logged_in", "acl")
TIMEOUTS = ("connection_timeout", "read_timeout", "init_timeout", "idle_timeout")
WHOLE_NUMBERS = (
    *TIMEOUTS,
    "max_processes",
    "min_processes",
    "max_conns_per_process",
    "memory_request",
    "memory_limit",
    "amd_gpu_limit",
    "nvidia_gpu_limit",
)
NUMBERS = ("load_factor", "cpu_request", "cpu_limit")
TEXTS = ("run_as", "default_image_name", "service_account_name", "default_environment_guid")
SWITCHES = ("run_as_current_user", "default_r_environment_management", "default_py_environment_management")
SWITCHES_2026 = ("metrics_collection_enabled", "notify_on_share", "otel_enabled")

INCLUDES = {"owner", "tags", "vanity_url", "bookmarked", "schedule"}


def known_fields(version: tuple[int, ...], *, changing: bool) -> dict[str, tuple[type, ...]]:
    """Return the fields that a create or change request may have on a server of this version, with their types."""
    fields: dict[str, tuple[type, ...]] = dict.fromkeys(("name", "title", "description", "access_type"), (str,))
    fields |= dict.fromkeys(WHOLE_NUMBERS, (int,)) | dict.fromkeys(NUMBERS, (int, float))
    fields |= dict.fromkeys(TEXTS, (str,)) | dict.fromkeys(SWITCHES, (bool,))
    if version >= (2026,):
        fields |= dict.fromkeys(SWITCHES_2026, (bool,))
    if changing:
        fields["owner_guid"] = (str,)
        if version >= (2024, 8):
            fields |= {"locked": (bool,), "locked_message": (str,)}
        if version >= (2026,):
            fields["content_category"] = (str,)
    if version < (2022, 12):
        # Seen on 2022.08.0, where it was refused as unknown.
        for name in ("default_r_environment_management", "default_py_environment_management"):
            del fields[name]
    return fields


def check_fields(fields: Mapping[str, Any], version: tuple[int, ...], before: Row | None = None) -> None:
    """Refuse values that Connect refuses, with its numbers.

    Args:
        fields: What a request sets.
        version: The server's version.
        before: The content that is changed; None for a new one.
    """
    name, title, description = fields.get("name"), fields.get("title"), fields.get("description")
    if name and not (NAME_WITH_DOTS if version >= (2026,) else NAME).fullmatch(name):
        raise ApiError(5)
    if title and not 3 <= len(title) <= 1024:
        raise ApiError(122)
    if description is not None and len(description) > 4096:
        raise ApiError(123)
    if fields.get("access_type") is not None and fields["access_type"] not in ACCESS_TYPES:
        raise ApiError(117)
    if fields.get("load_factor") is not None and not 0 <= fields["load_factor"] <= 1:
        raise ApiError(150)
    if any(fields.get(each) is not None and not 0 <= fields[each] <= 2_592_000 for each in TIMEOUTS):
        raise ApiError(151)
    if fields.get("default_environment_guid") is not None:
        check_guid(fields["default_environment_guid"])
    check_processes({**(json.loads(before["settings"]) if before else {}), **fields})
    if fields.get("content_category") not in (None, "", "mcp"):
        raise ApiError(25, "The content category must be empty or mcp.")


def create_content(store: Store, account: Account, fields: Mapping[str, Any]) -> Row:
    """Add a content item and return its row; refuses a name that the owner has already (409/26)."""
    moment, guid = now(), new_guid()
    name = fields.get("name") or _generated_name()
    try:
        with store.transaction() as write:
            write.execute(
                "INSERT INTO content (guid, owner_guid, name, title, description, access_type, created_time,"
                " last_deployed_time, variant_key, settings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (guid, account.guid, name, fields.get("title") or None, fields.get("description") or "",
                 fields.get("access_type") or "acl", moment, moment, new_key(8), json.dumps(_settings(fields))),
            )  # fmt: skip
    except sqlite3.IntegrityError as error:
        raise ApiError(26) from error
    return content_row(store, guid)


def change_content(store: Store, row: Row, fields: Mapping[str, Any]) -> Row:
    """Change a content item and return its new row; null and missing texts stay as they are."""
    columns: dict[str, Any] = {}
    for name in ("name", "description", "access_type", "owner_guid", "locked_message", "content_category"):
        if fields.get(name) is not None and (name != "name" or fields[name]):
            columns[name] = fields[name]
    if "title" in fields:
        columns["title"] = fields["title"] or None
    if fields.get("locked") is not None:
        columns["locked"] = int(fields["locked"])
    columns["settings"] = json.dumps(json.loads(row["settings"]) | _settings(fields))
    assignments = ", ".join(f"{name} = ?" for name in columns)
    try:
        store.change(f"UPDATE content SET {assignments} WHERE guid = ?", (*columns.values(), row["guid"]))  # noqa: S608
    except sqlite3.IntegrityError as error:
        raise ApiError(26) from error
    return content_row(store, row["guid"])


def _settings(fields: Mapping[str, Any]) -> dict[str, Any]:
    names = {*WHOLE_NUMBERS, *NUMBERS, *TEXTS, *SWITCHES, *SWITCHES_2026}
    return {name: value for name, value in fields.items() if name in names}


def _generated_name() -> str:
    return f"content-{secrets.token_hex(6)}"


def content_row(store: Store, guid: str) -> Row:
    """Return a content item's row; refuses an unknown GUID (404/4) and what is no GUID (400/3)."""
    return store.need("SELECT * FROM content WHERE guid = ?", (check_guid(guid),))


def seen_content(request: Request, guid: str | None = None) -> Row:
    """Return the content of a request if its user may see it; administrators may; else 403/19."""
    row = content_row(request.store, guid or request.path["guid"])
    if right_on(request.store, request.user, row) == "none" and not request.user.is_administrator:
        raise ApiError(19)
    return row


def edited_content(request: Request, guid: str | None = None, *, administrator: bool = True) -> Row:
    """Return the content of a request if its user may change it; else 403/19, 403/22 or 403/21.

    Args:
        request: The request.
        guid: The content, when its path does not name it.
        administrator: False asks administrators to be collaborators first, as bundle uploads do.
    """
    row = seen_content(request, guid)
    if not request.user.may_publish:
        raise ApiError(22)
    if right_on(request.store, request.user, row) not in ("owner", "editor") and not (
        administrator and request.user.is_administrator
    ):
        raise ApiError(21)
    return row


def check_unlocked(row: Row, code: int) -> None:
    """Refuse to change locked content, with the given number."""
    if row["locked"]:
        raise ApiError(code)


def parse_include(request: Request) -> set[str]:
    """Return the options of ``include=``; refuses others (400/161)."""
    wanted = {each.strip() for each in request.query.get("include", "").split(",") if each.strip()}
    if wanted - (INCLUDES if request.version >= (2024, 6) else {"owner", "tags"}):
        raise ApiError(161)
    return wanted


def content_object(request: Request, row: Row, *, include: Collection[str] = ()) -> dict[str, Any]:
    """Return a content item as the v1 API shows it to this user; viewers get null for its environment."""
    store, version = request.store, request.version
    role = right_on(store, request.user, row)
    settings = json.loads(row["settings"])
    told = request.user.may_publish
    vanity = store.row("SELECT path FROM vanities WHERE content_guid = ?", (row["guid"],))
    built = told and row["bundle_id"] is not None
    answer: dict[str, Any] = {
        "guid": row["guid"],
        "name": row["name"],
        "title": row["title"],
        "description": row["description"],
        "access_type": row["access_type"],
        **{name: settings.get(name) for name in (*WHOLE_NUMBERS, *NUMBERS)},
        "service_account_name": settings.get("service_account_name"),
        "default_image_name": settings.get("default_image_name"),
        "created_time": seconds(row["created_time"]),
        "last_deployed_time": seconds(row["last_deployed_time"]),
        "bundle_id": str(row["bundle_id"]) if row["bundle_id"] is not None else None,
        "app_mode": row["app_mode"],
        "content_category": row["content_category"],
        "parameterized": bool(row["parameterized"]),
        "cluster_name": "Local" if built else None,
        "image_name": "Local" if built else None,
        "r_version": None,
        "py_version": row["py_version"] if told else None,
        "quarto_version": row["quarto_version"] if told else None,
        "r_environment_management": None,
        "default_r_environment_management": settings.get("default_r_environment_management"),
        "py_environment_management": _switch(row["py_environment_management"]) if told else None,
        "default_py_environment_management": settings.get("default_py_environment_management"),
        "run_as": settings.get("run_as"),
        "run_as_current_user": bool(settings.get("run_as_current_user")),
        "owner_guid": row["owner_guid"],
        "content_url": request.root + (vanity["path"] if vanity else f"/content/{row['guid']}/"),
        "dashboard_url": f"{request.root}/connect/#/apps/{row['guid']}",
        "app_role": role,
        "id": str(row["id"]),
    }
    answer |= _later_fields(row, settings, version)
    return answer | _included(request, row, include, vanity)


def _later_fields(row: Row, settings: Mapping[str, Any], version: tuple[int, ...]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if version >= (2024, 8):
        fields |= {"locked": bool(row["locked"]), "locked_message": row["locked_message"]}
    if version >= (2025, 9):
        fields |= {
            "environment_guid": None,
            "default_environment_guid": settings.get("default_environment_guid"),
            "public_content_status": "unrestricted" if row["access_type"] == "all" else "none",
        }
    if version >= (2026,):
        fields |= {
            "node_version": None,
            "metrics_collection_enabled": settings.get("metrics_collection_enabled"),
            "notify_on_share": bool(settings.get("notify_on_share", True)),
            "otel_enabled": settings.get("otel_enabled"),
            "draft_marker_enabled": True,
        }
    return fields


def _included(request: Request, row: Row, include: Collection[str], vanity: Row | None) -> dict[str, Any]:
    store = request.store
    fields: dict[str, Any] = {}
    if "owner" in include:
        fields["owner"] = store.row(
            "SELECT guid, username, first_name, last_name FROM users WHERE guid = ?", (row["owner_guid"],)
        )
    if "tags" in include:
        tags = content_tags(store, row["guid"])
        if tags or not (2024, 6) <= request.version < (2026, 2):  # in between, no tags are no key
            fields["tags"] = tags
    if "vanity_url" in include and vanity:
        fields["vanity_url"] = request.root + vanity["path"]
    if "bookmarked" in include:
        fields["bookmarked"] = False
    if "schedule" in include:
        schedule = schedule_of(store, row["guid"])
        named = {"key": row["variant_key"], "name": "default", "is_default": True}
        fields["schedules"] = [{**shown_schedule(store, schedule), "variant": named}] if schedule else []
    return fields


def content_tags(store: Store, guid: str) -> list[dict[str, Any]]:
    """Return the tags of a content with their ancestors, but without the category at the top."""
    rows = store.rows(
        "SELECT tags.* FROM tags JOIN content_tags ON tags.id = tag_id WHERE content_guid = ? AND parent_id IS NOT NULL"
        " ORDER BY tags.id",
        (guid,),
    )
    return [tag_object(row) for row in rows]


def tag_object(row: Row) -> dict[str, Any]:
    """Return a tag as the v1 API shows it."""
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "parent_id": str(row["parent_id"]) if row["parent_id"] is not None else None,
        "created_time": seconds(row["created_time"]),
        "updated_time": seconds(row["updated_time"]),
    }


def _switch(value: int | None) -> bool | None:
    return None if value is None else bool(value)

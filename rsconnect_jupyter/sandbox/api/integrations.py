"""OAuth integrations and which content uses them. Nobody signs in with one here; their secrets never come back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ..api_errors import ApiError
from ..store.database import Row, new_guid, now, seconds
from ..store.identifiers import check_guid
from .content_items import edited_content, seen_content
from .routing import Request, Response, route

SINCE: dict[str, Any] = {"since": (2024, 12)}
FIELDS: dict[str, tuple[type, ...]] = {"name": (str,), "description": (str,), "config": (dict,), "permissions": (list,)}
TEMPLATES = ("custom", "azure", "databricks", "github", "google", "salesforce", "snowflake")
SECRET = re.compile(r"secret|password|token$|private_key")


@route("GET", "/v1/oauth/sessions", **SINCE)
def no_sessions(_request: Request) -> list[Any]:
    """Return no sessions."""
    return []


@route("GET", "/v1/oauth/sessions/{guid}", **SINCE)
def no_session(request: Request) -> Any:
    """Refuse: there are no sessions."""
    check_guid(request.path["guid"])
    raise ApiError(4)


@route("GET", "/v1/oauth/templates", **SINCE)
def list_templates(_request: Request) -> list[dict[str, Any]]:
    """Return what integrations can be made of."""
    return [{"name": name, "description": "", "options": [], "fields": []} for name in TEMPLATES]


@route("GET", "/v1/oauth/integrations", role="publisher", **SINCE)
def list_integrations(request: Request) -> list[dict[str, Any]]:
    """Return all integrations."""
    return [_integration_object(request, row) for row in request.store.rows("SELECT * FROM integrations ORDER BY id")]


@route("POST", "/v1/oauth/integrations", role="administrator", **SINCE)
def create_integration(request: Request) -> dict[str, Any]:
    """Add an integration."""
    fields = request.json({**FIELDS, "template": (str,)})
    if fields.get("template") not in TEMPLATES:
        raise ApiError(227)
    guid, moment = new_guid(), now()
    request.store.change(
        "INSERT INTO integrations (guid, name, description, template, config, permissions, created_time, updated_time)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (guid, *_texts(fields), fields["template"], *_data(request, fields), moment, moment),
    )
    return _integration_object(request, _integration(request, guid))


def _texts(fields: Mapping[str, Any]) -> tuple[str, str]:
    name = (fields.get("name") or "").strip()
    if not name:
        raise ApiError(225)
    return name, fields.get("description") or ""


def _data(request: Request, fields: Mapping[str, Any]) -> tuple[str, str]:
    permissions = []
    for each in fields.get("permissions") or []:
        given = {name: guid for name, guid in each.items() if guid} if isinstance(each, dict) else {}
        if len(given) != 1 or not set(given) <= {"user_guid", "group_guid"}:
            raise ApiError(121, "A permission names one user_guid or group_guid.")
        [(name, guid)] = given.items()
        table = "users" if name == "user_guid" else "groups"
        if not isinstance(guid, str) or not request.store.row(f"SELECT 1 FROM {table} WHERE guid = ?", (guid,)):  # noqa: S608
            raise ApiError(9 if table == "users" else 153)
        permissions.append({"user_guid": None, "group_guid": None, name: guid})
    return json.dumps(fields.get("config") or {}), json.dumps(permissions)


@route("GET", "/v1/oauth/integrations/{guid}", role="publisher", **SINCE)
def read_integration(request: Request) -> dict[str, Any]:
    """Return one integration."""
    return _integration_object(request, _integration(request, request.path["guid"]))


@route("PATCH", "/v1/oauth/integrations/{guid}", role="administrator", **SINCE)
def change_integration(request: Request) -> dict[str, Any]:
    """Change an integration; settings that are not given stay."""
    row = _integration(request, request.path["guid"])
    given = {name: value for name, value in request.json(FIELDS).items() if value is not None}
    before = {**row, "config": json.loads(row["config"]), "permissions": json.loads(row["permissions"])}
    fields = {**before, **given, "config": before["config"] | given.get("config", {})}
    request.store.change(
        "UPDATE integrations SET name = ?, description = ?, config = ?, permissions = ?, updated_time = ?"
        " WHERE guid = ?",
        (*_texts(fields), *_data(request, fields), now(), row["guid"]),
    )
    return _integration_object(request, _integration(request, row["guid"]))


@route("DELETE", "/v1/oauth/integrations/{guid}", role="administrator", **SINCE)
def delete_integration(request: Request) -> Response:
    """Delete an integration; content no longer uses it."""
    guid = _integration(request, request.path["guid"])["guid"]
    request.store.change("DELETE FROM integrations WHERE guid = ?", (guid,))
    return Response(status=204)


def _integration(request: Request, guid: str) -> Row:
    return request.store.need("SELECT * FROM integrations WHERE guid = ?", (check_guid(guid),))


def _integration_object(request: Request, row: Row) -> dict[str, Any]:
    config = json.loads(row["config"])
    count = request.store.row("SELECT count(*) AS n FROM associations WHERE integration_guid = ?", (row["guid"],))
    return {
        "id": str(row["id"]),
        **{name: row[name] for name in ("guid", "name", "description", "template")},
        "auth_type": _auth_type(row),
        "config": {name: value for name, value in config.items() if not SECRET.search(name)},
        "permissions": json.loads(row["permissions"]),
        "environment_variables": [],
        **{name: seconds(row[name]) for name in ("created_time", "updated_time")},
        **({"content_count": (count or {"n": 0})["n"]} if request.user.is_administrator else {}),
    }


def _auth_type(row: Row) -> str:
    return str(json.loads(row["config"]).get("auth_type") or "Viewer")


@route("GET", "/v1/oauth/integrations/{guid}/associations", role="administrator", **SINCE)
def integration_associations(request: Request) -> list[dict[str, Any]]:
    """Return which content uses an integration."""
    return _associations(request, "integration_guid", _integration(request, request.path["guid"])["guid"])


@route("GET", "/v1/content/{guid}/oauth/integrations/associations", **SINCE)
def content_associations(request: Request) -> list[dict[str, Any]]:
    """Return the integrations that a content uses."""
    return _associations(request, "content_guid", seen_content(request)["guid"])


@route("PUT", "/v1/content/{guid}/oauth/integrations/associations", **SINCE)
def associate(request: Request) -> Response:
    """Replace the integrations that a content uses; refuses unknown ones (404/4) and repetitions (400/258)."""
    row, wanted = edited_content(request), request.json()
    if not isinstance(wanted, list) or not all(_names_one(each) for each in wanted):
        raise ApiError(121)
    guids = [_integration(request, each["oauth_integration_guid"])["guid"] for each in wanted]
    if len(set(guids)) < len(guids):
        raise ApiError(258)
    with request.store.transaction() as write:
        write.execute("DELETE FROM associations WHERE content_guid = ?", (row["guid"],))
        write.executemany("INSERT INTO associations VALUES (?, ?, ?)", [(row["guid"], guid, now()) for guid in guids])
    return Response(status=204)


def _names_one(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and set(entry) == {"oauth_integration_guid"}
        and isinstance(entry["oauth_integration_guid"], str)
    )


def _associations(request: Request, column: str, guid: str) -> list[dict[str, Any]]:
    query = (
        "SELECT integrations.*, content_guid, associations.created_time AS associated FROM associations"  # noqa: S608
        f" JOIN integrations ON integration_guid = integrations.guid WHERE {column} = ? ORDER BY associated"
    )
    return [
        {
            "app_guid": row["content_guid"],
            "content_guid": row["content_guid"],
            **{f"oauth_integration_{name}": row[name] for name in ("guid", "name", "description", "template")},
            "oauth_integration_auth_type": _auth_type(row),
            "created_time": seconds(row["associated"]),
        }
        for row in request.store.rows(query, (guid,))
    ]

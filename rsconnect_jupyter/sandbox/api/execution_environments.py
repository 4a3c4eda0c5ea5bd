"""v1 environments: the one in which content runs, and descriptions of others that administrators keep."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from ..api_errors import ApiError
from ..runtime.environments import python_version
from ..runtime.quarto import quarto_version
from ..store.database import Row, new_guid, now, seconds
from ..store.identifiers import check_guid
from .routing import Request, Response, route

LANGUAGES = ("python", "quarto", "r", "tensorflow")
LOCAL = {
    "id": 1,
    "guid": "00000000-0000-4000-8000-000000000001",
    "title": "Local",
    "description": None,
    "cluster_name": "Local",
    "name": "Local",
    "matching": "any",
    "supervisor": None,
    "created_time": "2026-01-01T00:00:00Z",
    "updated_time": "2026-01-01T00:00:00Z",
}
TEXTS = ("title", "description", "matching", "supervisor")


@route("GET", "/v1/environments", since=(2023, 5))
def list_environments(request: Request) -> list[dict[str, Any]]:
    """Return all environments, the local one first."""
    rows = request.store.rows("SELECT * FROM environments ORDER BY id")
    return [_environment_object(request, row) for row in (LOCAL, *rows)]


@route("POST", "/v1/environments", role="administrator", since=(2023, 5))
def create_environment(request: Request) -> dict[str, Any]:
    """Keep the description of an environment; no content runs in it."""
    fields = request.json(_known(request, "cluster_name", "name"))
    if fields.get("cluster_name") != "Kubernetes":
        raise ApiError(170)
    if not fields.get("name"):
        raise ApiError(171)
    _check(fields)
    guid, moment = new_guid(), now()
    with request.store.transaction() as write:
        if request.store.row("SELECT 1 FROM environments WHERE name = ?", (fields["name"],)):
            raise ApiError(175)
        values = (guid, fields["cluster_name"], fields["name"], moment, moment, json.dumps(fields))
        write.execute(
            "INSERT INTO environments (guid, cluster_name, name, created_time, updated_time, fields)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            values,
        )
    return _environment_object(request, _row(request, guid))


@route("GET", "/v1/environments/{guid}", since=(2023, 5))
def read_environment(request: Request) -> dict[str, Any]:
    """Return one environment."""
    return _environment_object(request, _row(request, request.path["guid"]))


@route("PUT", "/v1/environments/{guid}", role="administrator", since=(2023, 5))
def change_environment(request: Request) -> dict[str, Any]:
    """Replace an environment's description."""
    row = _changeable(request)
    fields = request.json(_known(request))
    _check(fields)
    change = "UPDATE environments SET fields = ?, updated_time = ? WHERE id = ?"
    request.store.change(change, (json.dumps(fields), now(), row["id"]))
    return _environment_object(request, _row(request, row["guid"]))


@route("DELETE", "/v1/environments/{guid}", role="administrator", since=(2023, 5))
def delete_environment(request: Request) -> Response:
    """Remove an environment's description."""
    request.store.change("DELETE FROM environments WHERE id = ?", (_changeable(request)["id"],))
    return Response(status=204)


def _known(request: Request, *more: str) -> dict[str, tuple[type, ...]]:
    languages = LANGUAGES + (("nodejs",) if request.version >= (2026, 4) else ())
    known: dict[str, tuple[type, ...]] = dict.fromkeys((*TEXTS, *more), (str,))
    known |= dict.fromkeys(languages, (dict,))
    return known | ({"volume_mounts": (list,)} if request.version >= (2026,) else {})


def _check(fields: dict[str, Any]) -> None:
    if not 1 <= len(fields.get("title") or "x") <= 64:
        raise ApiError(168)
    if len(fields.get("description") or "") > 4096:
        raise ApiError(169)
    if fields.get("matching") not in (None, "any", "exact", "none"):
        raise ApiError(172)
    if re.search(r"[\t\n\b\f\r]", fields.get("supervisor") or ""):
        raise ApiError(177)
    for language in (*LANGUAGES, "nodejs"):
        installations = (fields.get(language) or {}).get("installations") or []
        if not isinstance(installations, list) or not all(isinstance(each, dict) for each in installations):
            raise ApiError(121)
        for each in installations:
            if not str(each.get("path") or "").startswith("/"):
                raise ApiError(173)
            if not re.fullmatch(r"\d+\.\d+\.\d+\S*", str(each.get("version") or ""), re.ASCII):
                raise ApiError(174)


def _changeable(request: Request) -> Row:
    row = _row(request, request.path["guid"])
    if row["id"] == LOCAL["id"]:
        raise ApiError(265)
    return row


def _row(request: Request, guid: str) -> Row:
    if check_guid(guid) == LOCAL["guid"]:
        return LOCAL
    return request.store.need("SELECT * FROM environments WHERE guid = ?", (check_guid(guid),))


def _environment_object(request: Request, row: Row) -> dict[str, Any]:
    """Return an environment; since 2026 languages are objects, and there are more fields."""
    local, newer, quarto = row["id"] == LOCAL["id"], request.version >= (2026,), quarto_version()
    fields = {**LOCAL, "supervisor": None} if local else json.loads(row["fields"])
    if local:
        fields["python"] = {"installations": [{"version": python_version(), "path": sys.executable}]}
        fields["quarto"] = {"installations": [{"version": quarto, "path": "quarto"}]} if quarto else None
    languages = (*LANGUAGES, "nodejs") if newer else LANGUAGES
    nothing: dict[str, Any] | None = {"installations": []} if newer else None
    answer = {
        "id": str(row["id"]),
        "guid": row["guid"],
        "cluster_name": row["cluster_name"],
        "name": row["name"],
        "environment_type": row["cluster_name"],
        **{name: fields.get(name) for name in TEXTS},
        **{name: fields.get(name) or nothing for name in languages},
        "created_time": seconds(row["created_time"]),
        "updated_time": seconds(row["updated_time"]),
    }
    answer["title"] = answer["title"] or row["name"]
    answer["matching"] = answer["matching"] or "any"
    if newer:
        answer |= {"managed_by": "config" if local else None, "volume_mounts": fields.get("volume_mounts") or []}
    return answer

"""Pages for administrators: checks of the server itself, and its caches."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from typing import Any

from ..api_errors import ApiError
from ..runtime.app_commands import is_installed
from ..runtime.environments import python_version
from ..runtime.quarto import quarto_version
from ..store.database import Row, now, seconds
from ..store.identifiers import check_id
from .routing import Request, Response, route


@route("GET", "/v1/system/caches/runtime", role="administrator", since=(2024, 5))
def runtime_caches(request: Request) -> dict[str, Any]:
    """Return the environments that were made of requirements and are kept."""
    folder = request.store.folder / "environments"
    names = sorted(each.name for each in folder.iterdir() if each.is_dir())
    cache = {"language": "Python", "version": python_version(), "image_name": "Local"}
    return {"caches": [cache] if names else []}


@route("DELETE", "/v1/system/caches/runtime", role="administrator", since=(2024, 5))
def delete_cache(request: Request) -> dict[str, Any]:
    """Remove the kept environments of this Python; others are refused (404/4)."""
    known = dict.fromkeys(("language", "version", "image_name"), (str,))
    fields = request.json({**known, "dry_run": (bool,)})
    cache = {name: fields.get(name) for name in known}
    if cache not in runtime_caches(request)["caches"]:
        raise ApiError(4, "Cache does not exist")
    if fields.get("dry_run"):
        return {**cache, "task_id": None}
    for each in (request.store.folder / "environments").iterdir():
        shutil.rmtree(each, ignore_errors=True)
    task_id = request.services.tasks.start(request.user)
    request.services.tasks.finish(task_id)
    return {**cache, "task_id": task_id}


@route("GET", "/v1/system/checks", role="administrator", since=(2024,))
def list_checks(request: Request) -> list[dict[str, Any]]:
    """Return all runs of the checks."""
    return [_run_object(row) for row in request.store.rows("SELECT * FROM system_checks ORDER BY id")]


@route("POST", "/v1/system/checks", role="administrator", since=(2024,))
def run_checks(request: Request) -> dict[str, Any]:
    """Run the checks; they take no time, so the run is done when it is answered."""
    hostname = request.json({"hostname": (str,)}).get("hostname")
    if hostname not in (None, "", socket.gethostname()):
        raise ApiError(162)
    results = json.dumps(_results(request))
    with request.store.transaction() as write:
        query = "INSERT INTO system_checks (start_time, results) VALUES (?, ?)"
        number = write.execute(query, (now(), results)).lastrowid
    return _run_object(_run(request, str(number)))


@route("GET", "/v1/system/checks/{id}", role="administrator", since=(2024,))
def read_check(request: Request) -> dict[str, Any]:
    """Return one run of the checks."""
    return _run_object(_run(request, request.path["id"]))


@route("GET", "/v1/system/checks/{id}/results", role="administrator", since=(2024,))
def check_results(request: Request) -> dict[str, Any]:
    """Return what each check of a run found."""
    row = _run(request, request.path["id"])
    return {"run": _run_object(row), "results": json.loads(row["results"])}


@route("DELETE", "/v1/system/checks/{id}", role="administrator", since=(2024,))
def delete_check(request: Request) -> Response:
    """Forget a run of the checks."""
    request.store.change("DELETE FROM system_checks WHERE id = ?", (_run(request, request.path["id"])["id"],))
    return Response(status=204)


def _results(request: Request) -> list[dict[str, Any]]:
    """Return the results of all checks: what content needs, and whether the database is whole."""
    database = (request.store.row("PRAGMA quick_check") or {}).get("quick_check")
    found = [
        ("python", "version", python_version() + " at " + sys.executable, ""),
        ("python", "nbconvert", "", "" if is_installed("nbconvert") else "nbconvert is not installed"),
        ("python", "voila", "", "" if is_installed("voila") else "voila is not installed"),
        ("quarto", "version", quarto_version() or "", "" if quarto_version() else "quarto is not on the PATH"),
        ("git", "program", shutil.which("git") or "", "" if shutil.which("git") else "git is not on the PATH"),
        ("database", "integrity", str(database), "" if database == "ok" else "the database is damaged"),
    ]
    return [
        {
            "group": {"name": group, "args": ""},
            "test": {"name": test, "args": ""},
            "passed": not error,
            "output": output,
            "error": error,
        }
        for group, test, output, error in found
    ]


def _run(request: Request, number: str) -> Row:
    return request.store.need("SELECT * FROM system_checks WHERE id = ?", (check_id(number),))


def _run_object(row: Row) -> dict[str, Any]:
    passed = [each["passed"] for each in json.loads(row["results"])]
    return {
        "id": str(row["id"]),
        "start_time": seconds(row["start_time"]),
        "hostname": socket.gethostname(),
        "status": "done",
        "passed": passed.count(True),
        "failed": passed.count(False),
    }

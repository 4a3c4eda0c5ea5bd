"""v1 jobs and their logs, and what the server knows about a content's packages."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

from ..api_errors import ApiError
from ..runtime.environments import python_version
from ..runtime.job_log import job_object
from ..store.database import Row
from .content_items import edited_content, seen_content
from .routing import Request, Response, page_of, route
from .search import find_content

TAIL_PAUSE = 0.5
TEXT = {"Content-Type": "text/plain; charset=utf-8"}


@route("GET", "/v1/content/{guid}/jobs", since=(2022, 10))
def list_jobs(request: Request) -> list[dict[str, Any]]:
    """Return the jobs of a content, newest first."""
    row = edited_content(request)
    query = "SELECT * FROM jobs WHERE content_guid = ? ORDER BY id DESC"
    return [job_object(job, row, request.version) for job in request.store.rows(query, (row["guid"],))]


@route("GET", "/v1/content/{guid}/jobs/{key}", since=(2022, 10))
def read_job(request: Request) -> dict[str, Any]:
    """Return one job."""
    row, job = _job(request)
    return job_object(job, row, request.version)


@route("GET", "/v1/content/{guid}/jobs/{key}/log", since=(2022, 10))
def job_log(request: Request) -> dict[str, Any]:
    """Return the last lines of a job's log: ``{entries: [{source, timestamp, data}]}``."""
    limit = int(request.number("maxLogLines", 5000, low=1, high=100_000))
    _, job = _job(request)
    return {"entries": _entries(request, job)[-limit:]}


@route("GET", "/v1/content/{guid}/jobs/{key}/error", since=(2022, 10))
def job_error(request: Request) -> Any:
    """Return why a job failed, nothing (204) when it did not."""
    _, job = _job(request)
    if not job["exit_code"]:
        return Response(status=204)
    summary = job["error"] or f"The process ended with exit code {job['exit_code']}."
    return {"code": "process-failed", "summary": summary, "help_url": ""}


@route("GET", "/v1/content/{guid}/jobs/{key}/download", since=(2022, 10))
def download_log(request: Request) -> Response:
    """Return a job's log as a text file."""
    _, job = _job(request)
    name = re.sub(r"[^A-Za-z0-9._-]", "_", request.query.get("filename") or f"{job['key']}.log")
    return Response(
        _text(_entries(request, job)), 200, {**TEXT, "Content-Disposition": f'attachment; filename="{name}"'}
    )


@route("GET", "/v1/content/{guid}/jobs/{key}/tail", since=(2022, 10))
async def tail_log(request: Request) -> Response:
    """Return a job's log as it is written, until the job ends."""
    await _elsewhere(request, _job, request)
    return Response(_follow(request), 200, TEXT)


async def _follow(request: Request) -> AsyncIterator[bytes]:
    """Yield what is new in a job's log again and again; nothing new is an empty piece."""
    seen = 0
    while True:
        try:
            _, job = await _elsewhere(request, _job, request)
        except ApiError:  # deleted meanwhile
            return
        entries = await _elsewhere(request, _entries, request, job, seen)
        seen += len(entries)
        yield _text(entries)
        if job["status"] != 0:
            return
        await asyncio.sleep(TAIL_PAUSE)


async def _elsewhere(request: Request, function: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(request.services.workers, function, *arguments)


def _text(entries: list[dict[str, Any]]) -> bytes:
    return "".join(f"{entry['timestamp']} {entry['data']}\n" for entry in entries).encode()


@route("DELETE", "/v1/content/{guid}/jobs/{key}", since=(2022, 10))
def kill_job(request: Request) -> dict[str, Any]:
    """End a running job; one that is not running is refused (409/163)."""
    row, job = _job(request)
    if job["status"] != 0 or not (
        request.services.runtime.processes.cancel(job["key"]) or request.services.apps.stop_job(job["key"])
    ):
        raise ApiError(163)
    return {
        "guid": job["key"],
        "app_id": str(row["id"]),
        "app_guid": row["guid"],
        "job_id": str(job["id"]),
        "job_key": job["key"],
        "result": None,
    }


def _job(request: Request) -> tuple[Row, Row]:
    row = edited_content(request)
    query = "SELECT * FROM jobs WHERE key = ? AND content_guid = ?"
    job = request.store.need(query, (request.path["key"], row["guid"]))
    return row, job


def _entries(request: Request, job: Row, first: int = 0) -> list[dict[str, Any]]:
    query = "SELECT source, timestamp, data FROM job_lines WHERE job_key = ? AND number >= ? ORDER BY number"
    return request.store.rows(query, (job["key"], first))


@route("GET", "/v1/content/{guid}/lockfile", since=(2025, 12))
def lockfile(request: Request) -> Response:
    """Return the packages of a content's environment, as a requirements file."""
    bundle = _active_bundle(request)
    if bundle is None or not bundle["py_environment_management"]:
        message = "Content does not have a managed Python environment"
        return Response({"code": 1, "error": message}, 400)
    text = "".join(f"{line}\n" for line in json.loads(bundle["packages"] or "[]"))
    return Response(text.encode(), 200, {**TEXT, "Generated-By": f"connect; python={bundle['py_version']}"})


@route("GET", "/v1/content/{guid}/packages", since=(2024, 11))
def packages(request: Request) -> Any:
    """Return the packages of a content's environment; nothing (204) before the first deployment."""
    row, bundle = seen_content(request), _active_bundle(request)
    return Response(status=204) if bundle is None else _packages(row, bundle, request.version)


@route("GET", "/v1/packages", since=(2024, 11))
def all_packages(request: Request) -> dict[str, Any]:
    """Return a page of the packages of all content that the user sees."""
    found: list[dict[str, Any]] = []
    for row in find_content(request.store, request.user, ["bundle_id IS NOT NULL"], [])[0]:
        bundle = request.store.row("SELECT * FROM bundles WHERE id = ?", (row["bundle_id"],))
        found += _packages(row, bundle, request.version) if bundle else []
    return page_of(request, found, largest=1_000_000)


def _packages(row: Row, bundle: Row, version: tuple[int, ...]) -> list[dict[str, Any]]:
    answer = []
    for line in json.loads(bundle["packages"] or "[]"):
        name, _, release = line.partition("==")
        answer.append(
            {
                **({"app_id": str(row["id"]), "app_guid": row["guid"]} if version >= (2026,) else {}),
                "language": "python",
                "language_version": bundle["py_version"] or python_version(),
                "name": name,
                "version": release,
                "hash": None,
                "bundle_id": str(bundle["id"]),
                "content_id": str(row["id"]),
                "content_guid": row["guid"],
            }
        )
    return answer


def _active_bundle(request: Request) -> Row | None:
    return request.store.row("SELECT * FROM bundles WHERE id = ?", (seen_content(request)["bundle_id"],))

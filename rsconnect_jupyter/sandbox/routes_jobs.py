"""v1 jobs and their logs, and what the server knows about a content's packages."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

from .calls import Answer, Call, page_of, route
from .codes import Refusal
from .contents import edited_content, seen_content
from .environments import python_version
from .jobs import job_object
from .routes_search import find_content
from .store import Row

TAIL_PAUSE = 0.5
TEXT = {"Content-Type": "text/plain; charset=utf-8"}


@route("GET", "/v1/content/{guid}/jobs", since=(2022, 10))
def list_jobs(call: Call) -> list[dict[str, Any]]:
    """Return the jobs of a content, newest first."""
    row = edited_content(call)
    query = "SELECT * FROM jobs WHERE content_guid = ? ORDER BY id DESC"
    return [job_object(job, row) for job in call.engine.store.rows(query, (row["guid"],))]


@route("GET", "/v1/content/{guid}/jobs/{key}", since=(2022, 10))
def read_job(call: Call) -> dict[str, Any]:
    """Return one job."""
    row, job = _job(call)
    return job_object(job, row)


@route("GET", "/v1/content/{guid}/jobs/{key}/log", since=(2022, 10))
def job_log(call: Call) -> dict[str, Any]:
    """Return the last lines of a job's log: ``{entries: [{source, timestamp, data}]}``."""
    limit = int(call.number("maxLogLines", 5000, low=1, high=100_000))
    _, job = _job(call)
    return {"entries": _entries(call, job)[-limit:]}


@route("GET", "/v1/content/{guid}/jobs/{key}/error", since=(2022, 10))
def job_error(call: Call) -> Any:
    """Return why a job failed, nothing (204) when it did not."""
    _, job = _job(call)
    if not job["exit_code"]:
        return Answer(status=204)
    summary = job["error"] or f"The process ended with exit code {job['exit_code']}."
    return {"code": "process-failed", "summary": summary, "help_url": ""}


@route("GET", "/v1/content/{guid}/jobs/{key}/download", since=(2022, 10))
def download_log(call: Call) -> Answer:
    """Return a job's log as a text file."""
    _, job = _job(call)
    name = re.sub(r"[^A-Za-z0-9._-]", "_", call.query.get("filename") or f"{job['key']}.log")
    return Answer(_text(_entries(call, job)), 200, {**TEXT, "Content-Disposition": f'attachment; filename="{name}"'})


@route("GET", "/v1/content/{guid}/jobs/{key}/tail", since=(2022, 10))
async def tail_log(call: Call) -> Answer:
    """Return a job's log as it is written, until the job ends."""
    await _elsewhere(call, _job, call)
    return Answer(_follow(call), 200, TEXT)


async def _follow(call: Call) -> AsyncIterator[bytes]:
    """Yield what is new in a job's log again and again; nothing new is an empty piece."""
    seen = 0
    while True:
        try:
            _, job = await _elsewhere(call, _job, call)
        except Refusal:  # deleted meanwhile
            return
        entries = await _elsewhere(call, _entries, call, job, seen)
        seen += len(entries)
        yield _text(entries)
        if job["status"] != 0:
            return
        await asyncio.sleep(TAIL_PAUSE)


async def _elsewhere(call: Call, function: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(call.engine.workers, function, *arguments)


def _text(entries: list[dict[str, Any]]) -> bytes:
    return "".join(f"{entry['timestamp']} {entry['data']}\n" for entry in entries).encode()


@route("DELETE", "/v1/content/{guid}/jobs/{key}", since=(2022, 10))
def kill_job(call: Call) -> dict[str, Any]:
    """End a running job; one that is not running is refused (409/163)."""
    row, job = _job(call)
    if job["status"] != 0 or not (call.engine.runner.cancel_job(job["key"]) or call.engine.apps.stop_job(job["key"])):
        raise Refusal(163)
    return {
        "guid": job["key"],
        "app_id": str(row["id"]),
        "app_guid": row["guid"],
        "job_id": str(job["id"]),
        "job_key": job["key"],
        "result": None,
    }


def _job(call: Call) -> tuple[Row, Row]:
    row = edited_content(call)
    query = "SELECT * FROM jobs WHERE key = ? AND content_guid = ?"
    job = call.engine.store.row(query, (call.path["key"], row["guid"]))
    if job is None:
        raise Refusal(4)
    return row, job


def _entries(call: Call, job: Row, first: int = 0) -> list[dict[str, Any]]:
    query = "SELECT source, timestamp, data FROM job_lines WHERE job_key = ? AND number >= ? ORDER BY number"
    return call.engine.store.rows(query, (job["key"], first))


@route("GET", "/v1/content/{guid}/lockfile", since=(2025, 12))
def lockfile(call: Call) -> Answer:
    """Return the packages of a content's environment, as a requirements file."""
    bundle = _active_bundle(call)
    if bundle is None or not bundle["py_environment_management"]:
        message = "Content does not have a managed Python environment"
        return Answer({"code": 1, "error": message}, 400)
    text = "".join(f"{line}\n" for line in json.loads(bundle["packages"] or "[]"))
    return Answer(text.encode(), 200, {**TEXT, "Generated-By": f"connect; python={bundle['py_version']}"})


@route("GET", "/v1/content/{guid}/packages", since=(2024, 11))
def packages(call: Call) -> Any:
    """Return the packages of a content's environment; nothing (204) before the first deployment."""
    row, bundle = seen_content(call), _active_bundle(call)
    return Answer(status=204) if bundle is None else _packages(row, bundle)


@route("GET", "/v1/packages", since=(2024, 11))
def all_packages(call: Call) -> dict[str, Any]:
    """Return a page of the packages of all content that the user sees."""
    found: list[dict[str, Any]] = []
    for row in find_content(call.engine.store, call.user, ["bundle_id IS NOT NULL"], [])[0]:
        bundle = call.engine.store.row("SELECT * FROM bundles WHERE id = ?", (row["bundle_id"],))
        found += _packages(row, bundle) if bundle else []
    return page_of(call, found, largest=1_000_000)


def _packages(row: Row, bundle: Row) -> list[dict[str, Any]]:
    answer = []
    for line in json.loads(bundle["packages"] or "[]"):
        name, _, version = line.partition("==")
        answer.append(
            {
                "language": "python",
                "language_version": bundle["py_version"] or python_version(),
                "name": name,
                "version": version,
                "hash": None,
                "bundle_id": str(bundle["id"]),
                "content_id": str(row["id"]),
                "content_guid": row["guid"],
            }
        )
    return answer


def _active_bundle(call: Call) -> Row | None:
    return call.engine.store.row("SELECT * FROM bundles WHERE id = ?", (seen_content(call)["bundle_id"],))

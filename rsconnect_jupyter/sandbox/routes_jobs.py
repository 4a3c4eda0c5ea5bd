"""v1 jobs and their logs, and what the server knows about a content's packages."""

from __future__ import annotations

import json
from typing import Any

from .calls import Answer, Call, route
from .codes import Refusal
from .contents import edited_content, seen_content
from .environments import python_version
from .jobs import job_object
from .store import Row

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


@route("GET", "/v1/content/{guid}/jobs/{key}/tail", since=(2022, 10))
@route("GET", "/v1/content/{guid}/jobs/{key}/download", since=(2022, 10))
def download_log(call: Call) -> Answer:
    """Return a job's log as text."""
    _, job = _job(call)
    text = "".join(f"{entry['timestamp']} {entry['data']}\n" for entry in _entries(call, job))
    return Answer(text.encode(), 200, TEXT)


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


def _entries(call: Call, job: Row) -> list[dict[str, Any]]:
    query = "SELECT source, timestamp, data FROM job_lines WHERE job_key = ? ORDER BY number"
    return call.engine.store.rows(query, (job["key"],))


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
    if bundle is None:
        return Answer(status=204)
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


@route("GET", "/v1/content/{guid}/repository", since=(2022, 12))
@route("DELETE", "/v1/content/{guid}/repository", since=(2022, 12))
@route("PATCH", "/v1/content/{guid}/repository", since=(2022, 12))
def no_repository(call: Call) -> Any:
    """Refuse: no content of a sandbox comes from a git repository."""
    seen_content(call)
    raise Refusal(4)


@route("PUT", "/v1/content/{guid}/repository", since=(2022, 12))
def git_disabled(call: Call) -> Any:
    """Refuse: a sandbox has no git support."""
    edited_content(call)
    raise Refusal(145)


@route("GET", "/v1/oauth/integrations", since=(2024, 12))
def integrations(_call: Call) -> list[Any]:
    """Return no integrations."""
    return []


@route("GET", "/v1/content/{guid}/oauth/integrations/associations", since=(2024, 12))
def associations(call: Call) -> list[Any]:
    """Return no associations."""
    seen_content(call)
    return []


@route("PUT", "/v1/content/{guid}/oauth/integrations/associations", since=(2024, 12))
def associate(call: Call) -> Answer:
    """Accept an empty list; there is no integration to associate (404/4)."""
    edited_content(call)
    wanted = call.json()
    if not isinstance(wanted, list):
        raise Refusal(121)
    if wanted:
        raise Refusal(4)
    return Answer(status=204)

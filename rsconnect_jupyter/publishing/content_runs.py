"""The runs of a content, as its server describes them, and why one failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from ..connect.app_modes import is_rendered
from ..connect.client import Client
from ..connect.parsing import as_number, as_text
from ..models import ContentRun, RunList, TaskResult
from ..models.run import RunKind, RunOutcome

_RUNNING, _FINALIZING, _SKIPPED = 0, 1, 3
_KINDS: dict[str, RunKind] = {
    **dict.fromkeys(("build_jupyter", "build_report", "build_site", "render_shiny"), "render"),
    **dict.fromkeys(("python_restore", "packrat_restore"), "environment"),
}
_TO_THE_MICROSECOND = 26
"""Characters of a time; Connect writes nanoseconds in places."""


def list_runs(client: Client, guid: str) -> RunList:
    """Return the runs that a server remembers of a content, newest first.

    Raises:
        NotFoundError, ForbiddenError: the content is not there, or not for this user.
    """
    content = client.content(guid)
    runs = _newest_first(client.jobs(guid))
    can_run = is_rendered(content.mode) and content.bundle_id is not None
    seen = {
        as_text(each.get("job_key")): each.get("active") is True
        for each in (client.renderings(guid) if can_run and runs else ())
    }
    return RunList(
        guid=content.guid,
        title=content.title or content.name,
        runs=tuple(replace(each, seen=seen.get(each.key)) for each in runs),
        can_run=can_run,
        logs_url=content.logs_url,
    )


def last_scheduled_failure(client: Client, guid: str) -> ContentRun | None:
    """Return the run in which the last scheduled run of a content failed.

    None when it went well, runs yet, or when the content was run successfully since.
    """
    for each in _newest_first(client.jobs(guid)):
        if each.outcome == "failed":
            if each.reason == "schedule":
                return each
        elif each.kind == "render":
            return None
    return None


def run_result(run: ContentRun) -> TaskResult:
    """Return how a run ended, as a task's result."""
    code = run.exit_code if run.outcome == "failed" else 0
    return TaskResult(task_id="", code=code or int(run.outcome == "failed"), error=run.note)


def read_run(client: Client, guid: str, key: str) -> tuple[ContentRun, tuple[str, ...]]:
    """Return a run and its log.

    Raises:
        NotFoundError: there is none.
    """
    return content_run(client.job(guid, key)), client.job_log(guid, key)


def content_run(job: Mapping[str, Any]) -> ContentRun:
    """Return a run as Connect describes it."""
    tag = as_text(job.get("tag"))
    started, ended = as_text(job.get("start_time")), as_text(job.get("end_time"))
    outcome = _outcome(job)
    scheduled = job.get("queued_time") or outcome == "skipped"  # the server skips only what a schedule wants
    return ContentRun(
        key=as_text(job.get("key")),
        kind=_KINDS.get(tag, "app" if tag.startswith("run_") else "other"),
        reason="schedule" if scheduled else "request",
        outcome=outcome,
        version=as_text(job.get("bundle_id")),
        started=started,
        ended=ended,
        seconds=_seconds(started, ended),
        exit_code=as_number(job.get("exit_code")),
        note=as_text(job.get("skip_reason")) or as_text(job.get("error")),
    )


def _newest_first(jobs: Sequence[Mapping[str, Any]]) -> list[ContentRun]:
    ordered = sorted(
        jobs, key=lambda each: (as_text(each.get("start_time"))[:19], as_number(each.get("id")) or 0), reverse=True
    )
    return [content_run(each) for each in ordered]


def _outcome(job: Mapping[str, Any]) -> RunOutcome:
    status, code = as_number(job.get("status")), as_number(job.get("exit_code"))
    if status == _SKIPPED:
        return "skipped"
    if status == _RUNNING or (status == _FINALIZING and code is None):
        return "running"
    if code is None:
        return "unknown"
    return "failed" if code else "ok"


def _seconds(started: str, ended: str) -> float | None:
    try:
        first, last = (
            datetime.fromisoformat(each.rstrip("Z")[:_TO_THE_MICROSECOND]).replace(tzinfo=None)
            for each in (started, ended)
        )
    except ValueError:
        return None
    return max(0.0, (last - first).total_seconds())

"""``runs()``, ``run_log()``, ``run_now()`` and ``stop_run()``: what the server ran of a notebook's content."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..connect.tasks import collect_lines
from ..errors import NotFoundError, TaskFailedError
from ..models import ContentRun, RunList, TaskResult
from ..publishing.content_runs import list_runs, read_run, run_result
from ..publishing.diagnosis import run_failure
from .content_versions import PublishedNotebook


class RunLog(msgspec.Struct, frozen=True, kw_only=True):
    """A run, what it printed, and why it failed."""

    run: ContentRun
    lines: tuple[str, ...]
    failure: TaskFailedError | None = None


def content_runs(published: PublishedNotebook) -> RunList:
    """Return the runs that the server remembers, newest first."""
    with published.connected() as client:
        return list_runs(client, published.guid)


def content_run_log(published: PublishedNotebook, key: str | None) -> RunLog:
    """Return the log of a run; of the newest one that failed, else of the newest, when `key` is None.

    Raises:
        NotFoundError: there is no such run.
    """
    with published.connected() as client:
        if key is None:
            runs = list_runs(client, published.guid).runs
            if not runs:
                raise NotFoundError.of("no-runs", details={"status": 404})
            key = next((each.key for each in runs if each.outcome == "failed"), runs[0].key)
        run, lines = read_run(client, published.guid, key)
    failed = run.outcome == "failed"
    failure = run_failure(run_result(run), lines, notebook=published.notebook) if failed else None
    return RunLog(run=run, lines=lines, failure=failure)


def run_content(published: PublishedNotebook, on_line: Callable[[str], None] | None = None) -> TaskResult:
    """Have the server run the content again, and wait until it has.

    Args:
        published: What.
        on_line: Called with each line of the log.

    Raises:
        TaskFailedError: the run failed.
        RefusedError: the content is not of a kind that is rendered.
    """
    lines: list[str] = []
    with published.connected() as client:
        result = collect_lines(client.follow(client.render(published.guid)), lines, on_line)
    if result.failed:
        raise run_failure(result, lines, notebook=published.notebook)
    return result


def stop_content_run(published: PublishedNotebook, key: str) -> None:
    """End a run; one that has ended already is fine."""
    with published.connected() as client:
        client.stop_job(published.guid, key)

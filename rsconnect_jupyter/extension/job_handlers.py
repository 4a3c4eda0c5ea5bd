"""Routes about publishing jobs: start, list, follow, cancel."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .rest_handler import RestHandler

if TYPE_CHECKING:
    from ..jobs.job import Job
    from ..jobs.manager import Jobs
    from .runtime import Runtime

LONGEST_WAIT = 60.0
"""Seconds; proxies before Jupyter end requests that last longer without an answer."""

LOOK_AGAIN = 1.0
"""Seconds between looks: a job that another process runs wakes nobody here, and that process may die."""


class JobsHandler(RestHandler):
    """``publish``: all jobs."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """List them, newest first."""
        path = (await self.checked_query("listJobs")).get("path")
        services = await self.services()
        notebook = await self.notebook(path) if path else None
        self.answer(await self.off_loop(services.publishing.all, notebook))

    @authenticated
    @authorized
    async def post(self) -> None:
        """Start one."""
        body = await self.checked_body("NotebookRequest")
        notebook = await self.notebook(body["path"])
        start = (await self.services()).publishing.start
        self.answer(await self.off_loop(start, notebook, body), status=202)


class JobReader(Protocol):
    """Jobs of one kind."""

    jobs: Jobs

    def read_json(self, job_id: str, first: int) -> str:
        """Return a job with its events from `first` on as JSON text."""

    def cancel(self, job_id: str) -> dict[str, Any]:
        """Ask a job to stop, and return it."""


class JobHandler(RestHandler):
    """``publish/{id}``: one job."""

    operation = "readJob"

    def initialize(self, extension: Runtime) -> None:
        """Make the flag that wakes a waiting request."""
        super().initialize(extension)
        self._changed = asyncio.Event()
        self._gone = False

    async def jobs(self) -> JobReader:
        """Return what knows the jobs of this route."""
        return (await self.services()).publishing

    @authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Return it with its events from ``first`` on, waiting up to ``wait`` seconds for one."""
        query = await self.checked_query(self.operation)
        first, wait = query["first"], min(query["wait"], LONGEST_WAIT)
        reader = await self.jobs()
        await self._wait(reader, job_id, first, wait)
        if not self._gone:
            self.finish(await self.extension.at_once(reader.read_json, job_id, first))

    @authenticated
    @authorized
    async def delete(self, job_id: str) -> None:
        """Ask it to stop."""
        reader = await self.jobs()
        self.answer(await self.off_loop(reader.cancel, job_id))

    def on_connection_close(self) -> None:
        """Wait no longer for a tab that was closed."""
        super().on_connection_close()
        self._gone = True
        self._changed.set()

    async def _wait(self, reader: JobReader, job_id: str, first: int, wait: float) -> None:
        """Return when the job has an event from `first` on, has ended, or time is up. No thread waits meanwhile."""
        loop = asyncio.get_running_loop()
        end = loop.time() + wait
        jobs = reader.jobs
        while not self._gone:
            self._changed.clear()
            unwatch = await self.extension.at_once(
                jobs.watch, job_id, lambda: loop.call_soon_threadsafe(self._changed.set)
            )
            try:
                job: Job = await self.extension.at_once(jobs.read, job_id, first)
                left = end - loop.time()
                if job.finished or job.last > first or left <= 0:
                    return
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), min(left, LOOK_AGAIN))
            finally:
                unwatch()

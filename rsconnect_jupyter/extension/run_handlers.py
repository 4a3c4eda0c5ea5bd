"""Routes about what a server ran of a content: list, log, run now, stop."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .rest_handler import RestHandler


class RunsHandler(RestHandler):
    """``servers/{name}/content/{guid}/runs``: the runs of a content."""

    @authenticated
    @authorized
    async def get(self, name: str, guid: str) -> None:
        """List them, newest first."""
        services = await self.services()
        self.answer(await self.ask_server(name, services.runs.all, name, guid))

    @authenticated
    @authorized
    async def post(self, name: str, guid: str) -> None:
        """Start one."""
        services = await self.services()
        self.answer(await self.ask_server(name, services.runs.start, name, guid), status=202)


class RunHandler(RestHandler):
    """``servers/{name}/content/{guid}/runs/{key}``: one run."""

    @authenticated
    @authorized
    async def get(self, name: str, guid: str, key: str) -> None:
        """Return its log, and why it failed."""
        notebook = await self.notebook((await self.checked_query("readRun"))["path"])
        services = await self.services()
        self.answer(await self.ask_server(name, services.runs.report, name, guid, key, notebook))

    @authenticated
    @authorized
    async def delete(self, name: str, guid: str, key: str) -> None:
        """End it."""
        services = await self.services()
        await self.ask_server(name, services.runs.stop, name, guid, key)
        self.nothing()


class ScheduledFailureHandler(RestHandler):
    """``servers/{name}/content/{guid}/scheduled-failure``: whether the last scheduled run failed."""

    @authenticated
    @authorized
    async def get(self, name: str, guid: str) -> None:
        """Return the run that did."""
        services = await self.services()
        self.answer(await self.ask_server(name, services.runs.scheduled_failure, name, guid))

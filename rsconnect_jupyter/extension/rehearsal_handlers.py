"""Routes about rehearsals: start, list, follow, cancel, and the page that resulted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import authenticated

from .job_handlers import JobHandler
from .rest_handler import RestHandler

if TYPE_CHECKING:
    from .job_handlers import JobReader

SANDBOX = "sandbox allow-scripts; form-action 'none'"
"""What a page that strangers wrote may do here: run its scripts, in an origin of its own."""


class RehearsalsHandler(RestHandler):
    """``rehearse``: all rehearsals."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """List them, newest first."""
        path = (await self.checked_query("listRehearsals")).get("path")
        services = await self.services()
        notebook = await self.notebook(path) if path else None
        self.answer(await self.off_loop(services.rehearsals.all, notebook))

    @authenticated
    @authorized
    async def post(self) -> None:
        """Start one."""
        body = await self.checked_body("RehearsalRequest")
        notebook = await self.notebook(body["path"])
        start = (await self.services()).rehearsals.start
        self.answer(await self.off_loop(start, notebook, body), status=202)


class RehearsalHandler(JobHandler):
    """``rehearse/{id}``: one rehearsal."""

    operation = "readRehearsal"

    async def jobs(self) -> JobReader:
        """Return what knows rehearsals."""
        return (await self.services()).rehearsals


class RehearsalPageHandler(RestHandler):
    """``rehearse/{id}/page``: what readers would see.

    A stranger's scripts run in it. The response says that they run in an origin of their own, wherever the page is
    opened: without Jupyter's cookies, its answers, or the window around them.
    """

    @property
    def content_security_policy(self) -> str:
        """Keep Jupyter's own policy, and add ours."""
        return f"{JupyterHandler.content_security_policy.fget(self)}; {SANDBOX}"  # type: ignore[attr-defined]

    @authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Send it."""
        query = await self.checked_query("readRehearsalPage")
        services = await self.services()
        page = await self.off_loop(services.rehearsals.page, job_id, look=query.get("look"))
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.finish(page, set_content_type="text/html; charset=utf-8")

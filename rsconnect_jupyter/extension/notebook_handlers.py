"""Routes about a notebook before it is published: inspect, manifest."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .rest_handler import RestHandler


class InspectHandler(RestHandler):
    """``inspect``: what a publish would do, and everything to show before it."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Inspect with the options of the body."""
        body = await self.checked_body("NotebookRequest")
        notebook = await self.notebook(body["path"])
        inspect = (await self.services()).inspections.inspect
        self.answer(await self.off_loop(inspect, notebook, body))


class ManifestHandler(RestHandler):
    """``manifest``: files for publishing from Git."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Write them beside the notebook."""
        body = await self.checked_body("ManifestRequest")
        notebook = await self.notebook(body["path"])
        write = (await self.services()).inspections.write_git_files
        self.answer(await self.off_loop(write, notebook, body), status=201)

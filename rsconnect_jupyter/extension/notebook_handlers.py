"""Routes about a notebook before it is published: inspect, kernel, figures, manifest."""

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
        body = await self.checked_body("InspectRequest")
        notebook = await self.notebook(body["path"])
        inspect = (await self.services()).inspections.inspect
        self.answer(await self.off_loop(inspect, notebook, body))


class KernelHandler(RestHandler):
    """``kernel``: what to ask a running kernel, and what it answered."""

    largest_body = 6_000_000

    @authenticated
    @authorized
    async def get(self) -> None:
        """Return the content of the ``execute_request``."""
        from ..kernel.running import question  # noqa: PLC0415 - Jupyter's start does without

        self.answer(await self.off_loop(question))

    @authenticated
    @authorized
    async def post(self) -> None:
        """Keep the answer for the inspections and publishes that follow."""
        body = await self.checked_body("KernelAnswer")
        notebook = await self.notebook(body["path"])
        inspections = (await self.services()).inspections
        await self.off_loop(inspections.keep_kernel_answer, notebook, body)
        self.nothing()


class FiguresHandler(RestHandler):
    """``figures``: pictures of the notebook to choose its thumbnail from."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """List them."""
        query = await self.checked_query("listFigures")
        notebook = await self.notebook(query["path"])
        figures = (await self.services()).inspections.figures
        self.answer(await self.off_loop(figures, notebook))


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

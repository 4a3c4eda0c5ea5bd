"""Routes about a notebook before it is published: inspect, files, environment, manifest, history."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .fields import CHOICES, Fields
from .rest_handler import RestHandler


class InspectHandler(RestHandler):
    """``inspect``: everything to show before publishing."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Inspect with the choices of the query."""
        await self._inspect(self.query(lists=["files"]))

    @authenticated
    @authorized
    async def post(self) -> None:
        """Inspect with the choices of the body."""
        await self._inspect(self.body("path", "server", "unsaved", *CHOICES))

    async def _inspect(self, fields: Fields) -> None:
        choices, absent = await self.choices(fields)
        server, unsaved = fields.text("server"), fields.flag("unsaved")
        notebook = await self.notebook(fields.required("path"))
        inspect = (await self.services()).previews.inspect
        self.answer(await self.off_loop(inspect, notebook, choices, server=server, absent=absent, unsaved=unsaved))


class FilesHandler(RestHandler):
    """``files``: every file considered, with the reason."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """List them."""
        fields = self.query(lists=["files"])
        choices, _ = await self.choices(fields)
        notebook = await self.notebook(fields.required("path"))
        services = await self.services()
        self.answer(await self.off_loop(services.previews.files, notebook, choices))


class EnvironmentHandler(RestHandler):
    """``environment``: the kernel and what the server would install, asked anew."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Scan."""
        fields = self.body("path", "server", "mode", "requirements", "files")
        choices, absent = await self.choices(fields)
        server = fields.text("server")
        notebook = await self.notebook(fields.required("path"))
        scan = (await self.services()).previews.environment
        self.answer(await self.off_loop(scan, notebook, choices, server=server, absent=absent))


class ManifestHandler(RestHandler):
    """``manifest``: files for publishing from Git."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Write them beside the notebook."""
        known = [each for each in CHOICES if each != "target"]
        fields = self.body("path", "overwrite", *known)
        choices, _ = await self.choices(fields)
        overwrite = fields.flag("overwrite")
        notebook = await self.notebook(fields.required("path"))
        services = await self.services()
        written = await self.off_loop(services.previews.write_git_files, notebook, choices, overwrite=overwrite)
        self.answer(written, status=201)


class HistoryHandler(RestHandler):
    """``history``: where the notebook was published."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """List publications, newest first."""
        notebook = await self.notebook(self.query().required("path"))
        services = await self.services()
        self.answer(await self.off_loop(services.previews.history, notebook))

"""Routes about versions of published content: list, compare, restore, delete, fetch."""

from __future__ import annotations

from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .contents_paths import find_folder
from .rest_handler import RestHandler

PIECE = 1 << 20


class ContentVersionsHandler(RestHandler):
    """``servers/{name}/content/{guid}/versions``: the versions of a content."""

    @authenticated
    @authorized
    async def get(self, name: str, guid: str) -> None:
        """List them, newest first."""
        page = (await self.checked_query("listVersions"))["page"]
        services = await self.services()
        self.answer(await self.ask_server(name, services.versions.page, name, guid, page))


class ContentVersionHandler(RestHandler):
    """``servers/{name}/content/{guid}/versions/{id}``: one version."""

    @authenticated
    @authorized
    async def delete(self, name: str, guid: str, bundle_id: str) -> None:
        """Delete it."""
        services = await self.services()
        await self.ask_server(name, services.versions.delete, name, guid, bundle_id)
        self.nothing()


class RunLogHandler(RestHandler):
    """``servers/{name}/content/{guid}/versions/{id}/log``: what its runs on the server printed."""

    @authenticated
    @authorized
    async def get(self, name: str, guid: str, bundle_id: str) -> None:
        """Return the lines."""
        services = await self.services()
        self.answer(await self.ask_server(name, services.versions.log, name, guid, bundle_id))


class ArchiveHandler(RestHandler):
    """``servers/{name}/content/{guid}/versions/{id}/archive``: its bundle, as it was uploaded."""

    @authenticated
    @authorized
    async def get(self, name: str, guid: str, bundle_id: str) -> None:
        """Send it."""
        services = await self.services()
        file = await self.ask_server(name, services.versions.archive, name, guid, bundle_id)
        self.set_header("Content-Type", "application/gzip")
        self.set_header("Content-Disposition", f'attachment; filename="version-{bundle_id}.tar.gz"')
        with file:
            while piece := await self.off_loop(file.read, PIECE):
                self.write(piece)
                await self.flush()
        self.finish()


class RestoreHandler(RestHandler):
    """``restore``: make a version what readers see."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Start a job that does."""
        body = await self.checked_body("RestoreRequest")
        notebook = await self.notebook(body["path"])
        services = await self.services()
        self.answer(await self.off_loop(services.publishing.restore, notebook, body), status=202)


class CompareHandler(RestHandler):
    """``compare``: what differs between two versions, or between one and the notebook."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Compare."""
        body = await self.checked_body("CompareRequest")
        notebook = await self.notebook(body["path"])
        services = await self.services()
        self.answer(await self.ask_server(body["server"], services.versions.compare, notebook, body))


class ChangesHandler(RestHandler):
    """``changes``: whether readers see what the notebook is now."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Look."""
        body = await self.checked_body("ChangesRequest")
        notebook = await self.notebook(body["path"])
        services = await self.services()
        self.answer(await self.ask_server("changes", services.versions.changes, notebook, ask=body.get("ask", False)))


class OpenContentHandler(RestHandler):
    """``open``: published content in a new folder."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Fetch it."""
        body = await self.checked_body("OpenRequest")
        folder: Path = await find_folder(self.contents_manager, body["folder"])
        services = await self.services()
        server, guid, version = body["server"], body["guid"], body.get("version")
        found = await self.ask_server(server, services.versions.open, server, guid, parent=folder, version=version)
        place = "/".join(filter(None, (body["folder"].strip("/"), found["folder"])))
        notebook = f"{place}/{found['notebook']}" if found["notebook"] else None
        self.answer({"folder": place, "notebook": notebook, "title": found["title"]}, status=201)

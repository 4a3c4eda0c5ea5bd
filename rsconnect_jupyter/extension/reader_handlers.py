"""Routes about readers: who may read a content, people, tags, addresses."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .rest_handler import RestHandler


class ReadersHandler(RestHandler):
    """``servers/{name}/content/{guid}/readers``: who may read a content, and what they see of it."""

    @authenticated
    @authorized
    async def get(self, name: str, guid: str) -> None:
        """Read it."""
        services = await self.services()
        self.answer(await self.ask_server(name, services.readers.read, name, guid))

    @authenticated
    @authorized
    async def patch(self, name: str, guid: str) -> None:
        """Change it at once."""
        body = await self.checked_body("ReaderChanges")
        notebook = await self.notebook(body["path"]) if "path" in body else None
        services = await self.services()
        self.answer(await self.ask_server(name, services.readers.change, name, guid, body, notebook))


class PeopleHandler(RestHandler):
    """``servers/{name}/people``: users and groups."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Search them."""
        query = await self.checked_query("searchPeople")
        services = await self.services()
        self.answer(await self.ask_server(name, services.readers.people, name, query["search"], query["page"]))


class TagsHandler(RestHandler):
    """``servers/{name}/tags``: the server's tags."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """List them."""
        services = await self.services()
        self.answer(await self.ask_server(name, services.readers.tags, name))


class VanityHandler(RestHandler):
    """``servers/{name}/vanity``: whether content can have an address."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Check it."""
        query = await self.checked_query("checkVanity")
        services = await self.services()
        self.answer(await self.ask_server(name, services.readers.vanity, name, query["path"], query.get("guid")))

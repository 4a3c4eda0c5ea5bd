"""Routes about Connect servers: address, servers, verify, content."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .rest_handler import RestHandler


class AddressHandler(RestHandler):
    """``address``: the server behind whatever was typed."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Find the server and propose a name for it."""
        fields = self.body("address", "insecure", "ca_data")
        services = await self.services()
        self.answer(await self.off_loop(services.servers.find, fields))


class ServersHandler(RestHandler):
    """``servers``: all known servers."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """List them."""
        services = await self.services()
        self.answer(await self.off_loop(services.servers.all))

    @authenticated
    @authorized
    async def post(self) -> None:
        """Check a new server and its key, then keep both."""
        fields = self.body("address", "api_key", "name", "insecure", "ca_data", "default")
        services = await self.services()
        self.answer(await self.off_loop(services.servers.add, fields), status=201)


class ServerHandler(RestHandler):
    """``servers/{name}``: one known server."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Return it."""
        services = await self.services()
        self.answer(services.servers.info(await self.off_loop(services.store.named, name)))

    @authenticated
    @authorized
    async def patch(self, name: str) -> None:
        """Change it; a new address or key is checked before it is kept."""
        fields = self.body("name", "address", "api_key", "insecure", "ca_data", "default")
        services = await self.services()
        self.answer(await self.off_loop(services.servers.change, name, fields))

    @authenticated
    @authorized
    async def delete(self, name: str) -> None:
        """Forget it and its key."""
        services = await self.services()
        await self.off_loop(services.remove_server, name)
        self.nothing()


class VerifyHandler(RestHandler):
    """``servers/{name}/verify``: whose key it is and what the server offers."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Ask the server."""
        self.body()
        services = await self.services()
        self.answer(await self.off_loop(services.servers.verify, name))


class ContentHandler(RestHandler):
    """``servers/{name}/content``: what a notebook can be published over."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Search by title, link or GUID."""
        fields = self.query()
        services = await self.services()
        path = fields.text("path")
        notebook = await self.notebook(path) if path else None
        published = await self.off_loop(services.previews.published_guids, notebook) if notebook else ()
        self.answer(await self.off_loop(services.servers.search, name, fields.text("search") or "", published))

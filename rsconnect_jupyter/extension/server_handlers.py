"""Routes about Connect servers: address, servers, content."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .rest_handler import RestHandler


class AddressHandler(RestHandler):
    """``address``: the server behind whatever was typed."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Find the server and propose a name for it."""
        body = await self.checked_body("AddressBody")
        servers = (await self.services()).servers
        found = await self.ask_server(body["address"], servers.find, **body)
        self.answer(await self.off_loop(servers.found_info, found))


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
        body = _with_secret(await self.checked_body("NewServer"))
        services = await self.services()
        added, new = await self.ask_server(body["address"], services.servers.add, **body)
        services.server_event("added" if new else "changed", added.name)
        self.answer(services.servers.info(added), status=201)


class ServerHandler(RestHandler):
    """``servers/{name}``: one known server."""

    @authenticated
    @authorized
    async def patch(self, name: str) -> None:
        """Change it; a new address or key is checked before it is kept."""
        changes = _with_secret(await self.checked_body("ServerPatch"))
        if "name" in changes:
            changes["new_name"] = changes.pop("name")
        services = await self.services()
        changed = await self.ask_server(name, services.servers.edit, name, **changes)
        services.server_event("changed", changed.name)
        self.answer(services.servers.info(changed))

    @authenticated
    @authorized
    async def delete(self, name: str) -> None:
        """Forget it and its key."""
        services = await self.services()
        await self.off_loop(services.servers.remove, name)
        services.server_event("removed", name)
        self.nothing()


class ContentHandler(RestHandler):
    """``servers/{name}/content``: what a notebook can be published over."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Search by title, link or GUID."""
        query = await self.checked_query("searchContent")
        services = await self.services()
        path = query.get("path")
        notebook = await self.notebook(path) if path else None
        published = await self.off_loop(services.inspections.published_guids, notebook) if notebook else ()
        hits = services.servers.content_hits
        self.answer(await self.ask_server(name, hits, name, query["search"], published))


def _with_secret(body: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a request, its API key as a `Secret`."""
    from ..models import Secret  # noqa: PLC0415 - Jupyter's start does without the models

    return {**body, "api_key": Secret(body["api_key"].strip())} if "api_key" in body else body

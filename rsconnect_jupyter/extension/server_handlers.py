"""Routes about Connect servers: address, servers, content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .rest_handler import RestHandler

if TYPE_CHECKING:
    from ..models import Secret
    from .fields import Fields


class AddressHandler(RestHandler):
    """``address``: the server behind whatever was typed."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Find the server and propose a name for it."""
        fields = self.body("address", "insecure", "ca_data")
        address = fields.required("address")
        servers = (await self.services()).servers
        found = await self.off_loop(
            servers.find, address, insecure=fields.flag("insecure"), ca_data=fields.text("ca_data")
        )
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
        fields = self.body("address", "api_key", "name", "insecure", "ca_data", "default")
        given = {
            "address": fields.required("address"),
            "api_key": _key(fields),
            "name": fields.text("name"),
            "insecure": fields.flag("insecure"),
            "ca_data": fields.text("ca_data"),
            "default": fields.flag("default"),
        }
        servers = (await self.services()).servers
        added, _new = await self.off_loop(servers.add, **given)
        self.answer(servers.info(added), status=201)


class ServerHandler(RestHandler):
    """``servers/{name}``: one known server."""

    @authenticated
    @authorized
    async def patch(self, name: str) -> None:
        """Change it; a new address or key is checked before it is kept."""
        fields = self.body("name", "address", "api_key", "insecure", "ca_data", "default")
        changes = _changes(fields)
        servers = (await self.services()).servers
        self.answer(servers.info(await self.off_loop(servers.edit, name, **changes)))

    @authenticated
    @authorized
    async def delete(self, name: str) -> None:
        """Forget it and its key."""
        services = await self.services()
        await self.off_loop(services.servers.remove, name)
        self.nothing()


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
        published = await self.off_loop(services.inspections.published_guids, notebook) if notebook else ()
        self.answer(await self.off_loop(services.servers.content_hits, name, fields.text("search") or "", published))


def _changes(fields: Fields) -> dict[str, Any]:
    """Return the fields that a request has, as arguments of `ServerRegistry.edit`."""
    changes: dict[str, Any] = {each: fields.flag(each) for each in ("insecure", "default") if each in fields}
    if "name" in fields:
        changes["new_name"] = fields.required("name")
    if "address" in fields:
        changes["address"] = fields.required("address")
    if "api_key" in fields:
        changes["api_key"] = _key(fields)
    if "ca_data" in fields:
        changes["ca_data"] = None if fields.is_null("ca_data") else fields.text("ca_data")
    return changes


def _key(fields: Fields) -> Secret:
    from ..models import Secret  # noqa: PLC0415 - Jupyter's start does without the records

    return Secret(fields.required("api_key").strip())

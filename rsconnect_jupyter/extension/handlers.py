"""The table of routes, and the routes about the extension itself: version, sandbox, predecessor."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from ..errors import SandboxError
from ..translation import _
from .content_settings_handlers import (
    IntegrationsHandler,
    ScheduleHandler,
    ServerIntegrationsHandler,
    VariablesHandler,
)
from .job_handlers import JobHandler, JobsHandler
from .notebook_handlers import FiguresHandler, InspectHandler, KernelHandler, ManifestHandler
from .reader_handlers import PeopleHandler, ReadersHandler, TagsHandler, VanityHandler
from .rehearsal_handlers import RehearsalHandler, RehearsalPageHandler, RehearsalsHandler
from .rest_handler import RestHandler
from .run_handlers import RunHandler, RunsHandler, ScheduledFailureHandler
from .server_handlers import AddressHandler, ContentHandler, ServerHandler, ServersHandler
from .sign_in_handlers import SignInHandler, SignInsHandler, SignOutHandler
from .version_handlers import (
    ArchiveHandler,
    ChangesHandler,
    CompareHandler,
    ContentVersionHandler,
    ContentVersionsHandler,
    OpenContentHandler,
    RestoreHandler,
    RunLogHandler,
)
from .versions import versions

if TYPE_CHECKING:
    from .runtime import Runtime

NAME = r"/([^/]+)"


class VersionHandler(RestHandler):
    """``version``: versions of the parts; the panel compares it with its own."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Return them."""
        self.answer(versions())


_THIS_MACHINE = ("localhost", "127.0.0.1", "::1", "[::1]")
"""Hosts of addresses that lead a browser to the machine it runs on, where the sandbox is if Jupyter is."""


def _elsewhere(url: str, link: str) -> str:
    """Return a page for browsers that may run on another machine than the sandbox. No I/O."""
    said = SandboxError.of("sandbox-elsewhere", url=url)
    open_there = _("This browser runs on that machine: open the page")
    return (
        f"<!doctype html><title>{escape(said.message)}</title><p>{escape(said.message)}</p><p>{escape(said.hint)}</p>"
        f'<p><a rel="noreferrer" href="{escape(link)}">{escape(open_there)}</a></p>'
    )


class SandboxHandler(RestHandler):
    """``sandbox``: a server to try things on, on this machine."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Go to one of its pages, signed in."""
        query = await self.checked_query("openSandbox")
        services = await self.services()
        link = await self.off_loop(services.sandbox_page, query["url"])
        if self.request.host_name in _THIS_MACHINE:
            self.redirect(link)
        else:
            self.finish(_elsewhere(query["url"], link), set_content_type="text/html; charset=utf-8")

    @authenticated
    @authorized
    async def post(self) -> None:
        """Start it."""
        services = await self.services()
        self.answer(await self.off_loop(services.start_sandbox), status=201)

    @authenticated
    @authorized
    async def delete(self) -> None:
        """Stop it."""
        services = await self.services()
        await self.off_loop(services.stop_sandbox)
        self.nothing()


class PredecessorHandler(RestHandler):
    """``predecessor``: the keys that rsconnect-jupyter 1.x left in clear text."""

    @authenticated
    @authorized
    async def delete(self) -> None:
        """Delete them."""
        services = await self.services()
        await self.off_loop(services.store.delete_predecessor_file)
        self.nothing()


class NoSuchRouteHandler(RestHandler):
    """Everything else below our address: a panel of another version asks for it."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Say that it is not there."""
        raise HTTPError(404)

    @authenticated
    @authorized
    async def post(self) -> None:
        """Say that it is not there."""
        raise HTTPError(404)


def routes(extension: Runtime) -> list[tuple[str, type[RestHandler], dict[str, Any]]]:
    """Return all routes, for Jupyter to put its base URL before."""
    table: dict[str, type[RestHandler]] = {
        "/inspect": InspectHandler,
        "/kernel": KernelHandler,
        "/figures": FiguresHandler,
        "/manifest": ManifestHandler,
        "/address": AddressHandler,
        "/servers": ServersHandler,
        f"/servers{NAME}": ServerHandler,
        f"/servers{NAME}/content": ContentHandler,
        f"/servers{NAME}/content{NAME}/versions": ContentVersionsHandler,
        f"/servers{NAME}/content{NAME}/versions{NAME}": ContentVersionHandler,
        f"/servers{NAME}/content{NAME}/versions{NAME}/log": RunLogHandler,
        f"/servers{NAME}/content{NAME}/versions{NAME}/archive": ArchiveHandler,
        f"/servers{NAME}/content{NAME}/runs": RunsHandler,
        f"/servers{NAME}/content{NAME}/runs{NAME}": RunHandler,
        f"/servers{NAME}/content{NAME}/integrations": IntegrationsHandler,
        f"/servers{NAME}/content{NAME}/schedule": ScheduleHandler,
        f"/servers{NAME}/content{NAME}/variables": VariablesHandler,
        f"/servers{NAME}/content{NAME}/scheduled-failure": ScheduledFailureHandler,
        f"/servers{NAME}/content{NAME}/readers": ReadersHandler,
        f"/servers{NAME}/integrations": ServerIntegrationsHandler,
        f"/servers{NAME}/people": PeopleHandler,
        f"/servers{NAME}/tags": TagsHandler,
        f"/servers{NAME}/vanity": VanityHandler,
        f"/servers{NAME}/sign-out": SignOutHandler,
        "/sign-in": SignInsHandler,
        f"/sign-in{NAME}": SignInHandler,
        "/publish": JobsHandler,
        f"/publish{NAME}": JobHandler,
        "/rehearse": RehearsalsHandler,
        f"/rehearse{NAME}": RehearsalHandler,
        f"/rehearse{NAME}/page": RehearsalPageHandler,
        "/restore": RestoreHandler,
        "/compare": CompareHandler,
        "/changes": ChangesHandler,
        "/open": OpenContentHandler,
        "/sandbox": SandboxHandler,
        "/predecessor": PredecessorHandler,
        "/version": VersionHandler,
        "/.*": NoSuchRouteHandler,
    }
    return [(f"/rsconnect-jupyter{path}", handler, {"extension": extension}) for path, handler in table.items()]

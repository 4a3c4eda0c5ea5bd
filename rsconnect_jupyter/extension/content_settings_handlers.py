"""Routes about settings of published content."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .rest_handler import RestHandler


class VariablesHandler(RestHandler):
    """``servers/{name}/content/{guid}/variables``: the environment variables of a content."""

    @authenticated
    @authorized
    async def get(self, name: str, guid: str) -> None:
        """Return their names."""
        services = await self.services()
        self.answer(await self.ask_server(name, services.content_settings.variables, name, guid))

    @authenticated
    @authorized
    async def patch(self, name: str, guid: str) -> None:
        """Set and delete some."""
        from .content_settings_service import hidden_values  # noqa: PLC0415 - Jupyter's start does without the core

        services = await self.services()
        values = await self.off_loop(hidden_values, await self.checked_body("VariableChanges"))
        self.answer(await self.ask_server(name, services.content_settings.change_variables, name, guid, values))


class ServerIntegrationsHandler(RestHandler):
    """``servers/{name}/integrations``: what new content can use."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Return them."""
        services = await self.services()
        self.answer(await self.ask_server(name, services.content_settings.integrations, name, None))


class IntegrationsHandler(RestHandler):
    """``servers/{name}/content/{guid}/integrations``: the OAuth integrations that a content uses."""

    @authenticated
    @authorized
    async def get(self, name: str, guid: str) -> None:
        """Return them, and the others of the server."""
        services = await self.services()
        self.answer(await self.ask_server(name, services.content_settings.integrations, name, guid))

    @authenticated
    @authorized
    async def patch(self, name: str, guid: str) -> None:
        """Change which of them it uses."""
        changes = await self.checked_body("IntegrationChanges")
        services = await self.services()
        self.answer(await self.ask_server(name, services.content_settings.change_integrations, name, guid, changes))


class ScheduleHandler(RestHandler):
    """``servers/{name}/content/{guid}/schedule``: when the server runs a content again."""

    @authenticated
    @authorized
    async def get(self, name: str, guid: str) -> None:
        """Return it."""
        services = await self.services()
        self.answer(await self.ask_server(name, services.content_settings.schedule, name, guid))

    @authenticated
    @authorized
    async def post(self, name: str, guid: str) -> None:
        """Set it."""
        fields = await self.checked_body("ScheduleFields")
        services = await self.services()
        self.answer(await self.ask_server(name, services.content_settings.set_schedule, name, guid, fields))

    @authenticated
    @authorized
    async def delete(self, name: str, guid: str) -> None:
        """Delete it."""
        services = await self.services()
        self.answer(await self.ask_server(name, services.content_settings.set_schedule, name, guid, None))

"""Routes about signing in with the browser."""

from __future__ import annotations

import asyncio

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .rest_handler import RestHandler

LONGEST_WAIT = 60.0
LOOK_AGAIN = 0.2
"""Seconds between two looks at whether a sign-in has ended."""


class SignInsHandler(RestHandler):
    """``sign-in``: the sign-ins under way."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """List those that wait for their user."""
        self.answer((await self.services()).sign_ins.all())

    @authenticated
    @authorized
    async def post(self) -> None:
        """Begin one."""
        body = await self.checked_body("NewSignIn")
        sign_ins = (await self.services()).sign_ins
        self.answer(await self.ask_server("sign-in", sign_ins.start, body), status=201)


class SignInHandler(RestHandler):
    """``sign-in/{id}``: one sign-in."""

    def initialize(self, *args: object, **named: object) -> None:
        """Note that the client is there."""
        super().initialize(*args, **named)  # type: ignore[arg-type]
        self._gone = False

    @authenticated
    @authorized
    async def get(self, sign_in_id: str) -> None:
        """Return it, waiting up to ``wait`` seconds for its end."""
        query = await self.checked_query("readSignIn")
        sign_ins = (await self.services()).sign_ins
        task, loop = sign_ins.task(sign_in_id), asyncio.get_running_loop()
        until = loop.time() + min(query["wait"], LONGEST_WAIT)
        while not task.finished and not self._gone and loop.time() < until:
            await asyncio.sleep(LOOK_AGAIN)
        if not self._gone:
            self.answer(sign_ins.info(task))

    @authenticated
    @authorized
    async def delete(self, sign_in_id: str) -> None:
        """Wait for the user no longer."""
        sign_ins = (await self.services()).sign_ins
        task = sign_ins.task(sign_in_id)
        task.cancel()
        await self.off_loop(task.wait, 5.0)
        self.answer(sign_ins.info(task))

    def on_connection_close(self) -> None:
        """Wait no longer for a tab that was closed."""
        super().on_connection_close()
        self._gone = True


class SignOutHandler(RestHandler):
    """``servers/{name}/sign-out``: the key or the session of a server."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Delete it here, and end it at the server where that is offered."""
        services = await self.services()
        await self.ask_server(name, services.sign_ins.sign_out, name)
        self.answer(services.servers.info(await self.off_loop(services.servers.store.named, name)))

"""The Jupyter Server extension: what an administrator can set, and what lives as long as the Jupyter server.

This module is imported while Jupyter starts, so it imports little; the publishing core is imported when first used,
on a thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Dict, Float, Int, List, Unicode

from ..translation import with_language

if TYPE_CHECKING:
    from .services import Services

T = TypeVar("T")

PER_SERVER = 4
"""Requests at a time that wait for one Connect server."""

ACTIVITY_SECONDS = 5.0
"""How often a running publish is reported as activity."""


class _ToJupyter(logging.Handler):
    """Hands records on to Jupyter's logger, whose handlers may change later."""

    def __init__(self, log: logging.Logger | logging.LoggerAdapter[Any]) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.log(record.levelno, "%s: %s", record.name, record.getMessage(), exc_info=record.exc_info)


async def _on(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """Run `work` on a thread of the pool, in the language of whoever asks."""
    return await asyncio.get_running_loop().run_in_executor(pool, with_language(work))


class PublishExtension(ExtensionApp):
    """Publishes notebooks of this Jupyter server to Posit Connect."""

    name = "rsconnect_jupyter"
    extension_url = "/rsconnect-jupyter"
    load_other_extensions = True

    servers = List(
        Dict(),
        help="""Connect servers for everyone: ``[{"name": "acme", "url": "https://connect.acme.com"}]``.

        Each may also have ``api_key``, ``ca_file`` (a PEM file to trust besides the system's) and ``insecure``.
        Without a key, everyone gives their own.
        """,
    ).tag(config=True)
    default_server = Unicode("", help="Name or address of the server to propose first.").tag(config=True)
    lock_server = Bool(default_value=False, help="True lets people publish to the servers configured here only.").tag(
        config=True
    )
    ca_file = Unicode("", help="PEM file of a CA that signs the servers' certificates.").tag(config=True)
    allow_insecure = Bool(default_value=True, help="False keeps people from switching certificate checks off.").tag(
        config=True
    )
    allow_sandbox = Bool(
        default_value=True, help="False keeps people from starting a sandbox server on this machine."
    ).tag(config=True)
    request_timeout = Float(30.0, help="Seconds a Connect server has to answer one request.").tag(config=True)
    page_timeout = Float(600.0, help="Seconds after which rendering a page is ended.").tag(config=True)
    allow_rehearsals = Bool(
        default_value=True, help="False keeps people from running bundles in environments on this machine."
    ).tag(config=True)
    rehearsal_timeout = Float(
        1800.0, help="Seconds that a rehearsal may take to install its packages, and again to run the notebook."
    ).tag(config=True)
    rehearsal_environments = Int(
        5_000_000_000, help="Bytes of the environments that rehearsals keep for the next one, for each person."
    ).tag(config=True)
    workers = Int(8, help="Threads for blocking work besides the publishing jobs' own.").tag(config=True)

    def initialize_settings(self) -> None:
        """Make the room for blocking work; nothing of the core is imported yet."""
        self._pool = ThreadPoolExecutor(max(2, self.workers), thread_name_prefix="rsconnect-jupyter")
        self._quick_pool = ThreadPoolExecutor(2, thread_name_prefix="rsconnect-jupyter-quick")
        self._server_pool = ThreadPoolExecutor(4 * PER_SERVER, thread_name_prefix="rsconnect-jupyter-servers")
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._services: asyncio.Future[Services] | None = None
        self._reporting: asyncio.Future[None] | None = None
        self._log_as_jupyter()

    def _log_as_jupyter(self) -> None:
        """Have the package's own loggers write where Jupyter's write, at Jupyter's level: requests at debug level."""
        ours = logging.getLogger("rsconnect_jupyter")
        ours.setLevel(self.log.getEffectiveLevel())
        if not ours.handlers:
            ours.addHandler(_ToJupyter(self.log))
            ours.propagate = False

    def initialize_handlers(self) -> None:
        """Add our routes."""
        from .handlers import routes  # noqa: PLC0415 - after the traits, which `jupyter publish --help-all` reads alone

        self.handlers.extend(routes(self))

    async def services(self) -> Services:
        """Return the publishing core, made once, on a thread; a failure is not kept."""
        if self._services is None or (self._services.done() and self._services.exception() is not None):
            self._services = asyncio.ensure_future(self.off_loop(self._make_services, asyncio.get_running_loop()))
        return await asyncio.shield(self._services)

    async def off_loop(self, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Run blocking `work` on our threads and return its result."""
        return await _on(self._pool, partial(work, *arguments, **named))

    async def at_once(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run short `work` on threads of its own, where no slow Connect server keeps it waiting."""
        return await _on(self._quick_pool, partial(work, *arguments))

    async def ask_server(self, server: str, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Run `work` that waits for a Connect server on threads of its own; no server keeps more than a few of them."""
        turns = self._turns.setdefault(server, asyncio.Semaphore(PER_SERVER))
        async with turns:
            return await _on(self._server_pool, partial(work, *arguments, **named))

    def current_activity(self) -> dict[str, Any] | None:
        """Return the running jobs, so that Jupyter's own time limit for idle servers lets a publish finish."""
        services = self._made_services()
        return services.publishing.activity() if services else None

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        """Take up again what a killed Jupyter left running; the server already answers meanwhile."""
        del serverapp
        self._resuming = asyncio.ensure_future(self._resume())
        self._reporting = asyncio.ensure_future(self._report_activity())

    async def _report_activity(self) -> None:
        """Count a running publish as Jupyter counts a busy kernel: idle cullers of hubs look at that time only."""
        server: Any = self.serverapp
        while True:
            await asyncio.sleep(ACTIVITY_SECONDS)
            services = self._made_services()
            running = await self.off_loop(services.publishing.activity) if services else None
            if running:
                server.web_app.settings["last_activity_times"][self.name] = datetime.now(timezone.utc)

    async def _resume(self) -> None:
        try:
            services = await self.services()
            await self.off_loop(services.resume)
        except Exception:
            self.log.exception("rsconnect_jupyter: earlier publishing jobs could not be taken up again")

    async def stop_extension(self) -> None:
        """End the sandbox and the threads; running jobs are left where a later start finds them."""
        if self._reporting is not None:
            self._reporting.cancel()
        services = self._made_services()
        if services:
            await self.off_loop(services.close)
        for pool in (self._pool, self._quick_pool, self._server_pool):
            pool.shutdown(wait=False, cancel_futures=True)

    def _made_services(self) -> Services | None:
        made = self._services
        return made.result() if made and made.done() and not made.cancelled() and made.exception() is None else None

    def _make_services(self, loop: asyncio.AbstractEventLoop) -> Services:
        from .audit import emitter  # noqa: PLC0415 - these import the whole publishing core
        from .services import Services, Settings  # noqa: PLC0415

        settings = Settings(**{name: getattr(self, name) for name in Settings.__struct_fields__})
        server: Any = self.serverapp
        emit = emitter(server.event_logger, loop)
        return Services(settings, emit=emit, kernel_specs=server.kernel_spec_manager)

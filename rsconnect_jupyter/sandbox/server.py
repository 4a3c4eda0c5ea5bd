"""The sandbox's HTTP server: from sockets to routes and back."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import socket
import sqlite3
import ssl
import sys
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from tornado import httpserver, netutil, web

from ..errors import SandboxError
from . import (
    routes_access,
    routes_content,
    routes_deploy,
    routes_empty,
    routes_jobs,
    routes_legacy,
    routes_search,
    routes_server,
    routes_tags,
    routes_users,
)
from .api import ApiHandler
from .content_pages import VanityPage, content_handlers
from .engine import Engine
from .pages import page_handlers
from .request_faults import FaultOrders, FaultyHandler, RequestLog
from .settings import Settings, read_settings
from .store import write_whole

ROUTE_MODULES = (
    routes_access,
    routes_content,
    routes_deploy,
    routes_empty,
    routes_jobs,
    routes_legacy,
    routes_search,
    routes_server,
    routes_tags,
    routes_users,
)
"""Importing these fills the route table."""


class Ping(FaultyHandler):
    """The health check."""

    def initialize(self, engine: Engine) -> None:
        """Take the parts that requests work with."""
        self.engine = engine

    async def prepare(self) -> None:
        """Let happen what a test ordered."""
        await self.suffer()

    def get(self) -> None:
        """Answer an empty object."""
        self.finish({})


def make_application(engine: Engine) -> web.Application:
    """Return the application with all routes below the prefix."""
    prefix = engine.settings.prefix
    handlers: list[Any] = [
        (f"{prefix}/__ping__", Ping, {"engine": engine}),
        (f"{prefix}/__api__(/.*)", ApiHandler, {"engine": engine}),
        *page_handlers(engine, prefix),
        *content_handlers(engine, prefix),
    ]
    if engine.settings.allow_faults:
        handlers += [
            (f"{prefix}/__sandbox__/faults", FaultOrders, {"faults": engine.faults}),
            (f"{prefix}/__sandbox__/requests", RequestLog, {"faults": engine.faults}),
        ]
    handlers.append(("(/.*)", VanityPage, {"engine": engine}))
    return web.Application(
        handlers,
        cookie_secret=_cookie_secret(engine.settings.data),
        log_function=lambda _handler: None,
        websocket_ping_interval=30,
    )


def _cookie_secret(data: Path) -> str:
    path = data / "cookie-secret"
    if not path.exists():
        write_whole(path, secrets.token_hex(32).encode())
    return path.read_text()


async def serve(settings: Settings) -> None:
    """Run a sandbox until it is told to end (SIGTERM or SIGINT)."""
    loop = asyncio.get_running_loop()
    engine = _engine(settings, loop)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = httpserver.HTTPServer(
        make_application(engine),
        ssl_options=_tls(settings),
        max_body_size=settings.max_unpacked + 1024 * 1024,
        xheaders=False,
    )
    sockets = _listen(settings)
    server.add_sockets(sockets)
    engine.runner.root = engine.apps.root = root_url(settings, sockets[0].getsockname()[1])
    sys.stdout.write(f"Sandbox ready at {engine.runner.root} (API key: {engine.admin_key.reveal()})\n")
    sys.stdout.flush()
    await stopped.wait()
    server.stop()
    await loop.run_in_executor(None, engine.runner.stop)
    with contextlib.suppress(asyncio.TimeoutError, TimeoutError):
        await asyncio.wait_for(server.close_all_connections(), 2)
    await loop.run_in_executor(None, engine.close)


def _engine(settings: Settings, loop: asyncio.AbstractEventLoop) -> Engine:
    try:
        return Engine(settings, loop)
    except (OSError, ValueError, sqlite3.Error) as error:
        raise SandboxError(
            f"The data folder {settings.data} cannot be used: {error}.", hint="Choose another folder with --data."
        ) from error


def root_url(settings: Settings, port: int) -> str:
    """Return the address to print: the host as given, except that "everywhere" is no address."""
    scheme = "https" if settings.tls_cert else "http"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(settings.host, settings.host)  # noqa: S104
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{settings.prefix}"


def _listen(settings: Settings) -> list[socket.socket]:
    try:
        return netutil.bind_sockets(settings.port, settings.host, family=socket.AF_UNSPEC, backlog=512)
    except OSError as error:
        raise SandboxError(
            f"The sandbox cannot listen on {settings.host} port {settings.port}: {error.strerror or error}.",
            hint="Choose another port with --port, or 0 for any free one.",
        ) from error


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise SandboxError(
            f"The TLS certificate cannot be used: {error}.", hint="Give PEM files with --tls-cert and --tls-key."
        ) from error
    return context


def main(arguments: list[str] | None = None) -> int:
    """Run the sandbox as a program and return its exit code."""
    settings = read_settings(arguments)
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        lock = FileLock(settings.data / "lock")
        lock.acquire(timeout=0)
    except Timeout:
        sys.stderr.write(f"Another sandbox is using {settings.data}; choose another folder with --data.\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"The data folder {settings.data} cannot be used: {error}.\n")
        return 1
    try:
        asyncio.run(serve(settings))
    except SandboxError as error:
        sys.stderr.write(f"{error.message} {error.hint}\n")
        return 1
    finally:
        lock.release()
    return 0

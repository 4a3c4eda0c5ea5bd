"""The sandbox's HTTP server: from sockets to routes and back."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import hmac
import importlib
import json
import pkgutil
import re
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

from . import api
from .api.handler import ApiHandler
from .api.polling import poll_forever
from .api.scheduled_runs import run_due, run_forever
from .api_errors import ApiError
from .authentication import credentials_of
from .clock import CLOCK
from .dashboard.handlers import page_handlers
from .dashboard.page import OWN_ONLY, Page, outbox_table, page
from .option_values import LONGEST
from .services import Services
from .serving.content import VanityPage, content_handlers
from .settings import Settings, StartError, read_settings
from .store.database import write_whole

SAFE_LENGTH = 20
"""Characters of a key that is too long to be guessed."""

for _module in pkgutil.iter_modules(api.__path__, f"{api.__name__}."):
    importlib.import_module(_module.name)  # fills the route table


class Ping(web.RequestHandler):
    """The health check."""

    def get(self) -> None:
        """Answer an empty object."""
        self.finish({})


class OtherHost(web.RequestHandler):
    """All requests for a name that is not the sandbox's."""

    def prepare(self) -> None:
        """Refuse it."""
        self.set_status(421)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("The sandbox has another name. The option --allow-host adds one.")


class Proof(Page):
    """``/__sandbox__/proof``: shows a client that this is the sandbox that has its key, before it sends the key."""

    async def get(self) -> None:
        """Answer ``{proofs}``: for each key of the data folder, the HMAC of a nonce and of the own address."""
        text = f"{self.get_argument('nonce')}\n{self.services.runtime.root}".encode()
        keys = json.loads(await self.in_thread((self.services.settings.data / "keys.json").read_bytes))
        # From the HMAC of a short key, which a person chose, others could find the key by trying.
        long = [key.encode() for key in keys.values() if len(key) >= SAFE_LENGTH]
        self.finish({"proofs": [hmac.new(key, text, hashlib.sha256).hexdigest() for key in long]})


class AdministratorPage(Page):
    """An address that is for administrators alone."""

    async def prepare(self) -> None:
        """Refuse all others; what changes something needs a key or a token, as a browser's session is not enough."""
        try:
            account = await self.find_account() if self.request.method == "GET" or credentials_of(self) else None
        except ApiError:
            account = None
        if account is None and self.request.headers.get("Sec-Fetch-Mode") == "navigate":
            self.to_sign_in()
        elif account is None or not account.is_administrator:
            self.set_status(401 if account is None else 403)
            self.finish()


class MoveClock(AdministratorPage):
    """``/__sandbox__/clock``: moves the time forward, so that tests need not wait."""

    async def post(self) -> None:
        """Take ``{seconds}``, start what is due then, and answer ``{time, tasks}``, with the seconds since 1970."""
        try:
            seconds = max(0.0, min(LONGEST * 100, float(json.loads(self.request.body)["seconds"])))
        except (ValueError, TypeError, KeyError):
            self.set_status(400)
            return
        tasks = await self.in_thread(functools.partial(run_due, self.services, forward=seconds))
        self.finish({"time": CLOCK.seconds(), "tasks": tasks})


class Outbox(AdministratorPage):
    """``/__sandbox__/outbox``: the mails that a Connect server would have sent."""

    async def get(self) -> None:
        """Answer a page, or JSON to who has a key."""
        rows = await self.in_thread(self.services.store.rows, "SELECT * FROM mails ORDER BY id DESC LIMIT 200")
        mails = [{**row, "recipients": json.loads(row["recipients"])} for row in rows]
        if credentials_of(self) is not None:
            self.finish({"mails": mails})
            return
        self.set_header("Content-Security-Policy", OWN_ONLY)
        self.finish(page("Outbox", outbox_table(mails), self.services.settings.prefix, small=False))


class Metrics(AdministratorPage):
    """``/metrics``: counts in the text format of Prometheus."""

    async def get(self) -> None:
        """Answer the counts."""
        counts = await self.in_thread(self._counts)
        self.set_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.finish("".join(f"# TYPE connect_{name} gauge\nconnect_{name} {count}\n" for name, count in counts.items()))

    def _counts(self) -> dict[str, int]:
        queries = {
            "content_items": "SELECT count(*) AS n FROM content",
            "users": "SELECT count(*) AS n FROM users",
            "active_jobs": "SELECT count(*) AS n FROM jobs WHERE status = 0",
            "content_hits_total": "SELECT count(*) AS n FROM visits",
        }
        return {name: int((self.services.store.row(query) or {"n": 0})["n"]) for name, query in queries.items()}


def request_handlers(services: Services) -> list[Any]:
    """Return tornado's handlers for all addresses: ``(pattern, class[, arguments])``."""
    prefix, parts = services.settings.prefix, {"services": services}
    return [
        (f"{prefix}/__ping__", Ping),
        (f"{prefix}/__api__(/(?!oauth/v1/|\\.well-known/).*)", ApiHandler, parts),
        (f"{prefix}(/oauth/v1/(?!authorize).*|/\\.well-known/.*)", ApiHandler, parts),
        (f"{prefix}/__sandbox__/proof", Proof, parts),
        (f"{prefix}/__sandbox__/outbox", Outbox, parts),
        (f"{prefix}/metrics", Metrics, parts),
        *([(f"{prefix}/__sandbox__/clock", MoveClock, parts)] if services.settings.movable_clock else []),
        *page_handlers(services, prefix),
        *content_handlers(services, prefix),
        ("(/.*)", VanityPage, parts),
    ]


def make_application(services: Services) -> web.Application:
    """Return the application with all routes below the prefix."""
    application = web.Application(
        default_handler_class=OtherHost,
        cookie_secret=_cookie_secret(services.settings.data),
        log_function=lambda _handler: None,
        websocket_ping_interval=30,
    )
    names = "|".join(re.escape(each) for each in services.settings.hosts)
    application.add_handlers(f"(?:{names})$", request_handlers(services))
    return application


def _cookie_secret(data: Path) -> str:
    path = data / "cookie-secret"
    if not path.exists():
        write_whole(path, secrets.token_hex(32).encode())
    return path.read_text()


async def serve(settings: Settings) -> None:
    """Run a sandbox until it is told to end (SIGTERM or SIGINT)."""
    loop = asyncio.get_running_loop()
    services = _services(settings, loop)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = httpserver.HTTPServer(
        make_application(services),
        ssl_options=_tls(settings),
        max_body_size=settings.max_unpacked + 1024 * 1024,
        xheaders=False,
    )
    sockets = _listen(settings)
    server.add_sockets(sockets)
    services.runtime.root = root_url(settings, sockets[0].getsockname()[1])
    sys.stdout.write(f"Sandbox ready at {services.runtime.root} (API key: {services.admin_key})\n")
    sys.stdout.write(f"Dashboard, signed in, for one use: {_dashboard_link(services)}\n")
    sys.stdout.flush()
    watching = [asyncio.create_task(each(services)) for each in (poll_forever, run_forever)]
    await stopped.wait()
    for each in watching:
        each.cancel()
    server.stop()
    await loop.run_in_executor(None, services.deployments.stop)
    with contextlib.suppress(asyncio.TimeoutError, TimeoutError):
        await asyncio.wait_for(server.close_all_connections(), 2)
    await loop.run_in_executor(None, services.close)


def _dashboard_link(services: Services) -> str:
    admin = services.store.need("SELECT guid FROM users WHERE username = 'admin'")
    return f"{services.runtime.root}/__login__?link={services.sign_in_links.make(admin['guid'], seconds=3600)}"


def _services(settings: Settings, loop: asyncio.AbstractEventLoop) -> Services:
    try:
        return Services(settings, loop)
    except (OSError, ValueError, sqlite3.Error) as error:
        raise StartError(
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
        raise StartError(
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
        raise StartError(
            f"The TLS certificate cannot be used: {error}.", hint="Give PEM files with --tls-cert and --tls-key."
        ) from error
    return context


def main(arguments: list[str] | None = None) -> int:
    """Run the sandbox as a program and return its exit code."""
    settings = read_settings(arguments)
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
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
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        lock.release()
    return 0

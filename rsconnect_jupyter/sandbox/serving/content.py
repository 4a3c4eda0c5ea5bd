"""Published content as readers get it: files, and applications behind a proxy.

Each page is given an origin of its own (a sandboxing policy), so its scripts can neither read the dashboard's session
nor act with it. Browsers then send no cookies with a page's own requests; where a page has further files or an
application behind it, these are found under an address that carries a pass, which only those get who may see the page.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote, unquote

from tornado import httpclient, httputil, websocket

from ..api_errors import ApiError
from ..runtime.apps import App
from ..services import Services
from ..store.database import Row, now
from ..store.identifiers import is_id
from .base import ContentView
from .file_links import check_link_token


def content_handlers(services: Services, prefix: str) -> list[Any]:
    """Return tornado's handlers for content."""
    parts = {"services": services}
    return [
        (f"{prefix}/content/([^/]+)/_t/([^/]+)(/.*)", LinkedFilePage, parts),
        (f"{prefix}/content/([^/]+?)(?:/_(bundle|rev)([0-9]{{1,18}}))?(/.*)?", ContentPage, parts),
    ]


class ContentPage(ContentView):
    """Content under its GUID or number; one bundle under ``_rev{id}``, and under ``_bundle{id}`` for editors."""

    async def get(self, item: str, kind: str | None, bundle_id: str | None, path: str | None) -> None:
        """Serve the content to who may see it."""
        if path is None:
            self.redirect(self.request.path + "/" + (f"?{self.request.query}" if self.request.query else ""))
            return
        try:
            account = await self.find_account()
            column = "id" if is_id(item) else "guid"
            least = "editor" if kind == "bundle" else "viewer"
            row = await self.in_thread(self.find, account, column, item.lower(), least)
            wanted = int(bundle_id) if bundle_id else row["bundle_id"]
            await self.show_content(row, wanted, unquote(path).lstrip("/"), account)
        except ApiError as refusal:
            self.refuse(refusal)

    head = post = put = patch = delete = options = get


class VanityPage(ContentView):
    """Content under its vanity URL; everything else that is nothing gets a 404 in text."""

    async def get(self, path: str) -> None:
        """Serve the content whose vanity URL the path begins with."""
        prefix = self.services.settings.prefix
        inside = path.startswith(prefix + "/")
        path = path.removeprefix(prefix)
        vanity = await self.in_thread(self._vanity, path if path.endswith("/") else path + "/") if inside else None
        if vanity is None:
            self.set_status(404)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish("404 page not found")
            return
        if path + "/" == vanity["path"]:
            self.redirect(self.request.path + "/")
            return
        try:
            account = await self.find_account()
            row = await self.in_thread(self.find, account, "guid", vanity["content_guid"])
            await self.show_content(row, row["bundle_id"], unquote(path)[len(vanity["path"]) :], account)
        except ApiError as refusal:
            self.refuse(refusal)

    head = post = put = patch = delete = options = get

    def _vanity(self, path: str) -> Row | None:
        return self.services.store.row("SELECT * FROM vanities WHERE substr(?, 1, length(path)) = path", (path,))


class LinkedFilePage(ContentView, websocket.WebSocketHandler):
    """A content's further files and its application, for who has the pass."""

    by_pass = True
    _session: int | None = None

    async def get(self, guid: str, given: str, path: str) -> None:
        """Serve a file, an answer of the application, or open a WebSocket to it."""
        self._app = self.services.apps.find(guid, given)
        path = path.lstrip("/")
        if self.request.headers.get("Sec-Fetch-Mode") == "navigate" and await self._is_stranger(guid):
            self.redirect(f"{self.services.settings.prefix}/content/{guid}/{quote(path)}")
        elif self._app is None:
            await self._serve_file(guid, given, unquote(path))
        elif self.request.headers.get("Upgrade", "").lower() == "websocket":
            await self._open_remote(self._app, path)
        else:
            await self.pass_on(self._app, path)

    head = post = put = patch = delete = get

    def options(self, *_parts: str) -> None:
        """Allow a page, whose origin is its own, to ask its application."""
        self.let_page_read()
        self.set_header("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, HEAD")
        self.set_header("Access-Control-Allow-Headers", self.request.headers.get("Access-Control-Request-Headers", "*"))
        self.set_status(204)

    async def _serve_file(self, guid: str, given: str, path: str) -> None:
        row = await self.in_thread(self.services.store.row, "SELECT * FROM content WHERE guid = ?", (guid,))
        bundle_id = check_link_token(self.application.settings["cookie_secret"], guid, given)
        if row is None or bundle_id is None:
            self.redirect(f"{self.services.settings.prefix}/content/{guid}/{quote(path)}")
            return
        try:
            shown = await self.in_thread(self.shown, row, bundle_id)
        except ApiError as refusal:
            self.refuse(refusal)
            return
        self.let_page_read()
        await self.send_file(shown.folder, path, shown.primary or "index.html")

    async def _is_stranger(self, guid: str) -> bool:
        """Return whether somebody visits who may not see the content: with an address that was passed on."""
        try:
            await self.in_thread(self.find, await self.find_account(), "guid", guid)
        except ApiError as refusal:
            return refusal.status != 404
        return False

    async def _open_remote(self, app: App, path: str) -> None:
        url = app.address(path, self.request.query, scheme="ws")
        wanted = self.request.headers.get("Sec-WebSocket-Protocol", "")
        headers = httputil.HTTPHeaders({"Authorization": f"token {app.secret}"})
        try:
            self._remote = await websocket.websocket_connect(
                httpclient.HTTPRequest(url, headers=headers),
                subprotocols=[each.strip() for each in wanted.split(",") if each.strip()] or None,
                max_message_size=256 * 1024 * 1024,
            )
        except (OSError, httpclient.HTTPError, websocket.WebSocketError):
            self.set_status(502)
            self.finish("502")
            return
        await websocket.WebSocketHandler.get(self)

    def check_origin(self, origin: str) -> bool:  # noqa: ARG002 - tornado asks so
        """Accept the page's own origin, which is no name; the pass in the address has let it in."""
        return True

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Speak what the application chose."""
        chosen = self._remote.selected_subprotocol
        return chosen if chosen in subprotocols else None

    def open(self, *_parts: str) -> None:
        """Pass the application's messages on as long as there are any; a session with Shiny is kept for its usage."""
        if self._app is not None:
            self._app.visitors += 1
            if self._app.mode.tag == "run_pyshiny_app":
                query = "INSERT INTO sessions (content_guid, time) VALUES (?, ?)"
                with self.services.store.transaction() as write:
                    self._session = write.execute(query, (self._app.content_guid, now())).lastrowid
        self._reading = asyncio.ensure_future(self._read_remote())

    async def _read_remote(self) -> None:
        while True:
            message = await self._remote.read_message()
            if message is None:
                self.close(self._remote.close_code, self._remote.close_reason)
                return
            try:
                await self.write_message(message, binary=isinstance(message, bytes))
            except websocket.WebSocketClosedError:
                return

    async def on_message(self, message: str | bytes) -> None:
        """Pass a page's message on."""
        await self._remote.write_message(message, binary=isinstance(message, bytes))

    def on_close(self) -> None:
        """Close the other end."""
        if self._app is not None:
            self._app.leave()
        if self._session is not None:
            self.services.store.change("UPDATE sessions SET ended = ? WHERE id = ?", (now(), self._session))
        self._remote.close()

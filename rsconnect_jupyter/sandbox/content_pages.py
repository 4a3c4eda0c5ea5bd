"""Published content as readers get it: files, and applications behind a proxy.

Each page is given an origin of its own (a sandboxing policy), so its scripts can neither read the dashboard's session
nor act with it. Browsers then send no cookies with a page's own requests; where a page has further files or an
application behind it, these are found under an address that carries a pass, which only those get who may see the page.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import mimetypes
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from tornado import httpclient, httputil, iostream, websocket

from .accounts import Account, right_on
from .apps import App, AppFailed
from .codes import Refusal
from .engine import Engine
from .identity import key_of
from .page_handler import Page
from .routes_access import image_type
from .store import Row

ISOLATION = "sandbox allow-scripts allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox allow-downloads"
BLOCK = 256 * 1024
PASS_HOURS = 12
HOP_BY_HOP = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
    "upgrade", "content-length", "content-encoding", "server", "date", "set-cookie", "content-security-policy",
    "access-control-allow-origin",
}  # fmt: skip
NOT_PASSED_ON = {"cookie", "authorization", "x-rsc-authorization", "host", "origin", "referer", "accept-encoding"}


def content_handlers(engine: Engine, prefix: str) -> list[Any]:
    """Return tornado's handlers for content."""
    parts = {"engine": engine}
    return [
        (f"{prefix}/content/([^/]+)/_t/([^/]+)(/.*)", PassPage, parts),
        (f"{prefix}/content/([^/]+?)(?:/_bundle(\\d+))?(/.*)?", ContentPage, parts),
    ]


@dataclass(frozen=True)
class Shown:
    """A bundle that somebody may see.

    Attributes:
        folder: Its files as readers get them.
        primary: The file that readers see first; None for an application.
    """

    content: Row
    bundle: Row
    folder: Path
    primary: str | None


class ContentView(Page):
    """What all pages of content have in common."""

    def find(self, account: Account | None, where: str, value: str, bundle_id: str | None) -> Shown:
        """Return what to show; refuses who may not see it (403/19, 401/24) and what is not there (404/4)."""
        store = self.engine.store
        row = store.row(f"SELECT * FROM content WHERE {where} = ?", (value,))  # noqa: S608
        if row is None:
            raise Refusal(4)
        right = right_on(store, account, row)
        if right == "none" or (bundle_id and right == "viewer"):
            raise Refusal(24 if account is None else 19)
        return self.shown(row, int(bundle_id) if bundle_id else row["bundle_id"])

    def shown(self, row: Row, bundle_id: int | None) -> Shown:
        """Return what to show of a built bundle; refuses others (404/4)."""
        query = "SELECT * FROM bundles WHERE id = ? AND content_guid = ? AND built = 1"
        bundle = self.engine.store.row(query, (bundle_id, row["guid"]))
        if bundle is None:
            raise Refusal(4, "This content has not been deployed yet.")
        metadata = json.loads(bundle["inspection"])["manifest"]["metadata"]
        primary: str | None = "index.html"
        if metadata["appmode"] == "jupyter-voila":
            primary = None
        elif metadata["appmode"] == "static":
            primary = str(metadata.get("primary_html") or metadata.get("entrypoint") or "index.html")
        return Shown(row, bundle, self.engine.store.rendered(row["guid"], bundle["id"]), primary)

    def refuse(self, refusal: Refusal) -> None:
        """Answer a refusal: with the sign-in page in a browser, else with a small page."""
        if refusal.status == 401 and key_of(self) is None and self.request.method == "GET":
            self.to_sign_in()
        elif refusal.status == 404:
            self.show(404, "Nothing here", "There is no such content, or it was not deployed yet.")
        else:
            self.show(refusal.status, "Not for you", refusal.message)

    async def show_content(self, shown: Shown, path: str, *, by_session: bool) -> None:
        """Answer with a file or with the application's page."""
        if path == "__thumbnail__":
            await self._send_thumbnail(shown)
        elif shown.primary is None:
            await self.show_app(shown, path)
        elif by_session and shown.content["access_type"] != "all" and await self.in_thread(_has_parts, shown):
            given = make_pass(self.application.settings["cookie_secret"], shown)
            self.redirect(f"{self.engine.settings.prefix}/content/{shown.content['guid']}/_t/{given}/{quote(path)}")
        else:
            if shown.content["access_type"] == "all":
                self.set_header("Access-Control-Allow-Origin", "*")
            await self.send_file(shown.folder, path, shown.primary)

    async def show_app(self, shown: Shown, path: str) -> None:
        """Answer what the application answers; starts it when it is not running."""
        try:
            app = await self.engine.apps.visit(shown.content, shown.bundle)
        except AppFailed as failure:
            self.show(502, "The application did not start", str(failure))
            return
        await self.pass_on(app, path)

    async def pass_on(self, app: App, path: str) -> None:
        """Fetch a path of an application and answer with it, piece by piece."""
        url = app.origin + app.base + path + (f"?{self.request.query}" if self.request.query else "")
        request = httpclient.HTTPRequest(
            url,
            method=self.request.method or "GET",
            headers=_passed_headers(self.request.headers, app),
            body=self.request.body if self.request.method in ("POST", "PUT", "PATCH") else None,
            follow_redirects=False,
            request_timeout=3600,
            header_callback=self._take_head,
            streaming_callback=self._take_piece,
            allow_nonstandard_methods=True,
            decompress_response=False,
        )
        app.visitors += 1
        try:
            answer = await httpclient.AsyncHTTPClient(max_clients=200).fetch(request, raise_error=False)
        except (OSError, httpclient.HTTPError):
            answer = None
        finally:
            app.leave()
        if answer is None or answer.code == 599:
            if not self._headers_written:
                self.show(502, "The application does not answer", "It ended, or is too busy; try again.")
            return
        self.set_status(answer.code)
        if not self._finished:
            self.finish()

    def _take_head(self, line: str) -> None:
        if line.startswith("HTTP/"):
            self.set_status(int(line.split()[1]))
            self.set_header("Content-Security-Policy", ISOLATION)
            self.set_header("Access-Control-Allow-Origin", "*")
            return
        name, _, value = line.partition(":")
        if value and name.strip().lower() not in HOP_BY_HOP:
            self.set_header(name.strip(), value.strip())

    def _take_piece(self, piece: bytes) -> None:
        if not self._finished:
            self.write(piece)
            self.flush()

    async def _send_thumbnail(self, shown: Shown) -> None:
        path = self.engine.store.folder / "thumbnails" / shown.content["guid"]
        if not path.exists():
            self.set_status(204)
            return
        content = await self.in_thread(path.read_bytes)
        self.set_header("Content-Type", image_type(content[:1024]) or "application/octet-stream")
        self.set_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
        self.finish(content)

    async def send_file(self, folder: Path, path: str, primary: str) -> None:
        """Answer with one of a content's files."""
        target = await self.in_thread(_find_file, folder, path or primary)
        if target is None:
            self.show(404, "Nothing here", "The content has no such file.")
            return
        kind = mimetypes.guess_type(target.name)[0] or "application/octet-stream"
        self.set_header("Content-Type", kind + ("; charset=utf-8" if kind.startswith("text/") else ""))
        self.set_header("Content-Security-Policy", ISOLATION)
        self.set_header("Content-Length", target.stat().st_size)
        if self.request.method == "HEAD":
            return
        with target.open("rb") as file:
            while block := await self.in_thread(file.read, BLOCK):
                self.write(block)
                try:
                    await self.flush()
                except iostream.StreamClosedError:
                    return


class ContentPage(ContentView):
    """Content under its GUID or number, and drafts under ``_bundle{id}``."""

    async def get(self, item: str, bundle_id: str | None, path: str | None) -> None:
        """Serve the content to who may see it."""
        if path is None:
            self.redirect(self.request.path + "/" + (f"?{self.request.query}" if self.request.query else ""))
            return
        try:
            account = await self.find_account()
            column = "id" if item.isdigit() else "guid"
            shown = await self.in_thread(self.find, account, column, item.lower(), bundle_id)
        except Refusal as refusal:
            self.refuse(refusal)
            return
        await self.show_content(shown, unquote(path).lstrip("/"), by_session=key_of(self) is None)

    head = get
    post = get


class VanityPage(ContentView):
    """Content under its vanity URL; everything else that is nothing gets a 404 in text."""

    async def get(self, path: str) -> None:
        """Serve the content whose vanity URL the path begins with."""
        prefix = self.engine.settings.prefix
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
            shown = await self.in_thread(self.find, account, "guid", vanity["content_guid"], None)
        except Refusal as refusal:
            self.refuse(refusal)
            return
        await self.show_content(shown, unquote(path)[len(vanity["path"]) :], by_session=key_of(self) is None)

    head = post = put = patch = delete = options = get

    def _vanity(self, path: str) -> Row | None:
        return self.engine.store.row("SELECT * FROM vanities WHERE substr(?, 1, length(path)) = path", (path,))


class PassPage(ContentView, websocket.WebSocketHandler):
    """A content's further files and its application, for who has the pass."""

    async def get(self, guid: str, given: str, path: str) -> None:
        """Serve a file, an answer of the application, or open a WebSocket to it."""
        self._app = self.engine.apps.find(guid, given)
        path = path.lstrip("/")
        if self._app is None:
            await self._serve_file(guid, given, unquote(path))
        elif self.request.headers.get("Upgrade", "").lower() == "websocket":
            await self._open_remote(self._app, path)
        else:
            await self.pass_on(self._app, path)

    head = post = put = patch = delete = get

    def options(self, *_parts: str) -> None:
        """Allow a page, whose origin is its own, to ask its application."""
        self.set_header("Access-Control-Allow-Origin", "*")
        self.set_header("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, HEAD")
        self.set_header("Access-Control-Allow-Headers", self.request.headers.get("Access-Control-Request-Headers", "*"))
        self.set_status(204)

    async def _serve_file(self, guid: str, given: str, path: str) -> None:
        row = await self.in_thread(self.engine.store.row, "SELECT * FROM content WHERE guid = ?", (guid,))
        bundle_id = check_pass(self.application.settings["cookie_secret"], guid, given)
        visited = self.request.headers.get("Sec-Fetch-Mode") == "navigate"
        if row is None or bundle_id is None or (visited and await self._is_stranger(row)):
            self.redirect(f"{self.engine.settings.prefix}/content/{guid}/{quote(path)}")
            return
        try:
            shown = await self.in_thread(self.shown, row, bundle_id)
        except Refusal as refusal:
            self.refuse(refusal)
            return
        self.set_header("Access-Control-Allow-Origin", "*")
        await self.send_file(shown.folder, path, shown.primary or "index.html")

    async def _is_stranger(self, row: Row) -> bool:
        try:
            account = await self.find_account()
        except Refusal:
            return True
        return bool(await self.in_thread(right_on, self.engine.store, account, row) == "none")

    async def _open_remote(self, app: App, path: str) -> None:
        url = f"ws://127.0.0.1:{app.port}{app.base}{path}" + (f"?{self.request.query}" if self.request.query else "")
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
        """Pass the application's messages on as long as there are any."""
        if self._app is not None:
            self._app.visitors += 1
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
        self._remote.close()


def make_pass(secret: str, shown: Shown, *, moment: float | None = None) -> str:
    """Return a pass to a bundle's files, good for 12 to 24 hours. Pure when the moment is given."""
    period = int((time.time() if moment is None else moment) // (PASS_HOURS * 3600))
    return _sign(secret, shown.content["guid"], shown.bundle["id"], period)


def check_pass(secret: str, guid: str, given: str, *, moment: float | None = None) -> int | None:
    """Return the bundle that a pass is good for, None for a bad or old one. Pure when the moment is given."""
    number = given.partition("-")[0]
    period = int((time.time() if moment is None else moment) // (PASS_HOURS * 3600))
    for each in (period, period - 1):
        if number.isdigit() and hmac.compare_digest(_sign(secret, guid, int(number), each).encode(), given.encode()):
            return int(number)
    return None


def _sign(secret: str, guid: str, bundle_id: int, period: int) -> str:
    text = f"{guid}/{bundle_id}/{period}".encode()
    return f"{bundle_id}-{hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()[:32]}"


def _has_parts(shown: Shown) -> bool:
    """Return whether a page has further files that it may ask for."""
    files = (each for each in shown.folder.rglob("*") if each.is_file() and each.name != "manifest.json")
    return next(files, None) is not None and next(files, None) is not None


def _find_file(folder: Path, path: str) -> Path | None:
    root = folder.resolve()
    try:
        target = (root / path).resolve()
        if target.is_dir():
            target = (target / "index.html").resolve()
        good = target.is_relative_to(root) and target.is_file() and path != "manifest.json"
    except (OSError, ValueError):
        return None
    return target if good else None


def _passed_headers(headers: httputil.HTTPHeaders, app: App) -> httputil.HTTPHeaders:
    passed = httputil.HTTPHeaders()
    for name, value in headers.get_all():
        if name.lower() not in NOT_PASSED_ON | HOP_BY_HOP:
            passed.add(name, value)
    passed["Authorization"] = f"token {app.secret}"
    return passed

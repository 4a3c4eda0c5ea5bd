"""What all pages of published content have in common: what to show to whom, files, and the way to applications."""

from __future__ import annotations

import json
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tornado import httpclient, httputil, iostream

from ..api.access import image_type
from ..api_errors import ApiError
from ..authentication import credentials_of, is_from_elsewhere
from ..dashboard.page import Page
from ..runtime.apps import App, AppFailed
from ..store.accounts import Account, right_on
from ..store.bundles import DOCUMENTS
from ..store.database import Row, now
from ..store.schedules import RENDERED
from .file_links import make_link_token

ISOLATION = "sandbox allow-scripts allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox allow-downloads"
BLOCK = 256 * 1024
HOP_BY_HOP = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
    "upgrade", "content-length", "content-encoding", "server", "date", "set-cookie", "content-security-policy",
    "access-control-allow-origin",
}  # fmt: skip
NOT_PASSED_ON = {
    "cookie", "authorization", "x-rsc-authorization", "x-auth-token", "x-auth-signature", "host", "origin", "referer",
    "accept-encoding",
}  # fmt: skip


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

    by_pass = False
    """True where the address carries a pass: the page, whose origin is no name, may read what it asks for."""

    def find(self, account: Account | None, where: str, value: str, least: str = "viewer") -> Row:
        """Return content; refuses who may not see it (403/19, 401/24) and what is not there (404/4)."""
        store = self.services.store
        # What others could find by counting or for a page elsewhere is for who is signed in.
        if account is None and (where == "id" or self.services.settings.always_sign_in or is_from_elsewhere(self)):
            raise ApiError(24)
        row = store.row(f"SELECT * FROM content WHERE {where} = ?", (value,))  # noqa: S608
        if row is None:
            raise ApiError(4)
        right = right_on(store, account, row)
        if right == "none" or (least == "editor" and right == "viewer"):
            raise ApiError(24 if account is None else 19)
        return row

    def shown(self, row: Row, bundle_id: int | None) -> Shown:
        """Return what to show of a built bundle; refuses others (404/4)."""
        query = "SELECT * FROM bundles WHERE id = ? AND content_guid = ? AND built = 1"
        bundle = self.services.store.row(query, (bundle_id, row["guid"]))
        if bundle is None:
            raise ApiError(4, "This content has not been deployed yet.")
        metadata = json.loads(bundle["inspection"])["manifest"]["metadata"]
        primary: str | None = "index.html" if metadata["appmode"] in DOCUMENTS else None
        if metadata["appmode"] == "static":
            primary = str(metadata.get("primary_html") or metadata.get("entrypoint") or primary)
        return Shown(row, bundle, self.services.store.rendered(row["guid"], bundle["id"]), primary)

    def refuse(self, refusal: ApiError) -> None:
        """Answer a refusal: with the sign-in page in a browser, else with a small page."""
        if refusal.status == 401 and credentials_of(self) is None and self.request.method == "GET":
            self.to_sign_in()
        elif refusal.status == 404:
            self.show(404, "Not found", "There is no such content, or it is not deployed yet.")
        else:
            self.show(refusal.status, "No access", refusal.message)

    async def show_content(self, row: Row, bundle_id: int | None, path: str, account: Account | None) -> None:
        """Answer with the thumbnail, a file or the application's page; refuses what is not deployed (404/4)."""
        shown = await self.in_thread(self.shown, row, bundle_id)
        if path == "__thumbnail__":
            await self._send_thumbnail(row)
            return
        by_session = credentials_of(self) is None
        if self.request.method == "GET":
            await self.in_thread(self._note_visit, shown, path, account)
        if shown.primary is None:
            await self.show_app(shown, path)
        elif by_session and await self.in_thread(_has_parts, shown):
            given = make_link_token(
                self.application.settings["cookie_secret"], shown.content["guid"], shown.bundle["id"]
            )
            self.redirect(f"{self.services.settings.prefix}/content/{shown.content['guid']}/_t/{given}/{quote(path)}")
        else:
            await self.send_file(shown.folder, path, shown.primary)

    def _note_visit(self, shown: Shown, path: str, account: Account | None) -> None:
        rendered = shown.content["app_mode"] in RENDERED
        header = self.request.headers.get
        self.services.store.change(
            "INSERT INTO visits (content_guid, user_guid, time, bundle_id, variant_key, path, query, user_agent,"
            " sec_fetch_dest, sec_fetch_site) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                shown.content["guid"],
                account.guid if account else None,
                now(),
                shown.bundle["id"],
                shown.content["variant_key"] if rendered else None,
                f"/{path}",
                self.request.query or None,
                *(header(name) for name in ("User-Agent", "Sec-Fetch-Dest", "Sec-Fetch-Site")),
            ),
        )

    async def show_app(self, shown: Shown, path: str) -> None:
        """Answer what the application answers; starts it when it is not running."""
        try:
            app = await self.services.apps.visit(shown.content, shown.bundle)
        except AppFailed as failure:
            self.show(502, "The application did not start", str(failure))
            return
        if self.request.headers.get("Sec-Fetch-Mode") == "navigate":  # its own requests come without cookies
            self.redirect(app.base + quote(path) + (f"?{self.request.query}" if self.request.query else ""))
            return
        await self.pass_on(app, path)

    async def pass_on(self, app: App, path: str) -> None:
        """Fetch a path of an application and answer with it, piece by piece."""
        request = httpclient.HTTPRequest(
            app.address(path, self.request.query),
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
                self.show(502, "The application does not answer", "It ended or is busy. Try again.")
            return
        self.set_status(answer.code)
        if not self._finished:
            self.finish()

    def let_page_read(self) -> None:
        """Let the page read the answer, if it asked with its pass."""
        if self.by_pass:
            self.set_header("Access-Control-Allow-Origin", "null")

    def _take_head(self, line: str) -> None:
        if line.startswith("HTTP/"):
            self.set_status(int(line.split()[1]))
            self.set_header("Content-Security-Policy", ISOLATION)
            self.let_page_read()
            return
        name, _, value = line.partition(":")
        if value and name.strip().lower() not in HOP_BY_HOP:
            self.set_header(name.strip(), value.strip())

    def _take_piece(self, piece: bytes) -> None:
        if not self._finished:
            self.write(piece)
            self.flush()

    async def _send_thumbnail(self, row: Row) -> None:
        path = self.services.store.folder / "thumbnails" / row["guid"]
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
            self.show(404, "Not found", "The content has no such file.")
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

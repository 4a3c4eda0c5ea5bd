"""What people see in a browser: published content, sign-in, and the dashboard."""

from __future__ import annotations

import asyncio
import json
import mimetypes
import secrets
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from tornado import iostream, web

from .accounts import Account, right_on
from .codes import Refusal
from .engine import Engine
from .identity import SESSION, SESSION_DAYS, XSRF, identify, key_of, session_of
from .request_faults import FaultyHandler
from .store import Row

ISOLATION = "sandbox allow-scripts allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox allow-downloads"
"""Content gets an origin of its own, so its scripts can neither read the session nor act with it."""

BLOCK = 256 * 1024


def page_handlers(engine: Engine, prefix: str) -> list[Any]:
    """Return tornado's handlers for everything outside the API."""
    parts = {"engine": engine}
    return [
        (f"{prefix}/content/([^/]+)(?:/_bundle(\\d+))?(/.*)?", ContentPage, parts),
        (f"{prefix}/__login__", SignIn, parts),
        (f"{prefix}/__logout__", SignOut, parts),
        (f"{prefix}/connect/?", Dashboard, parts),
        (f"{prefix}/?", web.RedirectHandler, {"url": f"{prefix}/connect/", "permanent": False}),
    ]


class Page(FaultyHandler):
    """A page for people; errors are pages too."""

    def initialize(self, engine: Engine) -> None:
        """Take the parts that requests work with."""
        self.engine = engine

    async def prepare(self) -> None:
        """Let happen what a test ordered."""
        await self.suffer()

    def set_default_headers(self) -> None:
        """Keep pages out of shared caches and other sites' frames."""
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-cache, private")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")

    async def find_account(self) -> Account | None:
        """Return who is asking; a bad key is refused."""
        account: Account | None = await self.in_thread(identify, self.engine, key_of(self), session_of(self))
        return account

    async def in_thread(self, function: Any, *arguments: Any) -> Any:
        """Run blocking work outside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.engine.workers, function, *arguments)

    def show(self, status: int, title: str, text: str) -> None:
        """Answer with a small page."""
        self.set_status(status)
        self.set_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.finish(message_page(title, text, self.engine.settings.prefix))

    def here(self) -> str:
        """Return the path asked for, to come back to."""
        return self.request.uri or "/"


class ContentPage(Page):
    """Published content, for those who may see it."""

    async def get(self, item: str, bundle_id: str | None, path: str | None) -> None:
        """Serve a file of the content."""
        try:
            account = await self.find_account()
            folder = await self.in_thread(self._folder, account, item, bundle_id)
        except Refusal as refusal:
            self._refuse(refusal)
            return
        if path is None:
            self.redirect(self.request.path + "/" + (f"?{self.request.query}" if self.request.query else ""))
            return
        await self._serve(folder, unquote(path).lstrip("/"))

    head = get

    def _folder(self, account: Account | None, item: str, bundle_id: str | None) -> tuple[Path, str]:
        store = self.engine.store
        column = "id" if item.isdigit() else "guid"
        row = store.row(f"SELECT * FROM content WHERE {column} = ?", (item.lower(),))  # noqa: S608
        if row is None:
            raise Refusal(4)
        right = right_on(store, account, row)
        if right == "none" or (bundle_id and right == "viewer"):
            raise Refusal(24 if account is None else 19)
        wanted = int(bundle_id) if bundle_id else row["bundle_id"]
        bundle = store.row(
            "SELECT * FROM bundles WHERE id = ? AND content_guid = ? AND built = 1", (wanted, row["guid"])
        )
        if bundle is None:
            raise Refusal(4, "This content has not been deployed yet.")
        return store.rendered(row["guid"], wanted), primary_page(bundle)

    def _refuse(self, refusal: Refusal) -> None:
        if refusal.status == 401 and key_of(self) is None and self.request.method == "GET":
            self.redirect(f"{self.engine.settings.prefix}/__login__?next={quote(self.here(), safe='')}")
            return
        if refusal.status == 404:
            self.show(404, "Nothing here", "There is no such content, or it was not deployed yet.")
        else:
            self.show(refusal.status, "Not for you", refusal.message)

    async def _serve(self, found: tuple[Path, str], path: str) -> None:
        folder, primary = found
        target = (folder / (path or primary)).resolve()
        if target.is_dir():
            target = target / "index.html"
        if not target.is_relative_to(folder.resolve()) or not target.is_file() or path == "manifest.json":
            self.show(404, "Nothing here", "The content has no such file.")
            return
        kind = mimetypes.guess_type(target.name)[0] or "application/octet-stream"
        if kind.startswith("text/"):
            kind += "; charset=utf-8"
        self.set_header("Content-Type", kind)
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


def primary_page(bundle: Row) -> str:
    """Return which file of a built bundle readers see first."""
    metadata = json.loads(bundle["inspection"])["manifest"]["metadata"]
    if metadata["appmode"] == "static":
        return str(metadata.get("primary_html") or "index.html")
    return "index.html"


class SignIn(Page):
    """Sign in with an API key."""

    def get(self) -> None:
        """Show the form."""
        self._form("")

    async def post(self) -> None:
        """Start a session for the key's user."""
        try:
            account = await self.in_thread(identify, self.engine, self.get_body_argument("key", "").strip(), None)
        except Refusal as refusal:
            self._form(refusal.message)
            return
        secure = self.request.protocol == "https"
        options: dict[str, Any] = {"path": self.engine.settings.prefix or "/", "samesite": "Lax", "secure": secure}
        self.set_signed_cookie(SESSION, account.guid, expires_days=SESSION_DAYS, httponly=True, **options)
        self.set_cookie(XSRF, secrets.token_urlsafe(24), expires_days=SESSION_DAYS, **options)
        self.redirect(self._next())

    def _next(self) -> str:
        target = self.get_argument("next", "")
        safe = target.startswith("/") and not target.startswith(("//", "/\\"))
        return target if safe else f"{self.engine.settings.prefix}/connect/"

    def _form(self, problem: str) -> None:
        self.set_status(401 if problem else 200)
        self.finish(sign_in_page(self.engine.settings.prefix, self._next(), problem))


class SignOut(Page):
    """End a session."""

    def get(self) -> None:
        """Forget the session and show the sign-in page."""
        for name in (SESSION, XSRF):
            self.clear_cookie(name, path=self.engine.settings.prefix or "/")
        self.redirect(f"{self.engine.settings.prefix}/__login__")


class Dashboard(Page):
    """The dashboard; one page, the rest happens in the browser."""

    async def get(self) -> None:
        """Show the dashboard to a signed-in user."""
        try:
            account = await self.find_account()
        except Refusal:
            account = None
        if account is None:
            self.redirect(f"{self.engine.settings.prefix}/__login__?next={quote(self.here(), safe='')}")
            return
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(message_page("Sandbox", f"Signed in as {account.username}.", self.engine.settings.prefix))


def message_page(title: str, text: str, prefix: str) -> str:
    """Return a page with one message. Pure."""
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title>"
        "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:15vh auto;padding:0 1rem;color:#24292f}"
        f"</style><h1>{escape(title)}</h1><p>{escape(text)}</p><p><a href='{prefix}/connect/'>Dashboard</a></p></html>"
    )


def sign_in_page(prefix: str, target: str, problem: str) -> str:
    """Return the sign-in form. Pure."""
    alert = f"<p role=alert>{escape(problem)}</p>" if problem else ""
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Sign in</title>"
        "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:24rem;margin:15vh auto;padding:0 1rem;color:#24292f}"
        "input,button{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;margin:.25rem 0}"
        "[role=alert]{color:#b42318}</style><h1>Sign in</h1>"
        f"{alert}<form method=post action='{prefix}/__login__'><input type=hidden name=next value='{escape(target)}'>"
        "<label>API key<input type=password name=key autofocus required autocomplete=current-password></label>"
        "<button>Sign in</button></form></html>"
    )

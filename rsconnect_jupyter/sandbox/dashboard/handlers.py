"""Sign-in and the dashboard."""

from __future__ import annotations

import re
import secrets
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tornado import web

from ..api_errors import ApiError
from ..authentication import SESSION, SESSION_DAYS, XSRF, Credentials, cookie_name, credentials_of, identify
from ..services import Services
from ..store.accounts import Account, account_of_user
from .consent import consent_handlers
from .page import OWN_ONLY, Page, page

ASSETS = Path(__file__).parent
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def page_handlers(services: Services, prefix: str) -> list[Any]:
    """Return tornado's handlers for sign-in and dashboard."""
    parts = {"services": services}
    return [
        (f"{prefix}/__login__", SignIn, parts),
        (f"{prefix}/__login__/link", SignInLink, parts),
        (f"{prefix}/(?:connect/)?__logout__", SignOut, parts),
        (f"{prefix}/connect", web.RedirectHandler, {"url": f"{prefix}/connect/", "permanent": False}),
        (f"{prefix}/connect/", Dashboard, parts),
        *consent_handlers(services, prefix),
        (f"{prefix}/connect/([a-z-]+\\.(?:css|js|svg))", Asset, parts),
        (f"{prefix}/?", web.RedirectHandler, {"url": f"{prefix}/connect/", "permanent": False}),
    ]


class SignIn(Page):
    """Sign in with an API key, with a link that is good once, or as any user where the sandbox was told to allow it."""

    async def get(self) -> None:
        """Start a session for a link's user, or show the form."""
        user_guid = self.services.sign_in_links.use(self.get_argument("link", ""))
        if user_guid is None:
            self._form("The link was used already or has expired." if self.get_argument("link", "") else "")
        else:
            self._start_session(user_guid)

    async def post(self) -> None:
        """Start a session for the key's user, or for the user that was chosen."""
        if self.request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            self.show(403, "No access", "The form of another website cannot sign you in.")
            return
        try:
            account = await self.in_thread(self._account)
        except ApiError as refusal:
            self._form("The API key is not valid." if refusal.code == 30 else refusal.message)
            return
        self._start_session(account.guid)

    def _account(self) -> Account:
        chosen = self.get_body_argument("user", "")
        if chosen and self.services.settings.choose_user:
            account = account_of_user(self.services.store, chosen)
        else:
            key = Credentials(scheme="key", text=self.get_body_argument("key", "").strip())
            account = identify(self.services, key, None)
        if account is None or account.is_service:
            raise ApiError(30)
        return account

    def _start_session(self, user_guid: str) -> None:
        options: dict[str, Any] = {
            "path": self.services.settings.prefix or "/",
            "samesite": "Lax",
            "secure": self.request.protocol == "https",
            "expires_days": SESSION_DAYS,
        }
        self.set_signed_cookie(cookie_name(SESSION, self), user_guid, httponly=True, **options)
        self.set_cookie(cookie_name(XSRF, self), secrets.token_urlsafe(24), **options)
        self.redirect(self._next())

    def _next(self) -> str:
        target = self.get_argument("next", "", strip=False)
        # Browsers read \ as / and leave out what is no character: nothing may begin with two slashes then.
        safe = re.fullmatch(r"/(?![/\\])[^\x00-\x20\\]*", target)
        return target if safe else f"{self.services.settings.prefix}/connect/"

    def _form(self, problem: str) -> None:
        prefix = self.services.settings.prefix
        alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
        start = (
            f'{alert}<form method="post" action="{prefix}/__login__">'
            f'<input type="hidden" name="next" value="{escape(self._next())}">'
        )
        body = start + (self._choice() if self.services.settings.choose_user else self._key_field())
        self.set_status(401 if problem else 200)
        self.set_header("Content-Security-Policy", OWN_ONLY)
        self.finish(page("Sign in to the sandbox", body, prefix))

    def _choice(self) -> str:
        query = "SELECT * FROM users WHERE service = 0 AND locked = 0 ORDER BY number"
        buttons = "".join(
            f'<button name="user" value="{row["guid"]}">{escape(row["first_name"])} {escape(row["last_name"])}'
            f" ({escape(row['username'])})</button>"
            for row in self.services.store.rows(query)
        )
        return f'<p>Who are you?</p><p class="choice">{buttons}</p></form>'

    def _key_field(self) -> str:
        return (
            '<label>API key <input type="password" name="key" autofocus required autocomplete="current-password">'
            '</label><button class="main-action">Sign in</button></form>'
            '<p class="soft">The sandbox printed the administrator’s key when it started. The keys of all users are in'
            " <code>keys.json</code> in its data folder.</p>"
            f'<script src="{self.services.settings.prefix}/connect/sign-in.js"></script>'
        )


class SignInLink(Page):
    """``__login__/link``: makes a link for who has an API key, such as the panel."""

    async def post(self) -> None:
        """Answer ``{url}``: it signs in the first browser that opens it, within a minute, and goes on to ``next``."""
        try:
            account = await self.find_account() if credentials_of(self) else None
        except ApiError as refusal:
            self.set_status(refusal.status)
            self.finish(refusal.envelope())
            return
        if account is None:
            self.set_status(401)
            self.finish(ApiError(24).envelope())
            return
        prefix = self.services.settings.prefix
        token = self.services.sign_in_links.make(account.guid)
        query = urlencode({"link": token, "next": self.get_argument("next", f"{prefix}/connect/")})
        self.finish({"url": f"{self.request.protocol}://{self.request.host}{prefix}/__login__?{query}"})


class SignOut(Page):
    """End a session."""

    def get(self) -> None:
        """Forget the session and show the sign-in page."""
        for name in (SESSION, XSRF):
            self.clear_cookie(cookie_name(name, self), path=self.services.settings.prefix or "/")
        self.redirect(f"{self.services.settings.prefix}/__login__")


class Dashboard(Page):
    """The dashboard: one page; what it shows, it asks the API for."""

    async def get(self) -> None:
        """Show the dashboard to a signed-in user."""
        try:
            account = await self.find_account()
        except ApiError:
            account = None
        if account is None:
            self.to_sign_in()
            return
        self.set_header("Content-Security-Policy", OWN_ONLY)
        self.set_header("X-Frame-Options", "DENY")
        self.finish(await self.in_thread((ASSETS / "dashboard.html").read_bytes))


class Asset(Page):
    """The dashboard's scripts, style and icon."""

    async def get(self, name: str) -> None:
        """Serve one of them."""
        path = ASSETS / name
        if not await self.in_thread(path.is_file):
            self.show(404, "Not found", "The dashboard has no such file.")
            return
        self.set_header("Content-Type", f"{KINDS[path.suffix]}; charset=utf-8")
        self.finish(await self.in_thread(path.read_bytes))

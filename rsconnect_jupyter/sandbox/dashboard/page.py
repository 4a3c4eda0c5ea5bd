"""What all pages for people have in common: who is asking, and small pages with a message."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from tornado import web

from ..authentication import credentials_of, identify, session_of
from ..services import Services
from ..store.accounts import Account

OWN_ONLY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:"
OWN_ONLY += "; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


class Page(web.RequestHandler):
    """A page for people; errors are pages too."""

    def initialize(self, services: Services) -> None:
        """Take the parts that requests work with."""
        self.services = services

    def set_default_headers(self) -> None:
        """Keep pages out of shared caches."""
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-cache, private")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")

    async def find_account(self) -> Account | None:
        """Return who is asking; a bad key is refused."""
        account: Account | None = await self.in_thread(identify, self.services, credentials_of(self), session_of(self))
        return account

    async def in_thread(self, function: Any, *arguments: Any) -> Any:
        """Run blocking work outside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.services.workers, function, *arguments)

    def show(self, status: int, title: str, text: str) -> None:
        """Answer with a small page."""
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'")
        self.finish(message_page(title, text, self.services.settings.prefix))

    def to_sign_in(self) -> None:
        """Send a browser to the sign-in page, and back here afterwards."""
        here = quote(self.request.uri or "/", safe="")
        self.redirect(f"{self.services.settings.prefix}/__login__?next={here}")


def page(title: str, body: str, prefix: str, *, small: bool = True) -> str:
    """Return a page in the dashboard's style. Pure; the body is HTML."""
    assets, kind = f"{prefix}/connect", ' class="small"' if small else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="icon" href="{assets}/icon.svg">'
        f'<link rel="stylesheet" href="{assets}/dashboard.css"></head><body{kind}><main>'
        f'<img src="{assets}/icon.svg" alt="" width="32" height="32"><h1>{escape(title)}</h1>{body}</main>'
        "</body></html>"
    )


def message_page(title: str, text: str, prefix: str) -> str:
    """Return a page with one message. Pure."""
    return page(title, f'<p>{escape(text)}</p><p><a href="{prefix}/connect/">Dashboard</a></p>', prefix)


def outbox_table(mails: Sequence[Mapping[str, Any]]) -> str:
    """Return mails as a table. Pure."""
    if not mails:
        return "<p>No mail was sent yet. A sandbox sends none: it shows here what Connect would have sent.</p>"
    rows = "".join(
        f"<tr><td>{escape(mail['time'][:19].replace('T', ' '))}</td><td>{escape(', '.join(mail['recipients']))}</td>"
        f'<td>{escape(mail["subject"])}</td><td><a href="{escape(mail["text"])}">{escape(mail["text"])}</a></td></tr>'
        for mail in mails
    )
    head = "<thead><tr><th>Time (UTC)</th><th>To</th><th>Subject</th><th>Text</th></tr></thead>"
    return f'<table class="mails">{head}{rows}</table>'

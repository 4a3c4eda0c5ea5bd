"""Pages on which a signed-in user lets a client act for them: OAuth's browser flow, a device's code, a claimed token.

They are forms that work without scripts.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ..api.oauth import DEVICE_SINCE, is_redirect_of
from ..api_errors import ApiError
from ..authentication import check_xsrf, identify, session_of, xsrf_token
from ..services import Services
from ..store.accounts import Account
from ..store.claims import claim, claimable
from ..store.database import Row
from ..store.oauth import add_code, answer_device, find_client, waiting_device
from .page import OWN_ONLY, Page, page

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
PARAMETERS = ("response_type", "client_id", "redirect_uri", "code_challenge", "code_challenge_method", "state", "scope")


def consent_handlers(services: Services, prefix: str) -> list[Any]:
    """Return tornado's handlers for the pages of the ways to sign in that this server offers."""
    parts, settings = {"services": services}, services.settings
    handlers: list[Any] = []
    if settings.offers("oauth"):
        handlers.append((f"{prefix}/oauth/v1/authorize", AuthorizePage, parts))
    if settings.offers("oauth") and settings.version >= DEVICE_SINCE:
        handlers.append((f"{prefix}/connect/device", DevicePage, parts))
    if settings.offers("claim"):
        handlers.append((f"{prefix}/connect/claim/(T[0-9a-f]+)", ClaimPage, parts))
    return handlers


class ConsentPage(Page):
    """What the pages have in common: who is asked, the question, and the check of the answer."""

    async def asked_user(self) -> Account | None:
        """Return the signed-in user; without one, answer with the way to the sign-in page and return None."""
        account: Account | None = await self.in_thread(identify, self.services, None, session_of(self))
        if account is None:
            self.to_sign_in()
        return account

    async def ask(self, account: Account, client: str, note: str, *, target: str = "", **fields: str) -> None:
        """Show the question about a client, with a sentence that tells this sign-in from others.

        `target` is the origin that the answer leads to, when it is not this server; the form sends the fields along.
        """
        user = await self.in_thread(self._user, account)
        hidden = {**fields, "xsrf": xsrf_token(self)}
        prefix = self.services.settings.prefix
        other = f"{prefix}/__login__?next={quote(self.request.uri or '/', safe='')}"
        body = (
            f"<p><strong>{escape(client)}</strong> asks to act for you on this server:"
            " to publish, change and delete content.</p>"
            f"<p>{escape(note)} Allow it only if you have just started this sign-in.</p>"
            f"<p>You are signed in as <strong>{escape(_full_name(user))}</strong> ({escape(user['username'])})."
            f' <a href="{escape(other)}">Use another account</a></p>'
            f'<form method="post" action="{escape(self.request.path)}">'
            + "".join(
                f'<input type="hidden" name="{name}" value="{escape(text)}">' for name, text in hidden.items() if text
            )
            + '<button class="main-action" name="decision" value="allow">Allow</button>'
            ' <button name="decision" value="deny">Deny</button></form>'
        )
        # Browsers hold the address that a form's answer leads to against form-action too.
        policy = OWN_ONLY.replace("form-action 'self'", f"form-action 'self' {target}")
        self.set_header("Content-Security-Policy", policy)
        self.finish(page("Allow access?", body, prefix))

    def _user(self, account: Account) -> Row:
        return self.services.store.need("SELECT * FROM users WHERE guid = ?", (account.guid,))

    def allowed(self) -> bool:
        """Return what the user answered; refuses forms that are not ours (403/92)."""
        check_xsrf(self, self.get_body_argument("xsrf", ""))
        return self.get_body_argument("decision", "") == "allow"

    def told(self, text: str) -> None:
        """Answer that all is done."""
        self.show(200, "Sign-in", f"{text} You can close this page.")

    async def run(self, step: Any, *arguments: Any) -> None:
        """Run the page's own part for the signed-in user; refusals are pages."""
        try:
            account = await self.asked_user()
            if account is not None:
                await step(account, *arguments)
        except ApiError as refusal:
            self.show(refusal.status, "The sign-in does not work", refusal.message)


def _full_name(user: Row) -> str:
    return f"{user['first_name']} {user['last_name']}".strip() or str(user["username"])


class AuthorizePage(ConsentPage):
    """OAuth's authorization endpoint."""

    async def get(self) -> None:
        """Ask, or send the client its error."""
        await self._authorize(answering=False)

    async def post(self) -> None:
        """Send the client a code, or that it was denied."""
        await self._authorize(answering=True)

    async def _authorize(self, *, answering: bool) -> None:
        given = {name: self.get_arguments(name, strip=False) for name in PARAMETERS}
        fields = {name: values[0] for name, values in given.items() if values}
        client = await self.in_thread(find_client, self.services.store, fields.get("client_id", ""))
        redirect = fields.get("redirect_uri", "")
        if client is None:
            self.show(400, "The sign-in does not work", "This server does not know the client that asks (client_id).")
        elif not is_redirect_of(client, redirect):
            self.show(400, "The sign-in does not work", "The client did not register this address (redirect_uri).")
        elif problem := _problem(fields, twice=any(len(values) > 1 for values in given.values())):
            self._send(fields, error=problem[0], error_description=problem[1])
        else:
            await self.run(self._answer if answering else self._question, client, fields)

    async def _question(self, account: Account, client: Row, fields: dict[str, str]) -> None:
        parts = urlsplit(fields["redirect_uri"])
        target = f"{parts.scheme}://{parts.netloc}"
        await self.ask(account, client["name"], f"The answer goes to {target}.", target=target, **fields)

    async def _answer(self, account: Account, client: Row, fields: dict[str, str]) -> None:
        if not self.allowed():
            self._send(fields, error="access_denied", error_description="The user denied the sign-in.")
            return
        code = await self.in_thread(
            lambda: add_code(
                self.services.store,
                client["client_id"],
                account.guid,
                redirect=fields["redirect_uri"],
                challenge=fields["code_challenge"],
            )
        )
        self._send(fields, code=code)

    def _send(self, fields: dict[str, str], **answer: str) -> None:
        parts = urlsplit(fields["redirect_uri"])
        state = {"state": fields["state"]} if "state" in fields else {}
        query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *answer.items(), *state.items()])
        self.redirect(urlunsplit(parts._replace(query=query)))


def _problem(fields: dict[str, str], *, twice: bool) -> tuple[str, str] | None:
    """Return error and description of an authorization request, None when it is good. Pure."""
    if twice:
        return "invalid_request", "A parameter is there more than once."
    if fields.get("response_type") != "code":
        return "unsupported_response_type", "The response_type must be code."
    if fields.get("code_challenge_method") != "S256":
        return "invalid_request", "The code_challenge_method must be S256."
    if not CHALLENGE.fullmatch(fields.get("code_challenge", "")):
        return "invalid_request", "The code_challenge is missing or no S256 challenge."
    return None


class DevicePage(ConsentPage):
    """Where a user confirms the code that a client shows."""

    async def get(self) -> None:
        """Ask for the code, or about the client that shows it."""
        await self.run(self._question)

    async def post(self) -> None:
        """Keep the answer."""
        await self.run(self._answer)

    async def _question(self, account: Account) -> None:
        entered = self.get_query_argument("user_code", "")
        row = await self.in_thread(waiting_device, self.services.store, entered)
        if row is None:
            self._code_form("There is no such code, or it has expired." if entered else "")
            return
        client = await self.in_thread(find_client, self.services.store, row["client_id"])
        note = f"It shows the code {row['user_code']}."
        await self.ask(account, client["name"], note, user_code=row["user_code"])

    async def _answer(self, account: Account) -> None:
        allowed = self.allowed()
        row = await self.in_thread(waiting_device, self.services.store, self.get_body_argument("user_code", ""))
        if row is None:
            self._code_form("There is no such code, or it has expired.")
            return
        await self.in_thread(lambda: answer_device(self.services.store, row, account.guid, allowed=allowed))
        self.told("The client is signed in." if allowed else "The client was denied access.")

    def _code_form(self, problem: str) -> None:
        alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
        body = (
            f'{alert}<form method="get" action="{escape(self.request.path)}"><label>Code'
            ' <input name="user_code" autofocus required autocomplete="off" spellcheck="false" placeholder="ABCD-EFGH">'
            '</label><button class="main-action">Continue</button></form>'
        )
        self.set_status(404 if problem else 200)
        self.set_header("Content-Security-Policy", OWN_ONLY)
        self.finish(page("Enter the code that the client shows", body, self.services.settings.prefix))


class ClaimPage(ConsentPage):
    """Where a user claims the token of a client that signs its requests."""

    async def get(self, token: str) -> None:
        """Ask."""
        await self.run(self._question, token)

    async def post(self, token: str) -> None:
        """Give the token to the user."""
        await self.run(self._answer, token)

    async def _question(self, account: Account, token: str) -> None:
        await self.in_thread(claimable, self.services.store, token)
        await self.ask(account, "A program", f"Its token begins with {token[:9]}.")

    async def _answer(self, account: Account, token: str) -> None:
        if not self.allowed():
            self.told("The client was denied access.")
            return
        await self.in_thread(claim, self.services.store, token, account.guid)
        self.told("The client is signed in.")

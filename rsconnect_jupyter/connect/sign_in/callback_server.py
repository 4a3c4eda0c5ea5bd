"""A port of this machine that a browser comes back to with the result of a sign-in."""

from __future__ import annotations

import hmac
import secrets
import threading
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ...models import Secret
from ...translation import _, used_language
from .tokens import GrantError

_PAGE = (
    "<!doctype html><html lang={language}><meta charset=utf-8><title>{title}</title>"
    "<body style='font:16px system-ui,sans-serif;margin:4em auto;max-width:32em'><h1>{title}</h1><p>{text}</p>"
)


class CallbackServer:
    """Listens on any free port of loopback until it is closed.

    Args:
        state: What the answer must bring along; others are not for us.

    Attributes:
        uri: The redirect address.
        probe_answer: What ``/reachable`` answers: a browser that gets it can reach this port.

    Raises:
        OSError: no port can be listened on.
    """

    def __init__(self, state: str) -> None:
        self._state = state
        self._done = _page(_("Signed in"), _("You can close this page and go back to Jupyter."))
        self._denied = _page(_("Not signed in"), _("The sign-in was not approved. You can close this page."))
        self._wrong = _page(_("Not found"), _("No sign-in waits here for this address."))
        self._code: Secret | None = None
        self._error: GrantError | None = None
        self.probe_answer = secrets.token_hex(8)
        owner = self

        class Handler(_Handler):
            callback = owner

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.host = f"127.0.0.1:{self._http.server_port}"
        self.uri = f"http://{self.host}/callback"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def code(self) -> Secret | None:
        """Return the code that came back, None as long as none has.

        Raises:
            GrantError: the user, or the server, said no.
        """
        if self._error is not None:
            raise self._error
        return self._code

    def close(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, str, str]:
        """Take what a browser brings; return status, content type and text."""
        if path == "/reachable":
            return 200, "text/plain", self.probe_answer
        given = {name: values[0] for name, values in query.items() if len(values) == 1}
        mine = hmac.compare_digest(given.get("state", "").encode(), self._state.encode())
        if path != "/callback" or not mine or self._code is not None or self._error is not None:
            return 404, "text/html; charset=utf-8", self._wrong
        if given.get("code"):
            self._code = Secret(given["code"])
            return 200, "text/html; charset=utf-8", self._done
        self._error = GrantError(given.get("error", "access_denied"), given.get("error_description", ""))
        return 200, "text/html; charset=utf-8", self._denied


def _page(title: str, text: str) -> str:
    """Return a page in the language of who signs in: the answer itself is made on another thread."""
    return _PAGE.format(language=used_language().replace("_", "-"), title=escape(title), text=escape(text))


class _Handler(BaseHTTPRequestHandler):
    callback: CallbackServer
    server_version, sys_version = "rsconnect-jupyter", ""

    def do_GET(self) -> None:
        if self.headers.get("Host") != self.callback.host:  # a website that gives its own name our address
            self.send_error(404)
            return
        parts = urlsplit(self.path)
        status, kind, text = self.callback.answer(parts.path, parse_qs(parts.query, keep_blank_values=True))
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        if parts.path == "/reachable":
            self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Log nothing: the request line has the code."""

"""``sign_in()`` and ``--sign-in``: say what to do, open the page, wait for the user."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec.structs import replace

from ..connect.sign_in.methods import is_remote
from ..connect.sign_in.pending import Prompt
from ..connect.sign_in.tokens import exchange_identity_token
from ..connect.sign_in_credentials import ExchangedKey
from ..connect.transport import Transport
from ..errors import OptionError, RSConnectException, SignInError
from ..models import Secret, Server
from ..servers.registry import ServerRegistry
from ..servers.sign_in_task import SignInChoices, SignInTask, start_sign_in, start_sign_in_again
from ..servers.store import ServerStore
from ..translation import _

Say = Callable[[str], None]

SIGNED_OUT = frozenset({"session-expired", "sign-in-failed", "no-api-key", "bad-api-key"})
"""Codes of errors that signing in again ends."""


def sign_in(
    server: str,
    *,
    name: str | None = None,
    insecure: bool = False,
    ca_data: str | bytes | None = None,
    default: bool = False,
    say: Say | None = None,
    registry: ServerRegistry | None = None,
) -> Server:
    """Sign in to a server with the browser, and return the server, without its tokens, once that is done.

    Prints the page to open and, where there is one, the code to enter; opens the page by itself on a machine with a
    browser. Ctrl-C cancels.

    Args:
        server: Address of the server, or the name of a known one to sign in to again.
        name: What to call a new server; from its host when omitted.
        insecure: True accepts any certificate.
        ca_data: PEM text or DER bytes of a CA to trust.
        default: True makes it the server to propose.
        say: Shows a line; prints it when omitted.
        registry: The known servers.

    Raises:
        RSConnectException: it cannot be begun, was denied, or was not finished in time.
    """
    known, show = registry or ServerRegistry(ServerStore()), say or _print
    remote = not has_browser()
    if server in {each.name for each in known.store.servers()}:
        task = start_sign_in_again(known, server, remote=remote)
    else:
        choices = SignInChoices(name=name, insecure=insecure, ca_data=ca_data, default=default, remote=remote)
        task = start_sign_in(known, server, choices)
    show(what_to_do(task.prompt))
    if not remote:
        webbrowser.open(task.prompt.page)
    try:
        while not task.wait(0.2):
            pass
    finally:
        task.cancel()
    if task.server is None:
        raise task.error or RSConnectException.of("sign-in-timeout")
    return task.server


def begin_for_any_browser(start: Callable[[bool], SignInTask]) -> SignInTask:
    """Begin a sign-in for a browser that may be on another machine.

    A server that has no way for such a browser is tried as if it was on this one, where that has a browser at all.

    Args:
        start: Begins it; its argument says whether the browser may be elsewhere.

    Raises:
        RSConnectException: it cannot be begun.
    """
    try:
        return start(True)  # noqa: FBT003 - its one argument
    except SignInError as exc:
        if exc.code != "sign-in-not-offered" or not has_browser():
            raise
        return start(False)  # noqa: FBT003


def what_to_do(prompt: Prompt) -> str:
    """Return what the user does, for a terminal. Pure."""
    plain, coded = _("Open this page:"), _("Open this page and check that it shows the code {code}:")
    do = (coded if prompt.user_code else plain).format(code=prompt.user_code)
    return "\n".join((do, f"  {prompt.page}", _("Waiting for you to allow access there …")))


def has_browser(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether a page can be opened that can come back to this machine."""
    display = sys.platform in ("darwin", "win32") or environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    return bool(display) and not is_remote(environ)


def with_identity_token(server: Server, source: str) -> Server:
    """Return a server with the key that it gives for an identity token.

    Args:
        server: With its TLS settings.
        source: A file, or ``env:NAME`` for an environment variable; read again when the key has ended.

    Raises:
        OptionError: the token cannot be read.
        SignInError: code ``identity-token-refused``.
    """
    with Transport(server) as transport:
        key = exchange_identity_token(transport.exchange_without_credential, server.url, read_identity_token(source))
    credential = ExchangedKey(lambda: read_identity_token(source), root=server.url, key=key)
    return replace(server, api_key=None, credential=credential)


def read_identity_token(source: str) -> Secret:
    """Return the identity token of a file, or of the variable that ``env:NAME`` names.

    Raises:
        OptionError: there is none.
    """
    if source.startswith("env:"):
        text = os.environ.get(source[4:], "")
    else:
        try:
            text = Path(source).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise OptionError.of("bad-option/identity-token", source=source) from exc
    if not text.strip():
        raise OptionError.of("bad-option/identity-token", source=source)
    return Secret(text.strip())


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the function speaks to who called it

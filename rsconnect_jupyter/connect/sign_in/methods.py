"""Begin a sign-in: in the way that suits the server and the place where Jupyter runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from ...errors import RefusedError, SignInError
from ...models import Exchange, Server
from ..discovery import FoundServer
from ..transport import Transport
from .authorization_server import AuthorizationServer, discover
from .browser_flow import start_browser_flow
from .device_flow import start_device_flow
from .pending import Method, PendingSignIn, SignedIn
from .token_claim import start_token_claim
from .workbench_relay import relay_offered, start_relayed_flow

_REMOTE_SIGNS = (
    "JUPYTERHUB_API_URL",
    "SSH_CONNECTION",
    "KUBERNETES_SERVICE_HOST",
    "RS_SERVER_ADDRESS",
    "CODESPACES",
    "COLAB_RELEASE_TAG",
    "SAGEMAKER_APP_TYPE",
)
"""Variables of environments whose loopback a user's browser cannot reach."""


def is_remote(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether the user's browser is probably on another machine than this process."""
    return any(environ.get(name) for name in _REMOTE_SIGNS)


def methods(server: AuthorizationServer | None, *, remote: bool, relay: bool = False) -> tuple[Method, ...]:
    """Return the ways to sign in, best first. Pure.

    Args:
        server: What the server offers; None without OAuth.
        remote: True when the browser may not reach this machine's loopback.
        relay: True when Posit Workbench passes the browser's answer on.
    """
    device: tuple[Method, ...] = ("device",) if server and server.has_device_flow else ()
    browser: tuple[Method, ...] = ("browser",) if server and server.has_browser_flow and not remote else ()
    relayed: tuple[Method, ...] = ("relay",) if server and server.has_browser_flow and relay else ()
    oauth = (*device, *relayed) if remote else (*browser, *device)
    return (*oauth, "claim")


def begin(
    server: Server,
    found: FoundServer,
    *,
    remote: bool,
    allowed_host: str = "",
    environ: Mapping[str, str] = os.environ,
    timeout: float = 30.0,
) -> OpenSignIn:
    """Begin to sign in to a server. Close what is returned.

    Args:
        server: With its TLS settings; its credentials are not used.
        found: What answered at its address.
        remote: True when the browser may not reach this machine's loopback.
        allowed_host: Another host that the user lets the server send sign-ins to.
        environ: The environment variables.
        timeout: Seconds without a byte after which an answer counts as missing.

    Raises:
        SignInError: code ``sign-in-not-offered``.
        BadAnswerError: code ``sign-in-elsewhere`` or ``sign-in-unencrypted``.
        ConnectError: the server cannot be asked.
    """
    here = replace(server, url=found.url, api_key=None, credential=None)
    transport = Transport(here, timeout=timeout)
    exchange = transport.exchange_without_credential
    try:
        offered = discover(exchange, found.url, allowed_host=allowed_host)
        relay = remote and offered is not None and not offered.has_device_flow and relay_offered(exchange, environ)
        starts: dict[Method, Start] = {
            **(_oauth(exchange, offered, environ) if offered else {}),
            "claim": lambda: start_token_claim(here, dialect=found.dialect, allowed_host=allowed_host),
        }
        return OpenSignIn(_first([starts[each] for each in methods(offered, remote=remote, relay=relay)]), transport)
    except BaseException:
        transport.close()
        raise


Start = Callable[[], PendingSignIn]


def _oauth(exchange: Exchange, server: AuthorizationServer, environ: Mapping[str, str]) -> dict[Method, Start]:
    """Return how each way of OAuth begins."""
    return {
        "device": lambda: start_device_flow(exchange, server),
        "browser": lambda: start_browser_flow(exchange, server),
        "relay": lambda: start_relayed_flow(exchange, server, environ),
    }


def _first(ways: list[Start]) -> PendingSignIn:
    """Begin in the first way that the server does not refuse.

    Raises:
        ConnectError: the reason of the first refusal that says more than "not offered".
    """
    refusals: list[RefusedError] = []
    for start in ways:
        try:
            return start()
        except RefusedError as exc:  # noqa: PERF203 - each way may be switched off by the server's administrator
            refusals.append(exc)
    raise next((each for each in refusals if not isinstance(each, SignInError)), refusals[-1])


class OpenSignIn:
    """A sign-in under way, with the connection it uses."""

    def __init__(self, pending: PendingSignIn, transport: Transport) -> None:
        self.pending, self._transport = pending, transport
        self.prompt = pending.prompt

    def look(self) -> SignedIn | None:
        """Ask once; see `PendingSignIn`."""
        return self.pending.look()

    def close(self) -> None:
        """Stop waiting, and close the connection."""
        self.pending.close()
        self._transport.close()

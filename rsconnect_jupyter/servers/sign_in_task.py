"""A sign-in that a thread brings to its end: what the panel, the widget, the command and ``sign_in()`` share."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Literal

import msgspec

from ..connect.discovery import FoundServer
from ..connect.sign_in.methods import OpenSignIn
from ..connect.sign_in.pending import await_user
from ..errors import Cancelled, RSConnectException
from ..models import Server
from ..translation import with_language
from .registry import ServerRegistry

SignInStatus = Literal["pending", "done", "failed", "cancelled"]


class SignInChoices(msgspec.Struct, frozen=True, kw_only=True):
    """What a user chose before signing in.

    Attributes:
        name: What to call the server; the name of a known one signs in to that again.
        insecure: True skips the check of certificates.
        ca_data: PEM text or DER bytes of a CA to trust.
        default: True makes it the server to propose.
        remote: True when the user's browser may not reach this machine's loopback.
        allowed_host: Another host that the user lets the server send sign-ins to.
    """

    name: str | None = None
    insecure: bool = False
    ca_data: str | bytes | None = None
    default: bool = False
    remote: bool = True
    allowed_host: str = ""


class SignInTask:
    """A sign-in under way; made by `start_sign_in`.

    Attributes:
        id: Names it; says nothing about it.
        url: The server's root.
        prompt: What the user does.
        status: How far it is.
        server: The server as it was kept, once it is done.
        is_new: True when that was not known before.
        error: Why it failed.
    """

    def __init__(
        self,
        registry: ServerRegistry,
        found: FoundServer,
        sign_in: OpenSignIn,
        choices: SignInChoices,
        *,
        on_change: Callable[[SignInTask], None],
    ) -> None:
        self.id, self.url, self.prompt = secrets.token_hex(8), found.url, sign_in.prompt
        self.choices = choices
        self.status: SignInStatus = "pending"
        self.server: Server | None = None
        self.is_new = False
        self.error: RSConnectException | None = None
        self._registry, self._found, self._sign_in = registry, found, sign_in
        self._on_change = on_change
        self._stop = threading.Event()
        self._ended = threading.Event()

    @property
    def finished(self) -> bool:
        """True when nothing more happens."""
        return self._ended.is_set()

    def start(self) -> None:
        """Wait for the user in a thread."""
        threading.Thread(target=with_language(self.run), name="publish-sign-in", daemon=True).start()

    def cancel(self) -> None:
        """Wait for the user no longer."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Return True when it has ended within so many seconds."""
        return self._ended.wait(seconds)

    def run(self) -> None:
        """Wait for the user, and keep what the sign-in gives."""
        try:
            self._on_change(self)
            signed_in = await_user(self._sign_in, pause=self._pause, should_stop=self._stop.is_set)
            self.server, self.is_new = self._registry.finish_sign_in(
                self._found,
                signed_in,
                name=self.choices.name,
                insecure=self.choices.insecure,
                ca_data=self.choices.ca_data,
                default=self.choices.default,
            )
            self.status = "done"
        except Cancelled as exc:
            self.status, self.error = "cancelled", exc
        except RSConnectException as exc:
            self.status, self.error = "failed", exc
        except Exception as exc:  # noqa: BLE001 - the edge of a thread: whoever waits is told
            self.error = RSConnectException.of("internal-error/sign-in", error=type(exc).__name__)
            self.status = "failed"
        finally:
            try:
                self._on_change(self)
            finally:
                self._ended.set()

    def _pause(self, seconds: float) -> None:
        self._stop.wait(seconds)


def start_sign_in(
    registry: ServerRegistry,
    address: str,
    choices: SignInChoices,
    *,
    on_change: Callable[[SignInTask], None] = lambda _task: None,
) -> SignInTask:
    """Begin to sign in to the server behind an address; what is returned waits for the user.

    Args:
        registry: The known servers.
        address: Any link to the server.
        choices: What the user chose.
        on_change: Called in the thread that waits, when it begins to and when it has ended.

    Raises:
        AddressError, NoAnswerError: there is no server.
        RSConnectException: as `ServerRegistry.begin_sign_in`.
    """
    found = registry.find(address, insecure=choices.insecure, ca_data=choices.ca_data)
    sign_in = registry.begin_sign_in(
        found,
        remote=choices.remote,
        insecure=choices.insecure,
        ca_data=choices.ca_data,
        allowed_host=choices.allowed_host,
    )
    task = SignInTask(registry, found, sign_in, choices, on_change=on_change)
    task.start()
    return task


def start_sign_in_again(
    registry: ServerRegistry,
    name: str,
    *,
    remote: bool,
    allowed_host: str = "",
    on_change: Callable[[SignInTask], None] = lambda _task: None,
) -> SignInTask:
    """Begin to sign in once more to a known server, over the connection that it has.

    Raises:
        UnknownServerError: no server has this name.
        RSConnectException: as `start_sign_in`.
    """
    known = registry.store.named(name)
    choices = SignInChoices(
        name=known.name if known.takes_key else None,
        insecure=known.insecure,
        ca_data=known.ca_data,
        remote=remote,
        allowed_host=allowed_host,
    )
    return start_sign_in(registry, known.url, choices, on_change=on_change)

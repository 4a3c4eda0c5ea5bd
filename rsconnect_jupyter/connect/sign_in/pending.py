"""A sign-in under way: what the user does, and one look at whether it is done."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from ...errors import Cancelled, SignInError
from ..sign_in_credentials import ClaimedToken
from .tokens import GrantError, Tokens

Method = Literal["device", "browser", "relay", "claim"]
"""A code that is entered on the server's page; a page that sends the browser back to us, on this machine or through
Posit Workbench; a token that is claimed on the server's page."""

SignedIn = Tokens | ClaimedToken
"""What signing in gives."""


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """What the user does to sign in.

    Attributes:
        page: The server's page to open.
        user_code: To enter there, when the page asks for one.
        ends: When the server or we stop waiting, in seconds since 1970.
        interval: Seconds between two looks.
        probe: Address on this machine that answers with `probe_answer` to a browser that can reach it; empty when
            the browser need not.
    """

    method: Method
    page: str
    user_code: str = ""
    ends: float
    interval: float
    probe: str = ""
    probe_answer: str = ""


class PendingSignIn(Protocol):
    """A sign-in that waits for the user. Close it."""

    prompt: Prompt

    def look(self) -> SignedIn | None:
        """Return what the sign-in gave, None as long as the user is not done.

        Raises:
            GrantError: the server, or the user there, said no; ``slow_down`` asks to look less often.
            ConnectError: the server cannot be asked.
        """

    def close(self) -> None:
        """Stop waiting."""


def await_user(
    pending: PendingSignIn, *, pause: Callable[[float], None], should_stop: Callable[[], bool] = lambda: False
) -> SignedIn:
    """Look until the user is done.

    Args:
        pending: Closed at the end, however it ends.
        pause: Waits for so many seconds, less when something happens.
        should_stop: True ends the sign-in.

    Raises:
        SignInError: code ``sign-in-denied`` or ``sign-in-timeout``.
        Cancelled: `should_stop` said so.
        ConnectError: the server cannot be asked.
    """
    interval = pending.prompt.interval
    try:
        while not should_stop():
            try:
                done = pending.look()
            except GrantError as exc:
                if exc.code != "slow_down":
                    raise refused(exc) from exc
                interval += 5.0
                done = None
            if done is not None:
                return done
            if time.time() >= pending.prompt.ends:
                raise SignInError.of("sign-in-timeout", details={"status": 401})
            pause(interval)
    finally:
        pending.close()
    raise Cancelled.of("cancelled/sign-in")


def refused(error: GrantError) -> SignInError:
    """Return the error that says why a sign-in gave nothing."""
    keys = {"access_denied": "sign-in-denied", "expired_token": "sign-in-timeout", "invalid_grant": "sign-in-timeout"}
    key = keys.get(error.code, "sign-in-denied/other")
    return SignInError.of(key, details={"status": 401}, reason=(error.description or error.code).rstrip("."))

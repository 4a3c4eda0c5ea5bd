"""What must not happen twice: send it, and when the answer is lost, look whether it happened before sending again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from ..errors import BadAnswerError, ConnectError, NoAnswerError, RefusedError
from .retry import pauses
from .transport import RETRY_SECONDS

Outcome = TypeVar("Outcome")


def send_once(
    send: Callable[[], Outcome], look: Callable[[], Outcome | None], wait: Callable[[float], None]
) -> Outcome:
    """Return what `send` returns; when its answer is lost, what `look` finds; only then send again.

    Args:
        send: Carries the request out; raises when there is no clear answer.
        look: Returns the outcome if the server has carried the request out, else None.
        wait: Pauses for some seconds.

    Raises:
        ConnectError: what `send` raised, when it was a clear no, or lost for longer than `RETRY_SECONDS`.
    """
    started = time.monotonic()
    rests = pauses()
    while True:
        try:
            return send()
        except ConnectError as exc:
            if not is_lost(exc):
                raise
            found = look()
            if found is not None:
                return found
            if isinstance(exc, BadAnswerError) or time.monotonic() - started > RETRY_SECONDS:
                raise
        wait(next(rests))


def is_lost(exc: ConnectError) -> bool:
    """Tell whether a request may have been carried out although its answer says nothing of it."""
    if isinstance(exc, RefusedError):
        return exc.status in (502, 503, 504) and exc.connect_code is None
    if isinstance(exc, NoAnswerError):
        return bool(exc.data.get("sent", True))
    return isinstance(exc, BadAnswerError)

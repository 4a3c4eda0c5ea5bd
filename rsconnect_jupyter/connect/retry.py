"""When to send a request once more, and how long to wait before. No I/O."""

from __future__ import annotations

import random
from collections.abc import Iterator

from ..errors import NoAnswerError
from .responses import Answer

BUSY = (502, 503, 504)
"""Statuses of a server that restarts, or of the proxy in front of it."""

PERMANENT = ("ca-unreadable", "certificate-refused", "tls-failed", "proxy-address", "proxy-refused", "proxy-sign-in")
"""Codes of failures that stay the same however often one tries."""


def may_repeat(outcome: Answer | NoAnswerError, *, again: bool) -> bool:
    """Tell whether sending once more can help and can do no harm; `again`: doing it twice changes nothing."""
    if isinstance(outcome, NoAnswerError):
        return outcome.code not in PERMANENT and (again or not outcome.data.get("sent", True))
    return outcome.status == 429 or (again and outcome.status in BUSY)


def asked_pause(outcome: Answer | NoAnswerError) -> float:
    """Return the seconds of ``Retry-After``; 0 without it, or when it is a date."""
    asked = "" if isinstance(outcome, NoAnswerError) else outcome.headers.get("retry-after", "")
    return float(asked) if asked.isdecimal() and len(asked) < 6 else 0.0


def pauses() -> Iterator[float]:
    """Yield seconds to wait between attempts: growing to one second, each shortened by chance."""
    pause = 0.1
    while True:
        yield pause * random.uniform(0.5, 1.0)  # noqa: S311 - spreads clients, protects nothing
        pause = min(1.0, pause * 2)

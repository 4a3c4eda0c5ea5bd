"""Passes: parts of an address that let a page's own requests in, which browsers send without cookies."""

from __future__ import annotations

import hashlib
import hmac
import time

TOKEN_HOURS = 12


def make_link_token(secret: str, guid: str, bundle_id: int, *, moment: float | None = None) -> str:
    """Return a pass to a bundle's files, good for 12 to 24 hours. Pure when the moment is given."""
    period = int((time.time() if moment is None else moment) // (TOKEN_HOURS * 3600))
    return _sign(secret, guid, bundle_id, period)


def check_link_token(secret: str, guid: str, given: str, *, moment: float | None = None) -> int | None:
    """Return the bundle that a pass is good for, None for a bad or old one. Pure when the moment is given."""
    number = given.partition("-")[0]
    period = int((time.time() if moment is None else moment) // (TOKEN_HOURS * 3600))
    for each in (period, period - 1):
        if number.isdecimal() and hmac.compare_digest(_sign(secret, guid, int(number), each).encode(), given.encode()):
            return int(number)
    return None


def _sign(secret: str, guid: str, bundle_id: int, period: int) -> str:
    text = f"{guid}/{bundle_id}/{period}".encode()
    return f"{bundle_id}-{hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()[:32]}"

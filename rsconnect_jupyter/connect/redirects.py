"""Where a redirect leads. No I/O."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from ..errors import BadAnswerError
from ..translation import _
from .address import strip_userinfo
from .responses import Answer


def redirect_target(answer: Answer) -> str | None:
    """Return where a redirect leads, None for any other answer; the HTTP library has refused what is no address."""
    location = answer.headers.get("location")
    if answer.status not in (301, 302, 303, 307, 308) or not location:
        return None
    return strip_userinfo(urljoin(answer.url, location))


def host_of(target: str) -> str:
    """Return the host of an address, for sentences."""
    return urlsplit(target).hostname or _("an invalid address")


def invalid_redirect(url: str) -> BadAnswerError:
    """Return the error for a redirect from `url` to an invalid address."""
    return BadAnswerError.of("redirect-broken", host=urlsplit(url).netloc)

"""Which requests this process sent to Connect servers, as the transport logs them."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

LOGGER = logging.getLogger("rsconnect_jupyter.connect")


@contextmanager
def requests_sent() -> Iterator[list[str]]:
    """Fill a list with what is sent in a ``with`` block, polls left out: ``"POST content/deploy"``, without ids."""
    sent: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            method, path = record.getMessage().split()[:2]
            if "/tasks/" not in path:
                sent.append(f"{method} {_without_ids(path)}")

    lines, level = Lines(), LOGGER.level
    LOGGER.addHandler(lines)
    LOGGER.setLevel(logging.DEBUG)
    try:
        yield sent
    finally:
        LOGGER.removeHandler(lines)
        LOGGER.setLevel(level)


def _without_ids(path: str) -> str:
    names = path.removeprefix("/__api__").removeprefix("/v1").strip("/").split("/")
    return "/".join(each for each in names if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]+){4}|\d+", each))

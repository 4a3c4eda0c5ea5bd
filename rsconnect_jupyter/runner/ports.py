"""Ports for the programs that are started."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

_PORTS = range(20_000, 32_000)
"""Below those that Linux, macOS and Windows give to whoever asks for any: another process takes none meanwhile."""


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody has; raises OSError when all are taken."""
    for port in random.sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("No port is free.")

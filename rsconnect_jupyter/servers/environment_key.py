"""When the API key of ``CONNECT_API_KEY`` may be used."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..models import Secret
from .sources import root_of


def environment_key(address: str, *, typed: bool, environ: Mapping[str, str] = os.environ) -> Secret | None:
    """Return the key of ``CONNECT_API_KEY`` when it may be sent to an address, else None.

    It belongs to ``CONNECT_SERVER``; without that variable, to the address that the user types.

    Args:
        address: The server's root, or any link to it.
        typed: True for an address that the user typed now; False for one that a name, the configuration or the
            publishing history led to.
        environ: The environment variables.
    """
    key, owner = environ.get("CONNECT_API_KEY", "").strip(), environ.get("CONNECT_SERVER", "").strip()
    belongs = root_of(owner) == root_of(address) if owner else typed
    return Secret(key) if key and belongs else None

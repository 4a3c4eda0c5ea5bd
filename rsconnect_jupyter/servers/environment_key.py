"""When the API key of ``CONNECT_API_KEY`` may be used."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..addresses import plain_address
from ..connect.address import candidates
from ..errors import AddressError
from ..models import Secret


def environment_key(address: str, environ: Mapping[str, str] = os.environ) -> Secret | None:
    """Return the key of ``CONNECT_API_KEY`` when it may be sent to an address that the user typed, else None.

    It belongs to ``CONNECT_SERVER``. Without that variable it belongs to the address that is typed in the same
    command; callers do not ask for a server that configuration, history or a name led to.

    Args:
        address: The server's root, or any link to it.
        environ: The environment variables.
    """
    key, owner = environ.get("CONNECT_API_KEY", "").strip(), environ.get("CONNECT_SERVER", "").strip()
    if not key or (owner and _root(owner) != _root(address)):
        return None
    return Secret(key)


def _root(address: str) -> str:
    try:
        return plain_address(candidates(address)[0])
    except AddressError:
        return address

"""Versions of the parts."""

from __future__ import annotations

import platform

from jupyter_server import __version__ as jupyter_server_version


def versions() -> dict[str, str]:
    """Return ``Versions``; the panel compares the first with its own."""
    from .._version import __version__  # noqa: PLC0415 - missing in a checkout that was never built

    return {
        "version": __version__,
        "python": platform.python_version(),
        "jupyter_server": jupyter_server_version,
    }

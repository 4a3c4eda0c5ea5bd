"""Publish the notebook you are in to Posit Connect, without leaving Jupyter."""

from __future__ import annotations

from typing import Any

try:
    from ._version import __version__
except ImportError:  # a checkout that was never built or installed
    __version__ = "0+unknown"

__all__ = ["__version__"]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "rsconnect-jupyter"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .extension.app import PublishExtension  # noqa: PLC0415 - only a starting Jupyter needs it

    return [{"module": "rsconnect_jupyter", "app": PublishExtension}]

"""Publish the notebook you are in to Posit Connect, without leaving Jupyter."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .content_functions import (
        integrations,
        run_log,
        run_now,
        runs,
        schedule,
        set_integrations,
        set_schedule,
        set_variables,
        stop_run,
        variables,
    )
    from .foreground.sign_in import sign_in
    from .publish_function import publish
    from .rehearse_function import rehearse
    from .version_functions import compare, download, restore, versions
    from .widget import PublishWidget

_PLACES = {
    "PublishWidget": "widget",
    "compare": "version_functions",
    "download": "version_functions",
    "integrations": "content_functions",
    "publish": "publish_function",
    "rehearse": "rehearse_function",
    "restore": "version_functions",
    "run_log": "content_functions",
    "run_now": "content_functions",
    "runs": "content_functions",
    "schedule": "content_functions",
    "set_integrations": "content_functions",
    "set_schedule": "content_functions",
    "set_variables": "content_functions",
    "sign_in": "foreground.sign_in",
    "stop_run": "content_functions",
    "variables": "content_functions",
    "versions": "version_functions",
}
"""Name -> the module that has it, imported when the name is asked for: Jupyter's start does without them."""

__all__ = [
    "PublishWidget",
    "__version__",
    "compare",
    "download",
    "integrations",
    "publish",
    "rehearse",
    "restore",
    "run_log",
    "run_now",
    "runs",
    "schedule",
    "set_integrations",
    "set_schedule",
    "set_variables",
    "sign_in",
    "stop_run",
    "variables",
    "versions",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "rsconnect-jupyter"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .extension.app import PublishExtension  # noqa: PLC0415 - only a starting Jupyter needs it

    return [{"module": "rsconnect_jupyter", "app": PublishExtension}]

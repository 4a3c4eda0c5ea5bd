"""Publish the notebook you are in to Posit Connect, without leaving Jupyter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

try:
    from ._version import __version__
except ImportError:  # a checkout that was never built or installed
    __version__ = "0+unknown"

_CONTENT_FUNCTIONS = (
    "integrations",
    "run_log",
    "run_now",
    "runs",
    "schedule",
    "set_integrations",
    "set_schedule",
    "set_variables",
    "stop_run",
    "variables",
)

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
    if name == "publish":
        from .publish_function import publish  # noqa: PLC0415 - Jupyter's start does without the models

        return publish
    if name == "rehearse":
        from .rehearse_function import rehearse  # noqa: PLC0415 - Jupyter's start does without the models

        return rehearse
    if name in ("compare", "download", "restore", "versions"):
        from . import version_functions  # noqa: PLC0415 - Jupyter's start does without the models

        return getattr(version_functions, name)
    if name in _CONTENT_FUNCTIONS:
        from . import content_functions  # noqa: PLC0415 - Jupyter's start does without the models

        return getattr(content_functions, name)
    if name == "sign_in":
        from .foreground.sign_in import sign_in  # noqa: PLC0415 - Jupyter's start does without the models

        return sign_in
    if name == "PublishWidget":
        from .widget import PublishWidget  # noqa: PLC0415 - ipywidgets takes long to import

        return PublishWidget
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "rsconnect-jupyter"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .extension.app import PublishExtension  # noqa: PLC0415 - only a starting Jupyter needs it

    return [{"module": "rsconnect_jupyter", "app": PublishExtension}]

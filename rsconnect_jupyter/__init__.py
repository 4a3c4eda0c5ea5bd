"""Publish the notebook you are in to Posit Connect, without leaving Jupyter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping

    from .models import Deployment, Event, Server
    from .widget import PublishWidget

try:
    from ._version import __version__
except ImportError:  # a checkout that was never built or installed
    __version__ = "0+unknown"

__all__ = ["PublishWidget", "__version__", "publish"]


def publish(
    notebook: str | os.PathLike[str] | None = None,
    *,
    server: str | Server | None = None,
    title: str | None = None,
    mode: str = "source",
    files: Iterable[str] = (),
    requirements: str = "auto",
    update: str | None = None,
    new: bool = False,
    hide_input: Literal["none", "all", "tagged"] | None = None,
    env: Mapping[str, str | None] | Iterable[str] | None = None,
    wait: bool = True,
    on_event: Callable[[Event], None] | None = None,
) -> Deployment:
    """Publish a notebook to Posit Connect and return what came of it.

    Shows its progress as a line in a terminal and as a small live display in a notebook cell. Ctrl-C stops it and
    leaves the server as it was.

    Args:
        notebook: Path; the notebook this kernel belongs to when omitted.
        server: Name of a known server, or its address; the default server when omitted. The API key comes from
            where the server's keys are kept, or from ``CONNECT_API_KEY``.
        title: Title for readers; the one used before, else the first heading, when omitted.
        mode: ``"source"``, ``"html"``, ``"voila"`` or ``"quarto"``, or one of Connect's own names.
        files: Paths, folders and globs to add, relative to the notebook's folder; ``!`` before one leaves it out.
        requirements: ``"auto"``, ``"imports"``, ``"freeze"``, or the path of a requirements file.
        update: Content to update, as GUID or as any of its links. Without it and `new`, a notebook that was
            published before updates its own content.
        new: True makes new content.
        hide_input: ``"all"`` or ``"tagged"`` hides code from readers; ``"none"`` shows it.
        env: Environment variables for the content: a mapping, in which None deletes a variable, or texts
            ``"NAME=VALUE"`` and ``"NAME"``, the latter taking the value from this process's environment.
        wait: False returns as soon as the server has begun to run the notebook.
        on_event: Called with each `Event`, in order.

    Raises:
        RSConnectException: One of the errors in ``rsconnect_jupyter.errors``, each with a message and a hint.
    """
    from .foreground.run_publish import publish_from_script  # noqa: PLC0415 - importing this package must stay cheap

    return publish_from_script(
        notebook,
        server=server,
        title=title,
        mode=mode,
        files=files,
        requirements=requirements,
        update=update,
        new=new,
        hide_input=hide_input,
        env=env,
        wait=wait,
        on_event=on_event,
    )


def __getattr__(name: str) -> Any:
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

"""How each kind of application is started: one row for each mode."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...runner.notebooks import VOILA

PROGRAM = Path(__file__).with_name("app_program.py")


@dataclass(frozen=True, kw_only=True)
class AppMode:
    """One kind of application.

    Attributes:
        title: What the log calls it.
        tag: Tag of its jobs.
        package: The package that it needs.
        arguments: Arguments of Python; ``{port}``, ``{base}`` (with slashes at both ends), ``{path}`` (base without
            slashes), ``{file}`` and ``{entrypoint}`` are filled in.
        entrypoint: What is run when the manifest names nothing.
        strips_base: True when the process expects paths without the base.
    """

    title: str
    tag: str
    package: str
    arguments: Sequence[str]
    entrypoint: str = "app"
    strips_base: bool = False

    def command(self, python: Path, entrypoint: str, *, port: int, base: str) -> list[str]:
        """Return the command that starts an application. Pure."""
        named = entrypoint or self.entrypoint
        file = named if named.endswith((".py", ".ipynb")) or named == "." else f"{named.partition(':')[0]}.py"
        filled = {"port": port, "base": base, "path": base.strip("/"), "file": file, "entrypoint": named}
        return [str(python), *(each.format(**filled) for each in self.arguments)]


def _served(kind: str) -> Sequence[str]:
    return (str(PROGRAM), kind, "{entrypoint}", "{port}", "{base}")


_BOKEH = ("--port={port}", "--address=127.0.0.1", "--prefix={path}", "--allow-websocket-origin=*")
APP_MODES = {
    "jupyter-voila": AppMode(
        title="Jupyter Voila application",
        tag="run_voila_app",
        package="voila",
        entrypoint=".",
        arguments=VOILA,
    ),
    "python-api": AppMode(
        title="Python API", tag="run_python_api", package="flask", arguments=_served("wsgi"), strips_base=True
    ),
    "python-dash": AppMode(
        title="Dash application", tag="run_dash_app", package="dash", arguments=_served("wsgi"), strips_base=True
    ),
    "python-fastapi": AppMode(
        title="FastAPI application", tag="run_fastapi_app", package="fastapi", arguments=_served("asgi"),
        strips_base=True,
    ),
    "python-shiny": AppMode(
        title="PyShiny application", tag="run_pyshiny_app", package="shiny", arguments=_served("asgi"),
        strips_base=True,
    ),
    "python-gradio": AppMode(
        title="Gradio application", tag="run_gradio_app", package="gradio", arguments=_served("gradio"),
        strips_base=True,
    ),
    "python-streamlit": AppMode(
        title="Streamlit application",
        tag="run_streamlit",
        package="streamlit",
        arguments=(
            *("-m", "streamlit", "run", "{file}", "--server.port={port}", "--server.address=127.0.0.1"),
            *("--server.baseUrlPath={path}", "--server.headless=true", "--browser.gatherUsageStats=false"),
            *("--server.enableCORS=false", "--server.enableXsrfProtection=false", "--server.fileWatcherType=none"),
        ),
    ),
    "python-bokeh": AppMode(
        title="Bokeh application", tag="run_bokeh_app", package="bokeh",
        arguments=("-m", "bokeh", "serve", "{file}", *_BOKEH),
    ),
    "python-panel": AppMode(
        title="Panel application", tag="run_panel_app", package="panel",
        arguments=("-m", "panel", "serve", "{file}", *_BOKEH),
    ),
}  # fmt: skip


def available_modes(*, restores: bool) -> set[str]:
    """Return the modes whose packages are installed; all when environments are restored from requirements."""
    return {name for name, mode in APP_MODES.items() if restores or is_installed(mode.package)}


def is_installed(package: str) -> bool:
    """Return whether a package can be imported; a folder that an uninstalled one left behind is none."""
    spec = importlib.util.find_spec(package)
    return spec is not None and spec.origin is not None

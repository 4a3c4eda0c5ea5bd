"""What the routes tell about a notebook before it is published. All of it blocks."""

from __future__ import annotations

import hashlib
from typing import Any

from ..bundle.plan import BundlePlan, plan_bundle
from ..history import publications
from ..records import Choices, Mode, Publication
from .git_files import write_git_files
from .known_servers import KnownServers
from .notebooks import NotebookFile
from .publishing import Publishing
from .wire import file_info, kernel_info, publication_info, requirements_info

DEFAULT_MODE: Mode = "jupyter-static"


class Previews:
    """Answers about notebooks.

    Args:
        servers: Servers they can be published to.
        publishing: Jobs that may be publishing them.
    """

    def __init__(self, servers: KnownServers, publishing: Publishing) -> None:
        self._servers = servers
        self._publishing = publishing

    def files(self, notebook: NotebookFile, choices: Choices) -> dict[str, Any]:
        """Return the ``FileList``."""
        plan = _plan(notebook, choices)
        files = [file_info(each) for each in plan.candidates]
        return {
            "path": notebook.path,
            "files": files,
            "size": sum(each["size"] for each in files if each["included"]),
        }

    def environment(self, notebook: NotebookFile, choices: Choices, *, server: str | None) -> dict[str, Any]:
        """Return the ``Environment``; the difference is to the last publication on that server."""
        plan = _plan(notebook, choices)
        last = self._last(notebook, server)
        return {
            "path": notebook.path,
            "kernel": kernel_info(plan.environment) if plan.environment else None,
            "requirements": requirements_info(plan.requirements, last),
        }

    def published_guids(self, notebook: NotebookFile) -> tuple[str, ...]:
        """Return the contents that the notebook was published to."""
        return tuple(each.guid for each in publications(notebook.file))

    def write_git_files(self, notebook: NotebookFile, choices: Choices, *, overwrite: bool) -> dict[str, Any]:
        """Write manifest.json and what it needs, and return ``Written``."""
        written = write_git_files(_plan(notebook, choices), overwrite=overwrite)
        folder = notebook.path.rpartition("/")[0]
        return {"written": [f"{folder}/{each}" if folder else each for each in written]}

    def history(self, notebook: NotebookFile) -> dict[str, Any]:
        """Return the ``History``."""
        servers, now = self._servers.store.servers(), hash_of(notebook)
        return {"publications": [publication_info(each, servers, now) for each in publications(notebook.file)]}

    def _last(self, notebook: NotebookFile, server: str | None) -> Publication | None:
        """Return the last publication of a notebook, on that server when one is named."""
        url = self._servers.known(server).url if server else None
        return next((each for each in publications(notebook.file) if url in (None, each.server_url)), None)


def hash_of(notebook: NotebookFile) -> str:
    """Return the notebook as history knows it: SHA-256 of its bytes, empty when it cannot be read."""
    try:
        return hashlib.sha256(notebook.file.read_bytes()).hexdigest()
    except OSError:
        return ""


def _plan(notebook: NotebookFile, choices: Choices) -> BundlePlan:
    return plan_bundle(notebook.file, root=notebook.root, mode=choices.mode or DEFAULT_MODE, choices=choices)

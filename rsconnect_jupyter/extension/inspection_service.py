"""What the routes say about a notebook before it is published. All of it blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..history.publications import NotebookHistory, publications
from ..publishing.inspection import Inspection, inspect_notebook
from ..publishing.option_values import read_options
from ..publishing.resolve import proposed_server
from .contents_paths import NotebookFile
from .git_files import write_git_files
from .job_service import JobService
from .json_views import inspection_info
from .known_servers import KnownServers
from .versions import versions


class InspectionService:
    """Answers about notebooks.

    Args:
        servers: Servers they can be published to.
        jobs: Jobs that may be publishing them.
    """

    def __init__(self, servers: KnownServers, jobs: JobService) -> None:
        self._servers = servers
        self._jobs = jobs

    def inspect(self, notebook: NotebookFile, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the ``Inspection``.

        Args:
            notebook: Which one.
            request: A ``NotebookRequest``.
        """
        inspection = self._inspect(notebook, request)
        servers = self._servers.store.servers()
        running, last = self._jobs.ids_of(notebook)
        return {
            **inspection_info(inspection, servers),
            "path": notebook.path,
            "servers": [self._servers.info(each) for each in servers],
            "running": running,
            "last": last,
            "sandbox": self._servers.sandbox_state(),
            "versions": versions(),
        }

    def write_git_files(self, notebook: NotebookFile, request: Mapping[str, Any]) -> dict[str, Any]:
        """Write manifest.json and what it needs, as a publish would send them, and return ``Written``."""
        inspection = self._inspect(notebook, request, server_timeout=0)
        if inspection.refused is not None:
            raise inspection.refused
        written = write_git_files(inspection.bundle, overwrite=bool(request.get("replace_files")))
        folder = notebook.path.rpartition("/")[0]
        return {"written": [f"{folder}/{each}" if folder else each for each in written]}

    def published_guids(self, notebook: NotebookFile) -> tuple[str, ...]:
        """Return the contents that the notebook was published to."""
        return tuple(each.guid for each in publications(notebook.file))

    def _inspect(
        self, notebook: NotebookFile, request: Mapping[str, Any], *, server_timeout: float = 3.0
    ) -> Inspection:
        store, name = self._servers.store, request.get("server")
        server = store.named(name) if name else proposed_server(store, NotebookHistory(notebook.file))
        return inspect_notebook(
            notebook.file,
            root=notebook.root,
            store=store,
            server=server,
            options=read_options(request),
            unsaved=bool(request.get("unsaved")),
            server_timeout=server_timeout,
        )

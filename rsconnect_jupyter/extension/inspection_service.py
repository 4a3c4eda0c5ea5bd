"""What the routes tell about a notebook before it is published. All of it blocks."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

from ..bundle.plan import BundlePlan, plan_bundle
from ..history.publications import publications
from ..models import Choices
from ..notebook.reading import read_notebook
from ..publishing.defaults import default_mode
from ..publishing.inspection import inspect_notebook
from .contents_paths import NotebookFile
from .git_files import write_git_files
from .job_service import Publishing
from .json_views import file_info, publication_info
from .known_servers import KnownServers
from .versions import versions


class Previews:
    """Answers about notebooks.

    Args:
        servers: Servers they can be published to.
        publishing: Jobs that may be publishing them.
    """

    def __init__(self, servers: KnownServers, publishing: Publishing) -> None:
        self._servers = servers
        self._publishing = publishing

    def inspect(
        self, notebook: NotebookFile, choices: Choices, *, server: str | None, absent: Collection[str], unsaved: bool
    ) -> dict[str, Any]:
        """Return the ``Inspection``.

        Args:
            notebook: Which one.
            choices: What was chosen so far.
            server: Name of the server to publish to, when one was chosen.
            absent: Names of choices that were not made.
            unsaved: True when the open notebook has changes that are not saved.
        """
        store = self._servers.store
        told = inspect_notebook(
            notebook.file,
            root=notebook.root,
            store=store,
            server_name=server,
            choices=choices,
            absent=absent,
            unsaved=unsaved,
        )
        running, last = self._publishing.ids_of(notebook)
        return {
            **told.as_dict(),
            "path": notebook.path,
            "servers": [self._servers.info(each) for each in told.servers],
            "running": running,
            "last": last,
            "sandbox": self._servers.sandbox_state(),
            "versions": versions(),
        }

    def files(self, notebook: NotebookFile, choices: Choices) -> dict[str, Any]:
        """Return the ``FileList``."""
        files = [file_info(each) for each in _plan(notebook, choices).candidates]
        size = sum(each["size"] for each in files if each["included"])
        return {"path": notebook.path, "files": files, "size": size}

    def environment(
        self, notebook: NotebookFile, choices: Choices, *, server: str | None, absent: Collection[str]
    ) -> dict[str, Any]:
        """Return the ``Environment``; the difference is to the publication that would be updated."""
        told = inspect_notebook(
            notebook.file,
            root=notebook.root,
            store=self._servers.store,
            server_name=server,
            choices=choices,
            absent=absent,
            server_timeout=0,
        ).as_dict()
        return {"path": notebook.path, "kernel": told["kernel"], "requirements": told["requirements"]}

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
        servers, now = self._servers.store.servers(), _hash_of(notebook)
        return {"publications": [publication_info(each, servers, now) for each in publications(notebook.file)]}


def _plan(notebook: NotebookFile, choices: Choices) -> BundlePlan:
    mode = choices.mode
    if mode is None:
        last = next(iter(publications(notebook.file)), None)
        mode = default_mode(read_notebook(notebook.file), last=last)
    return plan_bundle(notebook.file, root=notebook.root, mode=mode, choices=choices)


def _hash_of(notebook: NotebookFile) -> str:
    """Return the notebook as history knows it: SHA-256 of its bytes, empty when it cannot be read."""
    try:
        return hashlib.sha256(notebook.file.read_bytes()).hexdigest()
    except OSError:
        return ""

"""What the routes say about a notebook before it is published. All of it blocks.

Notebooks are read in a process of their own; it asks here what a server says, and only the server that was chosen here
is asked.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import KernelError
from ..kernel.running import answer_of, keep_answer
from ..messages import finding
from ..models import Finding, Server
from ..publishing.option_values import read_options
from .content_settings_service import with_variable_file
from .contents_paths import NotebookFile
from .job_service import JobService
from .known_servers import KnownServers
from .notebook_process import NotebookProcess
from .notebook_worker import Place
from .rehearsal_service import RehearsalService
from .server_replies import keyless, server_replies

WRITING_TIME_LIMIT = 600.0
"""Seconds for writing files for Git, which may make a page."""

_FULL = {errno.ENOSPC, errno.EDQUOT}

COMPARING_TIME_LIMIT = 120.0
"""Seconds for a comparison, which may make a page."""


class InspectionService:
    """Answers about notebooks.

    Args:
        servers: Servers they can be published to.
        jobs: Jobs that may be publishing them.
        rehearsals: Jobs that may be rehearsing them.
        process: Reads them.
    """

    def __init__(
        self, servers: KnownServers, jobs: JobService, rehearsals: RehearsalService, process: NotebookProcess
    ) -> None:
        self._process = process
        self._servers = servers
        self._jobs = jobs
        self._rehearsals = rehearsals

    def inspect(self, notebook: NotebookFile, request: Mapping[str, Any]) -> bytes:
        """Return the ``Inspection`` as JSON text.

        Args:
            notebook: Which one.
            request: An ``InspectRequest``.
        """
        servers = self._servers.store.servers()
        server = self._server(notebook, request)
        inspected = self._process.run_to_text(
            "inspect",
            self._place(notebook),
            self._asked(notebook, request),
            (keyless(server), tuple(map(keyless, servers))),
            self._about_jobs(),
            notebook=notebook.file,
            replies=server_replies(self._servers.store, server),
        )
        running, last = self._jobs.ids_of(notebook)
        known_here = {
            "path": notebook.path,
            "servers": [self._servers.info(each) for each in servers],
            "running": running,
            "last": last,
            "rehearsal": self._rehearsals.state_of(notebook, after=last),
            "sandbox": self._servers.sandbox_state(),
        }
        return json.dumps(known_here).encode().removesuffix(b"}") + b", " + inspected.removeprefix(b"{")

    def _about_jobs(self) -> list[Finding]:
        jobs = self._jobs.jobs
        obstacle = jobs.obstacle()
        if obstacle is None:
            return []
        folder = jobs.folder.parent
        if obstacle.errno in _FULL:
            return [finding("data-folder-unwritable/full", folder=folder)]
        return [finding("data-folder-unwritable", folder=folder, reason=obstacle.strerror or obstacle)]

    def write_git_files(self, notebook: NotebookFile, request: Mapping[str, Any]) -> dict[str, Any]:
        """Write manifest.json and what it needs, as a publish would send them, and return ``Written``."""
        server = keyless(self._server(notebook, request))
        written = self._process.run(
            "write",
            self._place(notebook),
            self._asked(notebook, request),
            server,
            notebook=notebook.file,
            time_limit=WRITING_TIME_LIMIT,
        )
        folder = notebook.path.rpartition("/")[0]
        return {"written": [f"{folder}/{each}" if folder else each for each in written]}

    def figures(self, notebook: NotebookFile) -> bytes:
        """Return a ``FigureList`` of the saved notebook as JSON text."""
        return self._process.run_to_text("figures", notebook.file, notebook=notebook.file)

    def keep_kernel_answer(self, notebook: NotebookFile, answer: Mapping[str, Any]) -> None:
        """Keep what the notebook's running kernel said.

        Args:
            notebook: Which one.
            answer: A ``KernelAnswer``.

        Raises:
            KernelError: code ``kernel-broken``: this is no answer.
        """
        told = answer_of(answer["reply"], kernel=answer["kernel"])
        if told is None:
            raise KernelError.of("kernel-broken/answer", kernel=answer["kernel"])
        keep_answer(notebook.file, told)

    def published_guids(self, notebook: NotebookFile) -> tuple[str, ...]:
        """Return the contents that the notebook was published to."""
        return tuple(guid for _url, guid in self._process.published(notebook.file))

    def changes(self, notebook: NotebookFile) -> dict[str, Any]:
        """Return the ``ChangeState`` of a notebook, from what is kept here."""
        found: dict[str, Any] = self._process.run("changes", self._place(notebook), notebook=notebook.file)
        return found

    def compare(
        self,
        notebook: NotebookFile,
        *,
        guid: str,
        old: tuple[str, Path],
        new: tuple[str, Path] | None,
        options: Mapping[str, Any],
    ) -> bytes:
        """Return the ``VersionComparison`` of bundles on disk, given with their ids, or of one with the notebook.

        It is JSON text.
        """
        read_options(options)
        return self._process.run_to_text(
            "compare",
            self._place(notebook),
            (guid, old, new),
            dict(options),
            notebook=notebook.file,
            time_limit=COMPARING_TIME_LIMIT,
        )

    def _server(self, notebook: NotebookFile, request: Mapping[str, Any]) -> Server | None:
        """Return the chosen server, else the one to propose."""
        store, name = self._servers.store, request.get("server")
        return store.named(name) if name else store.default(last_used=self._process.last_server(notebook.file))

    def _place(self, notebook: NotebookFile) -> Place:
        return Place(notebook=notebook.file, root=notebook.root, folder=self._servers.store.folder)

    def _asked(self, notebook: NotebookFile, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return a request with the names of variables only."""
        read_options(request)
        names = {**with_variable_file(notebook, request).get("env", {})}
        return {**request, "env": dict.fromkeys(names)}

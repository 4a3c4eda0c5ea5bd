"""What the routes say about a notebook before it is published. All of it blocks.

Inspections run in a process of their own. What strangers wrote is read there: however long a notebook or a project
keeps that process busy, Jupyter answers, and after `TIME_LIMIT` the process is ended. It gets no key: it asks here what
a server says, and only the server that was chosen here is asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..errors import KernelError, NotebookError, RSConnectException
from ..history.publications import NotebookHistory, publications
from ..kernel.kernelspecs import spec_of_manager, uses_gateway
from ..kernel.running import answer_of, keep_answer, kept_answer
from ..models import Server
from ..publishing.option_values import read_options
from ..publishing.resolve import proposed_server
from ..publishing.server_answers import CACHE, ServerAnswers
from ..servers.store import ServerStore
from ..worker_process import Replies, SharedWorker, WorkerStoppedError
from .contents_paths import NotebookFile
from .inspection_worker import pickled
from .job_service import JobService
from .known_servers import KnownServers

TIME_LIMIT = 30.0
"""Seconds for one inspection; a notebook of 50 MB takes two."""

WRITING_TIME_LIMIT = 600.0
"""Seconds for writing files for Git, which may make a page."""

COMPARING_TIME_LIMIT = 120.0
"""Seconds for a comparison, which may make a page."""

IDLE_SECONDS = 600.0
_WORKER = "rsconnect_jupyter.extension.inspection_worker"
_LOG = logging.getLogger(__name__)


class InspectionService:
    """Answers about notebooks.

    Args:
        servers: Servers they can be published to.
        jobs: Jobs that may be publishing them.
    """

    def __init__(self, servers: KnownServers, jobs: JobService) -> None:
        self._worker = SharedWorker(_WORKER, idle=IDLE_SECONDS)
        self._servers = servers
        self._jobs = jobs

    def inspect(self, notebook: NotebookFile, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the ``Inspection``.

        Args:
            notebook: Which one.
            request: A ``NotebookRequest``.
        """
        servers = self._servers.store.servers()
        inspected = self._run(notebook, request, seconds=3.0, time_limit=TIME_LIMIT)
        running, last = self._jobs.ids_of(notebook)
        return {
            **inspected["info"],
            "path": notebook.path,
            "servers": [self._servers.info(each) for each in servers],
            "running": running,
            "last": last,
            "sandbox": self._servers.sandbox_state(),
        }

    def write_git_files(self, notebook: NotebookFile, request: Mapping[str, Any]) -> dict[str, Any]:
        """Write manifest.json and what it needs, as a publish would send them, and return ``Written``."""
        written = self._run(notebook, request, seconds=0.0, time_limit=WRITING_TIME_LIMIT, write=True)["written"]
        folder = notebook.path.rpartition("/")[0]
        return {"written": [f"{folder}/{each}" if folder else each for each in written]}

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
        return tuple(each.guid for each in publications(notebook.file))

    def changes(self, notebook: NotebookFile) -> dict[str, Any]:
        """Return the ``ChangeState`` of a notebook, from what is kept here."""
        order = {**self._order(notebook), "task": "changes"}
        found: dict[str, Any] = self._work(order, {"kernel": _kernel}, TIME_LIMIT)["changes"]
        return found

    def compare(
        self,
        notebook: NotebookFile,
        *,
        guid: str,
        old: tuple[str, str],
        new: tuple[str, str] | None,
        options: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Return the ``VersionComparison`` of bundles on disk, given with their ids, or of one with the notebook."""
        asked = {"guid": guid, "old": list(old), "new": list(new) if new else None}
        read_options(options)
        order = {**self._order(notebook), "task": "compare", "compare": asked, "request": dict(options)}
        found: dict[str, Any] = self._work(order, {"kernel": _kernel}, COMPARING_TIME_LIMIT)["comparison"]
        return found

    def close(self) -> None:
        """End the process that inspects."""
        self._worker.end()

    def _run(
        self,
        notebook: NotebookFile,
        request: Mapping[str, Any],
        *,
        seconds: float,
        time_limit: float,
        write: bool = False,
    ) -> dict[str, Any]:
        store, name = self._servers.store, request.get("server")
        server = store.named(name) if name else proposed_server(store, NotebookHistory(notebook.file))
        order = {
            **self._order(notebook),
            "task": "write" if write else "inspect",
            "request": {**request, "env": dict.fromkeys(request.get("env") or {})},
            "seconds": seconds,
            "servers": pickled((_keyless(server), tuple(map(_keyless, store.servers())))),
        }
        read_options(request)
        return self._work(order, _replies(store, server), time_limit)

    def _order(self, notebook: NotebookFile) -> dict[str, Any]:
        return {
            "notebook": str(notebook.file),
            "root": str(notebook.root),
            "folder": str(self._servers.store.folder),
            "gateway": uses_gateway(),
            "answer": pickled(kept_answer(notebook.file)),
        }

    def _work(self, order: Mapping[str, Any], replies: Replies, time_limit: float) -> dict[str, Any]:
        try:
            answer = self._worker.run(order, replies=replies, time_limit=time_limit)
        except WorkerStoppedError as exc:
            _LOG.warning("rsconnect_jupyter: the process that inspects ended with %s", exc.status)
            raise NotebookError.of("inspection-unfinished") from exc
        if "failed" in answer:
            raise RuntimeError(answer["failed"])
        return answer


def _keyless(server: Server | None) -> Server | None:
    return replace(server, api_key=None, credential=None) if server is not None else None


def _replies(store: ServerStore, server: Server | None) -> Replies:
    """Return what answers the process's questions: only about the server that was chosen here."""
    waiting: list[Callable[[float], ServerAnswers]] = []

    def begin(guid: Any) -> None:
        try:
            known = None if server is None else server if server.has_credential else store.get(server.name)
        except RSConnectException as exc:
            failed = ServerAnswers(error=exc)
            waiting.append(lambda _seconds: failed)
            return
        if known is not None:
            waiting.append(CACHE.ask(known, guid if isinstance(guid, str) else None))

    def wait(seconds: Any) -> str:
        return pickled(waiting[-1](min(float(seconds), 3.0)) if waiting else ServerAnswers())

    return {"begin": begin, "wait": wait, "kernel": _kernel}


def _kernel(name: Any) -> str:
    return pickled(spec_of_manager(name))

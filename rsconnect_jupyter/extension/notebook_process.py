"""The process in which notebooks and projects are read, as seen by Jupyter's.

What strangers wrote is read there: however long a notebook or a project keeps that process busy, Jupyter answers, and
after a time limit the process is ended. It gets no key and no value of a variable, and asks Jupyter's process what a
server says.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import NotebookError
from ..kernel.kernelspecs import spec_of_manager, uses_gateway
from ..kernel.running import kept_answer
from ..worker_process import Replies, SharedWorker, WorkerStoppedError
from .notebook_worker import pickled

TIME_LIMIT = 30.0
"""Seconds for one order; a notebook of 50 MB takes two."""

IDLE_SECONDS = 600.0
_WORKER = "rsconnect_jupyter.extension.notebook_worker"
_LOG = logging.getLogger(__name__)


class NotebookProcess:
    """At most one process, shared by all threads. Everything here blocks."""

    def __init__(self) -> None:
        self._worker = SharedWorker(_WORKER, idle=IDLE_SECONDS)

    def run(
        self,
        task: str,
        *arguments: Any,
        notebook: Path,
        replies: Replies | None = None,
        look: Callable[[], None] = lambda: None,
        time_limit: float | None = None,
    ) -> Any:
        """Return what a task of `notebook_worker` returns, which is JSON; it should be short.

        Args:
            task: Its name.
            arguments: Its arguments: objects of ours, without keys.
            notebook: Whose running kernel may have answered.
            replies: Answers to its questions, besides those about kernels.
            look: Called several times a second; what it raises ends the process.
            time_limit: Seconds; None takes `TIME_LIMIT`.

        Raises:
            NotebookError: code ``inspection-unfinished``.
            RSConnectException: as the task.
        """
        order = _order(task, arguments, notebook, as_text=False)
        return self._answer(order, replies=replies, look=look, time_limit=time_limit)["made"]

    def run_to_text(
        self,
        task: str,
        *arguments: Any,
        notebook: Path,
        replies: Replies | None = None,
        time_limit: float | None = None,
    ) -> bytes:
        """Return what `run` does as JSON text, which is not parsed in this process however long it is.

        Raises:
            NotebookError, RSConnectException: as `run`.
        """
        order = _order(task, arguments, notebook, as_text=True)
        text: bytes = self._answer(order, replies=replies, time_limit=time_limit)["text"]
        return text

    def published(self, notebook: Path) -> list[tuple[str, str]]:
        """Return where a notebook was published, newest first: addresses of servers, and GUIDs."""
        return [(url, guid) for url, guid in self.run("published", notebook, notebook=notebook)]

    def last_server(self, notebook: Path) -> str | None:
        """Return the address of the server that a notebook was published to last."""
        published = self.published(notebook)
        return published[0][0] if published else None

    def close(self) -> None:
        """End the process."""
        self._worker.end()

    def _answer(
        self,
        order: Mapping[str, Any],
        *,
        replies: Replies | None,
        look: Callable[[], None] = lambda: None,
        time_limit: float | None,
    ) -> dict[str, Any]:
        known = {"kernel": lambda name: pickled(spec_of_manager(name)), **(replies or {})}
        try:
            answer = self._worker.run(order, look=look, replies=known, time_limit=time_limit or TIME_LIMIT)
        except WorkerStoppedError as exc:
            _LOG.warning("rsconnect_jupyter: the process that reads notebooks ended with %s", exc.status)
            raise NotebookError.of("inspection-unfinished") from exc
        if "failed" in answer:
            raise RuntimeError(answer["failed"])
        return answer


def _order(task: str, arguments: tuple[Any, ...], notebook: Path, *, as_text: bool) -> dict[str, Any]:
    return {
        "task": task,
        "arguments": pickled(arguments),
        "gateway": uses_gateway(),
        "kernel": pickled((notebook, kept_answer(notebook))),
        "as_text": as_text,
    }

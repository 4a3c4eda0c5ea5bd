"""Inspections in a process of their own, as seen by Jupyter's.

What strangers wrote is read there: however long a notebook or a project keeps that process busy, Jupyter answers, and
after `TIME_LIMIT` the process is ended. It gets no key: it asks here what a server says, and only the server that was
chosen here is asked.
"""

from __future__ import annotations

import base64
import logging
import pickle
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from .. import errors
from ..errors import NotebookError, RSConnectException
from ..models import Where
from ..worker_process import WorkerProcess

TIME_LIMIT = 30.0
"""Seconds for one inspection; a notebook of 50 MB takes two."""

IDLE_SECONDS = 600.0
WORKER = "rsconnect_jupyter.extension.inspection_worker"
_LOG = logging.getLogger(__name__)

Replies = Mapping[str, Callable[[Any], Any]]


class InspectionProcess:
    """At most one process, shared by all threads, one inspection after the other."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process: WorkerProcess | None = None
        self._rest: threading.Timer | None = None

    def run(self, order: Mapping[str, Any], replies: Replies, *, time_limit: float) -> dict[str, Any]:
        """Return what `inspection_worker.carry_out` makes of an order.

        Args:
            order: JSON-compatible parts; ``pickled`` may be any object of ours, without keys.
            replies: Kind of question -> what answers it.
            time_limit: Seconds after which the process is ended.

        Raises:
            OSError: no process can be started.
            NotebookError: code ``inspection-unfinished``.
            RSConnectException: as in the process.
        """
        with self._turn:
            if self._rest is not None:
                self._rest.cancel()
            try:
                answer = self._answer(order, replies, time.monotonic() + time_limit)
            except BaseException:
                self._end()
                raise
            self._rest = threading.Timer(IDLE_SECONDS, self.end)
            self._rest.daemon = True
            self._rest.start()
        if "error" in answer:
            raise _error(answer)
        return answer

    def end(self) -> None:
        """End the process, unless it is at work."""
        if self._turn.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._turn.release()

    def _answer(self, order: Mapping[str, Any], replies: Replies, deadline: float) -> dict[str, Any]:
        process = self._running()

        def look() -> None:
            if time.monotonic() > deadline:
                raise NotebookError.of("inspection-unfinished")

        if not process.is_ready(look):
            raise OSError(f"{sys.executable} starts no process")
        process.send(order)
        while True:
            look()  # also where each answer is there at once
            told = process.next(look)
            if told is None:
                _LOG.warning("rsconnect_jupyter: the process that inspects ended with %s", process.status())
                raise NotebookError.of("inspection-unfinished")
            if "ask" not in told:
                return told
            process.send({"pickled": pickled(replies[told["ask"]](told["about"]))})

    def _running(self) -> WorkerProcess:
        if self._process is None or self._process.has_ended():
            self._end()
            self._process = WorkerProcess(WORKER)
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end()


def pickled(value: Any) -> str:
    """Return an object of ours as a text for the process; what comes back from there is JSON only."""
    return base64.b64encode(pickle.dumps(value)).decode("ascii")


def _error(answer: Mapping[str, Any]) -> RSConnectException:
    """Return the error that an answer tells. Pure."""
    kind = getattr(errors, str(answer["error"]), RSConnectException)
    parts = dict(answer["parts"])
    where = parts.pop("where")
    return kind(**parts, where=Where(**where) if where else None)

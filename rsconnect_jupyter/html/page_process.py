"""The process that makes pages, as seen by the one that wants them.

Making a page keeps Python's interpreter to itself: made in Jupyter, nobody else would be answered meanwhile. One
process makes all pages, one after the other; several at once would leave Jupyter no processor. It starts when a page is
to be expected, and ends after a while without work, when a page is not wanted any more, or when its parent ends. It is
told paths and settings, never a key, and there is none in its environment.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from ..errors import BundleError, Cancelled, NotebookError, RenderError, RSConnectException
from ..models import Where
from ..worker_process import GLANCE, WorkerProcess
from .page_worker import make_page

ShouldStop = Callable[[], bool]

IDLE_SECONDS = 60.0
_WORKER = "rsconnect_jupyter.html.page_worker"
_ERRORS: tuple[type[RSConnectException], ...] = (NotebookError, RenderError, BundleError)
_LOG = logging.getLogger(__name__)


class PageMaker:
    """At most one process, shared by all threads.

    Args:
        idle: Seconds without work after which the process ends.
    """

    def __init__(self, *, idle: float = IDLE_SECONDS) -> None:
        self._idle = idle
        self._turn = threading.Lock()
        self._process: WorkerProcess | None = None
        self._rest: threading.Timer | None = None
        self._turns = 0

    def begin(self) -> None:
        """Start the process, unless it runs, so that it is ready when a page is wanted. Does not wait."""
        if self._turn.acquire(blocking=False):
            with self._released(), suppress(OSError):
                self._running()

    def make(self, order: Mapping[str, Any], *, should_stop: ShouldStop) -> None:
        """Have a page made.

        Args:
            order: As for `page_worker.make_page`.
            should_stop: Asked several times a second; the process is ended when it says so.

        Raises:
            NotebookError, RenderError, BundleError: as `page_worker.make_page`; RenderError also when the process dies.
            Cancelled: `should_stop` said so.
        """
        while not self._turn.acquire(timeout=GLANCE):
            _look_for_stop(should_stop)
        with self._released():
            answer = self._answer(order, should_stop)
        if answer is None:
            _LOG.warning("rsconnect_jupyter: %s starts no process to make pages", sys.executable)
            make_page(order)
        elif answer:
            raise _error(answer)

    def end(self) -> None:
        """End the process, unless it is at work."""
        if self._turn.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._turn.release()

    def _answer(self, order: Mapping[str, Any], should_stop: ShouldStop) -> dict[str, Any] | None:
        """Return the process's answer; None when there is no starting one."""
        try:
            process = self._running()
            if not process.is_ready(lambda: _look_for_stop(should_stop)):
                return None
            process.send(order)
            return _told(process, process.next(lambda: _look_for_stop(should_stop)))
        except OSError:
            return None
        except BaseException:
            self._end()
            raise

    def _running(self) -> WorkerProcess:
        if self._process is None or self._process.has_ended():
            self._end()
            self._process = WorkerProcess(_WORKER)
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end()

    @contextmanager
    def _released(self) -> Iterator[None]:
        """Give the turn on afterwards; the process may rest until somebody takes it."""
        if self._rest is not None:
            self._rest.cancel()
        try:
            yield
        finally:
            self._turns += 1
            self._rest = threading.Timer(self._idle, self._end_unused, [self._turns])
            self._rest.daemon = True
            self._rest.start()
            self._turn.release()

    def _end_unused(self, turns: int) -> None:
        """End the process, unless there was another turn."""
        with self._turn:
            if self._turns == turns:
                self._end()


def _told(process: WorkerProcess, answer: dict[str, Any] | None) -> dict[str, Any]:
    if answer is None:
        raise RenderError.of("page-process-ended", status=process.status())
    return answer


def _look_for_stop(should_stop: ShouldStop) -> None:
    if should_stop():
        raise Cancelled.of("cancelled/rendering")


def _error(answer: Mapping[str, Any]) -> RSConnectException:
    """Return the error that an answer tells. Pure."""
    if "unexpected" in answer:
        return RenderError.of("render-failed", reason=answer["unexpected"])
    kind = next(each for each in _ERRORS if each.__name__ == answer["error"])
    parts = dict(answer["parts"])
    where = parts.pop("where")
    return kind(**parts, where=Where(**where) if where else None)


PAGES = PageMaker()

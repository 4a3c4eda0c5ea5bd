"""The process that makes pages, as seen by the one that wants them.

Making a page keeps Python's interpreter to itself: made in Jupyter, nobody else would be answered meanwhile. One
process makes all pages, one after the other; several at once would leave Jupyter no processor. It starts when a page is
to be expected, and ends after a while without work, when a page is not wanted any more, or when its parent ends.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import Cancelled, RenderError
from ..worker_process import SharedWorker, WorkerStoppedError
from .page_worker import make_page

ShouldStop = Callable[[], bool]

IDLE_SECONDS = 60.0
TIME_LIMIT = 600.0
"""Seconds for one page; one of 100 MB takes ten."""

_WORKER = "rsconnect_jupyter.html.page_worker"
_LOG = logging.getLogger(__name__)


class PageMaker:
    """Makes pages for all threads.

    Args:
        idle: Seconds without work after which its process ends.

    Attributes:
        time_limit: Seconds for one page, after which its process is ended.
    """

    def __init__(self, *, idle: float = IDLE_SECONDS, time_limit: float = TIME_LIMIT) -> None:
        self.time_limit = time_limit
        self._worker = SharedWorker(_WORKER, idle=idle)
        self.begin, self.end = self._worker.begin, self._worker.end

    def make(self, order: Mapping[str, Any], *, should_stop: ShouldStop) -> None:
        """Have a page made.

        Args:
            order: As for `page_worker.make_page`.
            should_stop: Asked several times a second; the process is ended when it says so.

        Raises:
            NotebookError, RenderError, BundleError: as `page_worker.make_page`; RenderError also when the process dies
                or takes too long.
            Cancelled: `should_stop` said so.
        """

        def look() -> None:
            if should_stop():
                raise Cancelled.of("cancelled/rendering")

        try:
            answer = self._worker.run(order, look=look, time_limit=self.time_limit)
        except OSError:
            _LOG.warning("rsconnect_jupyter: %s starts no process to make pages", sys.executable)
            make_page(order)
        except WorkerStoppedError as exc:
            if exc.status is None:
                raise RenderError.of("page-unfinished", seconds=round(self.time_limit)) from exc
            raise RenderError.of("page-process-ended", status=exc.status) from exc
        else:
            if "unexpected" in answer:
                raise RenderError.of("render-failed", reason=answer["unexpected"])


PAGES = PageMaker()

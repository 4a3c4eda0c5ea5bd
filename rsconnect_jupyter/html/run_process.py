"""The process that runs a notebook before its page is made, as seen by the one that wants it run.

The notebook's text and what its cells print may be anything, and are read in that process: Jupyter's has no part in it.
Each run has a process of its own, for one may take hours. It asks here, several times a second, whether to go on, which
also tells that it is alive.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import Cancelled, RenderError
from ..process_environment import with_absolute_paths
from ..worker_process import SharedWorker, WorkerStoppedError
from .run_worker import run_to_file

LONGEST_SILENCE = 120.0
"""Seconds without a question after which the process is ended; reading a notebook of 50 MB takes two."""

LONGEST_END = 15.0
"""Seconds for ending the kernel when a stop is wanted."""

_WORKER = "rsconnect_jupyter.html.run_worker"
_LOG = logging.getLogger(__name__)


def run_notebook(order: Mapping[str, Any], *, should_stop: Callable[[], bool]) -> None:
    """Have a notebook run in a fresh kernel of its own kind.

    Args:
        order: As for `run_worker.run_to_file`.
        should_stop: Asked several times a second; the kernel is shut down when it says so.

    Raises:
        NotebookError, KernelError, BundleError: as `run_worker.run_to_file`.
        RenderError: likewise; also when the process dies or says nothing for a long time.
        Cancelled: `should_stop` said so.
    """
    watch = _Watch(should_stop)
    # The kernel is to find what Jupyter's own kernels find, passwords of data bases included.
    worker = SharedWorker(_WORKER, idle=LONGEST_SILENCE, environment=with_absolute_paths(os.environ))
    try:
        answer = worker.run(order, look=watch.look, replies={"stop": watch.asked})
    except OSError:
        _LOG.warning("rsconnect_jupyter: %s starts no process to run a notebook", sys.executable)
        run_to_file(order, should_stop=should_stop)
        return
    except WorkerStoppedError as exc:
        if exc.status is None:
            raise RenderError.of("run-unfinished") from exc
        raise RenderError.of("run-process-ended", status=exc.status) from exc
    finally:
        worker.end()
    if "unexpected" in answer:
        raise RenderError.of("render-failed", reason=answer["unexpected"])


class _Watch:
    """Looks after a run: whether it is wanted, and whether its process is alive.

    Args:
        should_stop: As for `run_notebook`.
    """

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        self._should_stop = should_stop
        self._heard = time.monotonic()
        self._has_kernel = False
        self._told_to_stop: float | None = None

    def asked(self, _about: Any) -> bool:
        """Answer the process's question."""
        self._heard, self._has_kernel = time.monotonic(), True
        return self._should_stop()

    def look(self) -> None:
        """Give up on a process that is not wanted or not alive; a kernel has time to end with it.

        Raises:
            Cancelled: it is not wanted any more.
            WorkerStoppedError: it is not alive.
        """
        now = time.monotonic()
        if self._should_stop():
            self._told_to_stop = self._told_to_stop or now
            if not self._has_kernel or now > self._told_to_stop + LONGEST_END:
                raise Cancelled.of("cancelled/running")
        if now > self._heard + LONGEST_SILENCE:
            raise WorkerStoppedError(None)

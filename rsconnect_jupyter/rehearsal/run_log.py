"""Work in a thread whose lines are read as they come, and which ends when somebody wishes it."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from ..errors import Cancelled
from ..runner.processes import CANCELLED, TIMED_OUT, SupervisedProcess
from ..translation import with_language

GLANCE = 0.2
"""Seconds between two looks at whether to stop."""

T = TypeVar("T")


class Processes:
    """The processes of one rehearsal, one after the other; `timed_out` tells of the last one.

    Args:
        limit: Seconds that each may take.
        say: Takes each line that they print.
    """

    def __init__(self, *, limit: float, say: Callable[[str], None]) -> None:
        self._limit = limit
        self.say = say
        self._running: SupervisedProcess | None = None
        self._stopped = False
        self.timed_out = False

    def run(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        *,
        cwd: Path,
        say: Callable[[str], None] | None = None,
    ) -> int:
        """Run a command to its end and return its exit code; `say` takes its lines instead of all processes'."""
        if self._stopped:
            return CANCELLED
        self._running = SupervisedProcess(command, environment=variables, cwd=cwd)
        code = self._running.follow(say or self.say, limit=self._limit)
        self.timed_out = code == TIMED_OUT
        return code

    def end_this(self) -> None:
        """End what runs now; others may follow."""
        if self._running is not None:
            self._running.stop()

    def stop(self) -> None:
        """End what runs, and start no more."""
        self._stopped = True
        if self._running is not None:
            self._running.stop()


def lines_of(
    work: Callable[[Processes], T], *, limit: float, should_stop: Callable[[], bool]
) -> Generator[str, None, T]:
    """Do work in a thread, yield the lines that its processes print, and return what it returns.

    Raises:
        Cancelled: `should_stop` said so; the processes have ended.
    """
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    processes = Processes(limit=limit, say=lines.put)
    stopped, looked = False, 0.0
    with ThreadPoolExecutor(1, thread_name_prefix="rehearsal") as pool:
        future = pool.submit(with_language(work), processes)
        future.add_done_callback(lambda _done: lines.put(None))
        try:
            while True:
                if not stopped and time.monotonic() - looked > GLANCE:  # also while lines come all the time
                    looked = time.monotonic()
                    if stopped := should_stop():
                        processes.stop()
                try:
                    line = lines.get(timeout=GLANCE)
                except queue.Empty:
                    continue
                if line is None:
                    break
                yield line
        finally:
            processes.stop()
    if stopped:
        raise Cancelled.of("cancelled/running")
    return future.result()

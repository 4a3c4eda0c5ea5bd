"""The processes of all deployments that run now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ...runner.processes import SupervisedProcess


class Processes:
    """The processes of all deployments that run now, by their jobs' keys.

    Args:
        limit: Seconds that one may take.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._running: dict[str, SupervisedProcess] = {}
        self._lock = threading.Lock()
        self._stopping = False

    def run(
        self,
        key: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        cwd: Path,
        write: Callable[[str], None],
        on_start: Callable[[int], None],
    ) -> int:
        """Run a process to its end; return its exit code.

        Args:
            key: Key of its job.
            command: Program and arguments.
            environment: All its environment variables.
            cwd: Its working directory.
            write: Takes each line that it prints.
            on_start: Takes its process id.
        """
        if self._stopping:
            return 137
        process = SupervisedProcess(command, environment=environment, cwd=cwd)
        on_start(process.pid)
        with self._lock:
            self._running[key] = process
        try:
            return process.follow(write, limit=self._limit)
        finally:
            with self._lock:
                self._running.pop(key, None)

    def cancel(self, key: str) -> bool:
        """End a job's process; False when none runs."""
        with self._lock:
            process = self._running.get(key)
        if process is not None:
            process.stop()
        return process is not None

    def stop(self) -> None:
        """End all processes and start no more."""
        self._stopping = True
        with self._lock:
            running = list(self._running.values())
        for process in running:
            process.stop()

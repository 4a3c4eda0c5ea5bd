"""The queue of deployments: each is one task, a few run at a time, the rest waits in line."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .accounts import Account
from .deployment import Deployment
from .jobs import JobLog
from .processes import LeashedProcess
from .settings import Settings
from .store import Row, Store
from .tasks import Tasks
from .variables import Variables


class Runner:
    """Carries out deployments in threads of its own; processes do the work.

    Attributes:
        root: The address that content is told as its server.
    """

    def __init__(self, settings: Settings, store: Store, tasks: Tasks, variables: Variables) -> None:
        self.settings = settings
        self.store = store
        self.tasks = tasks
        self.variables = variables
        self._pool = ThreadPoolExecutor(settings.parallel_runs, thread_name_prefix="run")
        self._processes: dict[str, LeashedProcess] = {}
        self._lock = threading.Lock()
        self._stopping = False
        self.root = ""
        self.on_replaced: Callable[[str, int], None] | None = None

    def deploy(
        self, account: Account, content: Row, bundle: Row, manifest: dict[str, Any], *, activate: bool = True,
        render: bool = True,
    ) -> str:  # fmt: skip
        """Queue a deployment and return its task id.

        Args:
            account: Who deploys.
            content: The content's row.
            bundle: The bundle's row.
            manifest: The bundle's manifest, checked.
            activate: False leaves the active bundle as it is (a draft).
            render: False only restores the environment.
        """
        task_id = self.tasks.start(account, content_guid=content["guid"], bundle_id=bundle["id"])
        deployment = Deployment(self, task_id, content, bundle, manifest, activate=activate, render=render)
        self._pool.submit(deployment.carry_out)
        return task_id

    def cancel_job(self, key: str) -> bool:
        """End a running job; False when it is not running."""
        with self._lock:
            process = self._processes.get(key)
        if process is None:
            return False
        process.stop()
        return True

    def replaced(self, content_guid: str, bundle_id: int) -> None:
        """Tell who serves a bundle's files that they are new."""
        if self.on_replaced is not None:
            self.on_replaced(content_guid, bundle_id)

    def stop(self) -> None:
        """End all runs and take no more."""
        self._stopping = True
        with self._lock:
            running = list(self._processes.values())
        for process in running:
            process.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def run_process(
        self,
        job: JobLog,
        command: list[str],
        environment: dict[str, str],
        cwd: Path,
        also: Callable[[str], None] | None = None,
    ) -> int:
        """Run one process of a job, its output into the job's log; return its exit code.

        Args:
            job: The job, whose log takes each line.
            command: Program and arguments.
            environment: All environment variables.
            cwd: Working directory.
            also: Takes each line too.
        """

        def take(line: str) -> None:
            job.write(line)
            if also is not None:
                also(line)

        if self._stopping:
            return 137
        process = LeashedProcess(command, environment=environment, cwd=cwd)
        job.set_pid(process.pid)
        with self._lock:
            self._processes[job.key] = process
        try:
            return process.follow(take, limit=self.settings.run_limit)
        finally:
            with self._lock:
                self._processes.pop(job.key, None)

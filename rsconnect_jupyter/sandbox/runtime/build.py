"""One build of a bundle: its folder, its log, and the processes that it runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...runner.processes import TIMED_OUT, clean_environment
from ..store.database import Row
from .context import Runtime
from .job_log import JobLog, Scheduled


class RenderFailed(Exception):  # noqa: N818 - it ends a task, it is not a fault of this program
    """A process of a build ended with a failure."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Unable to render: Rendering exited abnormally: exit status {code}")


@dataclass(frozen=True)
class Build:
    """What the steps of a deployment work on."""

    runtime: Runtime
    task_id: str
    content: Row
    bundle: Row
    manifest: dict[str, Any]
    scheduled: Scheduled | None = None

    @property
    def mode(self) -> str:
        """The bundle's application mode."""
        return str(self.manifest["metadata"]["appmode"])

    @property
    def folder(self) -> Path:
        """The build's own folder; gone when it has ended."""
        return self.runtime.store.folder / "runs" / self.task_id

    @property
    def source(self) -> Path:
        """The unpacked bundle."""
        return self.folder / "app"

    @property
    def output(self) -> Path:
        """What readers will get."""
        return self.folder / "site"

    def write(self, line: str) -> None:
        """Add a line to the task's output."""
        self.runtime.tasks.write(self.task_id, line)

    def start_job(self, tag: str) -> JobLog:
        """Begin a job and write its opening lines."""
        job = JobLog(self.runtime.store, self.content, self.bundle, tag, self.write, scheduled=self.scheduled)
        job.write_opening(self.runtime.settings, self.source, variant=tag != "python_restore")
        return job

    def run(self, job: JobLog, command: list[str], *, cwd: Path, python: Path | None) -> None:
        """Run a process of a job to its end, which is the job's end too; raises `RenderFailed`.

        Args:
            job: The job.
            command: Program and arguments.
            cwd: Working directory.
            python: The interpreter that Quarto uses; None for the sandbox's own.
        """
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        own = {
            "JUPYTER_PATH": str(self.folder / "jupyter"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "QUARTO_PYTHON": str(python or sys.executable),
            **self.runtime.content_variables(self.content["guid"]),
        }
        code = self.run_process(job, command, clean_environment(home, own), cwd)
        if code == TIMED_OUT:
            job.write(f"The run took longer than {self.runtime.settings.run_limit:g} seconds and was stopped.")
        job.end(code, str(RenderFailed(code)) if code else None)
        if code:
            raise RenderFailed(code)

    def run_process(
        self,
        job: JobLog,
        command: Sequence[str],
        environment: dict[str, str],
        cwd: Path,
        also: Callable[[str], None] | None = None,
    ) -> int:
        """Run a process of a job with this environment, its output into the log; return its exit code."""

        def take(line: str) -> None:
            job.write(line)
            if also is not None:
                also(line)

        return self.runtime.processes.run(
            job.key, command, environment=environment, cwd=cwd, write=take, on_start=job.set_pid
        )

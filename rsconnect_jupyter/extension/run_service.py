"""What the routes say about runs of published content. All of it blocks."""

from __future__ import annotations

from typing import Any

from ..models import ContentRun, PublishRequest
from ..publishing.content_runs import last_scheduled_failure, list_runs, read_run, run_result
from .contents_paths import NotebookFile
from .known_servers import KnownServers
from .notebook_process import NotebookProcess
from .project_in_process import ProjectInProcess


class RunService:
    """Answers about runs.

    Args:
        servers: Where they are.
        process: Reads the notebook of a run that failed.
    """

    def __init__(self, servers: KnownServers, process: NotebookProcess) -> None:
        self._servers = servers
        self._process = process

    def all(self, name: str, guid: str) -> dict[str, Any]:
        """Return the ``RunList`` of a content."""
        with self._servers.connected(name) as client:
            return list_runs(client, guid).as_dict()

    def start(self, name: str, guid: str) -> dict[str, Any]:
        """Have the server run a content again; return ``RunStarted``."""
        with self._servers.connected(name) as client:
            return {"task_id": client.render(guid)}

    def stop(self, name: str, guid: str, key: str) -> None:
        """End a run."""
        with self._servers.connected(name) as client:
            client.stop_job(guid, key)

    def report(self, name: str, guid: str, key: str, notebook: NotebookFile) -> dict[str, Any]:
        """Return the ``RunReport`` of a run of a notebook's content."""
        server = self._servers.ready(name)
        with self._servers.connected(name) as client:
            run, lines = read_run(client, guid, key)
        report: dict[str, Any] = {"run": run.as_dict(), "lines": list(lines)}
        if run.outcome == "failed":
            request = PublishRequest(notebook=notebook.file, root=notebook.root, server=server)
            report["failure"] = self._failure(request, run, lines)
        return report

    def scheduled_failure(self, name: str, guid: str) -> dict[str, Any]:
        """Return the ``ScheduledFailure`` of a content."""
        with self._servers.connected(name) as client:
            run = last_scheduled_failure(client, guid)
        return {"run": run.as_dict()} if run else {}

    def _failure(self, request: PublishRequest, run: ContentRun, lines: tuple[str, ...]) -> dict[str, Any]:
        project = ProjectInProcess(request, self._process, lambda: False)
        return project.run_failure(run_result(run), lines).as_dict()

"""Publishing jobs of this Jupyter server: started from a request's choices, taken up again after a restart."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

from ..errors import UnknownServerError
from ..jobs.job import Job
from ..jobs.manager import Jobs, ShouldStop
from ..models import ABOUT_READERS, Deployment, Event, PublishOptions, PublishRequest, RestoreRequest, Server, Where
from ..publishing.option_values import read_options
from ..publishing.publish import publish, resume
from ..publishing.restore import as_publish, restore
from ..temporary_files import remove_leftovers
from .audit import Emit, audited
from .content_settings_service import with_variable_file
from .contents_paths import NotebookFile
from .known_servers import KnownServers
from .notebook_process import NotebookProcess
from .project_in_process import ProjectInProcess

Steps = Generator[Event, None, Deployment]
Publishing = Callable[[ShouldStop], Steps]


class JobService:
    """Starts and lists jobs.

    Args:
        servers: Where they publish to.
        process: Reads the notebooks.
        emit: Takes the events for operators.
    """

    def __init__(self, servers: KnownServers, process: NotebookProcess, *, emit: Emit) -> None:
        self._servers = servers
        self._process = process
        self._emit = emit
        self.jobs = Jobs()

    def start(self, notebook: NotebookFile, request: Mapping[str, Any]) -> dict[str, Any]:
        """Start publishing a notebook and return the ``Job``.

        Args:
            notebook: Which one.
            request: A ``NotebookRequest``.

        Raises:
            OptionError: an option has a value that it cannot have.
            UnknownServerError, NoKeyError: the server or its key is not known.
            JobRunningError: this notebook is being published to this server.
        """
        options = read_options(with_variable_file(notebook, request))
        server = self._servers.ready(request.get("server") or self._proposed(notebook))
        to_publish = PublishRequest(notebook=notebook.file, root=notebook.root, server=server, options=options)

        def run(should_stop: ShouldStop) -> Steps:
            return publish(to_publish, should_stop=should_stop, project=self._project(to_publish, should_stop))

        return self._start(run, notebook, server, options).as_dict()

    def restore(self, notebook: NotebookFile, request: Mapping[str, Any]) -> dict[str, Any]:
        """Start making a version what readers see and return the ``Job``.

        Args:
            notebook: The one whose content it is.
            request: A ``RestoreRequest``.

        Raises:
            UnknownServerError, NoKeyError: the server or its key is not known.
            JobRunningError: this notebook is being published to this server.
        """
        server = self._servers.ready(request["server"])
        wanted = RestoreRequest(
            notebook=notebook.file,
            root=notebook.root,
            server=server,
            guid=request["guid"],
            bundle_id=request["version"],
            seen=tuple(filter(None, [request.get("seen")])),
            overwrite=bool(request.get("overwrite")),
        )

        def run(should_stop: ShouldStop) -> Steps:
            project = self._project(as_publish(wanted), should_stop)
            return restore(wanted, should_stop=should_stop, project=project, connect=self._servers.memory.open)

        return self._start(run, notebook, server, restores=wanted.bundle_id).as_dict()

    def _project(self, request: PublishRequest, should_stop: ShouldStop) -> ProjectInProcess:
        return ProjectInProcess(request, self._process, should_stop)

    def _start(
        self,
        run: Publishing,
        notebook: NotebookFile,
        server: Server,
        options: PublishOptions | None = None,
        *,
        restores: str | None = None,
    ) -> Job:
        chosen = options or PublishOptions()
        about: dict[str, Any] = {"notebook": notebook.path, "server": server, "restores": restores}
        return self.jobs.start(
            lambda should_stop: audited(run(should_stop), self._emit, **about),
            path=notebook.path,
            server=server.name,
            title=chosen.title,
            key=f"{notebook.file}\n{server.url}",
            notes={
                "notebook": str(notebook.file),
                "root": str(notebook.root),
                "server_url": server.url,
                "draft": bool(chosen.draft),
                "restores": restores,
                "readers": {name: value for name in ABOUT_READERS if (value := getattr(chosen, name)) is not None},
            },
        )

    def _proposed(self, notebook: NotebookFile) -> str:
        server = self._servers.store.default(last_used=self._process.last_server(notebook.file))
        if server is None:
            raise UnknownServerError.of("unknown-server/none-in-jupyter", where=Where(field="server"))
        return server.name

    def resume(self) -> None:
        """Take up again the jobs that a killed Jupyter left running."""
        remove_leftovers()
        self.jobs.pick_up(self._go_on)

    def all(self, notebook: NotebookFile | None = None) -> dict[str, Any]:
        """Return the ``JobList``, of one notebook when given."""
        jobs = self.jobs.all()
        if notebook is not None:
            jobs = tuple(each for each in jobs if each.notes.get("notebook") == str(notebook.file))
        return {"jobs": [each.as_dict() for each in jobs]}

    def read_json(self, job_id: str, first: int) -> str:
        """Return a job with its events from `first` on as JSON text: long logs are made into text off the loop too."""
        return json.dumps(self.jobs.read(job_id, first).as_dict())

    def cancel(self, job_id: str) -> dict[str, Any]:
        """Ask a job to stop, and return it."""
        return self.jobs.cancel(job_id).as_dict()

    def ids_of(self, notebook: NotebookFile) -> tuple[str | None, str | None]:
        """Return the id of the running job of a notebook, and that of its last finished one."""
        jobs = [each for each in self.jobs.all() if each.notes.get("notebook") == str(notebook.file)]
        running = next((each.id for each in jobs if not each.finished), None)
        return running, next((each.id for each in jobs if each.finished), None)

    def activity(self) -> dict[str, Any] | None:
        """Return the ids of running jobs, None when there is none."""
        running = [each.id for each in self.jobs.all() if not each.finished]
        return {"publishing": running} if running else None

    def _go_on(
        self, job: Job, events: tuple[Event, ...], should_stop: ShouldStop
    ) -> Generator[Event, None, Deployment]:
        """Bring to its end what an earlier Jupyter began; the key is looked up anew."""
        server = self._servers.ready_at(job.server, job.notes["server_url"])
        request = PublishRequest(
            notebook=Path(job.notes["notebook"]),
            root=Path(job.notes["root"]),
            server=server,
            options=read_options({**(job.notes.get("readers") or {}), "draft": bool(job.notes.get("draft"))}),
        )
        steps = resume(request, events, should_stop=should_stop, project=self._project(request, should_stop))
        restores = job.notes.get("restores")
        return (yield from audited(steps, self._emit, notebook=job.path, server=server, restores=restores))

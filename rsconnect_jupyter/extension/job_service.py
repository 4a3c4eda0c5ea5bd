"""Publishing jobs of this Jupyter server: started from a request's choices, taken up again after a restart."""

from __future__ import annotations

import json
from collections.abc import Collection, Generator
from pathlib import Path
from typing import Any

from ..history.publications import publications
from ..jobs.job import Job
from ..jobs.manager import Jobs, ShouldStop
from ..models import Choices, Deployment, Event, PublishRequest, Server
from ..publishing.defaults import choose_publication, earlier, from_memory
from ..publishing.publish import publish, resume
from .contents_paths import NotebookFile
from .known_servers import KnownServers


class Publishing:
    """Starts and lists jobs.

    Args:
        servers: Where they publish to.
    """

    def __init__(self, servers: KnownServers) -> None:
        self._servers = servers
        self.jobs = Jobs()

    def start(
        self, notebook: NotebookFile, choices: Choices, *, server: str | None, absent: Collection[str]
    ) -> dict[str, Any]:
        """Start publishing a notebook and return the ``Job``.

        Args:
            notebook: Which one.
            choices: What was chosen for it.
            server: Name of a known server; the one it was published to last, else the default one, when omitted.
            absent: Names of choices that the request does not hold: they are as they were the last time.

        Raises:
            UnknownServerError, NoKeyError: the server or its key is not known.
            JobRunningError: this notebook is being published to this server.
        """
        chosen = self._servers.ready(server or self._servers.proposed(publications(notebook.file)))
        choices = _remembered(notebook, chosen, choices, absent)
        request = PublishRequest(notebook=notebook.file, root=notebook.root, server=chosen, choices=choices)
        job = self.jobs.start(
            lambda should_stop: publish(request, should_stop=should_stop),
            path=notebook.path,
            server=chosen.name,
            title=choices.title,
            key=f"{notebook.file}\n{chosen.url}",
            notes={
                "notebook": str(notebook.file),
                "root": str(notebook.root),
                "server_url": chosen.url,
                "draft": choices.draft,
            },
        )
        return job.as_dict()

    def resume(self) -> None:
        """Take up again the jobs that a killed Jupyter left running."""
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
        request = PublishRequest(
            notebook=Path(job.notes["notebook"]),
            root=Path(job.notes["root"]),
            server=self._servers.ready_at(job.server, job.notes["server_url"]),
            choices=Choices(draft=bool(job.notes.get("draft"))),
        )
        return (yield from resume(request, events, should_stop=should_stop))


def _remembered(notebook: NotebookFile, server: Server, choices: Choices, absent: Collection[str]) -> Choices:
    """Return the choices, those that were not made as they were for the publication that will be updated."""
    if choices.target == "new":
        return choices
    known = earlier(notebook.file, server, by=server.user)
    same = [each for each in known if choices.target in (None, each.guid)]
    return from_memory(choices, choose_publication(same, choices.mode), absent=absent)

"""Rehearsals of this Jupyter server: each in a process of its own, which also reads the notebook. All of it blocks."""

from __future__ import annotations

import json
import queue
import secrets
import threading
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from ..errors import Cancelled, JobError
from ..jobs.job import Job
from ..jobs.manager import Jobs, ShouldStop
from ..models import Event, Server
from ..publishing.option_values import read_options
from ..rehearsal.environments import remove_unfinished
from ..storage import data_folder, private_folder
from ..temporary_files import remove_leftovers
from ..translation import with_language
from .content_settings_service import with_variable_file
from .contents_paths import NotebookFile
from .job_service import JobService
from .known_servers import KnownServers
from .notebook_process import NotebookProcess
from .notebook_worker import Place
from .page_looks import Look, with_look
from .server_replies import keyless, server_replies

KEPT = timedelta(hours=24)
"""How long a rehearsal and its page are kept."""

PATIENCE = 10.0
"""Seconds that a rehearsal has to stop by itself, and give its disk back."""

LONGEST = 7 * 24 * 3600.0
"""Seconds for all rounds of a rehearsal; each step has a limit of its own."""


class RehearsalLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What the administrator allows; `PublishExtension` describes each."""

    allowed: bool
    seconds: float
    environment_bytes: int


class _Result(msgspec.Struct, frozen=True):
    """How a rehearsal ended, as the process told."""

    facts: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return dict(self.facts)


Steps = Generator[Event, None, _Result]


class RehearsalService:
    """Starts and lists rehearsals.

    Args:
        servers: Where notebooks would be published to.
        publishing: Publishes; a rehearsal before the last one is of no interest any more.
        limits: The administrator's.
    """

    def __init__(self, servers: KnownServers, publishing: JobService, limits: RehearsalLimits) -> None:
        self._servers = servers
        self._publishing = publishing
        self._limits = limits
        self._closing = threading.Event()
        self.jobs = Jobs(data_folder() / "rehearsals", keep=KEPT)

    def start(self, notebook: NotebookFile, request: Mapping[str, Any]) -> dict[str, Any]:
        """Start a rehearsal and return the ``RehearsalJob``.

        Args:
            notebook: Which one.
            request: A ``RehearsalRequest``.

        Raises:
            JobError: code ``rehearsals-disabled``.
            OptionError: an option has a value that it cannot have.
            JobRunningError: this notebook is being rehearsed.
        """
        if not self._limits.allowed:
            raise JobError.of("rehearsals-disabled")
        request = with_variable_file(notebook, request)
        read_options(request)
        server = self._server(request.get("server"))
        page = private_folder(data_folder() / "previews") / f"{secrets.token_hex(16)}.html"
        self._remove_old_pages(page.parent)
        job = self.jobs.start(
            lambda should_stop: self._run(notebook, request, server, page, should_stop),
            path=notebook.path,
            server=server.name if server else "",
            title=request.get("title"),
            key=str(notebook.file),
            notes={"notebook": str(notebook.file), "page": str(page)},
        )
        return job.as_dict()

    def all(self, notebook: NotebookFile | None = None) -> dict[str, Any]:
        """Return the ``RehearsalList``, of one notebook when given."""
        return {"rehearsals": [each.as_dict() for each in self._jobs_of(notebook)]}

    def read_json(self, job_id: str, first: int) -> str:
        """Return a rehearsal with its events from `first` on as JSON text."""
        return json.dumps(self.jobs.read(job_id, first).as_dict())

    def cancel(self, job_id: str) -> dict[str, Any]:
        """Ask a rehearsal to stop, and return it."""
        return self.jobs.cancel(job_id).as_dict()

    def page(self, job_id: str, *, look: Look | None = None) -> bytes:
        """Return the page that resulted, as readers get it, or as it looks to some of them.

        Raises:
            JobError: code ``unknown-job``, also when it made no page.
        """
        path = self.jobs.get(job_id).notes.get("page")
        try:
            page = Path(str(path)).read_bytes()
        except OSError as exc:
            raise JobError.of("unknown-job") from exc
        return with_look(page, look) if look else page

    def state_of(self, notebook: NotebookFile, *, after: str | None) -> dict[str, Any]:
        """Return the ``RehearsalState``: what can be rehearsed, and the rehearsals of a notebook since a publish."""
        jobs = self._jobs_of(notebook)
        since = self._publishing.jobs.get(after).started if after else ""
        return {
            "allowed": self._limits.allowed,
            "running": next((each.id for each in jobs if not each.finished), None),
            "last": next((each.id for each in jobs if each.finished and each.started > since), None),
        }

    def resume(self) -> None:
        """Tidy up after rehearsals that a killed Jupyter left: they are not taken up again."""
        with suppress(OSError):
            remove_unfinished()
        self.jobs.pick_up(_interrupted)

    def close(self) -> None:
        """Stop all rehearsals."""
        self._closing.set()
        for each in self.jobs.all():
            if not each.finished:
                self.jobs.join(each.id, timeout=PATIENCE)

    def _jobs_of(self, notebook: NotebookFile | None) -> list[Job]:
        own = None if notebook is None else str(notebook.file)
        return [each for each in self.jobs.all() if own in (None, each.notes.get("notebook"))]

    def _server(self, name: Any) -> Server | None:
        """Return the server that was chosen, or the default one; a rehearsal needs none."""
        return self._servers.store.named(str(name)) if name else self._servers.store.default()

    def _run(
        self,
        notebook: NotebookFile,
        request: Mapping[str, Any],
        server: Server | None,
        page: Path,
        should_stop: ShouldStop,
    ) -> Steps:
        """Run the process, and yield what it tells."""
        place = Place(notebook=notebook.file, root=notebook.root, folder=self._servers.store.folder)
        how = {
            "page": page,
            "fix": bool(request.get("fix")),
            "time_limit": self._limits.seconds,
            "most_bytes": self._limits.environment_bytes,
        }
        events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()

        def stopping(_about: Any = None) -> bool:
            return should_stop() or self._closing.is_set()

        def take(told: Any) -> None:
            events.put(_without_place(Event(**told)))

        def work() -> Mapping[str, Any]:
            process = NotebookProcess()
            replies = {**server_replies(self._servers.store, server), "event": take, "stopping": stopping}
            look = _Patience(stopping).look
            try:
                found: Mapping[str, Any] = process.run(
                    "rehearse",
                    place,
                    dict(request),
                    keyless(server),
                    how,
                    notebook=notebook.file,
                    replies=replies,
                    look=look,
                    time_limit=LONGEST,
                )
            finally:
                process.close()
            return found

        with ThreadPoolExecutor(1, thread_name_prefix="rehearsal") as pool:
            future = pool.submit(with_language(work))
            future.add_done_callback(lambda _done: events.put(None))
            while (each := events.get()) is not None:
                yield each
            try:
                return _Result(_without_path(future.result()))
            except Cancelled as exc:
                if self._closing.is_set():
                    raise Cancelled.of("rehearsal-interrupted") from exc
                raise

    def _remove_old_pages(self, folder: Path) -> None:
        limit = time.time() - KEPT.total_seconds()
        for each in folder.glob("*.html"):
            with suppress(OSError):
                if each.stat().st_mtime < limit:
                    each.unlink()


class _Patience:
    """Ends a process that does not stop by itself."""

    def __init__(self, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping
        self._since: float | None = None

    def look(self) -> None:
        """Raise `Cancelled` once a stop has been wanted for long enough."""
        if self._stopping():
            self._since = self._since or time.monotonic()
            if time.monotonic() - self._since > PATIENCE:
                threading.Timer(1.0, remove_leftovers).start()  # once it is dead
                raise Cancelled.of("cancelled/running")


def _interrupted(_job: Job, _events: tuple[Event, ...], _should_stop: ShouldStop) -> Steps:
    raise Cancelled.of("rehearsal-interrupted")


def _without_place(event: Event) -> Event:
    """Return an event without our folders."""
    return replace(event, data=_without_path(event.data)) if event.data and "page" in event.data else event


def _without_path(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rehearsal that says whether there is a page, not where."""
    return {**found, "page": bool(found.get("page"))}

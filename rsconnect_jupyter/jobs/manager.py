"""Publishing jobs: generators of events, each in a thread, to be watched, read again and stopped."""

from __future__ import annotations

import logging
import platform
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from msgspec.structs import replace

from ..errors import Cancelled, JobError, JobRunningError, RSConnectException, failure_event
from ..generators import exhaust
from ..models import Event, timestamp
from ..storage import data_folder, private_folder
from ..translation import with_language
from .job import Job, State, read_job
from .journal import Journal, Window, is_job_id, journals, lock_of, remove_free_locks

if TYPE_CHECKING:
    from filelock import BaseFileLock

__all__ = ["Job", "Jobs"]

ShouldStop = Callable[[], bool]
Steps = Generator[Event, None, "Result"]
Run = Callable[[ShouldStop], Steps]
Resume = Callable[[Job, tuple[Event, ...], ShouldStop], Steps]

_LOG = logging.getLogger(__name__)
_HELD = 50
"""Finished jobs whose events stay in memory; those of others are read from disk when asked for."""

_LOOK_AGAIN = 1.0
"""Seconds between looks at a job that another process runs."""


class Result(Protocol):
    """What a job made."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as it goes over the wire."""


class Jobs:
    """All publishing jobs of a user: those of this process live, those of earlier and other ones as kept on disk.

    One notebook is published to one server by one job at a time, whichever process runs it; the system's file locks
    see to that and are freed when a process dies.

    Args:
        folder: Private folder for jobs of one kind; ``<Jupyter's data folder>/rsconnect-jupyter/jobs`` when omitted.
        keep: How long a finished job is kept.
    """

    def __init__(self, folder: Path | None = None, *, keep: timedelta = timedelta(hours=24)) -> None:
        self.folder = folder or data_folder() / "jobs"
        self._keep = keep
        self._resume: Resume | None = None
        self._ended: dict[str, Job] = {}
        self._live: dict[str, _Live] = {}
        self._guard = threading.Lock()

    def start(
        self,
        run: Run,
        *,
        path: str,
        server: str,
        title: str | None = None,
        key: str | None = None,
        notes: Mapping[str, Any] | None = None,
    ) -> Job:
        """Start a job and return it at once.

        Args:
            run: Called in the job's thread with ``should_stop``; returns the generator to exhaust.
            path: The notebook, as the starter names it.
            server: The server's name.
            title: What is published.
            key: What the job must be the only one of; path and server when omitted.
            notes: Kept with the job, for `pick_up`.

        Raises:
            JobRunningError: one of the same key runs; ``data["id"]`` names it.
            JobError: the folder of jobs cannot be used.
        """
        job = Job(
            id=secrets.token_hex(8),
            path=path,
            server=server,
            title=title,
            notes=notes or {},
            host=platform.node(),
            started=timestamp(),
        )
        key = key or f"{path}\n{server}"
        self._look_after()
        lock = _lock(self.folder, key)
        if lock is None:
            raise self._running_error(job, key)
        live = _Live(job, key, Journal(self.folder / job.id), lock)
        try:
            live.save()
        except OSError as exc:
            lock.release()
            raise _unusable(self.folder) from exc
        self._take(live, run)
        return live.snapshot()

    def obstacle(self) -> OSError | None:
        """Return why no job can be kept: the folder is on a read-only or a full disk, or someone else's; else None."""
        try:
            with tempfile.TemporaryFile(dir=private_folder(self.folder)) as file:
                file.write(b"\n")
        except OSError as exc:
            return exc
        return None

    def pick_up(self, resume: Resume) -> tuple[Job, ...]:
        """Take on the jobs that were running when their process died, and return them.

        From then on, such a job is also taken on when it is asked for: its process may die while this one runs.

        Args:
            resume: Called in the job's thread with the job, all its events so far and ``should_stop``; returns the
                generator that brings it to an end, or raises what it failed of.
        """
        self._resume = resume
        with suppress(OSError):
            remove_free_locks(self.folder)
        return tuple(each for each in map(self._picked_up, journals(self.folder)) if each is not None)

    def get(self, job_id: str) -> Job:
        """Return a job without its events.

        Raises:
            JobError: code ``unknown-job``.
        """
        live = self._live.get(job_id)
        if live is not None:
            return live.snapshot()
        journal = Journal(self.folder / job_id) if is_job_id(job_id) else None
        job = (self._picked_up(journal) or read_job(journal)[0]) if journal is not None else None
        if job is None:
            raise JobError.of("unknown-job")
        return job

    def all(self, path: str | None = None) -> tuple[Job, ...]:
        """Return all jobs, or those of one notebook, newest first, without their events."""
        found = self._look_after()
        chosen = [each for each in found.values() if path in (None, each.path)]
        return tuple(sorted(chosen, key=lambda each: each.started, reverse=True))

    def read(self, job_id: str, first: int = 0, wait: float = 0.0) -> Job:
        """Return a job with its events from number `first` on.

        Answers as soon as there are such events or the job has ended, at the latest after `wait` seconds.

        Raises:
            JobError: code ``unknown-job``.
        """
        end = time.monotonic() + wait
        while True:
            job, live = self.get(job_id), self._live.get(job_id)
            if live is not None:
                return live.read(first, end - time.monotonic())
            window = Window(Journal(self.folder / job_id).events())
            left = end - time.monotonic()
            if job.finished or window.count > first or left <= 0:
                return replace(job, events=window.since(first), last=window.count)
            time.sleep(min(left, _LOOK_AGAIN))

    def watch(self, job_id: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` whenever the job has a new event or has ended; return what ends the watch.

        It is called on the job's thread and must return at once (``loop.call_soon_threadsafe`` does). A job that has
        ended, or that another process runs, calls it never: `read` with a wait sees those.

        Raises:
            JobError: code ``unknown-job``.
        """
        self.get(job_id)
        live = self._live.get(job_id)
        return (lambda: None) if live is None else live.watch(callback)

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop and return it; one that has ended stays as it is.

        Raises:
            JobError: code ``unknown-job``.
        """
        job = self.get(job_id)
        if job.finished:
            return job
        live = self._live.get(job_id)
        if live is None:
            Journal(self.folder / job_id).ask_to_stop()
            return replace(job, stopping=True)
        return live.stop()

    def log_path(self, job_id: str) -> Path:
        """Return the file with all events of a job, one JSON object per line, nothing left out.

        Raises:
            JobError: code ``unknown-job``.
        """
        return Journal(self.folder / self.get(job_id).id).log_path

    def join(self, job_id: str, timeout: float | None = None) -> Job:
        """Wait until a job of this process has ended, and return it."""
        live = self._live.get(job_id)
        if live is not None and live.thread is not None:
            live.thread.join(timeout)
        return self.get(job_id)

    def _take(self, live: _Live, run: Run) -> None:
        with self._guard:
            self._live[live.job.id] = live
            on_disk = [each.job for each in self._live.values() if each.job.finished and each.journal_works]
            for job in sorted(on_disk, key=lambda each: each.ended or "")[:-_HELD]:
                del self._live[job.id]
        carry_out = with_language(live.carry_out)
        live.thread = threading.Thread(target=carry_out, args=(run,), name=f"publish-{live.job.id}", daemon=True)
        live.thread.start()

    def _running_error(self, job: Job, key: str) -> JobRunningError:
        same = [each for each in (read_job(journal) for journal in journals(self.folder)) if each[1] == key]
        running = [each.id for each, _ in same if each is not None and not each.finished]
        data = {"id": running[0]} if running else None
        return JobRunningError.of("job-running", data=data, path=job.path, server=job.server)

    def _picked_up(self, journal: Journal) -> Job | None:
        """Return a job that was running when its process died, taken on by this one; else None."""
        job, key = read_job(journal)
        if self._resume is None or job is None or job.finished or job.id in self._live:
            return None
        lock = _lock(self.folder, key, host=job.host if job.host != platform.node() else "")
        if lock is None:  # its process is alive, or another one was faster
            return None
        job, _ = read_job(journal)  # it may have ended while we asked for the lock
        if job is None or job.finished:
            lock.release()
            return None
        job = replace(job, host=platform.node())
        journal.repair()
        events = tuple(journal.events())
        live = _Live(job, key, journal, lock, events)
        with suppress(OSError):
            live.save()  # whose it is now
        self._take(live, partial(self._resume, job, events))
        return live.snapshot()

    def _look_after(self) -> dict[str, Job]:
        """Take on jobs whose process died, forget those that ended too long ago, and return the others by id."""
        limit = timestamp(ago=self._keep)
        with self._guard:
            found = {job_id: live.snapshot() for job_id, live in self._live.items()}
        for journal in journals(self.folder):
            job = found.get(journal.folder.name) or self._kept(journal)
            if job is not None and job.finished and (job.ended or "") <= limit:
                self._forget(job, journal)
                found.pop(job.id, None)
            elif job is not None:
                found[job.id] = job
        return found

    def _kept(self, journal: Journal) -> Job | None:
        """Return a job that does not run here; those that have ended are read once, as there may be hundreds."""
        name = journal.folder.name
        job = self._ended.get(name) or self._picked_up(journal) or read_job(journal)[0]
        if job is not None and job.finished:
            self._ended[name] = job
        return job

    def _forget(self, job: Job, journal: Journal) -> None:
        with self._guard:
            self._live.pop(job.id, None)
            self._ended.pop(job.id, None)
        journal.remove()


class _Live:
    """A job of this process: its thread, its events and who waits for them."""

    def __init__(
        self, job: Job, key: str, journal: Journal, lock: BaseFileLock, events: tuple[Event, ...] = ()
    ) -> None:
        self.job = job
        self.thread: threading.Thread | None = None
        self.window = Window(events)
        self._key = key
        self._journal = journal
        self.journal_works = True
        self._lock = lock
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._watchers: dict[object, Callable[[], None]] = {}

    def carry_out(self, run: Run) -> None:
        """Exhaust the generator; runs in the job's thread and lets nothing out."""
        try:
            result = exhaust(run(self._should_stop), self._tell)
        except Cancelled as exc:
            self._end("cancelled", error=exc)
        except RSConnectException as exc:
            self._end("failed", error=exc)
        except Exception as exc:  # noqa: BLE001 - the end of the thread: whatever happened must be shown
            _LOG.exception("a publishing job failed unexpectedly")
            self._end("failed", error=_unexpected(exc))
        else:
            self._end("done", result=result.as_dict())

    def _tell(self, event: Event) -> None:
        with self._changed:
            self._add(event)
            title = (event.data or {}).get("title")
            if isinstance(title, str) and title:
                self.job = replace(self.job, title=title)
        self._wake()

    def _end(
        self, state: State, *, result: Mapping[str, Any] | None = None, error: RSConnectException | None = None
    ) -> None:
        with self._changed:
            last = self.window.last()
            if error is not None and not error.is_last_event:
                self._add(failure_event(error, seq=0, step=last.step if last else "inspect"))
            problem = None if error is None else error.as_dict()
            self.job = replace(self.job, state=state, result=result, error=problem, ended=timestamp(), stopping=False)
            self._try(self.save)
            self._journal.close()
            self._lock.release()
        self._wake()
        self._watchers.clear()

    def _add(self, event: Event) -> None:
        numbered = self.window.add(event)
        self._try(lambda: self._journal.append(numbered))

    def _try(self, write: Callable[[], None]) -> None:
        """Write to the journal; a full disk ends the journal, not the publish."""
        if not self.journal_works:
            return
        try:
            write()
        except OSError:
            self.journal_works = False
            _LOG.warning("the journal of publishing job %s cannot be written any more", self.job.id)

    def save(self) -> None:
        """Keep what the job is about."""
        kept = self.job.as_dict()
        del kept["events"], kept["finished"], kept["stopping"]
        more = {"last": self.window.count, "key": self._key, "notes": dict(self.job.notes), "host": self.job.host}
        self._journal.save({**kept, **more})

    def snapshot(self) -> Job:
        """Return the job now, without its events."""
        with self._changed:
            return replace(self.job, last=self.window.count)

    def read(self, first: int, wait: float) -> Job:
        """Return the job with its events from `first` on, waiting for some."""
        with self._changed:
            self._changed.wait_for(lambda: self.job.finished or self.window.count > first, timeout=max(0.0, wait))
            return replace(self.job, events=self.window.since(first), last=self.window.count)

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` from now on; return what ends that."""
        mark = object()
        self._watchers[mark] = callback

        def end() -> None:
            self._watchers.pop(mark, None)

        return end

    def stop(self) -> Job:
        """Ask the generator to stop at its next look."""
        self._stop.set()
        with self._changed:
            self.job = replace(self.job, stopping=not self.job.finished)
        self._wake()
        return self.snapshot()

    def _should_stop(self) -> bool:
        return self._stop.is_set() or self._journal.asked_to_stop()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
        for callback in list(self._watchers.values()):
            with suppress(RuntimeError):  # the watcher's event loop is closed
                callback()


def _lock(folder: Path, key: str, *, host: str = "") -> BaseFileLock | None:
    try:
        return lock_of(folder, key, host=host)
    except OSError as exc:
        raise _unusable(folder) from exc


def _unexpected(exc: Exception) -> RSConnectException:
    return RSConnectException.of("internal-error/job", error=type(exc).__name__)


def _unusable(folder: Path) -> JobError:
    return JobError.of("job-failed", folder=folder)

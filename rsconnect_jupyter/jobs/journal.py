"""A job as it is kept on disk: what it is about in one file, its events in another, one line each."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from msgspec.structs import replace

from ..file_locks import break_lock, is_silent, take_lock
from ..models import Event
from ..storage import private_folder, read_json, remove_unfinished, write_json
from ..translation import _

if TYPE_CHECKING:
    from filelock import BaseFileLock

HEAD = 1000
TAIL = 4000
"""Events of a job that are held in memory: the first ones, which say how it began, and the last ones."""

_LONGEST = 4_000_000
"""Characters of log held for the tail: some lines are very long."""

_EVENT = set(Event.__struct_fields__)


class Journal:
    """The folder of one job. Written by the process that runs the job, read by any.

    The events are written as they come and not synced: they outlive a killed process, not a power cut.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log_path = folder / "events.jsonl"
        self._log: IO[str] | None = None

    def save(self, facts: Mapping[str, Any]) -> None:
        """Keep what the job is about.

        Raises:
            OSError: the disk does not take it.
        """
        private_folder(self.folder)
        write_json(self.folder / "job.json", dict(facts))

    def load(self) -> dict[str, Any]:
        """Return what the job is about; empty when it cannot be read."""
        try:
            facts = read_json(self.folder / "job.json")
        except (OSError, ValueError):
            return {}
        return facts if isinstance(facts, dict) else {}

    def append(self, event: Event) -> None:
        """Add an event.

        Raises:
            OSError: the disk does not take it.
        """
        if self._log is None:
            number = os.open(self.log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            self._log = os.fdopen(number, "a", encoding="utf-8", errors="backslashreplace")
        self._log.write(json.dumps(event.as_dict(), ensure_ascii=False) + "\n")
        self._log.flush()

    def events(self) -> Iterator[Event]:
        """Yield all events; a line that was cut off by a kill is left out."""
        try:
            with self.log_path.open(encoding="utf-8", errors="replace") as file:
                for line in file:
                    event = _event(line)
                    if event is not None:
                        yield event
        except FileNotFoundError:
            return

    def repair(self) -> None:
        """Remove what a killed process left half-written, and end the line it was at: the next event is on its own."""
        remove_unfinished(self.folder / "job.json")
        with suppress(FileNotFoundError), self.log_path.open("rb+") as file:
            if file.seek(0, 2) and (file.seek(-1, 2), file.read(1))[1] != b"\n":
                file.write(b"\n")

    def ask_to_stop(self) -> None:
        """Leave word for the process that runs the job, when that is another one."""
        with suppress(OSError):
            (self.folder / "stop").touch(mode=0o600)

    def asked_to_stop(self) -> bool:
        """Return True when some process left that word."""
        return (self.folder / "stop").exists()

    def close(self) -> None:
        """Close the file of events."""
        if self._log is not None:
            self._log.close()
            self._log = None

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Window:
    """The first and the last events of a job: what is held in memory however much a server logs."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._head: list[Event] = []
        self._tail: deque[Event] = deque()
        self._size = 0
        self.count = 0
        for each in events:
            self.add(each)

    def add(self, event: Event) -> Event:
        """Take an event under the next number, and return it so."""
        event = replace(event, seq=self.count)
        self.count += 1
        if len(self._head) < HEAD:
            self._head.append(event)
            return event
        self._tail.append(event)
        self._size += len(event.message)
        while len(self._tail) > TAIL or (self._size > _LONGEST and len(self._tail) > 1):
            self._size -= len(self._tail.popleft().message)
        return event

    def since(self, first: int) -> tuple[Event, ...]:
        """Return the events from number `first` on; one event stands for those that are no longer held."""
        gap = self._gap()
        shown = [*self._head, *([gap] if gap else []), *self._tail]
        return tuple(each for each in shown if each.seq >= first)

    def last(self) -> Event | None:
        """Return the newest event."""
        return self._tail[-1] if self._tail else self._head[-1] if self._head else None

    def _gap(self) -> Event | None:
        if not self._tail or self._tail[0].seq == len(self._head):
            return None
        after = self._tail[0]
        count = after.seq - len(self._head)
        return Event(
            seq=after.seq - 1,
            time=after.time,
            step=after.step,
            status="warning",
            message=_("{count:,} lines are left out here.").format(count=count),
            code="lines-left-out",
            hint=_("The content's logs on the server have them all."),
            data={"left_out": count},
        )


def is_job_id(text: str) -> bool:
    """Return True for what `jobs.Jobs` gives as an id; nothing else may become part of a path."""
    return bool(re.fullmatch(r"[0-9a-f]{16}", text))


def journals(folder: Path) -> list[Journal]:
    """Return the journals of all jobs in a folder; none when it cannot be read."""
    try:
        return [Journal(each) for each in folder.iterdir() if is_job_id(each.name)]
    except OSError:
        return []


def lock_of(folder: Path, key: str, *, host: str = "") -> BaseFileLock | None:
    """Return the lock that a job holds while it runs, taken; None when another job of the same key has it.

    Args:
        folder: That of the jobs.
        key: What the job is the only one of.
        host: The machine that the lock's holder runs on, when that is not this one: its disk may not tell that it died.

    Raises:
        OSError: the folder of jobs cannot be used.
    """
    digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    path = private_folder(folder) / f".{digest}.lock"
    if host and is_silent(path):
        break_lock(path)
    try:
        return take_lock(path)
    except TimeoutError:
        return None


def remove_free_locks(folder: Path) -> None:
    """Remove the lock files that no job holds: those of killed processes would stay for ever."""
    for path in folder.glob(".*.lock"):
        with suppress(TimeoutError):
            lock = take_lock(path)
            path.unlink(missing_ok=True)
            lock.release()


def _event(line: str) -> Event | None:
    try:
        parts = json.loads(line)
        return Event(**{name: value for name, value in parts.items() if name in _EVENT})
    except (ValueError, TypeError, AttributeError):
        return None

"""Tasks: what a deployment writes, line by line, and how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from typing import Any

from ..api_errors import ApiError
from ..store.accounts import Account
from ..store.database import Row, Store, new_key, now

STOPPED = "The server stopped while the task was running."


class Tasks:
    """All tasks of a sandbox. Lines are kept in the database, so a restart loses none.

    Args:
        loop: The event loop in which requests wait for tasks to end.
    """

    def __init__(self, store: Store, loop: asyncio.AbstractEventLoop) -> None:
        self._store = store
        self._loop = loop
        self._ends: dict[str, asyncio.Event] = {}
        self._numbers: dict[str, int] = {}
        self._lock = threading.Lock()

    def start(self, account: Account, *, content_guid: str | None = None, bundle_id: int | None = None) -> str:
        """Add a task and return its id."""
        task_id = new_key()
        self._store.change(
            "INSERT INTO tasks (id, content_guid, bundle_id, user_guid, created_time) VALUES (?, ?, ?, ?, ?)",
            (task_id, content_guid, bundle_id, account.guid, now()),
        )
        with self._lock:
            self._numbers[task_id] = 0
            self._ends[task_id] = asyncio.Event()
        return task_id

    def write(self, task_id: str, line: str) -> None:
        """Append one line."""
        with self._lock:
            number = self._numbers[task_id]
            self._numbers[task_id] = number + 1
            self._store.change("INSERT INTO task_lines VALUES (?, ?, ?)", (task_id, number, line))

    def finish(self, task_id: str, *, code: int = 0, error: str = "", result: Any = None) -> None:
        """End a task and wake who waits for it."""
        self._store.change(
            "UPDATE tasks SET finished = 1, finished_time = ?, code = ?, error = ?, result = ? WHERE id = ?",
            (now(), code, error, json.dumps(result), task_id),
        )
        with self._lock:
            self._numbers.pop(task_id, None)
            end = self._ends.pop(task_id, None)
        if end is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed when the server ends meanwhile
                self._loop.call_soon_threadsafe(end.set)

    def fail_unfinished(self) -> None:
        """Mark what a crash interrupted as failed, with the reason."""
        for row in self._store.rows("SELECT id FROM tasks WHERE finished = 0"):
            count = self._store.row("SELECT count(*) AS n FROM task_lines WHERE task_id = ?", (row["id"],)) or {"n": 0}
            with self._store.transaction() as write:
                write.execute("INSERT INTO task_lines VALUES (?, ?, ?)", (row["id"], count["n"], STOPPED))
                self.finish(row["id"], code=1, error=STOPPED)
        self._store.change(
            "UPDATE jobs SET status = 2, exit_code = 1, end_time = ?, error = ? WHERE status = 0", (now(), STOPPED)
        )

    async def wait(self, task_id: str, seconds: float) -> None:
        """Wait until the task ends, at most so many seconds."""
        with self._lock:
            end = self._ends.get(task_id)
        if end is not None and seconds > 0:
            with contextlib.suppress(asyncio.TimeoutError, TimeoutError):
                await asyncio.wait_for(end.wait(), seconds)

    def row(self, task_id: str, account: Account) -> Row:
        """Return a task's row; refuses unknown ids (404/141) and other people's tasks (403/19)."""
        found = self._store.row("SELECT * FROM tasks WHERE id = ?", (task_id,))
        if found is None:
            raise ApiError(141)
        if found["user_guid"] != account.guid and not account.is_administrator:
            raise ApiError(19)
        return found

    def lines(self, task_id: str, first: int) -> tuple[list[str], int]:
        """Return the lines from number `first` and how many there are; refuses a number beyond (400/13)."""
        rows = self._store.rows(
            "SELECT line FROM task_lines WHERE task_id = ? AND number >= ? ORDER BY number", (task_id, first)
        )
        count = self._store.row("SELECT count(*) AS n FROM task_lines WHERE task_id = ?", (task_id,)) or {"n": 0}
        if not rows and first > count["n"]:
            raise ApiError(13)
        return [row["line"] for row in rows], first + len(rows)
